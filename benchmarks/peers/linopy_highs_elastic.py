"""linopy with HiGHS on rules of several priorities: one linear program after the other; builds are timed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import linopy
import numpy as np
import pandas as pd
import xarray

from benchmarks.arrays import Arrays, Vector
from benchmarks.levels import Convex, one_after_the_other
from benchmarks.peers.linopy_highs import blocks


def ready(folder: Path) -> Callable[[], Vector]:
    """The work: build and solve each stage."""
    return one_after_the_other(folder, _solve, quadratic=False)


def _solve(program: Convex) -> Vector:
    model = linopy.Model()
    columns = pd.RangeIndex(len(program.lower), name="cell")
    z = model.add_variables(program.lower, program.upper, coords=[columns], name="z")
    unused = np.empty(0)
    rows_of = Arrays(
        unused, unused, program.lower, program.upper, program.matrix, program.row_lower, program.row_upper
    )
    for name, rows, cell, factor in blocks(rows_of):
        amount = (z.isel(cell=xarray.DataArray(cell, dims=["row", "term"])) * factor).sum("term")
        low, high = program.row_lower[rows], program.row_upper[rows]
        equal = low == high
        kinds = (
            ("==", equal, low),
            (">=", np.isfinite(low) & ~equal, low),
            ("<=", np.isfinite(high) & ~equal, high),
        )
        for kind, chosen, side in kinds:
            if chosen.any():
                at = np.flatnonzero(chosen)
                limit = xarray.DataArray(side[at], dims=["row"])
                model.add_constraints(amount.isel(row=at), kind, limit, name=f"{name} {kind}")
    model.add_objective((z * program.cost).sum())
    status, condition = model.solve("highs", io_api="direct", output_flag=False, progress=False)
    if status != "ok":
        raise RuntimeError(f"HiGHS ends with {condition}")
    return np.asarray(z.solution.to_numpy(), dtype=np.float64)
