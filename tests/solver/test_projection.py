"""The projection: exact from any start, least multipliers where they are not unique, never worse than it says."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import sparse

from solver.engines.piqp import Piqp
from solver.engines.quadratic_program import QuadraticProgram
from solver.optimise.polytope import Polytope
from solver.optimise.semismooth_newton import project

INF = np.inf


def polytope(
    rows: list[list[float]], lower: list[float], upper: list[float], bounds: tuple[float, float] = (-INF, INF)
) -> Polytope:
    """Rows scaled to length one, the same bounds for every column."""
    matrix = np.array(rows, dtype=float)
    length = np.linalg.norm(matrix, axis=1)
    columns = matrix.shape[1]
    return Polytope(
        sparse.csr_array(matrix / length[:, None]),
        np.array(lower) / length,
        np.array(upper) / length,
        np.full(columns, bounds[0]),
        np.full(columns, bounds[1]),
    )


def test_the_nearest_point_of_a_line_is_its_foot() -> None:
    """x + y = 2: (1, 1), pulled by √2 along the row of length one."""
    done = project(polytope([[1, 1]], [2], [2]), np.zeros(1))

    assert done.exact
    assert_allclose(done.point, [1, 1], rtol=1e-14)
    assert_allclose(done.multipliers, [np.sqrt(2)], rtol=1e-14)


def test_a_row_with_room_does_not_pull() -> None:
    done = project(polytope([[1, 1], [1, -1]], [2, -5], [INF, 5]), np.zeros(2))

    assert done.exact
    assert done.multipliers[1] == 0


def test_of_several_multipliers_the_shortest_are_taken() -> None:
    """The same row twice: each pulls by half."""
    done = project(polytope([[1, 1], [1, 1]], [2, 2], [2, 2]), np.array([3.0, 0.0]))

    assert done.exact
    assert not done.unique
    assert_allclose(done.multipliers, [np.sqrt(2) / 2] * 2, rtol=1e-10)


@pytest.mark.parametrize("start", [[0.0, 0.0], [100.0, -100.0], [1e-9, 1e6]])
def test_the_start_is_no_part_of_the_answer(start: list[float]) -> None:
    asked = polytope([[1, 2, 0], [0, 1, 1]], [3, 1], [INF, 1], (-1, 1))
    done = project(asked, np.array(start))

    assert done.exact
    assert_allclose(done.point, project(asked, np.zeros(2)).point, atol=1e-12)


@pytest.mark.parametrize("small", [1e-5, 1e-7, 1e-9], ids=str)
def test_what_a_large_column_leaves_small_ones_of_the_same_row_bear(small: float) -> None:
    """x + small · y ≤ -0.1 - 0.03 · small with x ≥ -0.1: nothing but y can give the rest."""
    asked = replace(
        polytope([[1, small], [0, 1]], [-INF, -INF], [-0.1 - 0.03 * small, 1]),
        lower=np.array([-0.1, -1.0]),
        upper=np.array([INF, 1.0]),
    )

    done = project(asked, np.zeros(2))

    assert done.sharp
    # The row's own rounding, as a part of the small column.
    assert_allclose(done.point, [-0.1, -0.03], atol=1e-15 / small)


@st.composite
def polytopes(draw: st.DrawFn) -> Polytope:
    """Rows around a known point, many of them tight, many of them dependent."""
    columns, count = draw(st.integers(1, 5)), draw(st.integers(1, 5))
    entry = st.integers(-2, 2)
    rows = [[draw(entry) for _ in range(columns)] for _ in range(count)]
    rows = [row if any(row) else [1] * columns for row in rows]
    point = [draw(st.integers(-3, 3)) for _ in range(columns)]
    amounts = [sum(a * x for a, x in zip(row, point, strict=True)) for row in rows]
    slack = st.sampled_from([0.0, 0.0, 1.0, INF])
    lower = [a - draw(slack) for a in amounts]
    upper = [a + draw(slack) for a in amounts]
    return polytope(rows, lower, upper, (-3, 3))


@given(polytopes())
@settings(max_examples=80, deadline=None, derandomize=True)
def test_the_projection_is_the_optimum_that_an_engine_comes_near(asked: Polytope) -> None:
    columns = len(asked.lower)
    problem = QuadraticProgram(
        np.ones(columns), np.zeros(columns), asked.rows, asked.row_lower, asked.row_upper, asked.lower, asked.upper
    )  # fmt: skip
    near = Piqp().solve(problem)
    done = project(asked, near.multipliers)

    assert near.termination == "optimal"
    assert done.exact
    assert_allclose(done.point, near.x, atol=1e-3)
    assert problem.value(done.point) <= problem.value(near.x) + 1e-6


@given(polytopes())
@settings(max_examples=80, deadline=None, derandomize=True)
def test_what_it_says_of_itself_is_true(asked: Polytope) -> None:
    """Whether exact or not: gap and residual, reckoned once more."""
    done = project(asked, np.zeros(len(asked.row_lower)), limit=3)
    point = asked.point(done.multipliers)

    assert_allclose(done.point, point)
    assert_allclose(done.gap, point @ point / 2 - asked.dual(done.multipliers, point), atol=1e-12)
    assert_allclose(
        done.residual, np.abs(asked.residual(done.multipliers, asked.rows @ point)).max(), atol=1e-15
    )
