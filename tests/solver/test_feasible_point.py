"""Feasible points: targets that keep the hard rules, or none where nothing can."""

import builders
import pytest

from solver.engines.piqp import Piqp
from solver.model.program import blocks_of
from solver.optimise.elastic import solve_elastic

TABLE = ("acme Gold north 100 150", "bolt Gold north 200 150", "cube Silver south 300 150")


@pytest.mark.parametrize(("total", "termination"), [(636, "infeasible"), (612, "optimal")])
def test_a_total_over_targets_without_a_choice_holds_or_it_does_not(total: int, termination: str) -> None:
    """Floor and cap of 2 % leave 102 + 204 + 306 = 612, whatever the total asks."""
    book = builders.book(
        builders.frame(builders.partners(*TABLE), totals={"revenue": total}),
        builders.rule("company_target", name="target", total=total),
        builders.rule("growth_floor", name="floor", growth_min="2%"),
        builders.rule("growth_cap", name="cap", growth_max="2%"),
    )

    assert solve_elastic(book, blocks_of(book), Piqp()).spread.termination == termination
