"""Wholeness: what can be known of whole units before any rounding."""

from typing import Any

import builders
import pytest
from worlds import large

from rules import RuleBook
from solver.engines.ortools import OrTools
from solver.engines.piqp import Piqp
from solver.engines.quadratic_program import QuadraticProgram, Solution, nothing
from solver.infeasible.feasibility import feasible
from solver.infeasible.incremental import IncrementalModel
from solver.infeasible.integer_feasibility import whole_verdict
from solver.integer.rounding import NoWholeUnitsError, round_targets
from solver.model.program import blocks_of
from solver.optimise.elastic import solve_elastic


def book(total: int, *lines: str, **cap: Any) -> RuleBook:
    """Partners with a baseline each, a company target and a cap, in units of a hundred."""
    frame = builders.frame(
        builders.partners(*lines), builders.metric(round_to=100), totals={"revenue": total}
    )
    target = builders.rule("company_target", name="target", total=total)
    return builders.book(frame, target, builders.rule("growth_cap", name="cap", **cap))


def can(of: RuleBook) -> bool:
    return whole_verdict(IncrementalModel.of(of), OrTools()) is not False


LINES = [f"p{number:02d} Gold north 1090 1" for number in range(30)]


def test_caps_in_whole_units_that_lack_more_than_odd_units_can_bring() -> None:
    """Thirty caps of 1,090 come to 32,700, in whole hundreds to 30,000: 2,000 are missing, far more than two units."""
    of = book(32_000, *LINES, growth_max="0%")

    assert not can(of)
    elastic = solve_elastic(of, blocks_of(of), Piqp())
    assert elastic.spread.termination == "optimal"
    with pytest.raises(NoWholeUnitsError):
        round_targets(of, elastic)


def test_caps_in_whole_units_that_come_to_the_total() -> None:
    assert can(book(30_000, *LINES, growth_max="0%"))


def test_targets_without_a_whole_unit_stay_at_their_bounds() -> None:
    """A floor of 1,010 and a cap of 1,090 hold no hundred; thirty of them come to 30,300 at least."""
    of = book(31_000, *LINES, growth_max="0%")
    floor = builders.rule("personal_best", name="floor", columns=["floor"])
    lines = [f"{line} 1010" for line in LINES]
    table = builders.partners(*lines, columns="partner_id tier region baseline potential floor")
    frame = builders.frame(table, builders.metric(round_to=100), totals={"revenue": 31_000})

    assert can(builders.book(frame, *of.rules, floor))


@pytest.mark.parametrize("seed", range(8))
def test_it_is_never_denied_where_whole_targets_are_known(seed: int) -> None:
    assert can(large(seed, partners=30, groups=5).book())


def test_halves_of_a_unit_on_both_sides_of_a_total_have_no_whole_answer() -> None:
    """Of a hundred units, one half of the partners must have 45.5 and the other 54.5: only halves add up."""
    lines = [f"p{number:02d} Gold {'north' if number % 2 else 'south'} 333 1" for number in range(30)]
    frame = builders.frame(
        builders.partners(*lines), builders.metric(round_to=100), totals={"revenue": 10_000}
    )
    halves = [
        builders.rule("group_limit", name=region, where={"region": region}, share_min=share)
        for region, share in (("north", "45.5%"), ("south", "54.5%"))
    ]
    of = builders.book(frame, builders.rule("company_target", name="target", total=10_000), *halves)

    assert not can(of)
    with pytest.raises(NoWholeUnitsError):
        round_targets(of, solve_elastic(of, blocks_of(of), Piqp()))


def test_what_an_engine_cannot_tell_is_not_denied() -> None:
    class Lost(OrTools):
        def solve(self, problem: QuadraticProgram) -> Solution:
            return nothing("time_limit" if len(problem.cost) else "error")

    of = large(1, partners=30, groups=5).book()

    with pytest.raises(ArithmeticError):
        feasible(IncrementalModel.of(of).program, Lost())
    assert whole_verdict(IncrementalModel.of(of), Lost()) is not False
