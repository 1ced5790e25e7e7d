"""Matrices: the few things done to sparse rows, with their types."""

from __future__ import annotations

from copy import copy
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from solver.engines.quadratic_program import Vector

Whole = TypeVar("Whole", bound=np.integer[Any])
Index = NDArray[np.intp]
Matrix = sparse.csr_array

_COUNTED = 32
"""Numbers to a key: up to so many, counting them all is quicker than sorting the keys."""


def with_data(matrix: Matrix, data: Vector) -> Matrix:
    """The same entries with other coefficients (entries,); what SciPy checks of a new matrix is known of this one."""
    # A shallow copy shares indices: coefficients change in every stage, the pattern never.
    found = copy(matrix)
    found.data = data
    return found


def absolute(matrix: Matrix) -> Matrix:
    """The same rows with absolute coefficients."""
    return with_data(matrix, np.abs(matrix.data))


def rising(matrix: Matrix) -> Matrix:
    """The same rows with negative coefficients set to zero."""
    return with_data(matrix, np.maximum(matrix.data, 0))


def by_columns(matrix: Matrix, factors: Vector) -> Matrix:
    """Every column times its factor (columns,)."""
    return with_data(matrix, matrix.data * factors[matrix.indices])


def by_rows(matrix: Matrix, factors: Vector) -> Matrix:
    """Every row times its factor (rows,)."""
    return with_data(matrix, matrix.data * np.repeat(factors, np.diff(matrix.indptr)))


def diagonal(values: Vector) -> Matrix:
    """(n, n) the values (n,) on the diagonal; made at once, where SciPy's own way goes through two other formats."""
    size = len(values)
    return Matrix((values, np.arange(size), np.arange(size + 1)), shape=(size, size))


def times(matrix: Matrix, vector: Vector) -> Vector:
    """(rows,) the product."""
    return np.asarray(matrix @ vector, dtype=np.float64)


def reach(matrix: Matrix, room: Vector) -> tuple[Vector, Vector]:
    """Two (rows,) arrays: how far each row falls, and rises, at most where each column rises by up to a room (columns,)."""
    # The usual case, without making two more matrices.
    if not (matrix.data < 0).any():
        return np.zeros(matrix.shape[0]), times(matrix, room)
    return times(rising(-matrix), room), times(rising(matrix), room)


def lengths(matrix: Matrix) -> Vector:
    """(rows,) the Euclidean length of each row."""
    squares = with_data(matrix, matrix.data**2)
    return np.sqrt(np.asarray(squares.sum(axis=1), dtype=np.float64).ravel())


def largest(matrix: Matrix) -> Vector:
    """(rows,) the largest absolute coefficient of each row; zero for a row without any."""
    most = np.zeros(matrix.shape[0])
    filled = np.diff(matrix.indptr) > 0
    if filled.any():
        # reduceat gives an empty row its successor's first entry: only filled rows are asked.
        most[filled] = np.maximum.reduceat(np.abs(matrix.data), matrix.indptr[:-1][filled])
    return most


def alike(pairs: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The first of each set of equal pairs (n, 2), sets in rising order, and the set (n,) of each pair."""
    # As complex numbers: np.unique sorts those far faster than rows of two.
    numbers = np.ascontiguousarray(pairs).view(np.complex128).ravel()
    _, first, label = np.unique(numbers, return_index=True, return_inverse=True)
    return np.asarray(first, dtype=np.intp), np.asarray(label, dtype=np.intp)


def distinct(numbers: NDArray[Whole]) -> NDArray[Whole]:
    """(distinct,) the numbers (n,) without repetition, rising; np.unique loads NumPy's masked arrays to say so."""
    ordered = np.sort(numbers)
    new = np.ones(len(ordered), dtype=np.bool_)
    new[1:] = ordered[1:] != ordered[:-1]
    return ordered[new]


def kinds(keys: Index, most: int) -> tuple[Index, Index]:
    """The place of the first of each kind of keys (n,), kinds in rising order, and the kind (n,) of each key.

    Keys are whole numbers from 0 to below `most`.
    """
    if most > _COUNTED * len(keys):
        _, first, kind = np.unique(keys, return_index=True, return_inverse=True)
        return np.asarray(first, dtype=np.intp), np.asarray(kind, dtype=np.intp)
    # Counting takes a fraction of sorting where there are few numbers.
    present = np.zeros(most, dtype=np.bool_)
    present[keys] = True
    kind = (np.cumsum(present) - 1)[keys]
    first = np.empty(int(np.count_nonzero(present)), dtype=np.intp)
    first[kind[::-1]] = np.arange(len(keys) - 1, -1, -1)
    return first, kind


def short(numbers: Index) -> NDArray[np.integer[Any]]:
    """The same whole numbers, in 16 bits where they fit: NumPy sorts those by digits, a fraction of comparing."""
    return numbers.astype(np.int16) if numbers.max(initial=0) < 1 << 15 else numbers
