"""Refutations by hand: which multipliers prove that no targets keep some rules, to the last fraction."""

from fractions import Fraction

import numpy as np
import pytest

from rules import Rows
from scenarios.values.rational_array import Exact
from solver.model.refutation import ExactRules

ALL = np.arange(3)
EACH = np.full(3, -1)


def total(most: Fraction) -> Rows:
    """Three targets together at most this."""
    return Rows(np.zeros(3, dtype=np.intp), ALL, Exact.full(3, 1), None, Exact.full(1, most), EACH[:1])


def floors(least: Fraction) -> Rows:
    """Each of three targets at least this."""
    return Rows(ALL, ALL, Exact.full(3, 1), Exact.full(3, least), None, EACH)


def rules(least: Fraction, most: Fraction) -> ExactRules:
    return ExactRules({4: total(most), 7: floors(least)}, 3)


def test_floors_above_a_total_are_refuted_by_the_total_alone() -> None:
    """3 · 35 = 105 > 100: the total's row pulls each cell down to its floor, -100 - (-105) = 5 above zero."""
    found = rules(Fraction(35), Fraction(100))
    assert found.surplus({4: np.array([-1])}) == 5
    assert found.refuted_by({4: np.array([-0.5])})


def test_the_last_fraction_decides() -> None:
    """3 · ⅓ = 1 can hold; 3 · (⅓ + 10⁻⁴⁰) is above it by what no float shows."""
    third, bit = Fraction(1, 3), Fraction(1, 10**40)
    assert not rules(third, Fraction(1)).refuted_by({4: np.array([-1.0])})
    assert rules(third + bit, Fraction(1)).refuted_by({4: np.array([-1.0])})
    assert float(third + bit) == float(third)


def test_floors_as_rows_of_their_own_may_be_multiplied_too() -> None:
    """Taken as rows, floors and total cancel cell by cell: 3 · 35 - 100 = 5 whatever the bounds leave."""
    found = rules(Fraction(35), Fraction(100))
    assert found.surplus({4: np.array([-1]), 7: np.array([1, 1, 1])}) == 5


def test_a_multiplier_that_should_be_zero_costs_what_a_row_lets_its_cell_reach() -> None:
    """No rule sets caps, but the total does: a pull of one beyond on one cell loses 100 - 35 and proves nothing."""
    found = rules(Fraction(35), Fraction(100))
    assert found.caps.tolist() == [100, 100, 100]
    assert found.surplus({4: np.array([-1]), 7: np.array([1, 1, 2])}) == 5 + 35 - 100


def test_noise_of_an_engine_is_dropped() -> None:
    """Beside a multiplier of one, one of 10⁻⁹ is noise, which times limits of 10¹² would hide the proof."""
    wide = Rows(ALL[:2] * 0, ALL[:2], Exact.full(2, 1), Exact.full(1, -(10**12)), None, EACH[:1])
    found = ExactRules({4: total(Fraction(100)), 7: floors(Fraction(35)), 9: wide}, 3)
    assert found.refuted_by({4: np.array([-1.0]), 9: np.array([1e-9])})


def test_a_row_of_one_target_times_a_number_is_a_bound() -> None:
    """-2 x ≤ -70 is x ≥ 35."""
    rows = Rows(ALL, ALL, Exact.full(3, -2), None, Exact.full(3, -70), EACH)
    assert ExactRules({0: rows}, 3).floors.tolist() == [35, 35, 35]


@pytest.mark.parametrize("y", [np.array([0.0]), np.array([1.0])])
def test_multipliers_that_prove_nothing_refute_nothing(y: np.ndarray) -> None:
    """None at all, or one that asks for the total's lower limit, which there is not."""
    assert not rules(Fraction(35), Fraction(100)).refuted_by({4: y})


def test_what_nothing_caps_is_pulled_up_by_no_digit() -> None:
    """x is at least two thirds of y, which no rule caps: whole steps of 1 and 2/3 do not cancel on it."""
    part = Exact.of([Fraction(-1), Fraction(2, 3)])
    attached = Rows(np.zeros(2, dtype=np.intp), ALL[:2], part, None, Exact.full(1, 0), EACH[:1])
    other = Rows(np.zeros(2, dtype=np.intp), ALL[1:], Exact.full(2, 1), Exact.full(1, 4), None, EACH[:1])
    most = Rows(ALL[:1], ALL[:1], Exact.full(1, 1), None, Exact.full(1, 1), EACH[:1])
    none = Rows(ALL[:1], ALL[2:], Exact.full(1, 1), None, Exact.full(1, 0), EACH[:1])
    y = {4: np.array([-1.0]), 7: np.array([2 / 3])}
    found = ExactRules({4: attached, 7: other, 8: most, 9: none}, 3)
    assert found.refuted_by(y)
    assert not ExactRules({4: attached, 7: other, 8: most}, 3).refuted_by(y)
