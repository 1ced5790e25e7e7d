"""PuLP with CBC: least absolute deviations from the fair shares, as a linear program; the model's build is timed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pulp

from benchmarks.arrays import Arrays, Vector


def ready(folder: Path) -> Callable[[], Vector]:
    """The work: build and solve."""
    arrays = Arrays.load(folder / "arrays.npz")
    program = arrays.around(arrays.fair_share)
    weight = arrays.fair_share / arrays.scale

    def work() -> Vector:
        model = pulp.LpProblem("spread", pulp.LpMinimize)
        v = [
            pulp.LpVariable(f"v{i}", low, None if np.isinf(high) else high)
            for i, (low, high) in enumerate(zip(program.lower.tolist(), program.upper.tolist(), strict=True))
        ]
        away = [pulp.LpVariable(f"d{i}", 0) for i in range(len(v))]
        model += pulp.LpAffineExpression(zip(away, (weight / weight.mean()).tolist(), strict=True))
        for one, distance in zip(v, away, strict=True):
            model += distance - one >= 0
            model += distance + one >= 0
        _rows(model, program, v)
        model.solve(pulp.PULP_CBC_CMD(msg=False))
        if pulp.LpStatus[model.status] != "Optimal":
            raise RuntimeError(f"CBC ends with {pulp.LpStatus[model.status]}")
        found: Vector = arrays.fair_share * (1 + np.array([one.value() for one in v]))
        return found

    return work


def _rows(model: pulp.LpProblem, program: Arrays, v: list[pulp.LpVariable]) -> None:
    starts = program.matrix.indptr.tolist()
    cells, factors = program.matrix.indices.tolist(), program.matrix.data.tolist()
    for row, (low, high) in enumerate(zip(program.row_lower, program.row_upper, strict=True)):
        mine = slice(starts[row], starts[row + 1])
        amount = pulp.LpAffineExpression(
            (v[cell], factor) for cell, factor in zip(cells[mine], factors[mine], strict=True)
        )
        if low == high:
            model += amount == low
            continue
        if np.isfinite(low):
            model += amount >= low
        if np.isfinite(high):
            model += amount <= high
