"""Conflicts about units: hard rules that hold in fractions and in no whole units, and what lets them."""

from fractions import Fraction

import builders
import pytest

from rules import RuleBook
from solver.engines.piqp import Piqp
from solver.infeasible.conflict import Conflicts
from solver.infeasible.no_whole_units import no_whole_units
from solver.infeasible.units_conflict import units_conflict
from solver.integer.rounding import NoWholeUnitsError, round_targets
from solver.model.program import blocks_of
from solver.optimise.elastic import solve_elastic

FOUR = (
    "acme Gold north 8 150",
    "bolt Gold north 9 150",
    "cube Silver south 43 150",
    "dune Silver south 40 150",
)


def book(low: int, high: int) -> RuleBook:
    """North between two totals, in units of ten."""
    frame = builders.frame(
        builders.partners(*FOUR), builders.metric(round_to=Fraction(10)), totals={"revenue": 100}
    )
    return builders.book(
        frame,
        builders.rule("company_target", name="target", total=100),
        builders.rule("group_limit", name="north", where={"region": "north"}, total_min=low, total_max=high),
    )


def conflict(of: RuleBook) -> Conflicts:
    solution = solve_elastic(of, blocks_of(of), Piqp())
    try:
        round_targets(of, solution)
    except NoWholeUnitsError:
        return units_conflict(of, no_whole_units(of, solution.spread.x, Piqp()), Piqp())
    raise AssertionError("whole units were found")


def test_the_least_change_of_each_number_that_lets_whole_units_be_is_offered() -> None:
    """Between 15 and 18 lies no multiple of ten: 20 above, 10 below, one unit of writing each."""
    found = conflict(book(15, 18))

    assert found.rules == ("north",)
    assert {repair.sentence for repair in found.repairs} == {
        "raise total max of north from 18 to 20",
        "lower total min of north from 15 to 10",
    }
    assert any("round_to 5" in sentence for sentence in found.sentences)


def test_finer_units_need_not_be_the_nearest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of cells of too many kinds for a brief search it is enough that some units are found: none nearer are looked for."""
    of = book(15, 18)
    solution = solve_elastic(of, blocks_of(of), Piqp())
    monkeypatch.setattr("solver.infeasible.no_whole_units.has_whole_targets", lambda *_: None)
    monkeypatch.setattr("solver.integer.whole_point._Kinds.nearest", None)
    monkeypatch.setattr("solver.integer.rounding.round_targets", None)

    (finer,) = no_whole_units(of, solution.spread.x, Piqp()).finer

    assert finer.round_to == {"revenue": 5}


def test_what_a_repair_of_units_costs_is_what_whole_targets_then_pass_today() -> None:
    """20 is 2 more than 18, and 10 is 5 less than 15: the cheapest comes first."""
    assert [repair.cost for repair in conflict(book(15, 18)).repairs] == [2, 5]


def test_repaired_rules_round() -> None:
    of = book(15, 18)
    for repair in conflict(of).repairs:
        changed = builders.book(
            of.frame, *(repair.repaired(r) if r.name == repair.rule else r for r in of.rules)
        )
        solution = solve_elastic(changed, blocks_of(changed), Piqp())
        targets = round_targets(changed, solution).targets

        assert targets[:2].sum() in (10, 20)
        assert targets.sum() == 100


def test_what_arithmetic_refutes_is_not_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    """A search of everything took minutes among hundreds of partners, where floors in units already pass the total."""

    def search(*_: object) -> None:
        raise AssertionError("arithmetic was enough")

    monkeypatch.setattr("solver.infeasible.no_whole_units.solve", search)

    assert conflict(book(15, 18)).rules == ("north",)
