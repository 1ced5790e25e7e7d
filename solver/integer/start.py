"""Start: what rounding begins with: the even spread in units, what hard rules allow each cell, and who stays as is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from rules import Rows, RuleBook
from scenarios.values.rational_array import Exact
from solver.cascade.level import Level
from solver.engines.quadratic_program import Vector
from solver.integer.unit_bounds import FAR, Integers, Range, Units, single_entries
from solver.model.matrices import Matrix, by_columns, largest
from solver.model.program import ConstraintBlock

Index = NDArray[np.intp]
Mask = NDArray[np.bool_]

_INTEGER = 1e-7
"""Units: how near a whole number the even spread counts as it; its certificate is finer by two digits."""
_RELATIVE = 1e-11
"""Of the amount: the same for amounts of which floats keep no seven decimals."""
_TRIED = 50
"""Cells: how many of a total's largest are asked whether their bounds let them carry its odd remainder."""


@dataclass(frozen=True, eq=False)
class HardSums:
    """Rows of several cells of a hard rule."""

    matrix: Matrix
    """(rows, cells)"""
    low: Vector
    """(rows,) limits as the rule has them."""
    high: Vector
    """(rows,)"""
    step: Vector
    """(rows,) the most by which one unit of one cell moves a row."""

    @classmethod
    def of(cls, block: ConstraintBlock, rows: Rows, units: Units) -> HardSums:
        """Those of a rule."""
        several = block.shape.entries > 1
        matrix = block.matrix if several.all() else Matrix(block.matrix[np.flatnonzero(several)])
        low, high = (limit[several] for limit in rows.limits())
        return cls(matrix, low, high, largest(by_columns(matrix, units.floats)))


@dataclass(frozen=True, eq=False)
class Start:
    """What rounding starts from."""

    book: RuleBook
    blocks: Sequence[ConstraintBlock]
    """Of every rule, elastic ones with the limits they reached."""
    levels: Sequence[Level]
    """The levels of the cascade whose nodes' totals people read."""
    units: Units
    unrounded: Vector
    """(cells,) the even spread, in each metric's unit."""
    x: Vector
    """(cells,) the even spread less what is fixed, in units; a whole number where it is one but for noise."""
    hard: Range
    """(cells,) how many units hard rules allow, what is fixed counted in."""
    fixed: Exact
    """(cells,) what cells outside the choice have; the odd remainder of those that carry one; zero elsewhere."""
    kept: Mask
    """(cells,) cells outside the choice: their bounds hold no whole unit."""
    odd: Mask
    """(cells,) cells that carry the odd remainder of a total."""

    @cached_property
    def sums(self) -> tuple[HardSums, ...]:
        """The rows of several cells of each hard rule that has any."""
        hard = (block for block in self.blocks if self.book.rules[block.rule].hard)
        found = (HardSums.of(block, self.book.rows[block.rule], self.units) for block in hard)
        return tuple(rows for rows in found if len(rows.low))

    @property
    def totals(self) -> Iterator[tuple[Index, Fraction]]:
        """(cells, total) of every row of a hard rule that says Σ x = total."""
        return _Bounds(self.book, [each for each in self.blocks if self.book.rules[each.rule].hard]).totals()

    def amounts(self, count: Integers) -> Exact:
        """(cells,) the targets of so many units (cells,)."""
        return self.units.amounts(np.where(self.kept, 0, count)) + self.fixed


def start_of(
    book: RuleBook, blocks: Sequence[ConstraintBlock], levels: Sequence[Level], unrounded: Vector
) -> Start:
    """The start of rounding `unrounded` (cells,); `blocks` are those of the elastic solution."""
    units = Units.of(book.frame)
    bounds = _Bounds(book, [block for block in blocks if book.rules[block.rule].hard])
    hard = bounds.whole(units)
    kept = hard.least > hard.most
    fixed = _scattered(
        {cell: bounds.nearest(cell, unrounded[cell]) for cell in np.flatnonzero(kept).tolist()}, kept
    )
    rests = _odd_remainders(bounds, units, fixed, kept, unrounded)
    odd = np.zeros(len(kept), dtype=bool)
    odd[list(rests)] = True
    hard = _without_rests(hard, bounds, units, rests)
    fixed = fixed + _scattered(rests, kept)
    x = (unrounded - fixed.floats()) / units.floats
    x[kept] = 0.0
    return Start(book, blocks, levels, units, unrounded, near_whole(x), hard, fixed, kept, odd)


def near_whole(x: Vector) -> Vector:
    """The numbers, whole where only noise keeps them from it."""
    near = np.round(x)
    return np.where(np.abs(x - near) <= _INTEGER + _RELATIVE * np.abs(x), near, x)


@dataclass(frozen=True, eq=False)
class _Bounds:
    """What hard rules say of single cells."""

    book: RuleBook
    blocks: Sequence[ConstraintBlock]
    """Of hard rules."""

    def whole(self, units: Units) -> Range:
        """(cells,) how many units each may have."""
        found = Range.everything(self.book.frame.size)
        for block in self.blocks:
            found = found.within(self.book.rows[block.rule], block, units)
        return found

    def of(self, cell: int) -> tuple[Fraction, Fraction | None]:
        """The least and the most of one cell, exactly; None for no most."""
        low, high = Fraction(0), None
        for block in self.blocks:
            rows = self.book.rows[block.rule]
            single = np.flatnonzero(block.single)[block.cell == cell]
            for row, entry in zip(single.tolist(), single_entries(rows, single).tolist(), strict=True):
                coefficient = rows.coefficient.at(entry)
                limits = [
                    None if side is None else side.at(row) / coefficient for side in (rows.lower, rows.upper)
                ]
                floor, cap = limits if coefficient > 0 else limits[::-1]
                low = low if floor is None else max(low, floor)
                high = cap if high is None else high if cap is None else min(high, cap)
        return low, high

    def nearest(self, cell: int, amount: float) -> Fraction:
        """The bound of a cell that is nearest to an amount."""
        low, high = self.of(cell)
        return low if high is None or abs(amount - float(low)) <= abs(amount - float(high)) else high

    def totals(self) -> Iterator[tuple[Index, Fraction]]:
        """(cells, total) of every row that says Σ x = total."""
        for block in self.blocks:
            rows = self.book.rows[block.rule]
            if rows.lower is None or rows.upper is None or not rows.coefficient.equals(1).all():
                continue
            for row in np.flatnonzero(rows.lower.equals(rows.upper) & (block.shape.entries > 1)).tolist():
                yield rows.cell[rows.row == row], rows.lower.at(row)


def _odd_remainders(
    bounds: _Bounds, units: Units, fixed: Exact, kept: Mask, unrounded: Vector
) -> dict[int, Fraction]:
    """Cell to what it carries of a total that is no whole number of units: the largest cell that can."""
    rests: dict[int, Fraction] = {}
    seen = np.zeros(len(kept), dtype=bool)
    for cells, total in sorted(bounds.totals(), key=lambda entry: (len(entry[0]), entry[0][0])):
        carried = sum((rests[cell] for cell in rests if cell in set(cells.tolist())), Fraction(0))
        rest = (total - fixed[cells].sum() - carried) % units.at(int(cells[0]))
        if rest:
            free = cells[~kept[cells] & ~np.isin(cells, list(rests))]
            able = free[~seen[free]] if (~seen[free]).any() else free
            if len(able):
                rests[_carrier(bounds, units, able, unrounded, rest)] = rest
        seen[cells] = True
    return rests


def _carrier(bounds: _Bounds, units: Units, able: Index, unrounded: Vector, rest: Fraction) -> int:
    """The largest of some cells that can hold whole units and a rest; the largest of all where none can."""
    largest = able[np.argsort(-unrounded[able], kind="stable")].tolist()
    for cell in largest[:_TRIED]:
        least, most = _counts(bounds, units, cell, rest)
        if least <= most:
            return int(cell)
    return int(largest[0])


def _counts(bounds: _Bounds, units: Units, cell: int, rest: Fraction) -> tuple[int, int]:
    """The least and the most units of a cell beside a rest."""
    (low, high), unit = bounds.of(cell), units.at(cell)
    least = max(0, -((rest - low) // unit))
    return least, FAR if high is None else (high - rest) // unit


def _without_rests(hard: Range, bounds: _Bounds, units: Units, rests: dict[int, Fraction]) -> Range:
    least, most = hard.least.copy(), hard.most.copy()
    for cell, rest in rests.items():
        least[cell], most[cell] = _counts(bounds, units, cell, rest)
    return Range(least, most)


def _scattered(amounts: dict[int, Fraction], like: Mask) -> Exact:
    """(cells,) the amounts of some cells, zero elsewhere."""
    found = Exact.full(len(like), 0)
    if amounts:
        given = Exact.of(list(amounts.values()))
        spread = np.zeros(len(like), dtype=given.numerators.dtype)
        spread[list(amounts)] = given.numerators
        found = Exact(spread, given.denominator)
    return found
