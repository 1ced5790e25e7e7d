"""Whole units: for every cell the least and the most whole number of units that its bounds allow, exactly."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rules import Frame, Rows
from scenarios.exact import Exact
from solver.program import Demand

Integers = NDArray[np.int64]
_FAR = 2**52
_WORD = 2**62


@dataclass(frozen=True, eq=False)
class Units:
    """What a unit is, cell by cell."""

    size: tuple[Fraction, ...]
    """(metrics,) round_to of each metric."""
    metric: NDArray[np.intp]
    """(cells,) the metric of each cell."""

    @classmethod
    def of(cls, frame: Frame) -> Units:
        """The units of a frame's cells."""
        sizes = tuple(metric.round_to for metric in frame.metrics.values())
        return cls(sizes, np.repeat(np.arange(len(sizes)), frame.parts * frame.partners))

    @property
    def floats(self) -> NDArray[np.float64]:
        """(cells,) the unit of each cell."""
        return np.array([float(size) for size in self.size])[self.metric]

    def amounts(self, count: Integers) -> Exact:
        """(cells,) so many units, as amounts."""
        return Exact.of(list(self.size))[self.metric] * Exact(count, 1)

    def common(self, rows: Rows) -> NDArray[np.float64]:
        """(rows,) the largest amount of which each row is a multiple in whole units; zero for an empty row."""
        unit = Exact.of(list(self.size))
        parts = _product(rows.coefficient.numerators, unit.numerators[self.metric[rows.cell]])
        step = np.zeros(len(rows), dtype=parts.dtype)
        np.gcd.at(step, rows.row, parts)
        return Exact(step, rows.coefficient.denominator * unit.denominator).floats()


@dataclass(frozen=True, eq=False)
class Range:
    """Whole numbers of units from least to most; none where least is above most."""

    least: Integers
    """(cells,)"""
    most: Integers
    """(cells,)"""

    @classmethod
    def everything(cls, cells: int) -> Range:
        """Zero and more."""
        return cls(np.zeros(cells, dtype=np.int64), np.full(cells, _FAR, dtype=np.int64))

    def within(self, rows: Rows, demand: Demand, units: Units) -> Range:
        """The range that the rule's rows of one cell leave of this one."""
        least, most = self.least.copy(), self.most.copy()
        single = np.flatnonzero(demand.single)
        entry = _entries(rows, single)
        positive = rows.coefficient[entry] > 0
        low, high = (None if limit is None else limit[single] for limit in (rows.lower, rows.upper))
        ups = _counts(low, rows.coefficient[entry], units, demand.cell, ceiling=True)
        downs = _counts(high, rows.coefficient[entry], units, demand.cell, ceiling=False)
        if not positive.all():
            raise NotImplementedError("a row of one cell with a negative coefficient")
        if ups is not None:
            least[demand.cell] = np.maximum(least[demand.cell], ups)
        if downs is not None:
            most[demand.cell] = np.minimum(most[demand.cell], downs)
        return Range(least, most)

    def amounts(self, units: Units) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Two (cells,) arrays: the least and the most as amounts, infinite where there is no most."""
        return self.least * units.floats, np.where(self.most < _FAR, self.most * units.floats, np.inf)

    def inside(self, outer: Range) -> Range:
        """This range, brought within an outer one where the two do not meet."""
        least = np.clip(self.least, outer.least, outer.most)
        return Range(least, np.maximum(least, np.clip(self.most, outer.least, outer.most)))


def _entries(rows: Rows, single: NDArray[np.intp]) -> NDArray[np.intp]:
    """(single rows,) the entry of each row that has just one that is not zero."""
    filled = np.flatnonzero(rows.coefficient.numerators != 0)
    first = np.full(len(rows), -1, dtype=np.intp)
    first[rows.row[filled]] = filled
    return first[single]


def _counts(
    limit: Exact | None, coefficient: Exact, units: Units, cell: NDArray[np.intp], *, ceiling: bool
) -> Integers | None:
    """(rows,) limit / (coefficient · unit), rounded up or down to whole numbers."""
    if limit is None:
        return None
    unit = Exact.of(list(units.size))[units.metric[cell]]
    above = _product(limit.numerators, coefficient.denominator * unit.denominator)
    below = _product(_product(coefficient.numerators, limit.denominator), unit.numerators)
    counts: Any = -(-above // below) if ceiling else above // below
    return np.asarray(np.clip(counts, -_FAR, _FAR), dtype=np.int64)


def _product(numbers: NDArray[Any], factors: NDArray[Any] | int) -> NDArray[Any]:
    """The products, in 64 bits where they fit."""
    one, other = _largest(numbers), _largest(factors)
    if max(one, other, one * other) < _WORD:
        return numbers.astype(np.int64) * factors
    return numbers.astype(object) * factors


def _largest(numbers: NDArray[Any] | int) -> int:
    if isinstance(numbers, int):
        return abs(numbers)
    return max(abs(int(numbers.max())), abs(int(numbers.min()))) if len(numbers) else 0
