"""Shared sums: rows over the same many cells with one common coefficient, written over one column for their sum.

A band around a group's mean asks of every member a row over the whole group: members² entries. Over a column that
stands for the sum of the group they are a few entries each: own · x + of · S ≤ 0 with S = Σ_g x.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from solver.engines.quadratic_program import Vector
from solver.model.matrices import alike

_WIDE = 8
"""Entries from which a row is looked at: below, a column for its sum saves nothing."""
_ODD_PART = 4
"""One entry in so many may differ from the common coefficient."""


@dataclass(frozen=True, eq=False)
class SharedSums:
    """Rows · x as cells · x + sums · (members · x)."""

    cells: sparse.csr_array
    """(rows, cells)"""
    sums: sparse.csr_array
    """(rows, sums)"""
    members: sparse.csr_array
    """(sums, cells) ones for the cells of each sum."""

    def transposed(self, multipliers: Vector) -> Vector:
        """(cells,) the sum of the rows, each times its multiplier (rows,)."""
        direct = _transposed(self.cells, multipliers)
        if not self.members.shape[0]:
            return direct
        return direct + _transposed(self.members, _transposed(self.sums, multipliers))


def _transposed(matrix: sparse.csr_array, multipliers: Vector) -> Vector:
    """(columns,) the rows times their multipliers (rows,), added up; without making a transposed matrix."""
    weights = matrix.data * np.repeat(multipliers, np.diff(matrix.indptr))
    return np.bincount(matrix.indices, weights, minlength=matrix.shape[1]).astype(np.float64, copy=False)


def with_shared_sums(matrix: sparse.csr_array) -> SharedSums:
    """The rows of a matrix (rows, cells), those over many cells by sums where that is shorter."""
    entries = np.diff(matrix.indptr).astype(np.intp)
    common, count = _common(matrix, entries)
    dense = np.flatnonzero((entries > _WIDE) & (count < entries) & (entries - count <= entries // _ODD_PART))
    rows, cells = matrix.shape
    if not len(dense):
        return SharedSums(matrix, sparse.csr_array((rows, 0)), sparse.csr_array((0, cells)))
    first, group = alike(_supports(matrix, dense))
    members = sparse.csr_array(matrix[dense[first]])
    members.data[:] = 1.0
    shift = np.zeros(rows)
    shift[dense] = common[dense]
    left = sparse.csr_array(
        (matrix.data - np.repeat(shift, entries), matrix.indices, matrix.indptr), shape=matrix.shape
    )
    left.eliminate_zeros()
    sums = sparse.csr_array((common[dense], (dense, group)), shape=(rows, len(first)))
    return SharedSums(left, sums, members)


def _common(matrix: sparse.csr_array, entries: NDArray[np.intp]) -> tuple[Vector, Vector]:
    """Two (rows,) arrays: a coefficient that many entries of the row have, of three looked at, and how many."""
    common, most = np.zeros(len(entries)), np.zeros(len(entries))
    left = np.flatnonzero(entries)
    # A member's own cell has the odd coefficient and may be first or last; where all three are odd, the row
    # stays long.
    for place in (0.0, 0.5, 1.0):
        if not len(left):
            break
        rows, count = matrix if len(left) == len(entries) else sparse.csr_array(matrix[left]), entries[left]
        start = rows.indptr[:-1]
        candidate = rows.data[start + (place * (count - 1)).astype(np.intp)]
        same = np.add.reduceat(rows.data == np.repeat(candidate, count), start, dtype=np.intp)
        better = same > most[left]
        common[left[better]], most[left[better]] = candidate[better], same[better]
        # What more than half of the entries have, no other coefficient has more often.
        left = left[2 * most[left] <= count]
    return common, most


def _supports(matrix: sparse.csr_array, rows: NDArray[np.intp]) -> NDArray[np.float64]:
    """(rows chosen, 2) the same for rows over the same cells."""
    # Two random sums of a row's cells stand for its pattern, as keys do in `Shape`; a fixed seed keeps runs
    # alike.
    probe = np.random.default_rng(31).random((matrix.shape[1], 2))
    pattern = sparse.csr_array((np.ones(len(matrix.data)), matrix.indices, matrix.indptr), shape=matrix.shape)
    return np.asarray(pattern @ probe)[rows]
