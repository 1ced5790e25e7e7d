"""Reducing a rule to the rest: what was done becomes a constant, and what it has overtaken is widened.

A row lower ≤ A_done a + A_rest x ≤ upper leaves lower − A_done a ≤ A_rest x ≤ upper − A_done a. What has happened is
against no rule: where the constants alone leave too little, a hard limit is widened, no further than is needed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

import numpy as np

from rules.arrays import Index, Mask
from rules.cell_index import REST, CellIndex, WritesRows
from rules.kinds.company_target import CompanyTarget
from rules.replan.others import others_count
from rules.rows import NO_ROWS, Rows, join
from rules.rule import Rule
from scenarios.values.number_fields import LARGEST
from scenarios.values.rational_array import Exact

Why = Literal["overtaken", "ahead", "over"]


@dataclass(frozen=True)
class Overtaken:
    """A limit that events have passed."""

    rule: str
    """The rule's name."""
    subject: str
    """Whom and when it speaks of; empty for all together."""
    why: Why
    """`overtaken`: widened for the rest; `ahead`: a total reached early; `over`: missed in a part that is over."""
    by: Fraction
    """How much wider the limit is, or by how much the total is passed, in the rule's unit."""


@dataclass(frozen=True, eq=False)
class Reduced:
    """What a rule asks of the rest."""

    rows: Rows
    """Over the cells of the rest."""
    overtaken: tuple[Overtaken, ...]


def reduced(rule: WritesRows, year: CellIndex, cells: Index) -> Reduced:
    """What a rule of the year asks of the rest; `cells` (cells of the rest,) are theirs among the year's."""
    assert isinstance(rule, Rule)
    assert year.past is not None
    open_rows, over = _by_parts(rule, year)
    reducer = _Reducer(rule, year, cells)
    found = [each for rows in over for each in reducer.judged(rows)]
    if not open_rows:
        return Reduced(NO_ROWS, tuple(found))
    rows, more = reducer.rest_of(join(open_rows))
    return Reduced(rows, (*found, *more))


def _by_parts(rule: Rule, year: CellIndex) -> tuple[list[Rows], list[Rows]]:
    """The rows that speak of the whole, of the rest or of parts of it, and those of parts that are over."""
    assert year.past is not None
    if rule.period == REST:
        return [rule.rows(year.within(REST)).during(REST)], []
    parts = rule.parts(year)
    if not parts:
        return [rule.rows(year)], []
    done = {year.periods[part] for part in year.past.done}
    rows = {part: rule.rows(year.within(part)).during(part) for part in parts}
    return [rows[p] for p in parts if p not in done], [rows[p] for p in parts if p in done]


class _Reducer:
    """Turns rows over the year's cells into rows over the rest's."""

    def __init__(self, rule: Rule, year: CellIndex, cells: Index) -> None:
        assert year.past is not None
        self._rule, self._year, self._past = rule, year, year.past
        self._others = others_count(rule, year)
        self._at = np.full(year.size, -1, dtype=np.intp)
        self._at[cells] = np.arange(len(cells))

    def judged(self, rows: Rows) -> list[Overtaken]:
        """The hard limits of parts that are over which what was done has passed, beside the published rest."""
        if not self._rule.hard:
            return []
        inside = self._at[rows.cell] >= 0
        amounts = rows.amounts(self._past.actual) + self._amounts(rows, self._past.published, inside)
        found = []
        if rows.lower is not None:
            found += [
                (row, rows.lower.at(row) - amounts.at(row))
                for row in np.flatnonzero(amounts < rows.lower).tolist()
            ]
        if rows.upper is not None:
            found += [
                (row, amounts.at(row) - rows.upper.at(row))
                for row in np.flatnonzero(amounts > rows.upper).tolist()
            ]
        return [self._found(rows, row, "over", by) for row, by in found]

    def rest_of(self, rows: Rows) -> tuple[Rows, tuple[Overtaken, ...]]:
        """The rows over the rest, widened by what has happened, and what that was."""
        inside = self._at[rows.cell] >= 0
        counting = np.bincount(rows.row[~inside], minlength=len(rows)) > 0
        constants = rows.amounts(self._past.actual) + self._others
        reference = self._amounts(rows, self._past.published, inside)
        lower = None if rows.lower is None else _less(rows.lower, constants, below=True)
        upper = None if rows.upper is None else _less(rows.upper, constants, below=False)
        rest = replace(rows, row=rows.row[inside], cell=self._at[rows.cell[inside]],
                       coefficient=rows.coefficient[inside], lower=lower, upper=upper)  # fmt: skip
        rest, found = self._widened(rest, reference, counting)
        return _without_empty(rest), tuple(found)

    def _amounts(self, rows: Rows, amounts: Exact, inside: Mask) -> Exact:
        """(rows,) what the rest of each row comes to."""
        terms = rows.coefficient[inside] * amounts[rows.cell[inside]]
        return terms.sum_by(rows.row[inside], len(rows))

    def _widened(self, rows: Rows, reference: Exact, counting: Mask) -> tuple[Rows, list[Overtaken]]:
        """The rows of a hard rule, where what has happened leaves less room than no target below zero needs.

        An upper limit that some target of the rest counts against: one partner's, or a share, leaves what was
        published for the rest, for a limit never takes from that; one of several partners together leaves nothing more.
        A lower limit that no target of the rest helps to reach is an upper one turned round. All others can be reached
        by the row alone: where other rules are in the way, that is a conflict.
        """
        if isinstance(self._rule, CompanyTarget) and self._rule.exact:
            return self._placed(rows, reference, counting)
        if not self._rule.hard:
            return rows, []
        lower, upper, found = rows.lower, rows.upper, list[Overtaken]()
        rising, falling = self._has(rows, rows.coefficient > 0), self._has(rows, rows.coefficient < 0)
        if upper is not None:
            room = reference.where((rows.partner >= 0) | falling, Exact.full(len(rows), 0))
            wide = upper.maximum(room)
            passed = counting & rising & (wide > upper)
            found += self._overtaken(rows, passed, wide - upper)
            upper = wide.where(passed, upper)
        if lower is not None:
            passed = counting & ~rising & (lower > reference)
            found += self._overtaken(rows, passed, lower - reference)
            lower = reference.where(passed, lower)
        return replace(rows, lower=lower, upper=upper), found

    @staticmethod
    def _has(rows: Rows, which: Mask) -> Mask:
        """(rows,) whether some of these entries (entries,) are the row's."""
        return np.bincount(rows.row[which], minlength=len(rows)) > 0

    def _overtaken(self, rows: Rows, passed: Mask, by: Exact) -> list[Overtaken]:
        return [self._found(rows, row, "overtaken", by.at(row)) for row in np.flatnonzero(passed).tolist()]

    def _placed(self, rows: Rows, reference: Exact, counting: Mask) -> tuple[Rows, list[Overtaken]]:
        """The rows of an exact total: where done and published rest come to more, the rest is kept or released."""
        assert rows.lower is not None
        assert rows.upper is not None
        early = counting & (reference > rows.lower)
        found = [
            self._found(rows, row, "ahead", (reference - rows.lower).at(row))
            for row in np.flatnonzero(early).tolist()
        ]
        if self._past.ahead == "release" or not early.any():
            return rows, found
        endless = Exact.full(len(rows), LARGEST)
        return replace(
            rows, lower=reference.where(early, rows.lower), upper=endless.where(early, rows.upper)
        ), found

    def _found(self, rows: Rows, row: int, why: Why, by: Fraction) -> Overtaken:
        return Overtaken(self._rule.name, rows.subject(row, self._year.columns.ids), why, by)


def _less(limits: Exact, constants: Exact, *, below: bool) -> Exact:
    """(rows,) the limits less what was done; a limit that is none stays none."""
    none = limits <= -LARGEST if below else limits >= LARGEST
    return limits.where(none, limits - constants)


def _without_empty(rows: Rows) -> Rows:
    """The rows that have a cell in the rest."""
    kept = np.bincount(rows.row, minlength=len(rows)) > 0
    if kept.all():
        return rows
    number = np.cumsum(kept) - 1
    return Rows(
        row=number[rows.row],
        cell=rows.cell,
        coefficient=rows.coefficient,
        lower=None if rows.lower is None else rows.lower[kept],
        upper=None if rows.upper is None else rows.upper[kept],
        partner=rows.partner[kept],
        label=tuple(name for name, keep in zip(rows.label, kept.tolist(), strict=True) if keep)
        if rows.label
        else (),
    )
