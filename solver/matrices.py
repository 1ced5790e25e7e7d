"""Matrices: the few things done to sparse rows, with their types."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from solver.engines.problem import Vector

Matrix = sparse.csr_array


def absolute(matrix: Matrix) -> Matrix:
    """The same rows with absolute coefficients."""
    return Matrix((np.abs(matrix.data), matrix.indices, matrix.indptr), shape=matrix.shape)


def rising(matrix: Matrix) -> Matrix:
    """The same rows with negative coefficients set to zero."""
    return Matrix((np.maximum(matrix.data, 0), matrix.indices, matrix.indptr), shape=matrix.shape)


def by_columns(matrix: Matrix, factors: Vector) -> Matrix:
    """Every column times its factor (columns,)."""
    return Matrix((matrix.data * factors[matrix.indices], matrix.indices, matrix.indptr), shape=matrix.shape)


def by_rows(matrix: Matrix, factors: Vector) -> Matrix:
    """Every row times its factor (rows,)."""
    data = matrix.data * np.repeat(factors, np.diff(matrix.indptr))
    return Matrix((data, matrix.indices, matrix.indptr), shape=matrix.shape)


def times(matrix: Matrix, vector: Vector) -> Vector:
    """(rows,) the product."""
    return np.asarray(matrix @ vector, dtype=np.float64)


def lengths(matrix: Matrix) -> Vector:
    """(rows,) the Euclidean length of each row."""
    squares = Matrix((matrix.data**2, matrix.indices, matrix.indptr), shape=matrix.shape)
    return np.sqrt(np.asarray(squares.sum(axis=1), dtype=np.float64).ravel())


def largest(matrix: Matrix) -> Vector:
    """(rows,) the largest absolute coefficient of each row; zero for a row without any."""
    most = np.zeros(matrix.shape[0])
    filled = np.diff(matrix.indptr) > 0
    if filled.any():
        most[filled] = np.maximum.reduceat(np.abs(matrix.data), matrix.indptr[:-1][filled])
    return most


def alike(pairs: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The first of each set of equal pairs (n, 2), sets in rising order, and the set (n,) of each pair."""
    numbers = np.ascontiguousarray(pairs).view(np.complex128).ravel()
    _, first, label = np.unique(numbers, return_index=True, return_inverse=True)
    return np.asarray(first, dtype=np.intp), np.asarray(label, dtype=np.intp)
