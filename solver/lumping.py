"""Lumping: a question of feasibility asked of fewer cells and rows, with the same answer.

A row that holds wherever the bounds hold asks nothing. Cells with the same coefficients in the rows that are left
can be told apart by nobody: they hold together what one cell can hold whose floor and cap are the sums of theirs.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import sparse

from solver.matrices import alike
from solver.program import Limits, Program


def lumped(program: Program) -> Program:
    """The program of the rows that bounds alone do not keep, over one cell for all cells alike in them."""
    asking = np.flatnonzero((program.least < program.row_lower) | (program.most > program.row_upper))
    columns = sparse.csc_array(program.matrix[asking])
    used = np.flatnonzero(np.diff(columns.indptr))
    columns = columns[:, used]
    probe = np.random.default_rng(23).random((len(asking), 2))
    first, lump = alike(np.asarray(columns.T @ probe))
    bounds = Limits.free(len(first), 0.0)
    lower, upper, fair_share = (
        np.bincount(lump, values[used], minlength=len(first)).astype(np.float64)
        for values in (program.lower, program.upper, program.fair_share)
    )
    return Program(
        fair_share=fair_share,
        scale=program.scale[used[first]],
        bounds=replace(bounds, lower=lower, upper=upper),
        matrix=sparse.csr_array(columns[:, first]),
        limits=program.limits.part(asking),
        keys=program.keys[asking],
    )
