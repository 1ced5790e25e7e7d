"""Coarsening: what partners alike come to together, asked first; verdicts are those of the whole question."""

import builders
import numpy as np
import pytest
from scipy import sparse

from rules import Rule
from solver.engines.piqp import Piqp
from solver.engines.quadratic_program import QuadraticProgram, Solution
from solver.infeasible.coarsening import classes
from solver.infeasible.incremental import IncrementalModel
from solver.infeasible.question import Question
from solver.infeasible.tuning import hard_system
from solver.infeasible.verdict import decide

PARTNERS = 1200


def rows(count: int) -> sparse.csr_array:
    """x + 2 y for each of so many partners, and the sum of all x: two kinds of columns, two of rows."""
    own = sparse.hstack([sparse.eye_array(count), 2 * sparse.eye_array(count)])
    total = sparse.csr_array(np.repeat([[1.0, 0.0]], count, axis=1))
    return sparse.csr_array(sparse.vstack([own, total]))


def test_rows_and_columns_of_partners_alike_are_added_up() -> None:
    """300 rows x + 2 y ≤ 1 are X + 2 Y ≤ 300; the total of all x is X."""
    found = classes(rows(300), np.array([4] * 300 + [7]))

    assert found is not None
    assert found.added(rows(300)).toarray().tolist() == [[1, 2], [1, 0]]
    assert found.sums(np.ones(301)).tolist() == [300, 1]


def test_rules_of_few_rows_are_left_as_they_are() -> None:
    assert classes(rows(10), np.array([4] * 10 + [7])) is None


def test_a_partner_who_differs_has_a_class_alone() -> None:
    matrix = rows(300).tolil()
    matrix[5, 5] = 3
    found = classes(sparse.csr_array(matrix), np.array([4] * 300 + [7]))

    assert found is not None
    assert len(found.first) == 4
    assert np.bincount(found.row).tolist() == [299, 1, 1]


def model(*rules: Rule, total: int, room_of_first: int = 250) -> IncrementalModel:
    """Partners of 100, in two metrics, each with room for 250 of both together, but for the first."""
    room = [room_of_first] + [250] * (PARTNERS - 1)
    table = builders.partners(*(f"p{n} Gold north 100 {room[n]}" for n in range(PARTNERS)))
    metrics = [builders.metric("revenue"), builders.metric("services")]
    frame = builders.frame(table, *metrics, totals=dict.fromkeys(("revenue", "services"), total))
    return IncrementalModel.of(
        builders.book(
            frame,
            *(
                builders.rule("company_target", metric=m, name=m, total=total)
                for m in ("revenue", "services")
            ),
            builders.rule(
                "capacity_limit",
                metric=None,
                name="room",
                uses={"revenue": 1, "services": 1},
                capacity={"potential": 1},
            ),
            *rules,
        )
    )


@pytest.mark.parametrize(
    ("each", "holds"),
    [(125, True), (126, False)],
    ids=["all room is used", "two more than there is room for"],
)
def test_the_verdict_is_that_of_the_sums_where_partners_are_alike(each: int, holds: bool) -> None:
    """Twice 125 is the room of each."""
    system = hard_system(model(total=each * PARTNERS))
    coarse = Question.coarse(system)

    assert coarse is not None
    assert len(coarse.program.lower) == 2
    assert decide(system, Piqp()).feasible == holds


def test_what_holds_of_the_sums_and_not_of_each_partner_is_asked_of_all() -> None:
    """p0 must have 200 of each metric and has room for 250: together there is room for all."""
    lock = [
        builders.rule("growth_floor", metric=m, name=f"p0 {m}", where={"partner_id": "p0"}, growth_min="100%")
        for m in ("revenue", "services")
    ]
    spread = builders.rule("growth_cap", metric="revenue", name="cap", growth_max="100%")

    assert not decide(hard_system(model(*lock, spread, total=100 * PARTNERS)), Piqp()).feasible
    assert decide(hard_system(model(lock[0], spread, total=100 * PARTNERS)), Piqp()).feasible


def test_a_partner_whom_the_sums_fail_is_asked_alone_and_no_whole_question_is_solved() -> None:
    """One of 1,200 has room for 10 where its share would be 200: the others take what it cannot."""
    system = hard_system(model(total=100 * PARTNERS, room_of_first=10))
    asked = Asked(Piqp())

    assert decide(system, asked).feasible
    assert len(asked.columns) > 1
    assert max(asked.columns) < 100


class Asked:
    """An engine that keeps how many columns it was asked about."""

    def __init__(self, engine: Piqp) -> None:
        self._engine, self.name, self.version = engine, engine.name, engine.version
        self.columns: list[int] = []

    def solve(self, problem: QuadraticProgram) -> Solution:
        self.columns.append(len(problem.lower))
        return self._engine.solve(problem)
