"""Window: between how many units each cell is looked for, and what a choice within it costs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from scenarios.values.number_fields import LARGEST
from solver.engines.quadratic_program import Vector
from solver.integer.ranks import Ranks
from solver.integer.start import Start
from solver.integer.unit_bounds import FAR, Integers

Index = NDArray[np.intp]

_FURTHER = 0.005
"""Of a unit: by how much the cost of a unit grows with each doubling of the distance, so that distances are shared."""
_DECIMALS = 7
"""Of costs in units: finer differences are noise of the even spread."""
_TIE = 1e-6
"""Units: what the last partner's unit costs more than the first's, so that ties go to the smaller id."""


@dataclass(frozen=True, eq=False)
class Window:
    """Whole numbers of units, from least to most."""

    least: Integers
    """(cells,)"""
    most: Integers
    """(cells,)"""
    natural: bool = True
    """Whether rules, and not the window, are what ends it."""

    @cached_property
    def room(self) -> Integers:
        """(cells,) units from least to most."""
        return self.most - self.least


def near(start: Start, reach: int) -> Window:
    """At most so many units from the even spread: with one, the two whole numbers beside it."""
    away = reach - 1
    least = np.clip(np.floor(start.x) - away, start.hard.least, start.hard.most)
    most = np.clip(np.ceil(start.x) + away, start.hard.least, start.hard.most)
    return _window(start, least, most, natural=False)


def beside(start: Start) -> Window:
    """At most a unit from the even spread: also both neighbours of a cell that has whole units already."""
    least, most = np.ceil(start.x - 1), np.floor(start.x + 1)
    return _window(
        start,
        np.clip(least, start.hard.least, start.hard.most),
        np.clip(most, start.hard.least, start.hard.most),
        natural=False,
    )


def everything(start: Start) -> Window:
    """All that hard rules allow; where they end nowhere, twice what all cells have, which no rule then forces."""
    most = np.minimum(start.hard.most, implied_most(start))
    endless = most >= FAR
    far = np.maximum(np.ceil(start.x), 2 * np.ceil(start.x.sum()) + len(most))
    return _window(
        start, start.hard.least, np.where(endless, far, most), natural=not (endless & ~start.kept).any()
    )


def towards(start: Start, count: Integers) -> Window:
    """From the even spread to so many units (cells,), both whole numbers beside it counted in."""
    least, most = (np.clip(side(start.x), start.hard.least, start.hard.most) for side in (np.floor, np.ceil))
    return _window(start, np.minimum(least, count), np.maximum(most, count), natural=False)


def _window(start: Start, least: Vector | Integers, most: Vector | Integers, *, natural: bool) -> Window:
    low, high = (np.where(start.kept, 0, side).astype(np.int64) for side in (least, most))
    return Window(low, np.maximum(low, high), natural)


def implied_most(start: Start) -> Vector:
    """(cells,) the most units that rows without negative coefficients leave a cell when all others have none."""
    most = np.full(len(start.x), float(FAR))
    for block in start.blocks:
        if not start.book.rules[block.rule].hard:
            continue
        entry_row = np.repeat(np.arange(block.matrix.shape[0]), np.diff(block.matrix.indptr))
        falls = np.bincount(entry_row, block.matrix.data < 0, minlength=block.matrix.shape[0]) > 0
        mine = (block.matrix.data > 0) & np.isfinite(block.upper)[entry_row] & ~falls[entry_row]
        cell = block.matrix.indices[mine]
        limit = block.upper[entry_row[mine]] / block.matrix.data[mine] / start.units.floats[cell]
        np.minimum.at(most, cell, np.floor(limit + 1))
    return most


@dataclass(frozen=True, eq=False)
class Columns:
    """Choices of some units more each, in the order in which a cell takes them."""

    cell: Index
    """(columns,) the cell that gets them."""
    width: Integers
    """(columns,) how many there are."""
    cost: Vector
    """(ranks, columns) what each unit costs; does not fall from a cell's one column to its next."""
    natural: Vector
    """(columns,) how many of them the even spread has, in fractions."""

    def __len__(self) -> int:
        return len(self.cell)


def columns_of(start: Start, window: Window, ranks: Ranks) -> Columns:
    """The columns of a window: a cell's cost is linear over each."""
    cells = np.flatnonzero(window.room > 0)
    limits = list(_limits(start, ranks))
    bends = _bends(start, window, cells, limits)
    width = np.diff(bends, axis=0)
    column, place = np.nonzero(width.T > 0)
    steps = width.T[column, place]
    slope = np.zeros((len(ranks), len(column)))
    # Most ranks have no cost of single cells.
    for rank, cost in _costs(start, ranks, cells, bends, limits):
        slope[rank] = np.round(np.diff(cost, axis=0).T[column, place] / steps, _DECIMALS)
    slope[-1] += _TIE * cells[column] / max(1, len(start.x))
    natural = np.clip(start.x[cells][column] - bends[:-1].T[column, place], 0, steps)
    return Columns(cells[column], steps.astype(np.int64), slope, natural)


@dataclass(frozen=True, eq=False)
class _Limit:
    """What an elastic rule asks of single cells, on one side."""

    rank: int
    weight: float
    cell: Index
    """(limits,)"""
    units: Vector
    """(limits,) in units of the cell."""
    floor: bool


def _limits(start: Start, ranks: Ranks) -> Iterator[_Limit]:
    fixed = start.fixed.floats()
    for block in start.blocks:
        rule = start.book.rules[block.rule]
        if rule.priority is None or not block.single.any():
            continue
        for side, limit in zip((1, -1), start.book.rows[block.rule].limits(), strict=True):
            message = limit[block.single]
            for sign in (1, -1):
                mine = (np.abs(message) < LARGEST) & (np.sign(block.coefficient) == sign)
                cell = block.cell[mine]
                units = (message[mine] / block.coefficient[mine] - fixed[cell]) / start.units.floats[cell]
                if len(cell):
                    rank, weight = ranks.elastic(rule.priority), float(rule.weight)
                    yield _Limit(rank, weight, cell, units, floor=side * sign > 0)


def _bends(start: Start, window: Window, cells: Index, limits: list[_Limit]) -> NDArray[np.float64]:
    """(bends, cells) whole numbers in rising order between which a cell's cost is linear."""
    least, most = (side[cells].astype(np.float64) for side in (window.least, window.most))
    found = [least, most]
    if len(cells) and (most - least).max() > 1:
        down, up = np.floor(start.x[cells]), np.ceil(start.x[cells])
        furthest = max(float((most - up).max()), float((down - least).max()), 0.0)
        doubled = 2.0 ** np.arange(int(np.ceil(np.log2(furthest + 1))) + 1) - 1
        found += [side for far in doubled for side in (down - far, up + far)]
        for limit in limits:
            at = np.full(len(start.x), -1.0)
            at[limit.cell] = limit.units
            found += [np.floor(at[cells]), np.ceil(at[cells])]
    return np.sort(np.clip(np.array(found), least, most), axis=0)


def _costs(
    start: Start, ranks: Ranks, cells: Index, counts: NDArray[np.float64], limits: list[_Limit]
) -> Iterator[tuple[int, NDArray[np.float64]]]:
    """Ranks with (bends, cells) what so many units cost in each: what elastic limits lack, and the distance."""
    place = np.full(len(start.x), -1, dtype=np.intp)
    place[cells] = np.arange(len(cells))
    for rank in sorted({limit.rank for limit in limits}):
        cost = np.zeros(counts.shape)
        for limit in limits:
            if limit.rank == rank:
                _add_lack(cost, place[limit.cell], limit, counts)
        yield rank, cost
    away = np.abs(counts - start.x[cells])
    far = away > 1  # of few: logarithms take longer than all the rest
    away[far] += _FURTHER * away[far] * np.log2(away[far])
    yield ranks.distance, away


def _add_lack(cost: NDArray[np.float64], at: Index, limit: _Limit, counts: NDArray[np.float64]) -> None:
    """Adds to the cost (bends, cells) what an elastic limit lacks at so many units."""
    mine = at >= 0
    lack = limit.units[mine] - counts[:, at[mine]]
    missed = limit.weight * np.maximum(0, lack if limit.floor else -lack)
    for bend, more in zip(cost, missed, strict=True):
        np.add.at(bend, at[mine], more)
