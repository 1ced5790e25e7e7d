"""Whole: whether whole targets exist with nothing more than a unit from its unrounded number, by SciPy's HiGHS."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from tests.fuzz.program import Program

Floats = NDArray[np.float64]

NONE, THERE, UNKNOWN = "none", "there", "unknown"
_ROOM = 1e-6
"""Of a unit: what counts as one unit still."""
_NOISE = 1e-9
"""Of the amounts in a row: what floats may lose of them."""
_SECONDS = 30.0
"""After so many the model does not know."""


def whole_within_a_unit(program: Program) -> str:
    """NONE, THERE, or UNKNOWN: targets, and the totals that people read, at most a unit off, and every hard rule kept."""
    x, unit = program.answer, program.unit
    base = np.where(program.kept, x, program.beyond)
    least, most = np.ceil((x - base) / unit - 1 - _ROOM), np.floor((x - base) / unit + 1 + _ROOM)
    bounds = Bounds(
        np.where(program.kept, 0, np.maximum(least, 0)), np.where(program.kept, 0, np.maximum(most, 0))
    )
    found = milp(
        np.zeros(len(x)),
        integrality=np.ones(len(x)),
        bounds=bounds,
        constraints=[_hard(program, base), *(_within(program, total, base) for total in program.totals)],
        options={"time_limit": _SECONDS},
    )
    return THERE if found.status == 0 else NONE if found.status == 2 else UNKNOWN


def _hard(program: Program, base: Floats) -> LinearConstraint:
    """Hard rules over counts of units, each in steps of its largest coefficient: HiGHS may pass a row by 1e-6."""
    rows = np.flatnonzero(program.priority == 0)
    matrix = sparse.csr_array(program.matrix[rows])
    fixed, noise = matrix @ base, _NOISE * (abs(matrix) @ program.answer)
    counted = sparse.csr_array(matrix * program.unit)
    step = np.maximum(abs(counted).max(axis=1).toarray().ravel(), 1e-300)
    return LinearConstraint(
        sparse.csc_array(sparse.diags_array(1 / step) @ counted),
        (program.lower[rows] - fixed - noise) / step,
        (program.upper[rows] - fixed + noise) / step,
    )


def _within(program: Program, total: NDArray[np.intp], base: Floats) -> LinearConstraint:
    """Totals (cells,) within a unit of what they were."""
    cells, unit = len(total), program.unit
    matrix = sparse.csc_array((np.ones(cells), (total, np.arange(cells))), shape=(total.max() + 1, cells))
    amount = matrix @ ((program.answer - base) / unit)
    return LinearConstraint(matrix, amount - 1 - _ROOM, amount + 1 + _ROOM)
