"""A whole point: whether some whole numbers of units keep every hard rule, wherever they lie.

Cells with the same coefficients in every row at stake are exchangeable: one whole number stands for all of them, from
the sum of their least to the sum of their most. What a search finds is dealt out again and audited in exact
arithmetic.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rules import RuleBook
from solver.engines.mixed_integer import MixedIntegerProgram, search
from solver.engines.quadratic_program import Vector
from solver.integer.at_stake import IntegerRows, broken, out_of_reach, rule_rows
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


def whole_point(start: Start) -> Integers | None:
    """(cells,) units that keep every hard rule, near the start where they are found there; None where none are found.

    That none are found proves nothing.
    """
    for window in _windows(start, _FURTHER):
        if out_of_reach(start, window):
            continue
        kinds = _Kinds.of(start, window, hard_rows(start, window))
        if len(kinds.room) <= _MOST_ANYWHERE and (found := kinds.kept(start, window, 1.0)) is not None:
            return found
    return None


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
    size: int
    """All cells."""

    @classmethod
    def of(cls, start: Start, window: Window, rows: IntegerRows) -> _Kinds:
        cells = np.flatnonzero(window.room > 0)
        columns = rows.matrix.tocsc()[:, cells]
        probe = np.random.default_rng(37).random((2, len(rows)))
        first, kind = alike(np.stack([columns.T @ p for p in probe], axis=1))
        own = window.room[cells]
        room = np.bincount(kind, own, minlength=len(first)).astype(np.int64)
        x = np.clip(start.x[cells] - window.least[cells], 0, own)
        of_kinds = replace(rows, matrix=Matrix(columns[:, first].tocsr()))
        return cls(of_kinds, kind, room, cells, own, x, len(start.x))

    def kept(self, start: Start, window: Window, effort: float) -> Integers | None:
        """(cells,) units that keep every hard rule exactly; None where none are found."""
        for count in self.counts(effort):
            if not broken(start, start.amounts(window.least + count)):
                return window.least + count
        return None

    def counts(self, effort: float) -> Iterator[Integers]:
        """(cells,) units that keep the rows as nearly as solvers do, then with rows tightened; none where none is found."""
        for tighter in _TIGHTER:
            rows, columns = self.rows.tightened(tighter), len(self.room)
            program = MixedIntegerProgram(
                cost=np.zeros(columns),
                matrix=rows.matrix,
                row_lower=rows.lower,
                row_upper=rows.upper,
                lower=np.zeros(columns),
                upper=self.room.astype(np.float64),
                whole=np.ones(columns, dtype=bool),
                plain=bool(rows.whole.all()),
            )
            found = search(program, gap=_ANY, effort=effort)
            if found.x is None:
                return
            count = np.zeros(self.size, dtype=np.int64)
            count[self.cells] = dealt(np.round(found.x).astype(np.int64), self.kind, self.own, self.x)
            yield count
            if rows.whole.all():
                return


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
