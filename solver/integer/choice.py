"""Choice: the best whole units within one window, with totals kept in one of several ways."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from solver.integer.at_stake import IntegerRows, broken, margin_rows, out_of_reach, rule_rows, together
from solver.integer.branch_and_bound import Answer
from solver.integer.integer_program import IntegerProgram
from solver.integer.margins import Margins
from solver.integer.pieces import KnownPieces
from solver.integer.ranks import TIGHT, Ranks
from solver.integer.start import Start
from solver.integer.unit_bounds import Integers
from solver.integer.whole_point import hard_rows, has_no_whole_point
from solver.integer.whole_program import solve
from solver.integer.window import Columns, Window, columns_of

Kept = Callable[[IntegerProgram], IntegerProgram]
"""How totals that people read are kept: a method of IntegerProgram."""

_LITTLE = 0.05
"""Of the usual work: what is done to bring such rows back."""
_TIGHTER = (0.0, 1e-6, 1e-5, 1e-4)
"""Steps: by how much rows that solvers only keep nearly are tightened until they are kept exactly."""


@dataclass(frozen=True, eq=False)
class Choice:
    """A window, and what is at stake in it."""

    start: Start
    margins: Margins | None
    """The totals that people read; None: only hard rules are kept."""
    window: Window
    known: KnownPieces | None = None
    """Answers of solves of much the same scenario."""

    @cached_property
    def possible(self) -> bool:
        """Whether each hard row by itself leaves something."""
        return not out_of_reach(self.start, self.window) and not self.rows.impossible(self.window.room)

    @cached_property
    def refuted(self) -> bool:
        """Whether cells that hard rules do not tell apart leave nothing even when they are counted together."""
        return has_no_whole_point(self.start, self.window)

    @cached_property
    def rows(self) -> IntegerRows:
        """The rows at stake."""
        if self.margins is None:
            return hard_rows(self.start, self.window)
        margins = margin_rows(self.start, self.margins, self.window)
        return together([margins, rule_rows(self.start, self.window, Ranks.of(self.start.book))])

    @cached_property
    def columns(self) -> Columns:
        """The units that each cell may take."""
        return columns_of(self.start, self.window, Ranks.of(self.start.book))

    def first(self, *ways: Kept, effort: float) -> tuple[Integers | None, bool]:
        """The best of the first way to keep totals that leaves any, and whether it is proved."""
        found: tuple[Integers | None, bool] = None, False
        for kept in ways:
            found = self.best(kept, effort)
            if found[0] is not None:
                break
        return found

    def best(self, kept: Kept, effort: float) -> tuple[Integers | None, bool]:
        """(cells,) the units of each cell, None for none, and whether the answer is proved."""
        if not self.possible:
            return None, True
        for tighter in _TIGHTER:
            program = IntegerProgram.of(self.columns, self.rows.tightened(tighter))
            answer = _solved(program, kept, effort, self.known)
            if answer.counts is None:
                return None, answer.settled and tighter == 0
            count = self.window.least.copy()
            np.add.at(count, self.columns.cell, answer.counts)
            if self.rows.whole.all() or not broken(self.start, self.start.amounts(count)):
                return count, answer.settled
        return None, False


def _solved(program: IntegerProgram, kept: Kept, effort: float, known: KnownPieces | None) -> Answer:
    """The answer of a program; rows that have to stay where they were are only asked for once they leave: few do."""
    asked = program.rows.rank != TIGHT
    answer = solve(kept(program.under(asked)), effort=effort, known=known)
    if answer.counts is None:
        return answer
    left = ~asked & (program.lacks(answer.counts.astype(np.float64)) > 0)
    if not left.any():
        return answer
    again = IntegerProgram.strict if kept is IntegerProgram.by_rank else kept
    nearer = solve(again(program.under(asked | left)), effort=effort * _LITTLE, known=known)
    return answer if nearer.counts is None else nearer
