"""At stake: the rows that some choice within a window would break, in units, counted from the window's least."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from rules import Rows
from scenarios.values.number_fields import LARGEST
from scenarios.values.rational_array import Exact
from solver.engines.quadratic_program import Vector
from solver.explain.effects import tight
from solver.integer.margins import Margins
from solver.integer.ranks import HARD, TIGHT, Ranks
from solver.integer.start import HardSums, Start, near_whole
from solver.integer.swamped import Sums, split_by_size
from solver.integer.unit_bounds import Integers, product
from solver.integer.window import Window
from solver.model.matrices import Matrix, absolute, by_columns, distinct, largest, reach, times
from solver.model.program import ConstraintBlock

Index = NDArray[np.intp]
Mask = NDArray[np.bool_]

_NOISE = 1e-9
"""Of the amounts in a row: what floats may lose of them; a row nearer to its limit is at stake."""
_PASSED = 1e-6
"""Steps: what solvers of integer programs may pass a row by; a row that is beyond reach is so by more."""
_FINE = 2**20
"""Steps: rows whose largest coefficient is at most so many common steps are counted in whole steps."""


@dataclass(frozen=True, eq=False)
class IntegerRows:
    """lower ≤ Σ coefficient · units more than the least ≤ upper."""

    matrix: Matrix
    """(rows, cells)"""
    lower: Vector
    """(rows,)"""
    upper: Vector
    """(rows,)"""
    rank: Index
    """(rows,) HARD, or the rank in which what is missing is least."""
    weight: Vector
    """(rows,) what it costs to lack one."""
    whole: Mask
    """(rows,) rows with whole coefficients."""

    def __len__(self) -> int:
        return len(self.lower)

    @property
    def ones(self) -> Mask:
        """(rows,) rows all of whose coefficients are one."""
        other = np.zeros(len(self), dtype=bool)
        other[_entry_rows(self.matrix)[self.matrix.data != 1]] = True
        return ~other

    def part(self, rows: Index | Mask) -> IntegerRows:
        """Some of the rows."""
        return IntegerRows(
            Matrix(self.matrix[rows]),
            self.lower[rows],
            self.upper[rows],
            self.rank[rows],
            self.weight[rows],
            self.whole[rows],
        )

    def impossible(self, room: Vector | Integers) -> bool:
        """Whether some hard row asks for more, or less, than all units within the room (columns,) come to."""
        width = np.asarray(room, dtype=np.float64)
        fall, rise = reach(self.matrix, width)
        beyond = (rise < self.lower - _PASSED) | (-fall > self.upper + _PASSED)
        return bool((beyond & (self.rank == HARD)).any())

    def tightened(self, by: float) -> IntegerRows:
        """The same, hard rows without whole coefficients tighter by so much of a step on each side."""
        fine = np.where((self.rank == HARD) & ~self.whole, by, 0.0)
        return replace(self, lower=self.lower + fine, upper=self.upper - fine)

    def hard(self, which: Mask) -> IntegerRows:
        """The same, some of the rows (rows,) hard."""
        return replace(self, rank=np.where(which, HARD, self.rank))


def stacked(parts: Sequence[IntegerRows]) -> IntegerRows:
    """All rows, one part after the other."""
    joined = [
        np.concatenate([getattr(part, name) for part in parts])
        for name in ("lower", "upper", "rank", "weight", "whole")
    ]
    return IntegerRows(Matrix(sparse.vstack([part.matrix for part in parts])), *joined)


def together(parts: Sequence[IntegerRows]) -> IntegerRows:
    """All rows, in an order that does not depend on the order of rules or columns."""
    rows = stacked(parts)
    probe = np.random.default_rng(29).random(rows.matrix.shape[1])
    order = np.lexsort((rows.upper, rows.lower, np.round(rows.matrix @ probe, 6), rows.rank))
    return rows.part(order)


def margin_rows(start: Start, margins: Margins, window: Window) -> IntegerRows:
    """The margins at stake: whole numbers beside what each was before rounding."""
    matrix = margins.matrix
    amount, base = near_whole(times(matrix, start.x)), times(matrix, window.least.astype(np.float64))
    lower, upper = np.floor(amount) - base, np.ceil(amount) - base
    stake = np.flatnonzero((lower > 0) | (upper < times(matrix, window.room.astype(np.float64))))
    return IntegerRows(
        Matrix(matrix[stake]),
        lower[stake],
        upper[stake],
        margins.rank[stake],
        np.ones(len(stake)),
        np.ones(len(stake), dtype=bool),
    )


def rule_rows(start: Start, window: Window, ranks: Ranks) -> IntegerRows:
    """The rows of several cells that rules have at stake, and beside the tight ones the unit in which they stay."""
    amounts = _Amounts.of(start, window)
    parts = [part for block in start.blocks for part in _of_rule(start, window, amounts, block, ranks)]
    return together(parts) if parts else _none(len(start.x))


def _none(cells: int) -> IntegerRows:
    nothing = np.empty(0)
    return IntegerRows(Matrix((0, cells)), nothing, nothing, np.empty(0, dtype=np.intp), nothing, nothing > 0)


def _of_rule(
    start: Start, window: Window, amounts: _Amounts, block: ConstraintBlock, ranks: Ranks
) -> Iterator[IntegerRows]:
    rule, rows = start.book.rules[block.rule], start.book.rows[block.rule]
    several = block.shape.entries > 1
    if not several.any():
        return
    low, high = rows.limits()
    low, high = np.where(low > -LARGEST, low, -np.inf), np.where(high < LARGEST, high, np.inf)
    stake = np.flatnonzero(several & amounts.breakable(block.matrix, low, high))
    if len(stake) and rule.hard:
        apart, parts = _split_by_size(start, window, part_of(rows, stake))
        yield from parts
        stake = np.delete(stake, apart)
    if len(stake):
        yield _limited(start, window, rows, stake, rule.priority, ranks, float(rule.weight))
    held = np.flatnonzero(several & tight(block, start.unrounded))
    if len(held):
        yield _beside(start, window, Matrix(block.matrix[held]))


@dataclass(frozen=True, eq=False)
class _Amounts:
    """What a window leaves each cell."""

    least: Vector
    """(cells,)"""
    room: Vector
    """(cells,) from the least to the most."""

    @classmethod
    def of(cls, start: Start, window: Window) -> _Amounts:
        unit = start.units.floats
        return cls(window.least * unit + start.fixed.floats(), window.room * unit)

    def breakable(self, matrix: Matrix, low: Vector, high: Vector) -> Mask:
        """(rows,) the rows that some choice would break, or comes too near to breaking for floats."""
        least, most, noise = self.reach(matrix)
        return np.asarray((most > high - noise) | (least < low + noise), dtype=bool)

    def reach(self, matrix: Matrix) -> tuple[Vector, Vector, Vector]:
        """Three (rows,) arrays: the least and the most that choices come to, and what floats may lose of either."""
        amount = times(matrix, self.least)
        noise = _NOISE * times(absolute(matrix), self.least + self.room)
        fall, rise = reach(matrix, self.room)
        return amount - fall, amount + rise, noise


def out_of_reach(start: Start, window: Window) -> bool:
    """Whether some hard row is beyond all choices of a window, without putting its rows together, which takes longest.

    `IntegerRows.impossible` says so of each such window, and of some more.
    """
    amounts = _Amounts.of(start, window)
    return any(_beyond(amounts, rows) for rows in start.sums)


def _beyond(amounts: _Amounts, rows: HardSums) -> bool:
    """Whether a row of several cells cannot come to its limits, by more than floats lose and solvers may pass it by."""
    least, most, noise = amounts.reach(rows.matrix)
    clearly = noise + _PASSED * rows.step
    return bool(((most < rows.low - clearly) | (least > rows.high + clearly)).any())


def _limited(
    start: Start,
    window: Window,
    rows: Rows,
    stake: Index,
    priority: int | None,
    ranks: Ranks,
    weight: float,
) -> IntegerRows:
    """The limits of some rows of a rule, in steps: the common one of all coefficients where it is not too fine."""
    mine = part_of(rows, stake)
    parts = start.units.entries(mine)
    common, most = _steps(mine, parts.numerators)
    whole = most <= _FINE * np.maximum(common, 1)
    step = np.where(whole, common, most)
    coefficient = (parts.numerators / step[mine.row]).astype(np.float64)
    amount = mine.amounts(start.amounts(window.least))
    hard = priority is None
    limits = [
        np.full(len(stake), fallback)
        if limit is None
        else _in_steps(limit, limit - amount, step, parts.denominator, whole & hard, up=up)
        for limit, fallback, up in ((mine.lower, -np.inf, True), (mine.upper, np.inf, False))
    ]
    matrix = Matrix((coefficient, (mine.row, mine.cell)), shape=(len(stake), len(start.x)))
    matrix.eliminate_zeros()
    rank = HARD if priority is None else ranks.elastic(priority)
    size = len(stake)
    return IntegerRows(matrix, limits[0], limits[1], np.full(size, rank), np.full(size, weight), whole)


def _split_by_size(start: Start, window: Window, rows: Rows) -> tuple[Index, list[IntegerRows]]:
    """The rows that are too fine for solvers and swamped by their large entries, and what says the same of them."""
    parts = start.units.entries(rows)
    common, most = _steps(rows, parts.numerators)
    fine = np.flatnonzero(most > _FINE * common)
    if not len(fine):
        return fine, []
    mine = part_of(rows, fine)
    filled = np.flatnonzero(mine.coefficient.numerators != 0)
    parts = start.units.entries(mine)[filled]
    row, cell = mine.row[filled], mine.cell[filled]
    amount = mine.amounts(start.amounts(window.least))
    apart, found = np.empty(0, dtype=np.intp), []
    for limit, sign in ((mine.upper, 1), (mine.lower, -1)):
        if limit is None:
            continue
        gap = limit - amount
        ends = np.flatnonzero(limit < LARGEST if sign > 0 else limit > -LARGEST)
        upper = product(sign * gap.numerators, parts.denominator) // gap.denominator
        sums = Sums(row, cell, sign * parts.numerators, window.room[cell], upper).part(ends)
        swamped, *sides = split_by_size(sums)
        apart = distinct(np.append(apart, ends[swamped]))
        found += [_one_sided(side, sign, len(start.x)) for side in sides]
    return fine[apart], found


def _one_sided(sums: Sums, sign: int, cells: int) -> IntegerRows:
    """The rows with their limits above, or below where the sign is negative."""
    matrix, upper = sums.in_steps(cells)
    endless = np.full(len(sums), np.inf)
    lower, upper = (-endless, upper) if sign > 0 else (-upper, endless)
    coarse = largest(matrix) <= _FINE
    rank = np.full(len(sums), HARD)
    return IntegerRows(Matrix(matrix * sign), lower, upper, rank, np.ones(len(sums)), coarse)


def _steps(rows: Rows, parts: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Two (rows,) arrays: the greatest common divisor and the largest of the coefficients of each row; at least one."""
    common, most = (np.zeros(len(rows), dtype=parts.dtype) for _ in range(2))
    np.gcd.at(common, rows.row, parts)
    np.maximum.at(most, rows.row, np.abs(parts))
    return np.maximum(common, 1), np.maximum(most, 1)


def _in_steps(
    limit: Exact, gap: Exact, step: NDArray[np.int64], denominator: int, rounded: Mask, *, up: bool
) -> Vector:
    """(rows,) gaps in steps, exact and rounded inwards where asked; infinite for limits that are none."""
    above, below = product(gap.numerators, denominator), product(step, gap.denominator)
    counts = np.asarray(-(-above // below) if up else above // below, dtype=np.float64)
    steps = np.where(rounded, counts, np.asarray(above / below, dtype=np.float64))
    endless = limit <= -LARGEST if up else limit >= LARGEST
    return np.where(endless, -np.inf if up else np.inf, steps)


def part_of(rows: Rows, chosen: Index) -> Rows:
    """Some of the rows."""
    number = np.full(len(rows), -1, dtype=np.intp)
    number[chosen] = np.arange(len(chosen))
    mine = np.flatnonzero(number[rows.row] >= 0)
    return Rows(
        row=number[rows.row[mine]],
        cell=rows.cell[mine],
        coefficient=rows.coefficient[mine],
        lower=None if rows.lower is None else rows.lower[chosen],
        upper=None if rows.upper is None else rows.upper[chosen],
        partner=rows.partner[chosen],
    )


def _beside(start: Start, window: Window, matrix: Matrix) -> IntegerRows:
    """Rows within a unit of what they were, measured by the largest unit in each."""
    units = by_columns(matrix, start.units.floats)
    most = largest(units)
    scaled = Matrix((units.data / most[_entry_rows(units)], units.indices, units.indptr), shape=units.shape)
    amount, base = times(scaled, start.x), times(scaled, window.least.astype(np.float64))
    ones = np.bincount(_entry_rows(scaled), scaled.data != 1, minlength=len(most)) == 0
    whole = near_whole(amount)
    # A whole amount may go a unit both ways: to keep many such rows where they are can be beyond any search.
    lower = np.where(ones, np.ceil(whole - 1), amount - 1) - base
    upper = np.where(ones, np.floor(whole + 1), amount + 1) - base
    room = window.room.astype(np.float64)
    fall, rise = reach(scaled, room)
    stake = np.flatnonzero((-fall < lower) | (rise > upper))
    size = len(stake)
    return IntegerRows(
        Matrix(scaled[stake]), lower[stake], upper[stake], np.full(size, TIGHT), np.ones(size), ones[stake]
    )


def _entry_rows(matrix: Matrix) -> Index:
    return np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))


def broken(start: Start, targets: Exact) -> bool:
    """Whether targets (cells,) break a hard rule: exact, as the audit sees it."""
    for block in start.blocks:
        rows = start.book.rows[block.rule]
        if start.book.rules[block.rule].hard and len(rows):
            amounts = rows.amounts(targets)
            under = rows.lower is not None and bool((amounts < rows.lower).any())
            if under or (rows.upper is not None and bool((amounts > rows.upper).any())):
                return True
    return False
