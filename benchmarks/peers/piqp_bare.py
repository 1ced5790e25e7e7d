"""PIQP on the bare arrays of the even spread, ready to be solved: the yardstick."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import piqp
from scipy import sparse

from benchmarks.arrays import Arrays, Vector


def ready(folder: Path) -> Callable[[], Vector]:
    """The work: set up and solve, at the solver's own settings."""
    arrays = Arrays.load(folder / "arrays.npz")
    program = arrays.around(arrays.root)
    equal = program.row_lower == program.row_upper
    size = len(program.lower)
    identity = sparse.csc_matrix(sparse.identity(size))
    equations, inequalities = (sparse.csc_matrix(program.matrix[rows]) for rows in (equal, ~equal))

    def work() -> Vector:
        solver = piqp.SparseSolver()
        solver.setup(
            identity,
            np.zeros(size),
            equations,
            program.row_lower[equal],
            inequalities,
            program.row_lower[~equal],
            program.row_upper[~equal],
            program.lower,
            program.upper,
        )
        if solver.solve() != piqp.PIQP_SOLVED:
            raise RuntimeError("PIQP did not solve the bare arrays")
        found: Vector = arrays.fair_share + arrays.root * np.array(solver.result.x)
        return found

    return work
