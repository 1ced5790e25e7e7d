"""Rounding: whole units for every target, with every total that people read within a unit of what it was.

Controlled rounding (Bacharach 1966; Cox & Ernst 1982; Cox 1987): each cell goes to a whole number beside its even
spread, and so do the company, each node of the cascade, each partner's year and each period. Of all such answers
the one that misses elastic rules least, priority by priority, and then the one with the least sum of distances;
ties go to the smaller partner id. Where hard rules leave none so near, cells may go further, the least that does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rules import RuleBook
from scenarios.values.rational_array import Exact
from solver.cascade.level import PARTNER, levels_of
from solver.integer.at_stake import IntegerRows, broken, margin_rows, out_of_reach, rule_rows, together
from solver.integer.branch_and_bound import Answer
from solver.integer.integer_program import IntegerProgram
from solver.integer.margins import Margins, margins_of
from solver.integer.published import published_units
from solver.integer.ranks import TIGHT, Ranks
from solver.integer.start import Start, start_of
from solver.integer.unit_bounds import Integers
from solver.integer.unkept import UnkeptTotal, targets_off, unkept
from solver.integer.whole_point import hard_rows, whole_point
from solver.integer.whole_program import solve, solve_strictly
from solver.integer.window import Window, columns_of, everything, near, towards
from solver.optimise.elastic import ElasticSolution

Mask = NDArray[np.bool_]

_REACH = (1, 2, 4, 8, 16, 64, 256)
"""Units: how far from the even spread cells may go, one after the other; then as far as rules allow."""
_ROUNDS = 1
"""How often rows are asked for that left their unit."""
_LITTLE = 0.05
"""Of the usual work: what is done to bring such rows back."""
_TIGHTER = (0.0, 1e-6, 1e-5, 1e-4)
"""Steps: by how much rows that solvers only keep nearly are tightened until they are kept exactly."""


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
    book: RuleBook, solution: ElasticSolution, cascade: Sequence[str] = (), *, work: float = np.inf
) -> Rounded:
    """The rounded targets of an elastic solution; totals of the nodes of `cascade` are kept.

    `work` is a number of cells: with more of them, searches do less than their usual work. Raises
    NoWholeUnitsError when hard rules leave no whole units, or the searches find none.
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
    effort, nearer = min(1.0, work / max(1, len(start.x))), True
    for window in _windows(start):
        count, settled = _choose_among_all(start, margins, window, effort)
        if count is not None:
            # A nearer answer may be where a narrower window was given up.
            return _rounded(start, margins, count, least=settled and nearer)
        nearer = nearer and settled
        effort = effort if settled else effort / 2
    return _further(start, margins, effort, nearer=nearer)


def _further(start: Start, margins: Margins, effort: float, *, nearer: bool) -> Rounded:
    """Units beyond all windows: the nearest of all that rules allow, or those near some that keep every hard rule.

    The latter come first where searches nearby were given up (not `nearer`): what a search of everything finds before
    it is given up as well can be anywhere. They are asked for where it is proved that there are none, too: proofs rest
    on floats, units found do not.
    """
    found, proved = None if nearer else whole_point(start), False
    if found is None:
        window = everything(start)
        count, settled = _choose_among_all(start, margins, window, effort)
        if count is not None:
            return _rounded(start, margins, count, least=settled and nearer)
        proved = settled and window.natural
        found = whole_point(start) if nearer else None
    if found is None:
        raise NoWholeUnitsError(proved=proved)
    window = towards(start, found)
    for wanted in (_all_rows(start, margins, window), hard_rows(start, window)):
        count, _ = _choose(start, wanted, window, effort)
        if count is not None:
            return _rounded(start, margins, count, least=False)
    return _rounded(start, margins, found, least=False)


def _choose_among_all(
    start: Start, margins: Margins, window: Window, effort: float
) -> tuple[Integers | None, bool]:
    """The choice of a window under all rows."""
    if out_of_reach(start, window):
        return None, True
    return _choose(start, _all_rows(start, margins, window), window, effort)


def _all_rows(start: Start, margins: Margins, window: Window) -> IntegerRows:
    return together([margin_rows(start, margins, window), rule_rows(start, window, Ranks.of(start.book))])


def _windows(start: Start) -> Iterator[Window]:
    """Ever wider windows, each different from the one before."""
    last: Window | None = None
    full = everything(start)
    for reach in _REACH:
        window = near(start, reach)
        if last is None or (window.room != last.room).any():
            yield window
        if (window.least <= full.least).all() and (window.most >= full.most).all():
            break
        last = window


def _choose(start: Start, rows: IntegerRows, window: Window, effort: float) -> tuple[Integers | None, bool]:
    """(cells,) the units of each cell, None for none, and whether the answer is proved."""
    if rows.impossible(window.room):
        return None, True
    columns = columns_of(start, window, Ranks.of(start.book))
    for tighter in _TIGHTER:
        answer = _solve(IntegerProgram.of(columns, rows.tightened(tighter)), effort)
        if answer.counts is None:
            return None, answer.settled and tighter == 0
        count = window.least.copy()
        np.add.at(count, columns.cell, answer.counts)
        if rows.whole.all() or not broken(start, start.amounts(count)):
            return count, answer.settled
    return None, False


def _solve(program: IntegerProgram, effort: float) -> Answer:
    """The answer of a program; rows that have to stay where they were are only asked for once they leave: few do."""
    asked = program.rows.rank != TIGHT
    answer = solve(program.under(asked), effort=effort)
    for _ in range(_ROUNDS):
        if answer.counts is None:
            break
        left = ~asked & (program.lacks(answer.counts.astype(np.float64)) > 0)
        asked = asked | left
        nearer = solve_strictly(program.under(asked), effort=effort * _LITTLE) if left.any() else answer
        if nearer is answer or nearer.counts is None or not nearer.settled:
            break
        answer = nearer
    return answer


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
