"""Shared rows: long rows that are multiples of one another but for a few entries, over one column for what they share.

A band around a group's mean asks of every member a row over the whole group: members² entries, of which an engine's
factorisation makes as many again. Over a column that stands for the shared row they are a few entries each:

    row_i · x = own_i · x + factor_i · s,  s = shared · x

Optima are the same, and so are the multipliers of the rows: that of the row which defines s is Σ factor_i · y_i.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from solver.engines.quadratic_program import QuadraticProgram, Solution, Vector

Index = NDArray[np.intp]

_LARGE = 50_000
"""Entries from which a matrix is looked at: below, an engine takes no longer than looking."""
_WIDE = 16
"""Entries of a row, and rows of one pattern, from which a shared row is made."""
_ASKED = 9
"""Rows, and columns, of which the middle counts: each row has entries of its own, at other places."""
_ROUNDING = 1e-14
"""Of an entry: what scaling rows and columns leaves of a difference that is none."""
_WORTH = 0.5
"""Of all entries: shared rows that leave more than this are not made."""


@dataclass(frozen=True, eq=False)
class SharedRows:
    """A program with a column for each shared row, and a row that defines it."""

    program: QuadraticProgram
    rows: int
    """Of the program as it was asked."""
    columns: int
    """Of the program as it was asked."""

    @classmethod
    def of(cls, problem: QuadraticProgram) -> SharedRows | None:
        """The same program over shared rows; None where there are none worth it."""
        matrix = problem.matrix
        if matrix.nnz < _LARGE:
            return None
        own, shared, factors = matrix.copy(), [], []
        for which in _alike(matrix):
            row, factor = _shared(matrix, which)
            entries = _entries(matrix, which)
            taken = np.repeat(factor, np.diff(matrix.indptr)[which]) * row[matrix.indices[entries]]
            left = matrix.data[entries] - taken
            own.data[entries] = np.where(np.abs(left) <= _ROUNDING * np.abs(taken), 0.0, left)
            shared.append(sparse.csr_array(row[None, :]))
            # As one column of (rows, shared rows).
            factors.append(
                sparse.coo_array((factor, (which, np.zeros_like(which))), shape=(matrix.shape[0], 1))
            )
        own.eliminate_zeros()
        if not shared or own.nnz + sum(row.nnz for row in shared) > _WORTH * matrix.nnz:
            return None
        return cls(_over(problem, own, shared, factors), *matrix.shape)

    def solution(self, found: Solution) -> Solution:
        """The answer to the program as it was asked."""
        return replace(found, x=found.x[: self.columns], multipliers=found.multipliers[: self.rows])


def _over(
    problem: QuadraticProgram,
    own: sparse.csr_array,
    shared: list[sparse.csr_array],
    factors: list[sparse.coo_array],
) -> QuadraticProgram:
    """The program with own · x + factor · s for its rows, and shared · x - s = 0 below them."""
    nothing, infinite = np.zeros(len(shared)), np.full(len(shared), np.inf)
    blocks = [[own, sparse.hstack(factors)], [sparse.vstack(shared), -sparse.eye_array(len(shared))]]
    return QuadraticProgram(
        curvature=np.concatenate([problem.curvature, nothing]),
        cost=np.concatenate([problem.cost, nothing]),
        matrix=sparse.csr_array(sparse.block_array(blocks)),
        row_lower=np.concatenate([problem.row_lower, nothing]),
        row_upper=np.concatenate([problem.row_upper, nothing]),
        lower=np.concatenate([problem.lower, -infinite]),
        upper=np.concatenate([problem.upper, infinite]),
    )


def _alike(matrix: sparse.csr_array) -> Iterator[Index]:
    """Sets of long rows over the same columns, but for columns that stand in one row alone."""
    several = np.bincount(matrix.indices, minlength=matrix.shape[1]) > 1
    # A random sum of a row's columns stands for its pattern; a fixed seed keeps runs alike.
    probe = np.where(several, np.random.default_rng(37).random(matrix.shape[1]), 0.0)
    row = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    key = np.bincount(row, probe[matrix.indices], minlength=matrix.shape[0])
    # Rows that share nothing with others have no pattern at all, which would be one for all of them.
    long = np.flatnonzero(np.bincount(row, several[matrix.indices], minlength=matrix.shape[0]) >= _WIDE)
    _, pattern = np.unique(key[long], return_inverse=True)
    order = np.argsort(pattern, kind="stable")
    for which in np.split(long[order], np.cumsum(np.bincount(pattern))[:-1]):
        if len(which) >= _WIDE:
            yield which


def _shared(matrix: sparse.csr_array, which: Index) -> tuple[Vector, Vector]:
    """The (columns,) row of length one that these rows share, and (rows chosen,) the multiple of it that each is."""
    asked = matrix[_some(which)].toarray()
    common = np.flatnonzero((asked != 0).all(axis=0))
    # Entries of its own are few in each row: the middle of all quotients is that of the others.
    multiple = np.median(asked[:, common] / asked[0, common], axis=1)
    row = np.zeros(matrix.shape[1])
    row[common] = np.median(asked[:, common] / multiple[:, None], axis=0)
    row /= np.linalg.norm(row)
    columns = _some(common)
    return row, np.median(matrix[which][:, columns].toarray() / row[columns], axis=1)


def _some(numbers: Index) -> Index:
    """A few of many, from the first to the last."""
    return numbers[np.linspace(0, len(numbers) - 1, _ASKED).astype(np.intp)]


def _entries(matrix: sparse.csr_array, which: Index) -> Index:
    """The entries of these rows, row by row."""
    starts, counts = matrix.indptr[which].astype(np.intp), np.diff(matrix.indptr)[which].astype(np.intp)
    return np.repeat(starts - np.concatenate([[0], np.cumsum(counts)[:-1]]), counts) + np.arange(counts.sum())
