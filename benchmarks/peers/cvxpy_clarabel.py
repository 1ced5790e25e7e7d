"""cvxpy with Clarabel: the even spread itself, a quadratic program; the model's build is timed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cvxpy
import numpy as np

from benchmarks.arrays import Arrays, Vector


def ready(folder: Path, tolerance: float = 1e-8) -> Callable[[], Vector]:
    """The work: build and solve, to the solver's own tolerance unless another is asked for."""
    arrays = Arrays.load(folder / "arrays.npz")
    program = arrays.around(arrays.root)
    low, high = program.row_lower, program.row_upper
    equal = low == high
    least, most, capped = np.isfinite(low) & ~equal, np.isfinite(high) & ~equal, np.isfinite(program.upper)

    def work() -> Vector:
        v = cvxpy.Variable(len(program.lower))
        limits = [v >= program.lower]
        if capped.any():
            limits.append(v[np.flatnonzero(capped)] <= program.upper[capped])
        if equal.any():
            limits.append(program.matrix[equal] @ v == low[equal])
        if least.any():
            limits.append(program.matrix[least] @ v >= low[least])
        if most.any():
            limits.append(program.matrix[most] @ v <= high[most])
        minimise(cvxpy.sum_squares(v) / 2, limits, tolerance)
        found: Vector = arrays.fair_share + arrays.root * v.value
        return found

    return work


def minimise(cost: Any, limits: list[Any], tolerance: float = 1e-8) -> None:
    """Solve to a tolerance; the variables then have their values. Raises RuntimeError where Clarabel does not end."""
    model = cvxpy.Problem(cvxpy.Minimize(cost), limits)
    model.solve(solver=cvxpy.CLARABEL, tol_gap_abs=tolerance, tol_gap_rel=tolerance, tol_feas=tolerance)
    if model.status != "optimal":
        raise RuntimeError(f"Clarabel ends with {model.status}")
