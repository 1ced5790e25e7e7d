"""PuLP with CBC on rules of several priorities: one linear program after the other; builds are timed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pulp

from benchmarks.arrays import Vector
from benchmarks.levels import Convex, one_after_the_other


def ready(folder: Path) -> Callable[[], Vector]:
    """The work: build and solve each stage."""
    return one_after_the_other(folder, _solve, quadratic=False)


def _solve(program: Convex) -> Vector:
    model = pulp.LpProblem("stage", pulp.LpMinimize)
    ends = zip(program.lower.tolist(), program.upper.tolist(), strict=True)
    z = [
        pulp.LpVariable(f"z{i}", *(None if np.isinf(end) else end for end in pair))
        for i, pair in enumerate(ends)
    ]
    model += pulp.LpAffineExpression(zip(z, program.cost.tolist(), strict=True))
    starts, cells, factors = (
        each.tolist() for each in (program.matrix.indptr, program.matrix.indices, program.matrix.data)
    )
    for row, (low, high) in enumerate(
        zip(program.row_lower.tolist(), program.row_upper.tolist(), strict=True)
    ):
        mine = range(starts[row], starts[row + 1])
        amount = pulp.LpAffineExpression((z[cells[place]], factors[place]) for place in mine)
        if low == high:
            model += amount == low
            continue
        if np.isfinite(low):
            model += amount >= low
        if np.isfinite(high):
            model += amount <= high
    model.solve(pulp.PULP_CBC_CMD(msg=False))
    if pulp.LpStatus[model.status] != "Optimal":
        raise RuntimeError(f"CBC ends with {pulp.LpStatus[model.status]}")
    return np.array([each.value() for each in z])
