"""cvxpy with Clarabel on rules of several priorities: one quadratic program after the other; builds are timed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cvxpy
import numpy as np

from benchmarks.arrays import Vector
from benchmarks.levels import Convex, one_after_the_other
from benchmarks.peers.cvxpy_clarabel import minimise


def ready(folder: Path) -> Callable[[], Vector]:
    """The work: build and solve each stage, to the solver's own tolerance."""
    return one_after_the_other(folder, _solve, quadratic=True)


def _solve(program: Convex) -> Vector:
    z = cvxpy.Variable(len(program.lower))
    low, high = program.row_lower, program.row_upper
    equal = low == high
    limits = [
        part[rows] @ z * sign >= side[rows] * sign
        for part, side, sign, rows in (
            (program.matrix, low, 1, np.flatnonzero(np.isfinite(low) & ~equal)),
            (program.matrix, high, -1, np.flatnonzero(np.isfinite(high) & ~equal)),
        )
        if len(rows)
    ]
    if equal.any():
        limits.append(program.matrix[equal] @ z == low[equal])
    limits.append(z >= program.lower)
    capped = np.flatnonzero(np.isfinite(program.upper))
    if len(capped):
        limits.append(z[capped] <= program.upper[capped])
    priced = np.flatnonzero(program.curvature)
    cost = cvxpy.sum_squares(cvxpy.multiply(np.sqrt(program.curvature[priced]), z[priced])) / 2
    minimise(cost, limits)
    found: Vector = z.value
    return found
