"""Small problems for engines, said in a line or two."""

from collections.abc import Sequence

import numpy as np
from scipy import sparse

from solver.engines.quadratic_program import QuadraticProgram, Vector

INF = float("inf")
Limits = tuple[Sequence[float], Sequence[float]]


def problem(
    cost: Sequence[float],
    rows: Sequence[Sequence[float]] = (),
    *,
    limits: Limits = ((), ()),
    bounds: Limits | None = None,
    curvature: Sequence[float] | None = None,
) -> QuadraticProgram:
    """A problem from its rows; bounds are zero and infinity where none are given."""
    columns = len(cost)
    low, high = bounds or ([0.0] * columns, [INF] * columns)
    matrix = np.array(rows, dtype=float).reshape(len(rows), columns)
    return QuadraticProgram(
        curvature=_vector(curvature or [0.0] * columns),
        cost=_vector(cost),
        matrix=sparse.csr_array(matrix),
        row_lower=_vector(limits[0]),
        row_upper=_vector(limits[1]),
        lower=_vector(low),
        upper=_vector(high),
    )


def _vector(numbers: Sequence[float]) -> Vector:
    return np.array(numbers, dtype=np.float64)


def lagrangian(asked: QuadraticProgram, multipliers: Vector) -> float:
    """The dual's value for multipliers (rows,): a lower bound of every problem without a free column.

    min over the bounds of q x²/2 + c x - y (A x), plus y times the side of each row that its sign names.
    """
    reduced = asked.cost - asked.matrix.T @ multipliers
    with np.errstate(divide="ignore", invalid="ignore"):
        inside = np.where(asked.curvature > 0, -reduced / asked.curvature, np.where(reduced > 0, -INF, INF))
    best = np.clip(np.where(reduced == 0, 0.0, inside), asked.lower, asked.upper)
    side = np.where(multipliers > 0, asked.row_lower, np.where(multipliers < 0, asked.row_upper, 0.0))
    return float((asked.curvature * best**2 / 2 + reduced * best).sum() + multipliers @ side)


def off(asked: QuadraticProgram, x: Vector) -> float:
    """The most by which x (columns,) misses a row or a bound."""
    amount = asked.matrix @ x
    wrong = [asked.row_lower - amount, amount - asked.row_upper, asked.lower - x, x - asked.upper]
    return max(float(np.max(each, initial=0.0)) for each in wrong)
