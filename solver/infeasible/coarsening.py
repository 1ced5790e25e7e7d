"""Coarsening: rows and columns that are alike in all that they meet, as one row and one column each.

Colour refinement (Grohe, Kersting, Mladenov & Selman 2014, Dimension reduction via colour refinement): rows start alike
where one rule has many of few cells each, as it has of every partner; columns are alike where they meet alike rows with
the same coefficients, and rows likewise, until no class is divided any more. Limits and bounds are left aside and added
up, so that what cannot hold of the sums cannot hold of the parts; the other way round has to be tried.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from solver.engines.quadratic_program import Vector
from solver.model.matrices import alike, distinct, kinds
from solver.model.program import Index

_MOST_ENTRIES = 64
"""Entries of rows that may be added to others: those of a partner, and not those of groups."""
_LEAST_ROWS = 200
"""Rows that a rule has at least of these: of few each says too much to be added up."""
_ROUNDS = 8
"""Rounds after which refinement is given up."""
_DIGITS = 9
"""Decimals of random sums that are compared."""
_WORTH = 0.5
"""Classes of columns, as a part of columns, that are worth being asked first."""


@dataclass(frozen=True, eq=False)
class Classes:
    """Rows and columns by what they are alike with."""

    row: Index
    """(rows,) the class of each."""
    column: Index
    """(columns,) the class of each, -1 for those in no row."""
    first: Index
    """(classes of columns,) the first column of each."""

    def added(self, rows: sparse.csr_array) -> sparse.csr_array:
        """(classes of rows, classes of columns) the rows of each class added up."""
        count = int(self.row.max(initial=-1)) + 1
        entries = (np.ones(len(self.row)), (self.row, np.arange(len(self.row))))
        sums = sparse.csr_array(entries, shape=(count, len(self.row)))
        return sparse.csr_array(sums @ sparse.csc_array(rows)[:, self.first])

    def without(self, rows: sparse.csr_array, alone: Index) -> Classes:
        """The classes with some rows, and the columns that these meet, taken out as classes of one.

        What is left of a class is alike still in what it adds up to, for the columns taken out are in no other class.
        """
        row, column = self.row.copy(), self.column.copy()
        row[alone] = row.max(initial=-1) + 1 + np.arange(len(alone))
        met = distinct(rows[alone].indices)
        column[met] = column.max(initial=-1) + 1 + np.arange(len(met))
        used = np.flatnonzero(column >= 0)
        first, column[used] = _kinds(column[used])
        return Classes(_in_order(row), column, used[first])

    def sums(self, limits: Vector) -> Vector:
        """(classes of rows,) the limits (rows,) of each class added up; infinite where one is."""
        return np.bincount(self.row, limits).astype(np.float64)


def classes(rows: sparse.csr_array, rule: Index) -> Classes | None:
    """The classes of rows, of which some belong to rules (rows of rules,); None where they are no fewer, or not found."""
    columns = sparse.csc_array(rows)
    used = np.flatnonzero(np.diff(columns.indptr))
    columns = sparse.csc_array(columns[:, used])
    row = _starting(rows, rule)
    if row.max(initial=-1) + 1 == rows.shape[0]:
        return None
    column = np.zeros(len(used), dtype=np.intp)
    for _ in range(_ROUNDS):
        first, finer = _refined(columns.T, row, column)
        _, finer_rows = _refined(rows[:, used], finer, row)
        if finer.max() == column.max() and finer_rows.max() == row.max():
            if len(first) > _WORTH * len(used):
                return None
            where = np.full(rows.shape[1], -1, dtype=np.intp)
            where[used] = finer
            return Classes(_in_order(finer_rows), where, used[first])
        row, column = finer_rows, finer
    return None


def _in_order(label: Index) -> Index:
    """(rows,) the classes numbered by their first rows."""
    first, which = _kinds(label)
    place = np.empty(len(first), dtype=np.intp)
    place[np.argsort(first)] = np.arange(len(first))
    return place[which]


def _starting(rows: sparse.csr_array, rule: Index) -> Index:
    """(rows,) one class for the small rows of each rule that has many, one for each other row."""
    owner = np.concatenate([rule, np.full(rows.shape[0] - len(rule), -1, dtype=np.intp)])
    few = (np.diff(rows.indptr) <= _MOST_ENTRIES) & (owner >= 0)
    _, which = _kinds(owner + 1)
    many = np.bincount(which, few)[which] >= _LEAST_ROWS
    label = np.where(few & many, which, len(which) + np.arange(len(which)))
    return _kinds(label)[1]


def _kinds(label: Index) -> tuple[Index, Index]:
    """The first of each kind of labels (n,), and the kind (n,) of each."""
    return kinds(label, int(label.max(initial=-1)) + 1)


def _refined(rows: sparse.csr_array, column: Index, row: Index) -> tuple[Index, Index]:
    """The first of each class, and the class of each row (rows,), by its own before and those of its columns (columns,)."""
    # Two random sums stand for what a row meets, as keys do for rows in `Shape`; a fixed seed keeps runs alike.
    draw = np.random.default_rng(41)
    meets, own = draw.random((column.max(initial=0) + 1, 2)), draw.random((row.max(initial=0) + 1, 2))
    # Rounded, for sums of floats depend on their order; a class divided wrongly, or not, is found out afterwards.
    return alike(np.round(np.asarray(rows @ meets[column]) + own[row], _DIGITS))
