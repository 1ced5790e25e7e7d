"""Lumping: fewer cells and rows, the same answer to whether they can hold."""

import numpy as np
import pytest
from worlds import Asked, large, text

from rules import RuleBook
from solver.engines.ortools import OrTools
from solver.infeasible.feasibility import feasible, problem_of, with_typical_shares
from solver.model.aggregation import aggregated
from solver.model.program import Program, assemble, blocks_of


def program(book: RuleBook) -> Program:
    return with_typical_shares(assemble(book.frame, blocks_of(book)))


def moved(asked: Asked, percent: int) -> Asked:
    """The world with another company target."""
    total, *others = asked.rules
    return asked.with_rules([{**total, "total": text(int(total["total"]) * percent // 100)}, *others])


@pytest.mark.parametrize("percent", [90, 99, 100, 101, 110])
@pytest.mark.parametrize("seed", range(6))
def test_lumps_can_hold_where_their_cells_can(seed: int, percent: int) -> None:
    whole = program(moved(large(seed, partners=40, groups=4), percent).book())
    answer = OrTools().solve(problem_of(whole)).termination == "optimal"

    assert feasible(whole, OrTools()) == answer


def test_cells_of_the_same_groups_are_one() -> None:
    """Forty partners in or out of each of two groups: at most four lumps."""
    small = aggregated(program(large(1, partners=40, groups=2).book()))

    assert small.matrix.shape[1] <= 4
    assert len(small.lower) == small.matrix.shape[1]


def test_bounds_and_coefficients_of_lumps_add_up() -> None:
    whole = program(large(3, partners=40, groups=3, tight=0.1).book())
    small = aggregated(whole)

    assert np.allclose(np.sort(small.least)[-1], np.sort(whole.least)[-1])
    assert np.allclose(np.sort(small.most)[-1], np.sort(whole.most)[-1])


def test_rows_that_always_hold_are_left_out() -> None:
    asked = large(2, partners=10, groups=2)
    loose = {
        "name": "loose",
        "kind": "group_limit",
        "metric": "revenue",
        "total_min": "0",
        "where": {"g00": "in"},
    }
    with_loose = aggregated(program(asked.with_rules([*asked.rules[:1], loose]).book()))

    assert with_loose.matrix.shape[0] == 1
