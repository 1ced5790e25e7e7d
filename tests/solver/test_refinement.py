"""Refinement by hand: from an answer that is near, the optimum to the last digits of floats."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from problems import INF, problem

from solver.engines.clarabel import Clarabel
from solver.engines.quadratic_program import QuadraticProgram
from solver.optimise.polytope import Polytope
from solver.optimise.refinement import refine, refine_point, refiners
from solver.optimise.semismooth_newton import judge_pair

HALVES = problem([0, 0], [[1, 1]], limits=([2], [INF]), bounds=([0, 0], [INF, INF]), curvature=[1, 1])
"""The point nearest to nothing whose columns add up to two: one each, at a price of one."""


def test_an_answer_that_is_near_becomes_exact() -> None:
    """1 + 1 = 2, and the row's multiplier is what each column costs there, one."""
    found = refine(HALVES, np.array([1.00001, 0.9999]), np.array([0.9998]), refiners())
    assert np.abs(found.x - 1).max() <= 1e-15
    assert abs(found.y[0] - 1) <= 1e-15
    assert found.error <= 1e-15


def test_a_row_taken_for_an_equation_is_set_free() -> None:
    """The multiplier says that the second row holds up too; x = (1, 1) lies above it by 1.9, so it holds nothing."""
    two = problem(
        [0, 0], [[1, 1], [1, 1]], limits=([2, 0.1], [INF, INF]), bounds=([0, 0], [INF, INF]), curvature=[1, 1]
    )
    found = refine(two, np.array([1.0, 1.0]), np.array([0.5, 0.5]), refiners())
    assert np.abs(found.x - 1).max() <= 1e-12
    assert found.y == pytest.approx([1, 0], abs=1e-12)


def test_rows_that_say_the_same_share_what_they_hold() -> None:
    """Twice the same row: any two multipliers that add up to one prove the point."""
    twice = problem(
        [0, 0], [[1, 1], [1, 1]], limits=([2, 2], [INF, INF]), bounds=([0, 0], [INF, INF]), curvature=[1, 1]
    )
    found = refine(twice, np.array([1.0001, 0.9999]), np.array([0.7, 0.2]), refiners())
    assert found.error <= 1e-12
    assert found.y.sum() == pytest.approx(1, abs=1e-12)


def test_a_set_of_one_point_is_found_to_the_last_digit() -> None:
    """x + y = 2 with x at least 1 - 1e-9 and y at least 1: no interior to speak of, and y is pressed to its bound."""
    thin = problem([0, -1], [[1, 1]], limits=([2], [2]), bounds=([1 - 1e-9, 1], [INF, INF]), curvature=[0, 0])
    found = refine(thin, np.array([0.99999, 1.00001]), np.array([0.0]), refiners())
    assert found.x == pytest.approx([1 - 1e-9, 1 + 1e-9], abs=1e-15)


def test_a_column_with_next_to_no_pull_goes_all_the_way() -> None:
    """Two parts in a hundred billion are a reason to go from 1 to 0, a way of fifty billion times as much."""
    flat = problem([2e-11], [[1]], limits=([0], [10]), bounds=([0], [10]), curvature=[0])
    assert refine(flat, np.array([1.0]), np.array([0.0]), refiners()).x == pytest.approx([0], abs=1e-13)


def test_a_slight_multiplier_is_found_beside_none() -> None:
    """½ · (1e-6 · x)² with x at least 1 costs 1e-12 · x = 1e-12 more per unit: under stress to twelve digits of it."""
    slight = problem([0], [[1]], limits=([1], [INF]), bounds=([0], [INF]), curvature=[1e-12])
    found = refine(slight, np.array([1.0]), np.array([0.0]), refiners(), stress=1e12)
    assert found.x == pytest.approx([1], abs=1e-15)
    assert found.y == pytest.approx([1e-12], rel=1e-12)


def test_of_points_the_one_that_breaks_rows_least() -> None:
    """x = 1 breaks x + y = 2 by nothing where y = 1, whatever else would be nearer to the centre."""
    found = refine_point(HALVES, np.array([1.1, 0.8]), np.array([0.0]), refiners())
    assert found.broken <= 1e-15
    assert found.x.sum() >= 2 - 1e-15


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6))
def test_whatever_the_program_the_error_is_floats(seed: int) -> None:
    """Random rows, half of them equations that a known point keeps; curvature zero for some columns."""
    asked = _random(seed)
    near = Clarabel().solve(asked)
    found = refine(asked, near.x, near.multipliers, refiners())
    assert found.error <= 1e-12
    assert np.all(asked.matrix @ found.x >= asked.row_lower - 1e-12)


def _random(seed: int) -> QuadraticProgram:
    draw = np.random.default_rng(seed)
    rows, columns = int(draw.integers(1, 6)), int(draw.integers(4, 12))
    matrix = draw.normal(size=(rows, columns))
    amount = matrix @ np.maximum(0, draw.normal(size=columns))
    width = np.where(draw.random(rows) < 0.5, 0.0, draw.random(rows))
    return problem(
        draw.random(columns).tolist(),
        matrix.tolist(),
        limits=(amount.tolist(), (amount + width).tolist()),
        bounds=([0.0] * columns, [10.0] * columns),
        curvature=np.where(draw.random(columns) < 0.3, 0.0, 1.0).tolist(),
    )


def test_rows_that_all_but_depend_on_each_other() -> None:
    """x + y = 2 and x + (1 + 1e-7) y = 2 + 5e-8: y is a half, and multipliers of 1e7 hold it: 1.5 = a + b, 0.5 = a +
    (1 + 1e-7) b."""
    rows, limits = np.array([[1, 1], [1, 1 + 1e-7]]), np.array([2, 2 + 5e-8])
    asked = problem(
        [0, 0],
        rows.tolist(),
        limits=(limits.tolist(), limits.tolist()),
        bounds=([-INF, -INF], [INF, INF]),
        curvature=[1, 1],
    )
    near = Clarabel().solve(asked)
    found = refine(asked, near.x, near.multipliers, refiners())
    judged = judge_pair(Polytope(asked.matrix, limits, limits, asked.lower, asked.upper), found.x, found.y)
    assert found.x == pytest.approx([1.5, 0.5], abs=1e-8)
    assert found.y == pytest.approx([1e7, -1e7], rel=1e-3)
    assert judged.error < 1e-8, "multipliers of 1e7 have eight digits left behind the point"
