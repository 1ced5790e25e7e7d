"""Rounding: whole units for every target, with every total that people read within a unit of what it was.

Controlled rounding (Bacharach 1966; Cox & Ernst 1982; Cox 1987): each cell goes to a whole number beside its even
spread, and so do the company, each node of the cascade, each partner's year and each period. Of all such answers
the one that misses elastic rules least, priority by priority, and then the one with the least sum of distances;
ties go to the smaller partner id. Where there are none, whole cells and totals may go a unit as well; where hard rules
leave nothing so near, totals are kept by rank, and cells may go further, the least that does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rules import RuleBook
from scenarios.values.rational_array import Exact
from solver.cascade.level import PARTNER, levels_of
from solver.integer.choice import Choice, Kept
from solver.integer.integer_program import IntegerProgram
from solver.integer.margins import Margins, margins_of
from solver.integer.pieces import KnownPieces
from solver.integer.piecewise import piecewise
from solver.integer.published import published_units
from solver.integer.start import Start, start_of
from solver.integer.unit_bounds import Integers
from solver.integer.unkept import UnkeptTotal, targets_off, unkept
from solver.integer.whole_point import whole_point
from solver.integer.window import Window, beside, everything, near, towards
from solver.optimise.elastic import ElasticSolution

Mask = NDArray[np.bool_]

_REACH = (2, 4, 8, 16, 64, 256)
"""Units: how far from the even spread cells may go, one after the other; then as far as rules allow."""
_FAR = 8
"""Units: where nothing is within them, the nearest whole units that keep the hard rules come first, and then what keeps
totals best between those and the even spread."""
_NEARBY = (2, 16)
"""Units: where units that keep the hard rules are looked for before windows that are wider than was searched in vain."""
_MANY = 200
"""Cells: up to so many, searches of wide windows share what is far among all."""
_BESIDE = 0.2
"""Of the usual work: what is done to keep all within a unit where whole cells or totals have to move for it."""


@dataclass(frozen=True, eq=False)
class Rounded:
    """The targets as they are given out."""

    targets: Exact
    """(cells,)"""
    kept: Mask
    """(cells,) cells whose bounds hold no whole unit: they keep their bound."""
    odd: Mask
    """(cells,) cells that carry what a total has beyond whole units."""
    distance: float
    """The sum of distances from the unrounded targets, in units."""
    least: bool = True
    """Whether no other choice is proved to be nearer by more than a hundredth."""
    unkept: tuple[UnkeptTotal, ...] = ()
    """Totals, and the furthest single targets, that are a unit or more from what they were."""
    targets_off: int = 0
    """How many targets are a unit or more from what they were."""


class NoWholeUnitsError(ArithmeticError):
    """No choice of whole units keeps every hard rule."""

    def __init__(self, *, proved: bool) -> None:
        self.proved = proved
        """Whether it is proved that there is none; else the search was given up."""
        message = (
            "no whole units keep every hard rule"
            if proved
            else "no whole units that keep every hard rule were found"
        )
        super().__init__(f"{message}; try a smaller round_to")


def round_targets(
    book: RuleBook,
    solution: ElasticSolution,
    cascade: Sequence[str] = (),
    *,
    work: float = np.inf,
    known: KnownPieces | None = None,
) -> Rounded:
    """The rounded targets of an elastic solution; totals of the nodes of `cascade` are kept.

    `work` is a number of cells: with more of them, searches do less than their usual work. What `known` has of parts
    that are the very same is taken from there, and what is found kept in it. Raises NoWholeUnitsError when hard rules
    leave no whole units, or the searches find none.
    """
    # Nodes below a split hold parts of partners: no whole units.
    levels = [
        level
        for level in levels_of(book.frame.columns, cascade)
        if level.name != PARTNER and level.share is None
    ]
    start = start_of(book, solution.blocks, levels, solution.spread.x)
    margins = margins_of(book.frame, levels)
    stays = published_units(book, solution.spread.x)
    if stays is not None:
        return _as_given(start, margins, stays, odd=np.zeros(len(stays), dtype=bool), least=True)
    return _chosen(start, margins, min(1.0, work / max(1, len(start.x))), known)


def _chosen(start: Start, margins: Margins, effort: float, known: KnownPieces | None) -> Rounded:
    """The first attempt that leaves units, or what else is found where attempts are given up."""
    nearer, apart, looked = True, None, False
    within, eight = beside(start).room, Choice(start, None, near(start, _FAR))
    for choice, kept, part in _attempts(start, margins, known, eight):
        count, settled = choice.best(kept, effort * part)
        if count is not None:
            # A nearer answer may be where a narrower window was given up.
            return _rounded(start, margins, count, least=settled and nearer)
        nearer = nearer and settled
        effort = effort / 2 if kept is IntegerProgram.by_rank and not settled else effort
        if settled or not (choice.window.room > within).any():
            continue
        if apart is None:
            # Where wide windows are beyond a search of everything at once, pieces may not be.
            apart = piecewise(start)
            if apart.counts is not None or apart.settled:
                break
        elif not looked:
            # What is given up here would be in wider windows: units nearby that keep the hard rules are often found.
            looked, found = True, whole_point(start, _NEARBY)
            if found is not None:
                return _towards(start, margins, found, effort)
    found = None
    far = apart is None and _is_far(eight)
    # A proof of one piece rests on floats, as all do: units found do not.
    if far or (apart is not None and apart.settled and apart.counts is None):
        found = whole_point(start)
    if far and found is None:
        apart = piecewise(start)
    if found is None and apart is not None:
        found = apart.counts
    if found is not None:
        return _towards(start, margins, found, effort)
    if apart is not None and apart.settled:
        raise NoWholeUnitsError(proved=True)
    return _further(start, margins, effort, nearer=nearer)


def _further(start: Start, margins: Margins, effort: float, *, nearer: bool) -> Rounded:
    """Units beyond all windows: the nearest of all that rules allow, or those near some that keep every hard rule.

    The latter come first where searches nearby were given up (not `nearer`): what a search of everything finds before
    it is given up as well can be anywhere. They are asked for where it is proved that there are none, too: proofs rest
    on floats, units found do not.
    """
    found, proved = None if nearer else whole_point(start), False
    if found is None:
        choice = Choice(start, margins, everything(start))
        count, settled = choice.first(IntegerProgram.strict, IntegerProgram.by_rank, effort=effort)
        if count is not None:
            return _rounded(start, margins, count, least=settled and nearer)
        proved = settled and choice.window.natural
        found = whole_point(start) if nearer else None
    if found is None:
        raise NoWholeUnitsError(proved=proved)
    return _towards(start, margins, found, effort)


def _towards(start: Start, margins: Margins, found: Integers, effort: float) -> Rounded:
    """What keeps totals best between the even spread and some units (cells,) that keep every hard rule."""
    window = towards(start, found)
    effort = effort * _BESIDE
    for choice in (Choice(start, margins, window), Choice(start, None, window)):
        count, _ = choice.first(IntegerProgram.strict, IntegerProgram.by_rank, effort=effort)
        if count is not None:
            return _rounded(start, margins, count, least=False)
    return _rounded(start, margins, found, least=False)


def _attempts(
    start: Start, margins: Margins, known: KnownPieces | None, eight: Choice
) -> Iterator[tuple[Choice, Kept, float]]:
    """What is looked for with which part of the work: all within a unit where that can be, then what is nearest to it.

    Each cell at a whole number beside it and whole totals as they are; then also whole cells and whole totals up to a
    unit off; then totals kept by rank, cells ever further from where they were.
    """
    narrow = Choice(start, margins, near(start, 1), known)
    wide = Choice(start, margins, beside(start), known)
    different = bool((wide.window.room != narrow.window.room).any())
    yield narrow, IntegerProgram.strict, 1.0
    if not wide.refuted:
        if different:
            yield wide, IntegerProgram.strict, _BESIDE
        yield wide, IntegerProgram.within_a_unit, _BESIDE
        yield narrow, IntegerProgram.by_rank, 1.0
        if different:
            yield wide, IntegerProgram.by_rank, 1.0
    if _is_far(eight):
        return
    for window in _wider(start, wide.window):
        further = Choice(start, margins, window, known)
        if not further.refuted:
            yield further, IntegerProgram.strict, 1.0
            yield further, IntegerProgram.by_rank, 1.0


def _is_far(eight: Choice) -> bool:
    """Whether some of many cells are proved to have to go further than eight units, for the sake of the hard rules."""
    return len(eight.start.x) > _MANY and eight.refuted


def _wider(start: Start, last: Window) -> Iterator[Window]:
    """Ever wider windows, each different from the one before, until rules allow no more."""
    full = everything(start)
    for reach in _REACH:
        if (last.least <= full.least).all() and (last.most >= full.most).all():
            break
        window = near(start, reach)
        if (window.room != last.room).any():
            yield window
        last = window


def _rounded(start: Start, margins: Margins, count: Integers, *, least: bool) -> Rounded:
    return _as_given(start, margins, start.amounts(count), odd=start.odd, least=least)


def _as_given(start: Start, margins: Margins, targets: Exact, *, odd: Mask, least: bool) -> Rounded:
    distance = np.abs(targets.floats() - start.unrounded) / start.units.floats
    return Rounded(
        targets,
        start.kept,
        odd,
        float(distance.sum()),
        least,
        unkept(start, margins, targets),
        int(np.count_nonzero(targets_off(start, targets))),
    )
