"""A stage by hand: what misses cost, and by how much multipliers prove that they must."""

import numpy as np
import pytest

from solver.model.matrices import Matrix
from solver.optimise.polytope import ColumnPrices, Polytope
from solver.optimise.scaled_stage import ScaledStage, activities

NOBODY = np.empty(0, dtype=np.intp)
INF = np.inf


def stage(*, cap: float = INF, priced: ColumnPrices | None = None) -> ScaledStage:
    """Two columns from nothing to the cap; x + y ≤ 1 must hold, x + y ≥ 3 is asked at a price of 2 per miss²/2."""
    polytope = Polytope(
        rows=Matrix(np.array([[1.0, 1.0], [1.0, 1.0]])),
        row_lower=np.array([-INF, 3.0]),
        row_upper=np.array([1.0, INF]),
        lower=np.zeros(2),
        upper=np.full(2, cap),
        damping_lower=np.array([0.0, 0.5]),
        damping_upper=np.array([0.0, 0.5]),
        floors=priced or ColumnPrices(),
    )
    ones = np.ones(2)
    return ScaledStage(
        np.arange(2), ones, np.array([0]), np.array([0]), NOBODY, NOBODY, ones, polytope
    )  # fmt: skip


HALVES = np.array([0.5, 0.5])


def test_the_cost_is_the_price_of_half_the_square() -> None:
    """3 - 1 = 2 are missed: 2 · 2²/2 = 4; at nothing 3 are: 2 · 3²/2 = 9."""
    assert stage().cost(HALVES) == 4
    assert stage().cost(np.zeros(2)) == 9


def test_the_violation_is_of_rows_that_must_hold() -> None:
    """1 + 1 - 1 = 1; what the asked row lacks is no violation."""
    assert stage().violation(np.ones(2)) == 1
    assert stage().violation(np.zeros(2)) == 0


def test_the_right_multipliers_leave_no_gap() -> None:
    """The miss of 2 pulls with 2 · 2 = 4, the row that must hold pushes back with 4, and nothing is left for bounds."""
    assert stage().gap(np.array([-4.0, 4.0]), HALVES) == 0


def test_what_is_left_of_each_condition_adds_up_to_the_gap() -> None:
    """With 3 for 4 the asked row leaves (2 - 3/2)² / (2 · 1/2) = 1/4, as 3 · 3 - 3²/4 - 3 = 15/4 is 1/4 below 4."""
    assert stage().gap(np.array([-3.0, 3.0]), HALVES) == pytest.approx(1 / 4)


def test_a_pull_on_a_column_costs_the_room_that_it_has() -> None:
    """No row pushes back: 4 pull each column up, by its cap of 3/4 or what the hard row leaves a single one, 1."""
    multipliers = np.array([0.0, 4.0])
    assert stage(cap=0.75).gap(multipliers, HALVES) == pytest.approx(2 * 4 * (0.75 - 0.5))
    assert stage(cap=2.0).gap(multipliers, HALVES) == pytest.approx(2 * 4 * (1 - 0.5))


def test_rounding_of_a_row_that_holds_is_no_gap() -> None:
    """1 - 1e-16 under a multiplier of a million would be 1e-10, of what no double can tell from 1."""
    near = HALVES - np.array([0.0, 5.551115123125783e-17])
    found = stage().gap(np.array([-1e6, 4.0]), near) - stage().gap(np.array([-1e6, 4.0]), HALVES)
    assert abs(found) < 1e-9


def test_a_priced_floor_pulls_with_what_it_misses() -> None:
    """x ≥ 2 at a price of 3: at 1/2 it lacks 3/2 and pulls with 9/2, which costs 3 · (3/2)²/2 = 27/8 beside the 4."""
    floor = ColumnPrices(np.array([0]), np.array([2.0]), np.array([3.0]))
    asked = stage(priced=floor)
    up, down = asked.multipliers(HALVES)
    assert (up.tolist(), down.tolist()) == ([4.5], [])
    assert asked.cost(HALVES) == 4 + 27 / 8


def test_an_engine_s_multipliers_go_where_slack_is_more_than_pull() -> None:
    """At (1/4, 1/4) the hard row has 1/2 to spare: a multiplier of -1/4 is noise, one of -1 is not."""
    quarter = np.array([0.25, 0.25])
    assert stage().complementary(quarter, np.array([-0.25, 5.0])).tolist() == [0, 5]
    assert stage().complementary(quarter, np.array([-1.0, 5.0])).tolist() == [-1, 5]


def test_nothing_may_be_missed_where_all_is_hard() -> None:
    """Rows keep their limits without a price, and the floor of 2 is a bound."""
    floor = ColumnPrices(np.array([0]), np.array([2.0]), np.array([3.0]))
    hard = stage(priced=floor).as_hard
    assert hard.lower.tolist() == [2, 0]
    assert not np.any(hard.damping_lower)


def test_activities_are_the_ends_of_what_rows_come_to() -> None:
    """2x - y with x from 1 to 3 and y from 0 to 5: from 2 - 5 = -3 to 6 - 0 = 6."""
    least, most = activities(Matrix(np.array([[2.0, -1.0]])), np.array([1.0, 0.0]), np.array([3.0, 5.0]))
    assert (least.tolist(), most.tolist()) == ([-3], [6])
