"""Swamped: rows whose large coefficients leave the small ones no or little say, written with coefficients of one size.

Solvers keep a row only nearly: of 1,000,000,000 a + 2 b ≤ 2,200,000,000 they lose b. While all b together come to less
than one a, the row says: a ≤ 2, and if a is 2 then 2 b ≤ 200,000,000. Both are rows without large coefficients, and
whole numbers keep them just when they keep the row (coefficient tightening, Savelsbergh 1994). All is counted in
integers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from solver.engines.quadratic_program import Vector
from solver.integer.unit_bounds import Integers
from solver.model.matrices import Matrix

Index = NDArray[np.intp]
Mask = NDArray[np.bool_]
Whole = NDArray[Any]
"""Integers of 64 bits, or of Python where those do not hold them."""


@dataclass(frozen=True, eq=False)
class Sums:
    """Σ coefficient · count ≤ upper, counts from none to their room."""

    row: Index
    """(entries,)"""
    cell: Index
    """(entries,)"""
    coefficient: Whole
    """(entries,) none is zero."""
    room: Integers
    """(entries,) of the cell."""
    upper: Whole
    """(rows,)"""

    def __len__(self) -> int:
        return len(self.upper)

    def part(self, rows: Index) -> Sums:
        """Some of the rows."""
        number = np.full(len(self), -1, dtype=np.intp)
        number[rows] = np.arange(len(rows))
        mine = number[self.row] >= 0
        return Sums(
            number[self.row[mine]],
            self.cell[mine],
            self.coefficient[mine],
            self.room[mine],
            self.upper[rows],
        )

    def in_steps(self, cells: int) -> tuple[Matrix, Vector]:
        """(rows, cells) the rows counted in the common step of each, and (rows,) the limits."""
        step = np.maximum(_common(self, np.ones(len(self.row), dtype=bool)), 1)
        data = (self.coefficient // step[self.row]).astype(np.float64)
        matrix = Matrix((data, (self.row, self.cell)), shape=(len(self), cells))
        return matrix, np.asarray(self.upper // step, dtype=np.float64)


def split_by_size(sums: Sums) -> tuple[Index, Sums, Sums]:
    """The rows that have large entries which swamp the others, what their large entries may come to, and the same rows
    with entries of one size; those of the latter that the former says already are left out.
    """
    sums = Sums(sums.row, sums.cell, sums.coefficient.astype(object), sums.room, sums.upper.astype(object))
    large = _large(sums)
    step = _common(sums, large)
    swamped = np.flatnonzero(step > np.subtract(*_span(sums, ~large)[::-1]))
    large, step = large[np.isin(sums.row, swamped)], step[swamped]
    sums = sums.part(swamped)
    least, most = _span(sums, ~large)
    count = (sums.upper - least) // step
    left = sums.upper - least - step * count
    steps = sums.coefficient[large] // step[sums.row[large]]
    bounded = Sums(sums.row[large], sums.cell[large], steps, sums.room[large], count)
    # With one step less of the large ones the others are free: so much a step has to weigh, in steps of the others.
    fine = _common(sums, ~large)
    weight = -((left - (most - least)) // fine) * fine
    coefficient = sums.coefficient.copy()
    coefficient[large] = steps * weight[bounded.row]
    even = Sums(sums.row, sums.cell, coefficient, sums.room, weight * count + left + least)
    return swamped, bounded, even.part(np.flatnonzero(weight > 0))


def _large(sums: Sums) -> Mask:
    """(entries,) the fewest of each row that are each more than all smaller ones of it together; none where all are."""
    size = np.abs(sums.coefficient)
    order = np.lexsort((-size.astype(np.float64), sums.row))
    row, size = sums.row[order], size[order]
    span = size * sums.room[order].astype(object)
    after = np.append(np.cumsum(span[::-1])[::-1], 0)
    end = np.searchsorted(row, np.arange(len(sums)), side="right")
    rest = after[1:] - after[end][row]
    place = np.arange(len(row))
    last = np.full(len(sums), -1, dtype=np.intp)
    swamping = np.flatnonzero((size > rest) & (rest > 0))[::-1]
    last[row[swamping]] = place[swamping]
    large = np.zeros(len(row), dtype=bool)
    large[order] = place <= last[row]
    return large


def _common(sums: Sums, entries: Mask) -> Whole:
    """(rows,) the largest number of which some entries (entries,) of each row are multiples; zero for none."""
    step = np.zeros(len(sums), dtype=object)
    np.gcd.at(step, sums.row[entries], sums.coefficient[entries])
    return step


def _span(sums: Sums, entries: Mask) -> tuple[Whole, Whole]:
    """Two (rows,) arrays: the least and the most that some entries (entries,) come to."""
    reach = sums.coefficient[entries] * sums.room[entries].astype(object)
    least, most = np.zeros(len(sums), dtype=object), np.zeros(len(sums), dtype=object)
    np.add.at(least, sums.row[entries], np.minimum(reach, 0))
    np.add.at(most, sums.row[entries], np.maximum(reach, 0))
    return least, most
