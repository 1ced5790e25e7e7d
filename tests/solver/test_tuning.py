"""Tuning: the first value that nothing refutes, by gaps whose zeros are sums done by hand."""

from fractions import Fraction
from math import inf

import builders
import pytest

from rules.tunable import TunableParameter, tunable_parameters
from solver.engines.piqp import Piqp
from solver.infeasible.incremental import IncrementalModel
from solver.infeasible.tuning import Grid, Refutations, first_unrefuted, least_steps
from solver.infeasible.work import OutOfWorkError, Work

FOUR = (
    "acme Gold north 100 150",
    "bolt Gold north 200 150",
    "cube Silver south 300 150",
    "dune Silver south 400 150",
)


def grid(value: str, step: str, *, up: bool) -> Grid:
    parameter = TunableParameter("cap", "growth_max", None, Fraction(value), percent=True)
    return Grid(parameter, Fraction(step), up, 100)


@pytest.mark.parametrize(
    ("value", "up", "first", "third"),
    [("3", True, "4", "6"), ("3", False, "2", "0"), ("16/5", True, "4", "6"), ("16/5", False, "3", "1")],
)
def test_steps_go_to_whole_multiples(value: str, up: bool, first: str, third: str) -> None:
    """From 3.2 in steps of one the next value above is 4, and below 3."""
    values = grid(value, "1", up=up)

    assert (values.value(1), values.value(3)) == (Fraction(first), Fraction(third))


def test_a_straight_gap_is_closed_at_the_first_whole_number_beyond_its_zero() -> None:
    """10 - 3 k is 1 at 3 and below zero at 4."""
    assert first_unrefuted(lambda k: 10 - 3 * k, 1, 100) == 4


def test_a_straight_gap_takes_a_handful_of_values() -> None:
    """1,000,000 - k: the line through two values meets zero at once, whatever the distance."""
    asked: list[int] = []

    def gap(steps: int) -> float:
        asked.append(steps)
        return 1_000_000 - steps

    assert first_unrefuted(gap, 1, 10_000_000) == 1_000_000
    assert len(asked) <= 6


def test_a_gap_that_bends_is_closed_where_its_last_line_is() -> None:
    """100 - 10 k falls below 20 - k at k = 8.9; the second is zero at 20."""
    assert first_unrefuted(lambda k: max(100 - 10 * k, 20 - k), 1, 100) == 20


def test_a_gap_without_an_amount_is_closed_by_halving() -> None:
    """Impossible up to 6, and nothing to object to from 7 on."""
    assert first_unrefuted(lambda k: inf if k < 7 else 0.0, 1, 100) == 7


def test_a_gap_in_stairs_is_closed_at_its_own_step_however_far_it_is_looked_for() -> None:
    """Flat by tens but for roundings, closed from 1,170 on, and nothing to tell how far beyond: the first is 1,170."""
    gap = lambda k: (1170 - k // 10 * 10) * 1e-7 - 1e-15 * k if k < 1170 else -1e-9  # noqa: E731

    assert first_unrefuted(gap, 1, 10**12) == 1170


@pytest.mark.parametrize(("most", "found"), [(9, None), (10, 10), (11, 10)])
def test_nothing_is_looked_for_beyond_the_last_step(most: int, found: int | None) -> None:
    assert first_unrefuted(lambda k: 10 - k, 1, most) == found


def test_what_is_closed_at_the_start_stays_there() -> None:
    assert first_unrefuted(lambda _: 0.0, 5, 100) == 5
    assert first_unrefuted(lambda _: 0.0, 101, 100) is None


@pytest.mark.parametrize("slope", [0.0, 1.0])
def test_a_gap_that_does_not_fall_is_given_up(slope: float) -> None:
    assert first_unrefuted(lambda k: 10 + slope * k, 1, 10**9) is None


def capped(share_max: str) -> IncrementalModel:
    """1,000 to be placed, of which no partner may take more than a share."""
    book = builders.book(
        builders.frame(builders.partners(*FOUR), builders.metric("revenue"), totals={"revenue": 1000}),
        builders.rule("company_target", name="target", total=1000),
        builders.rule("concentration", name="cap", share_max=share_max),
    )
    return IncrementalModel.of(book)


def test_four_caps_of_a_quarter_are_the_least_that_hold() -> None:
    """From 24 % in steps of a hundredth of a percent: 100 of them are the missing 4 times 1 %."""
    model = capped("24%")
    (parameter,) = tunable_parameters(model.book.rules[1])
    values = Grid(parameter, Fraction(1, 10_000), True, 10_000)

    steps = least_steps(model, values, Refutations(Piqp(), Work()))

    assert steps == 100
    assert values.value(steps) == Fraction(1, 4)


def test_a_target_whose_caps_are_shares_of_it_cannot_be_lowered_into_reach() -> None:
    """Four times 24 % of any total is 96 % of it."""
    model = capped("24%")
    (parameter,) = tunable_parameters(model.book.rules[0])

    assert least_steps(model, Grid(parameter, Fraction(1), False, 999), Refutations(Piqp(), Work())) is None


def test_a_search_ends_with_its_work() -> None:
    model = capped("24%")
    (parameter,) = tunable_parameters(model.book.rules[1])
    values = Grid(parameter, Fraction(1, 10_000), True, 10_000)

    with pytest.raises(OutOfWorkError):
        least_steps(model, values, Refutations(Piqp(), Work(left=0.0)))
