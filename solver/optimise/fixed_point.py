"""Fixed point: numbers of 320 binary places, for differences that doubles hold nothing of.

Rows that all but contradict each other need multipliers of 1e9 and more, which cancel in every column: what is left of
them in doubles is noise. As Python integers that count 2^-320 they add up exactly, and multiply to 96 decimal places.
"""

from __future__ import annotations

from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from solver.engines.quadratic_program import QuadraticProgram, Vector
from solver.model.matrices import Matrix

Numbers = NDArray[np.object_]
"""Integers that count 2^-320, or an infinity."""
_PLACES = 320
"""Of doubles as small as 2^-267 no digit is lost, and products of such are still above the last place."""
_ONE = 1 << _PLACES
_MANTISSA = 53
"""Binary digits of a double."""


def fixed(values: Vector) -> Numbers:
    """The numbers that doubles stand for, digits below the last place cut off."""
    finite = np.isfinite(values)
    part, exponent = np.frexp(np.where(finite, values, 0.0))
    whole = np.ldexp(part, _MANTISSA).astype(np.int64).astype(object)
    shift = exponent.astype(np.int64) - _MANTISSA + _PLACES
    numbers = (whole << np.maximum(shift, 0).astype(object)) >> np.maximum(-shift, 0).astype(object)
    found: Numbers = np.where(finite, numbers, values.astype(object))
    return found


def floats(numbers: Numbers) -> Vector:
    """The doubles nearest to numbers."""
    return np.asarray(numbers / _ONE, dtype=np.float64)


class FixedPoint:
    """The data of a quadratic program as numbers, and what points and multipliers come to in it."""

    number = staticmethod(fixed)
    floats = staticmethod(floats)

    def __init__(self, problem: QuadraticProgram) -> None:
        self.problem = problem
        self.row_lower, self.row_upper = fixed(problem.row_lower), fixed(problem.row_upper)
        self.lower, self.upper = fixed(problem.lower), fixed(problem.upper)
        self._curvature, self._cost = fixed(problem.curvature), fixed(problem.cost)
        self._rows, self._columns = _Sums(problem.matrix), _Sums(Matrix(problem.matrix.T))

    def amounts(self, x: Numbers) -> Numbers:
        """(rows,) what the rows come to at x (columns,)."""
        return self._rows.at(x)

    def gradient(self, x: Numbers, y: Numbers) -> Numbers:
        """(columns,) of the objective at x (columns,), less what multipliers (rows,) contribute."""
        found: Numbers = _product(self._curvature, x) + self._cost - self._columns.at(y)
        return found

    def gap(self, x: Numbers, y: Numbers) -> float:
        """The objective at x (columns,) less the bound on it that multipliers (rows,) prove.

        Fenchel's: Σ y · slack over the rows, and what each column costs at x beyond the least that it could within its
        bounds (Boyd & Vandenberghe 2004, Convex Optimization, 5.5.2). Infinite where a column could cost less and less.
        """
        limit = np.where(y > 0, self.row_lower, np.where(y < 0, self.row_upper, 0))
        contribution = self._columns.at(y) - self._cost
        best = self._least(contribution, x)
        if any(abs(each) == inf for each in best):
            return inf
        slack = _product(y, self.amounts(x) - limit)
        costs = self._worth(x, contribution) - self._worth(best, contribution)
        return float((slack.sum() + costs.sum()) / _ONE)

    def _least(self, contribution: Numbers, x: Numbers) -> Numbers:
        """(columns,) where curvature · x² / 2 - contribution · x is least within the bounds; x where it is flat."""
        curved = self._curvature > 0
        flat = np.where(contribution > 0, self.upper, np.where(contribution < 0, self.lower, x))
        bottom = (contribution << _PLACES) // np.where(curved, self._curvature, _ONE)
        above: Numbers = np.maximum(np.where(curved, bottom, flat), self.lower)
        best: Numbers = np.minimum(above, self.upper)
        return best

    def _worth(self, x: Numbers, contribution: Numbers) -> Numbers:
        worth: Numbers = _product(_product(self._curvature, x), x) // 2 - _product(contribution, x)
        return worth


class _Sums:
    """The rows of a matrix, to be added up."""

    def __init__(self, matrix: Matrix | Any) -> None:
        self._data, self._indices = fixed(matrix.data), matrix.indices
        self._filled = np.flatnonzero(np.diff(matrix.indptr))
        self._starts, self._count = matrix.indptr[self._filled], matrix.shape[0]

    def at(self, vector: Numbers) -> Numbers:
        """(rows,) the matrix times a vector (columns,)."""
        total = np.full(self._count, 0, dtype=object)
        if len(self._filled):
            total[self._filled] = np.add.reduceat(_product(self._data, vector[self._indices]), self._starts)
        return total


def _product(one: Numbers, other: Numbers) -> Numbers:
    return np.asarray((one * other) >> _PLACES, dtype=object)
