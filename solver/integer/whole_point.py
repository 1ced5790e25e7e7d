"""A whole point: whether some whole numbers of units keep every hard rule, wherever they lie.

Cells with the same coefficients in every row at stake are exchangeable: one whole number stands for all of them, from
the sum of their least to the sum of their most. What a search finds is dealt out again and audited in exact
arithmetic.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rules import RuleBook
from solver.engines.mixed_integer import MixedIntegerProgram, search
from solver.engines.quadratic_program import Vector
from solver.integer.at_stake import IntegerRows, broken, out_of_reach, rule_rows
from solver.integer.nearest import Nearest
from solver.integer.ranks import HARD, Ranks
from solver.integer.start import Start, start_of
from solver.integer.unit_bounds import Integers
from solver.integer.window import Window, everything, near
from solver.model.matrices import Matrix, alike
from solver.model.program import ConstraintBlock

Index = NDArray[np.intp]

_MOST = 400
"""Kinds of cells: searches over more take longer than a repair is worth."""
_MOST_ANYWHERE = 50_000
"""Kinds of cells: the same where an answer depends on it."""
_REACH = (2, 16)
"""Units: how far from the point given cells may go at first; near it most rows are not at stake."""
_FURTHER = (2, 16, 64, 256, 1_024, 2**13, 2**16, 2**20)
"""The same where an answer depends on it, and is the better the nearer it is."""
_ANY = 1e12
"""A gap that no cost exceeds: the first whole numbers found will do."""
_EFFORT = 0.19
"""Of the usual work of a search for whole numbers: it has no cost to prove, and does without an answer rather than take
any, as searches of less than a fifth do (`mixed_integer`)."""
_NEAR = 0.003
"""Of the distance: how near to the least the nearest units that keep every rule must be to count as such."""
_DECIMALS = 6
"""Of units: cells given as many but for noise are given the same."""
_TIGHTER = (0.0, 1e-6, 1e-4)
"""Steps: by how much rows that solvers keep only nearly are tightened, one after the other."""


def has_whole_point(book: RuleBook, blocks: list[ConstraintBlock], around: Vector) -> bool | None:
    """Whether whole units are found that keep every hard rule, near `around` (cells,) or anywhere.

    None where too many kinds of cells would have to be searched.
    """
    start = start_of(book, blocks, (), around)
    for window in _windows(start, _REACH):
        kinds = _Kinds.of(start, window, hard_rows(start, window))
        if len(kinds.room) > _MOST:
            return None
        if kinds.kept(start, window, _EFFORT) is not None:
            return True
    return False


def has_no_whole_point(start: Start, window: Window) -> bool:
    """Whether it is proved that no units within a window keep every hard rule; False where kinds of cells are many."""
    if out_of_reach(start, window):
        return True
    kinds = _Kinds.of(start, window, hard_rows(start, window))
    return len(kinds.room) <= _MOST and kinds.are_refuted()


def whole_point(start: Start, reaches: Sequence[int] | None = None) -> Integers | None:
    """(cells,) units that keep every hard rule, the nearest where they are found; None where none are found.

    That none are found proves nothing. With `reaches` they are looked for within so many units alone.
    """
    windows = _windows(start, _FURTHER) if reaches is None else (near(start, reach) for reach in reaches)
    found = next(_found(start, windows), None)
    return None if found is None else found[0].nearest(start, *found[1:])


def finds_whole_point(start: Start) -> bool:
    """Whether units that keep every hard rule are found, with the work of an answer; how near they are plays no part."""
    return next(_found(start, _windows(start, _FURTHER)), None) is not None


def _found(start: Start, windows: Iterable[Window]) -> Iterator[tuple[_Kinds, Window, Integers]]:
    for window in windows:
        if out_of_reach(start, window):
            continue
        kinds = _Kinds.of(start, window, hard_rows(start, window))
        if len(kinds.room) <= _MOST_ANYWHERE and (found := kinds.kept(start, window, 1.0)) is not None:
            yield kinds, window, found


def hard_rows(start: Start, window: Window) -> IntegerRows:
    """The rows of hard rules that some choice within the window would break."""
    rows = rule_rows(start, window, Ranks.of(start.book))
    return rows.part(rows.rank == HARD)


def _windows(start: Start, reaches: Iterable[int]) -> Iterator[Window]:
    yield from (near(start, reach) for reach in reaches)
    yield everything(start)


@dataclass(frozen=True, eq=False)
class _Kinds:
    """Cells with the same coefficients in every row, counted beyond the window's least."""

    rows: IntegerRows
    """Over the kinds."""
    kind: Index
    """(moved cells,)"""
    room: Integers
    """(kinds,) units from the least to the most of all its cells."""
    cells: Index
    """(moved cells,)"""
    own: Integers
    """(moved cells,) units from the least to the most of each."""
    x: Vector
    """(moved cells,) the units of each at the point that was given."""

    @classmethod
    def of(cls, start: Start, window: Window, rows: IntegerRows) -> _Kinds:
        cells = np.flatnonzero(window.room > 0)
        columns = rows.matrix.tocsc()[:, cells]
        probe = np.random.default_rng(37).random((2, len(rows)))
        first, kind = alike(np.stack([columns.T @ p for p in probe], axis=1))
        own = window.room[cells]
        x = np.clip(start.x[cells] - window.least[cells], 0, own)
        of_kinds = replace(rows, matrix=Matrix(columns[:, first].tocsr()))
        return cls(of_kinds, kind, _summed(own, kind), cells, own, x)

    def kept(self, start: Start, window: Window, effort: float) -> Integers | None:
        """(cells,) units that keep every hard rule exactly; None where none are found."""
        return self._kept(start, window, self._searches(effort))

    def nearest(self, start: Start, window: Window, known: Integers) -> Integers:
        """(cells,) the same, nearer to the point that was given than those known (cells,) where that is found."""
        distance = _distance(start, known)
        kinds = self._apart()
        found = kinds._kept(start, window, kinds._searches(1.0, gap=_NEAR * distance))
        return known if found is None or _distance(start, found) >= distance else found

    def _apart(self) -> _Kinds:
        """Kinds of cells that were given as many units each, where those are not too many: distances add up then."""
        first, kind = alike(np.stack([self.kind.astype(np.float64), np.round(self.x, _DECIMALS)], axis=1))
        if len(first) > _MOST:
            return self
        rows = replace(self.rows, matrix=Matrix(self.rows.matrix[:, self.kind[first]]))
        return replace(self, rows=rows, kind=kind, room=_summed(self.own, kind))

    def are_refuted(self) -> bool:
        """Whether no units keep the rows."""
        found = search(self._program(self.rows), gap=_ANY, effort=_EFFORT)
        return found.x is None and found.settled

    def _kept(self, start: Start, window: Window, searches: Iterator[Vector]) -> Integers | None:
        for found in searches:
            total = np.round(found).astype(np.int64)
            count = window.least.copy()
            count[self.cells] += dealt(total, self.kind, self.own, self.x)
            if not broken(start, start.amounts(count)):
                return count
        return None

    def _searches(self, effort: float, gap: float | None = None) -> Iterator[Vector]:
        """(kinds,) units that keep the rows as nearly as solvers do, then with rows tightened; none where none is found.

        With a gap those that move least, in the sum over kinds, but for so much.
        """
        for tighter in _TIGHTER:
            rows = self.rows.tightened(tighter)
            found = self._any(rows, effort) if gap is None else self._least(rows, gap)
            if found is None:
                return
            yield found
            if rows.whole.all():
                return

    def _any(self, rows: IntegerRows, effort: float) -> Vector | None:
        return search(self._program(rows), gap=_ANY, effort=effort).x

    def _least(self, rows: IntegerRows, gap: float) -> Vector | None:
        given = np.bincount(self.kind, self.x).astype(np.float64)
        nearest = Nearest.of(rows, given, self.room.astype(np.float64))
        found = search(nearest.program, gap=gap).x
        return None if found is None else nearest.units(found)

    def _program(self, rows: IntegerRows) -> MixedIntegerProgram:
        kinds = len(self.room)
        return MixedIntegerProgram(
            cost=np.zeros(kinds),
            matrix=rows.matrix,
            row_lower=rows.lower,
            row_upper=rows.upper,
            lower=np.zeros(kinds),
            upper=self.room.astype(np.float64),
            whole=np.ones(kinds, dtype=bool),
            plain=bool(rows.whole.all()),
        )


def _summed(units: Integers, kind: Index) -> Integers:
    """(kinds,) of whole numbers of units (cells,)."""
    return np.bincount(kind, units).astype(np.int64)


def _distance(start: Start, count: Integers) -> float:
    """Units in all."""
    return float(np.abs(count - start.x)[~start.kept].sum())


def dealt(total: Integers, kind: Index, room: Integers, x: Vector) -> Integers:
    """(cells,) the units of each kind among its cells: all below what each had, then the remainders in turn."""
    count = np.zeros(len(room), dtype=np.int64)
    order = np.lexsort((np.arange(len(room)), kind))
    starts = np.searchsorted(kind[order], np.arange(len(total) + 1))
    for target in (np.minimum(room, np.floor(x).astype(np.int64)), room):
        left = total - np.bincount(kind, count, minlength=len(total)).astype(np.int64)
        wanted = (target - count)[order]
        before = np.cumsum(wanted) - wanted
        before -= np.repeat(before[starts[:-1]], np.diff(starts))
        given = np.clip(left[kind[order]] - before, 0, wanted)
        count[order] += given
    return count
