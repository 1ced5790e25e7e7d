"""Shared rows: long rows over one column for what they share say the same, and answers are those of the rows."""

import numpy as np
import pytest
from scipy import sparse

from solver.engines.clarabel import Clarabel
from solver.engines.piqp import Piqp
from solver.engines.quadratic_program import Engine, QuadraticProgram
from solver.engines.shared_rows import SharedRows

MEMBERS = 250


def bands(members: int = MEMBERS, band: float = 0.02) -> QuadraticProgram:
    """Each of the members at most a band above the mean, their sum as it is, in columns of very different measure."""
    draw = np.random.default_rng(3)
    wish, width = draw.lognormal(0, 1, members), draw.lognormal(0, 2, members)
    rows = (np.eye(members) - (1 + band) / members) * width * draw.lognormal(0, 1, (members, 1))
    # A column for what each row misses, which no other row has.
    matrix = np.block([[rows, -np.eye(members)], [width, np.zeros(members)]])
    size = len(matrix)
    return QuadraticProgram(
        curvature=np.repeat([1.0, 1e3], members),
        cost=np.concatenate([-wish / width, np.zeros(members)]),
        matrix=sparse.csr_array(matrix),
        row_lower=np.append(np.full(size - 1, -np.inf), wish.sum()),
        row_upper=np.append(np.zeros(size - 1), wish.sum()),
        lower=np.zeros(2 * members),
        upper=np.full(2 * members, np.inf),
    )


def test_a_band_around_a_mean_becomes_a_few_entries_for_each_member() -> None:
    problem = bands()
    shared = SharedRows.of(problem)

    assert shared is not None
    assert problem.matrix.nnz > MEMBERS**2
    assert shared.program.matrix.nnz < 6 * MEMBERS
    # With s = shared · x in its column every row comes to what it was.
    x = np.random.default_rng(5).random(2 * MEMBERS)
    defined = shared.program.matrix[[-1]][:, : 2 * MEMBERS] @ x
    amount = shared.program.matrix @ np.concatenate([x, defined])
    assert amount[-1] == pytest.approx(0, abs=1e-12)
    assert amount[:-1] == pytest.approx(problem.matrix @ x, rel=1e-10, abs=1e-10)


@pytest.mark.parametrize("engine", [Piqp(), Clarabel()], ids=["PIQP", "Clarabel"])
def test_answer_and_multipliers_are_those_of_the_rows(engine: Piqp | Clarabel) -> None:
    problem = bands()
    found, plain = engine.solve(problem), engine._solve(problem)

    assert found.termination == plain.termination == "optimal"
    assert found.x.shape == problem.cost.shape
    assert found.x == pytest.approx(plain.x, rel=1e-5, abs=1e-4)
    assert problem.value(found.x) == pytest.approx(problem.value(plain.x), rel=1e-7)
    stationary = problem.curvature * found.x + problem.cost - problem.matrix.T @ found.multipliers
    assert np.abs(stationary[found.x > 1e-3]).max() < 1e-4


@pytest.mark.parametrize("engine", [Piqp(), Clarabel()], ids=["PIQP", "Clarabel"])
def test_what_cannot_hold_cannot_hold_over_shared_rows(engine: Engine) -> None:
    """Each a tenth below the mean of all."""
    problem = bands(band=-0.1)
    hard = np.repeat([np.inf, 0.0], MEMBERS)
    program = QuadraticProgram(
        problem.curvature,
        problem.cost,
        problem.matrix,
        problem.row_lower,
        problem.row_upper,
        problem.lower,
        hard,
    )

    assert SharedRows.of(program) is not None
    assert engine.solve(program).termination == "infeasible"


def test_sums_of_disjoint_groups_share_nothing() -> None:
    """Twenty groups of 3,000 cells each: long rows, of which no two have a column in common."""
    groups, size = 20, 3_000
    program = QuadraticProgram(
        curvature=np.ones(groups * size),
        cost=np.zeros(groups * size),
        matrix=sparse.csr_array(sparse.kron(sparse.eye_array(groups), np.ones((1, size)))),
        row_lower=np.ones(groups),
        row_upper=np.ones(groups),
        lower=np.zeros(groups * size),
        upper=np.ones(groups * size),
    )
    assert SharedRows.of(program) is None


def test_short_programs_and_rows_that_share_nothing_stay_as_they_are() -> None:
    assert SharedRows.of(bands(20)) is None
    problem = bands()
    dense = np.random.default_rng(7).random(problem.matrix.shape)
    loose = QuadraticProgram(
        problem.curvature,
        problem.cost,
        sparse.csr_array(dense),
        problem.row_lower,
        problem.row_upper,
        problem.lower,
        problem.upper,
    )
    assert SharedRows.of(loose) is None
