"""Rows of one column: they are its bounds while an engine works, and have their multipliers back in proofs."""

import builders
import numpy as np
import pytest
from scipy import sparse

from solver.engines.piqp import Piqp
from solver.infeasible.incremental import IncrementalModel
from solver.infeasible.question import Question
from solver.infeasible.single_columns import SingleColumns
from solver.infeasible.tuning import hard_system
from solver.infeasible.verdict import decide
from solver.infeasible.violation import least_violation

ROWS = sparse.csr_array(np.array([[1.0, 1.0], [2.0, 0.0], [-1.0, 0.0], [0.0, 1.0]]))
"""A sum of both columns, twice the first, the first turned round, the second."""
LIMITS = np.array([10.0, 2.0, -np.inf, -np.inf]), np.array([np.inf, 8.0, -2.0, 3.0])
BOUNDS = np.zeros(2), np.array([6.0, 6.0])
ALL = np.ones(4, dtype=bool)


def test_rows_of_one_column_are_its_bounds() -> None:
    """2 x from 2 to 8 is x from 1 to 4, and -x at most -2 is x at least 2."""
    found = SingleColumns.of(ROWS, ALL, np.ones(2, dtype=bool), LIMITS, BOUNDS)

    assert found is not None
    assert found.kept.tolist() == [True, False, False, False]
    assert (found.lower.tolist(), found.upper.tolist()) == ([2.0, 0.0], [4.0, 3.0])
    assert (found.floor.tolist(), found.cap.tolist()) == ([2, -1], [1, 3])


def test_what_is_left_of_a_column_is_taken_back_by_the_row_that_bounds_it() -> None:
    """10 are asked of both, and 4 + 3 are allowed: one of the sum takes half of the second row and one of the fourth."""
    found = SingleColumns.of(ROWS, ALL, np.ones(2, dtype=bool), LIMITS, BOUNDS)

    assert found is not None
    assert found.multipliers(np.ones(2), np.ones(2)).tolist() == [0.0, -0.5, 0.0, -1.0]
    assert found.multipliers(np.array([1e-9, 1.0]), np.ones(2)).tolist() == [0.0, 0.0, 0.0, -1.0]


def test_bounds_that_cross_stay_rows() -> None:
    crossing = LIMITS[0], np.array([np.inf, 8.0, -5.0, 3.0])

    assert SingleColumns.of(ROWS, ALL, np.ones(2, dtype=bool), crossing, BOUNDS) is None


def quarters(cap: str) -> IncrementalModel:
    """Three partners of 100 each in four quarters, who may grow by so much, and are asked for 330."""
    table = builders.partners(*(f"p{n} Gold north 100 0" for n in range(3)))
    frame = builders.frame(table, totals={"revenue": 330}, periods=("Q1", "Q2", "Q3", "Q4"))
    target = builders.rule("company_target", name="target", total=330)
    return IncrementalModel.of(
        builders.book(frame, target, builders.rule("growth_cap", name="cap", growth_max=cap))
    )


def test_caps_of_years_in_quarters_leave_one_row() -> None:
    """Quarters that nothing else speaks of are one column each partner; where caps give way, they stay rows."""
    system = hard_system(quarters("5%"))

    assert Question.of(system).program.matrix.shape == (1, 3)
    assert Question.of(system, frozenset({1})).program.matrix.shape == (4, 3)


@pytest.mark.parametrize(("cap", "holds"), [("10%", True), ("9%", False)], ids=["enough", "too little"])
def test_rows_that_were_bounds_are_named_in_proofs(cap: str, holds: bool) -> None:
    model = quarters(cap)
    verdict = decide(hard_system(model), Piqp())

    assert verdict.feasible == holds
    if verdict.certificate:
        assert verdict.certificate.proof(hard_system(model)).rules == {0, 1}


def test_the_least_violation_is_that_of_the_rows() -> None:
    """Caps of 105 keep 15 of 330 from being given out."""
    model = quarters("5%")
    missed = least_violation(model.book.frame, model.only({1}), model.only({0}), Piqp())

    assert missed is not None
    assert missed.of(0) == pytest.approx(15)
    assert set(missed.multipliers) == {0, 1}
