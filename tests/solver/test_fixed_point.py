"""Fixed point by hand: numbers there and back, duality gaps, and a program whose multipliers cancel in doubles."""

from math import inf

import numpy as np
import pytest
from problems import INF, problem

from solver.optimise.fixed_point import FixedPoint, fixed, floats
from solver.optimise.refinement import refine, refine_in_fixed_point, refiners

_SLIGHT = 2.0**-16
"""By how much the two rows of THIN differ."""
THIN = problem(
    [0, 0],
    [[1, 1], [1, 1 + _SLIGHT]],
    limits=([2, 2 + 1.5 * _SLIGHT], [2, INF]),
    bounds=([0, 0], [INF, INF]),
    curvature=[1, 1],
)
"""x + y = 2 and x + (1 + ε) y at least 2 + 1.5 ε, ε = 2^-16: y is at least 1.5, so that (0.5, 1.5) is nearest to nothing.

Its multipliers are p + q = 0.5 and p + (1 + ε) q = 1.5: q = 1 / ε = 65,536, and p = 0.5 - q.
"""


def test_doubles_go_there_and_back() -> None:
    values = np.array([0.0, -0.1, 1e15, 2.0**-200, -3e-60, inf, -inf])
    assert (floats(fixed(values)) == values).all()


def test_a_sum_keeps_what_doubles_lose() -> None:
    """1e20 + 1 - 1e20 = 1."""
    data = FixedPoint(problem([0, 0, 0], [[1, 1, 1]], limits=([0], [INF]), bounds=([0] * 3, [INF] * 3)))
    amount = data.amounts(fixed(np.array([1e20, 1.0, -1e20])))
    assert floats(amount).tolist() == [1.0]


def test_a_row_without_columns_comes_to_nothing() -> None:
    data = FixedPoint(problem([0], [[0], [2]], limits=([0, 0], [INF, INF]), bounds=([0], [INF])))
    assert floats(data.amounts(fixed(np.array([3.0])))).tolist() == [0.0, 6.0]


@pytest.mark.parametrize(
    ("x", "y", "gap"),
    [
        # x²/2 = 2 and the multiplier of 1 proves min x²/2 - (x - 1) = ½.
        pytest.param(2.0, 1.0, 1.5, id="both"),
        pytest.param(1.0, 1.0, 0.0, id="optimum"),
        # Without a multiplier the bound is the least of x²/2, zero.
        pytest.param(2.0, 0.0, 2.0, id="no-multiplier"),
    ],
)
def test_the_gap_is_cost_less_bound(x: float, y: float, gap: float) -> None:
    """The least of x²/2 with x at least 1 is ½, at a multiplier of one."""
    data = FixedPoint(problem([0], [[1]], limits=([1], [INF]), bounds=([0], [INF]), curvature=[1]))
    assert data.gap(fixed(np.array([x])), fixed(np.array([y]))) == gap


def test_a_column_that_could_cost_less_and_less_proves_nothing() -> None:
    data = FixedPoint(problem([-1], [[1]], limits=([0], [INF]), bounds=([0], [INF]), curvature=[0]))
    assert data.gap(fixed(np.array([1.0])), fixed(np.array([0.0]))) == inf


def test_rows_that_all_but_depend_on_each_other_are_proved() -> None:
    """From multipliers that are right to a tenth, as an engine leaves them. Doubles end some 2e-11 from the point."""
    start = np.array([0.6, 1.4]), np.array([-0.9, 0.9]) / _SLIGHT
    near, gap = refine_in_fixed_point(THIN, *start, refiners())

    assert (near.x == [0.5, 1.5]).all()
    assert near.y * _SLIGHT == pytest.approx([0.5 * _SLIGHT - 1, 1], rel=1e-12)
    assert near.broken <= 1e-20
    assert abs(gap) <= 1e-15
    assert np.abs(refine(THIN, *start, refiners()).x - near.x).max() > 1e-13
