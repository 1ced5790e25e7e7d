"""Actuals: what every partner has done, the last word of each where it was restated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from scenarios.actuals.facts import NO_PARTNER, ActualsFile, Asked, Fact, Facts, latest_day, read_facts
from scenarios.actuals.unassigned import Unassigned
from scenarios.findings.finding import Finding, Report
from scenarios.tables.row_findings import row_findings
from scenarios.values.rational_array import Exact

Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Actuals:
    """What has happened, in the order of the plan's cells: metric, part, partner sorted by id."""

    day: date
    """The day up to which it counts."""
    done: Exact
    """(cells,) zero where no row speaks of it."""
    stated: Mask
    """(cells,) where a row says what was done."""
    unassigned: tuple[Unassigned, ...]
    over: tuple[Fraction, ...]
    """(parts,) how much of each part is over: of a running one, up to the last day that its rows speak of."""
    earlier: Mapping[str, tuple[Exact, Mask]]
    """Year to the same of earlier years, (cells,) each: done, and where a row says it."""


def read_actuals(
    files: Sequence[ActualsFile], asked: Asked, report: Report, *, day: date | None, over: Sequence[Fraction]
) -> Actuals | None:
    """What the files say together, later files restating earlier ones; None after reporting mistakes.

    Counts what was known on the `day`; the last one that is named in the files if left out, else today. `over`
    (parts,) is how much of each part is over on that day where the calendar does not say.
    """
    facts = [found for file in files if (found := read_facts(file, asked, report)) is not None]
    if report.has_errors:
        return None
    day = day or latest_day(facts) or date.today()
    chosen = _Merged(asked, facts, day, _over_on(asked, day, over), report)
    for number in range(len(facts)):
        chosen.take(number)
    actuals = chosen.actuals()
    chosen.report()
    return None if report.has_errors else actuals


def _over_on(asked: Asked, day: date, over: Sequence[Fraction]) -> list[Fraction]:
    """(parts,) how much of each part is over: by the calendar, else as given."""
    if asked.calendar is None:
        return list(over)
    return [asked.calendar.gone(part, day) for part in asked.parts]


class _Merged:
    """Gathers the last word about everything that facts are about."""

    def __init__(
        self, asked: Asked, files: Sequence[Facts], day: date, over: Sequence[Fraction], report: Report
    ) -> None:
        self._asked, self._files, self._day, self._over, self._report = asked, files, day, over, report
        self._last: dict[tuple[str, str, int, int], tuple[int, int, Fact]] = {}
        self._twice: list[tuple[int, Fact, Fact]] = []
        self._late: list[tuple[int, int]] = []

    def take(self, file: int) -> None:
        """Take in the facts of one file."""
        for fact in self._files[file].facts:
            known = self._known(fact)
            if known > self._day.toordinal() or (not fact.year and not self._over[fact.part]):
                self._late.append((file, fact.row))
                continue
            before = self._last.get(fact.about)
            if before is not None and before[:2] == (known, file):
                self._twice.append((file, before[2], fact))
            if before is None or before[:2] <= (known, file):
                self._last[fact.about] = (known, file, fact)

    def _known(self, fact: Fact) -> int:
        """The day on which a fact was known: its own, else the last of its part, but no day that is to come."""
        if fact.day is not None:
            return fact.day
        calendar, today = self._asked.calendar, self._day.toordinal()
        if calendar is None:
            return today
        return min(today, calendar.ends[self._asked.parts[fact.part]].toordinal())

    def actuals(self) -> Actuals:
        """What it all comes to."""
        size = len(self._asked.metrics) * len(self._asked.parts) * len(self._asked.ids)
        years: dict[str, tuple[list[int], list[Fraction]]] = {"": ([], [])}
        others: dict[tuple[int, int, tuple[str, ...]], Fraction] = {}
        for _, file, fact in self._last.values():
            amount = self._files[file].amounts.at(fact.row)
            if fact.partner == NO_PARTNER:
                if not fact.year:
                    key = (fact.metric, fact.part, fact.path)
                    others[key] = others.get(key, Fraction(0)) + amount
                continue
            cells, amounts = years.setdefault(fact.year, ([], []))
            cells.append(self._cell(fact))
            amounts.append(amount)
        found = {year: _spread(cells, amounts, size) for year, (cells, amounts) in years.items()}
        done, stated = found.pop("")
        unassigned = tuple(Unassigned(*key, amount) for key, amount in sorted(others.items()))
        self._report_silent(stated)
        return Actuals(self._day, done, stated, unassigned, self._spoken_of(), dict(sorted(found.items())))

    def _spoken_of(self) -> tuple[Fraction, ...]:
        """(parts,) how much of each part is over, a running one no further than its rows speak of."""
        days: dict[int, int] = {}
        for known, _, fact in self._last.values():
            if not fact.year:
                days[fact.part] = max(days.get(fact.part, 0), known)
        calendar, parts = self._asked.calendar, self._asked.parts

        def spoken(part: int, over: Fraction) -> Fraction:
            if calendar is None or over in (0, 1):
                return over
            return calendar.gone(parts[part], date.fromordinal(days[part])) if part in days else Fraction(0)

        return tuple(spoken(part, over) for part, over in enumerate(self._over))

    def _cell(self, fact: Fact) -> int:
        parts, partners = len(self._asked.parts), len(self._asked.ids)
        return (fact.metric * parts + fact.part) * partners + fact.partner

    def report(self) -> None:
        """Reports rows that say the same thing twice, and how many do not count yet."""
        for file, first, again in self._twice[:20]:
            facts, asked = self._files[file], self._asked
            message = (
                f"{asked.metrics[again.metric]} of {again.who} in {asked.parts[again.part]} is stated on line"
                f" {facts.place(first.row).line} already, for the same day"
            )
            remedy = "Keep one of them, or give the restatement a later as_of."
            self._report.error("duplicate-actual", facts.place(again.row), message, remedy)
        if self._late:
            file, row = self._late[0]
            rows = f"{len(self._late):,} {_rows(len(self._late))}"
            message = f"{rows} of a day after {self._day}, or of a part that has not begun"
            self._report.warn("actual-later", self._files[file].place(row), message, "They do not count yet.")

    def _report_silent(self, stated: Mask) -> None:
        """Reports partners without a row for a part that is over, unless that means they did nothing."""
        asked = self._asked
        if asked.missing or not self._files:
            return
        place = self._files[-1].place(0)
        for metric, name in enumerate(asked.metrics):
            for part, over in enumerate(self._over):
                start = (metric * len(asked.parts) + part) * len(asked.ids)
                silent = (
                    np.flatnonzero(~stated[start : start + len(asked.ids)]) if over == 1 else np.array([])
                )

                def finding(row: int, name: str = name, part: int = part) -> Finding:
                    message = f"no row says what {asked.ids[int(row)]} did for {name} in {asked.parts[part]}"
                    return Finding("missing-value", place, message, "Add it, or write missing: zero.")

                for found in row_findings(silent.tolist(), finding):
                    self._report.add(found)


def _spread(cells: Sequence[int], amounts: Sequence[Fraction], size: int) -> tuple[Exact, Mask]:
    """(size,) the amounts at their cells, and where there is one."""
    stated = np.zeros(size, dtype=bool)
    if not cells:
        return Exact.full(size, 0), stated
    at = np.array(cells, dtype=np.intp)
    stated[at] = True
    return Exact.of(list(amounts)).sum_by(at, size), stated


def _rows(number: int) -> str:
    return "row is" if number == 1 else "rows are"
