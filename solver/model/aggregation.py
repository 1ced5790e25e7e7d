"""Lumping: a question of feasibility asked of fewer cells and rows, with the same answer.

A row that holds wherever the bounds hold asks nothing. Cells with the same coefficients in the rows that are left
can be distinguished by no one: they hold together what one cell can hold whose floor and cap are the sums of theirs.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import sparse

from solver.model.matrices import alike
from solver.model.program import Limits, Program


def aggregated(program: Program) -> Program:
    """The program of the rows that bounds alone do not keep, over one cell for all cells alike in them."""
    # What bounds alone keep would only tell apart cells that are alike in all that matters.
    asking = np.flatnonzero((program.least < program.row_lower) | (program.most > program.row_upper))
    columns = sparse.csc_array(program.matrix[asking])
    used = np.flatnonzero(np.diff(columns.indptr))
    columns = columns[:, used]
    # Two random sums of a column stand for it, as keys do for rows in `Shape`; a fixed seed keeps runs
    # alike.
    probe = np.random.default_rng(23).random((len(asking), 2))
    first, group = alike(np.asarray(columns.T @ probe))
    bounds = Limits.free(len(first), 0.0)
    lower, upper, fair_share = (
        np.bincount(group, values[used], minlength=len(first)).astype(np.float64)
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
