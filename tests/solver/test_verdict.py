"""The verdict on whether rules can hold, where floats are too coarse to settle it."""

import builders
import numpy as np
import pytest

from rules import RuleBook
from solver.engines.piqp import Piqp
from solver.infeasible.certificate import Certificate
from solver.infeasible.iis import can_hold
from solver.infeasible.incremental import IncrementalModel
from solver.infeasible.system import System
from solver.infeasible.verdict import by_arithmetic

FOUR = (
    "acme Gold north 100 150",
    "bolt Gold north 200 150",
    "cube Silver south 300 150",
    "dune Silver south 400 150",
)


def book(share_max: str) -> RuleBook:
    """A target of 1,000 of which no partner may take more than a share."""
    metric = builders.metric("revenue")
    return builders.book(
        builders.frame(builders.partners(*FOUR), metric, totals={"revenue": 1000}),
        builders.rule("company_target", name="target", total=1000),
        builders.rule("concentration", name="nobody too large", share_max=share_max),
    )


def system(share_max: str) -> System:
    model = IncrementalModel.of(book(share_max))
    return System.of(model.book.frame, model.hard)


@pytest.mark.parametrize(
    ("share_max", "holds"), [("25%", True), ("24.9999999999%", False), ("24%", False)]
)  # fmt: skip
def test_just_below_what_is_needed_does_not_hold(share_max: str, holds: bool) -> None:
    """Four times 24.9999999999 % of 1,000 is 999.999999996: no engine of floats would mind, and it is too little."""
    assert can_hold(IncrementalModel.of(book(share_max)), Piqp()) is holds


def test_floats_do_not_see_it_and_fractions_do() -> None:
    """The total once, less the four caps: 1,000 - 999.999999996 is 4e-12 of what was added up, and above zero."""
    asked, total = system("24.9999999999%"), Certificate({0: np.array([1.0])})
    assert not total.proof(asked).holds
    assert total.refutes(asked)


def test_what_floats_take_for_a_proof_is_one_no_more_where_it_adds_up_to_nothing() -> None:
    """Four times 25 % is all of it: nothing is left over, and nothing is refuted."""
    assert not Certificate({0: np.array([1.0])}).refutes(system("25%"))


def test_where_limits_were_moved_floats_have_the_last_word() -> None:
    """Caps of 240 each leave 40 of 1,000; with limits wider by one the rows as stated prove nothing any more."""
    model = IncrementalModel.of(book("24%"))
    moved = System.of(model.book.frame, [part.wider(np.ones(len(part.rows))) for part in model.hard])
    assert moved.exact is None
    assert Certificate({0: np.array([1.0])}).refutes(moved)


def test_limits_that_did_not_move_are_those_of_the_rows() -> None:
    part = IncrementalModel.of(book("24%")).hard[0]
    assert part.wider(np.zeros(len(part.rows))).stated
    assert not part.in_units.stated


@pytest.mark.parametrize(("cap", "proved"), [("4%", True), ("5%", False)], ids=["below", "at the floor"])
def test_a_floor_and_a_cap_of_the_same_year_are_at_odds_by_arithmetic(cap: str, proved: bool) -> None:
    """In quarters both are rows of four cells, which no bound of one cell tells: the largest partner's are worst apart."""
    frame = builders.frame(
        builders.partners(*FOUR), totals={"revenue": 1050}, periods=("Q1", "Q2", "Q3", "Q4")
    )
    floor = builders.rule("growth_floor", name="floor", growth_min="5%")
    model = IncrementalModel.of(
        builders.book(frame, floor, builders.rule("growth_cap", name="cap", growth_max=cap))
    )
    asked = System.of(frame, model.hard)
    certificate = by_arithmetic(asked)

    assert (certificate is not None) == proved
    if certificate:
        assert certificate.proof(asked).rules == {0, 1}
        assert certificate.proof(asked).amount == pytest.approx(4)
        assert certificate.refutes(asked)
