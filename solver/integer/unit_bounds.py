"""Whole units: for every cell the least and the most whole number of units that its bounds allow, exactly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from rules import CellIndex, Rows
from scenarios.values.rational_array import Exact
from solver.model.program import ConstraintBlock

Integers = NDArray[np.int64]
FAR = 2**52
"""Units; stands for no limit: counts below it are exact as floats."""
_WORD = 2**62
"""Products up to here fit in 64 bits."""


@dataclass(frozen=True, eq=False)
class Units:
    """What a unit is, cell by cell."""

    size: tuple[Fraction, ...]
    """(metrics,) round_to of each metric."""
    metric: NDArray[np.intp]
    """(cells,) the metric of each cell."""

    @classmethod
    def of(cls, frame: CellIndex) -> Units:
        """The units of a frame's cells."""
        sizes = tuple(metric.round_to for metric in frame.metrics.values())
        return cls(sizes, np.repeat(np.arange(len(sizes)), frame.parts * frame.partners))

    @cached_property
    def floats(self) -> NDArray[np.float64]:
        """(cells,) the unit of each cell."""
        return np.array([float(size) for size in self.size])[self.metric]

    def at(self, cell: int) -> Fraction:
        """The unit of one cell."""
        return self.size[int(self.metric[cell])]

    def amounts(self, count: Integers) -> Exact:
        """(cells,) so many units, as amounts."""
        return Exact.of(list(self.size))[self.metric] * Exact(count, 1)

    def entries(self, rows: Rows) -> Exact:
        """(entries,) what one unit of each entry's cell adds to its row."""
        unit = Exact.of(list(self.size))
        parts = product(rows.coefficient.numerators, unit.numerators[self.metric[rows.cell]])
        return Exact(parts, rows.coefficient.denominator * unit.denominator)

    def common(self, rows: Rows) -> NDArray[np.float64]:
        """(rows,) the largest amount of which each row is a multiple in whole units; zero for an empty row."""
        parts = self.entries(rows)
        step = np.zeros(len(rows), dtype=parts.numerators.dtype)
        np.gcd.at(step, rows.row, parts.numerators)
        return Exact(step, parts.denominator).floats()


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
        return cls(np.zeros(cells, dtype=np.int64), np.full(cells, FAR, dtype=np.int64))

    def within(self, rows: Rows, block: ConstraintBlock, units: Units) -> Range:
        """The range that the rule's rows of one cell leave of this one."""
        least, most = self.least.copy(), self.most.copy()
        for cell, counts, up in _counts_of(rows, block, units):
            if up:
                np.maximum.at(least, cell, counts)
            else:
                np.minimum.at(most, cell, counts)
        return Range(least, most)

    def amounts(self, units: Units) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Two (cells,) arrays: the least and the most as amounts, infinite where there is no most."""
        return self.least * units.floats, np.where(self.most < FAR, self.most * units.floats, np.inf)


Counts = tuple[NDArray[np.intp], Integers, bool]
"""Cells, how many units of each, and whether at least so many."""
_COUNTS: WeakKeyDictionary[Rows, tuple[tuple[Fraction, ...], list[Counts]]] = WeakKeyDictionary()
"""Of rows that live, with the units that are counted: in a series most rules keep theirs from solve to solve."""


def _counts_of(rows: Rows, block: ConstraintBlock, units: Units) -> list[Counts]:
    """What rows of one cell say in whole units."""
    known = _COUNTS.get(rows)
    if known is None or known[0] != units.size:
        known = _COUNTS[rows] = (units.size, list(_counted(rows, block, units)))
    return known[1]


def _counted(rows: Rows, block: ConstraintBlock, units: Units) -> Iterator[Counts]:
    single = np.flatnonzero(block.single)
    coefficient = rows.coefficient[single_entries(rows, single)]
    for limit, floor in ((rows.lower, True), (rows.upper, False)):
        if limit is None:
            continue
        for sign in (1, -1):
            mine = np.flatnonzero((coefficient > 0) if sign > 0 else (coefficient < 0))
            # A negative coefficient turns a floor of the row into a cap of the cell.
            up, cell = floor == (sign > 0), block.cell[mine]
            if len(cell):
                limits = limit[single[mine]] * sign
                yield cell, _counts(limits, coefficient[mine] * sign, units, cell, up=up), up


def single_entries(rows: Rows, single: NDArray[np.intp]) -> NDArray[np.intp]:
    """(single rows,) the entry of each row that has just one that is not zero."""
    filled = np.flatnonzero(rows.coefficient.numerators != 0)
    first = np.full(len(rows), -1, dtype=np.intp)
    first[rows.row[filled]] = filled
    return first[single]


def _counts(limit: Exact, coefficient: Exact, units: Units, cell: NDArray[np.intp], *, up: bool) -> Integers:
    """(rows,) limit / (coefficient · unit), rounded up or down to whole numbers."""
    unit = Exact.of(list(units.size))[units.metric[cell]]
    above = product(limit.numerators, coefficient.denominator * unit.denominator)
    below = product(product(coefficient.numerators, limit.denominator), unit.numerators)
    counts: Any = -(-above // below) if up else above // below
    return np.asarray(np.clip(counts, -FAR, FAR), dtype=np.int64)


def product(numbers: NDArray[Any], factors: NDArray[Any] | int) -> NDArray[Any]:
    """The products, in 64 bits where they fit."""
    one, other = _largest(numbers), _largest(factors)
    if max(one, other, one * other) < _WORD:
        return numbers.astype(np.int64) * factors
    return numbers.astype(object) * factors


def _largest(numbers: NDArray[Any] | int) -> int:
    if isinstance(numbers, int):
        return abs(numbers)
    return max(abs(int(numbers.max())), abs(int(numbers.min()))) if len(numbers) else 0
