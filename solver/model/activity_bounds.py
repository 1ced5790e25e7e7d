"""Activity bounds: how low and how high rows can come while other rules hold, by arithmetic alone.

Floors and caps of cells are first tightened by the rows of several cells, as in the presolve of integer
programs (Savelsbergh 1994). A row then lies between the sums of its floors and of its caps, and between what
a company target leaves when everybody outside the row is at their caps and at their floors.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from solver.engines.quadratic_program import Vector
from solver.model.program import NO_RULE, ConstraintBlock, Index, Program

_ROUNDS = 3
"""Rounds of tightening. Any number of them leaves true bounds: more would win little, and in floats may go on
without an end."""


@dataclass(frozen=True, eq=False)
class ActivityBounds:
    """Between what each of some rows lies, each divided by its first coefficient."""

    least: Vector
    """(rows,)"""
    most: Vector
    """(rows,)"""


def activity_bounds(block: ConstraintBlock, program: Program, totals: Index) -> ActivityBounds:
    """The activity bounds of a block's rows under the program of others; `totals` are its rows that hold totals."""
    lower, upper = tightened(program)
    matrix = sparse.csr_array(sparse.diags_array(1 / block.shape.first) @ block.matrix)
    # The most of a row is minus the least of minus the row.
    least, most = _least(matrix, lower, upper), -_least(-matrix, lower, upper)
    same = program.find(block)
    known = same != NO_RULE
    least[known] = np.maximum(least[known], program.row_lower[same[known]])
    most[known] = np.minimum(most[known], program.row_upper[same[known]])
    for row in totals.tolist():
        total = program.matrix[[row]].toarray().ravel()
        most = np.minimum(most, program.row_upper[row] - _rest(total, matrix, lower, upper))
        least = np.maximum(least, program.row_lower[row] + _rest(-total, -matrix, lower, upper))
    return ActivityBounds(least, most)


def tightened(program: Program) -> tuple[Vector, Vector]:
    """Two (cells,) arrays: floors and caps, tightened by three rounds over the rows of several cells."""
    lower, upper = program.lower.copy(), program.upper.copy()
    sides = ((program.matrix, program.row_upper), (sparse.csr_array(-program.matrix), -program.row_lower))
    for _ in range(_ROUNDS):
        for matrix, limit in sides:
            _tighten(matrix, limit, lower, upper)
    return lower, upper


def _tighten(matrix: sparse.csr_array, limit: Vector, lower: Vector, upper: Vector) -> None:
    """Brings floors and caps nearer by rows that are at most a limit; changes both arrays."""
    row = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    cell, a = matrix.indices, matrix.data
    at = np.where(a > 0, lower[cell], upper[cell])
    # a_j x_j ≤ limit - least of the others: the row's slack at its least, added to where the cell stands
    # there.
    spare = limit[row] - _least(matrix, lower, upper)[row]
    reported = np.isfinite(spare)
    reached = at[reported] + spare[reported] / a[reported]
    up = a[reported] > 0
    np.minimum.at(upper, cell[reported][up], reached[up])
    np.maximum.at(lower, cell[reported][~up], reached[~up])


def _least(matrix: sparse.csr_array, lower: Vector, upper: Vector) -> Vector:
    """(rows,) the least each row can come to within floors and caps (cells,)."""
    at = np.where(matrix.data > 0, lower[matrix.indices], upper[matrix.indices])
    return _sums(matrix, matrix.data * at)


def _rest(total: Vector, matrix: sparse.csr_array, lower: Vector, upper: Vector) -> Vector:
    """(rows,) the least that total · x - row · x can come to, for a total (cells,) and each row."""
    # 0 · ∞ of cells without a cap: `where` drops what comes of it.
    with np.errstate(invalid="ignore"):
        alone = np.where(total == 0, 0.0, total * np.where(total > 0, lower, upper))
        left = total[matrix.indices] - matrix.data
        beside = np.where(
            left == 0, 0.0, left * np.where(left > 0, lower[matrix.indices], upper[matrix.indices])
        )
    # Cells without an end are counted and not added: ∞ - ∞ would lose that they are in the row themselves.
    endless = ~np.isfinite(alone)
    inside = alone[matrix.indices]
    finite = np.where(endless, 0.0, alone).sum() - _sums(matrix, np.where(np.isfinite(inside), inside, 0.0))
    outside = endless.sum() - _sums(matrix, (~np.isfinite(inside)).astype(float))
    # A count in floats: above a half is one or more.
    return np.where(outside > 0.5, -np.inf, finite + _sums(matrix, beside))


def _sums(matrix: sparse.csr_array, entries: Vector) -> Vector:
    """(rows,) the sums of numbers (entries,)."""
    row = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    return np.bincount(row, entries, minlength=matrix.shape[0]).astype(np.float64, copy=False)
