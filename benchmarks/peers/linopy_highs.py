"""linopy with HiGHS: the same linear program, built from arrays and passed in memory; the build is timed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import linopy
import numpy as np
import pandas as pd
import xarray

from benchmarks.arrays import Arrays, Vector


def ready(folder: Path) -> Callable[[], Vector]:
    """The work: build and solve."""
    arrays = Arrays.load(folder / "arrays.npz")
    program = arrays.around(arrays.fair_share)
    weight = arrays.fair_share / arrays.scale

    def work() -> Vector:
        model = linopy.Model()
        cells = pd.RangeIndex(len(program.lower), name="cell")
        v = model.add_variables(program.lower, program.upper, coords=[cells], name="v")
        away = model.add_variables(0, coords=[cells], name="away")
        model.add_constraints(away - v >= 0, name="above")
        model.add_constraints(away + v >= 0, name="below")
        for name, rows, cell, factor in blocks(program):
            amount = (v.isel(cell=xarray.DataArray(cell, dims=["row", "term"])) * factor).sum("term")
            low, high = program.row_lower[rows], program.row_upper[rows]
            equal, least, most = low == high, np.isfinite(low), np.isfinite(high)
            for kind, chosen, side in (
                ("==", equal, low),
                (">=", least & ~equal, low),
                ("<=", most & ~equal, high),
            ):
                if chosen.any():
                    at = np.flatnonzero(chosen)
                    limit = xarray.DataArray(side[at], dims=["row"])
                    model.add_constraints(amount.isel(row=at), kind, limit, name=f"{name} {kind}")
        model.add_objective((away * (weight / weight.mean())).sum())
        status, condition = model.solve("highs", io_api="direct", output_flag=False, progress=False)
        if status != "ok":
            raise RuntimeError(f"HiGHS ends with {condition}")
        found: Vector = arrays.fair_share * (1 + v.solution.to_numpy())
        return found

    return work


def blocks(program: Arrays) -> Iterator[tuple[str, np.ndarray, np.ndarray, xarray.DataArray]]:
    """Name, rows, and two (rows, terms) arrays, cells and coefficients, of rows of about the same length."""
    matrix, count = program.matrix, np.diff(program.matrix.indptr)
    size = 2 ** np.ceil(np.log2(np.maximum(count, 1))).astype(int)
    for width in np.unique(size):
        rows = np.flatnonzero(size == width)
        terms = count[rows].max()
        place = matrix.indptr[rows][:, None] + np.arange(terms)
        there = np.arange(terms) < count[rows][:, None]
        place = np.where(there, place, 0)
        factor = xarray.DataArray(np.where(there, matrix.data[place], 0.0), dims=["row", "term"])
        yield f"rows of {width}", rows, np.where(there, matrix.indices[place], 0), factor
