"""Facts: the rows of one file of actuals, each with the partner, metric, part and day that it is about."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property

import numpy as np

from scenarios.actuals.calendar import Calendar
from scenarios.findings.finding import Finding, Place, Report, did_you_mean
from scenarios.partners import PartnerTable
from scenarios.tables.cells import Unreadable
from scenarios.tables.check import check_header
from scenarios.tables.options import TableOptions
from scenarios.tables.prepare import report_remarks
from scenarios.tables.read_table import read_cells
from scenarios.tables.rename import rename_columns
from scenarios.tables.row_findings import row_findings
from scenarios.tables.unit_doubts import AmountColumn
from scenarios.values.quoting import quoted
from scenarios.values.rational_array import Exact

METRIC, PERIOD, AMOUNT, AS_OF = "metric", "period", "amount", "as_of"
"""The columns of actuals beside the partner's."""
NO_PARTNER = -1
"""Stands for a partner who is not in the table."""
_EARLIER = "/"
"""Between an earlier year and its part: FY2026/Q1."""


@dataclass(frozen=True, eq=False)
class ActualsFile:
    """A file of actuals."""

    content: bytes
    file: str
    """Its name, or its ending alone."""
    name: str
    """How findings call it."""
    options: TableOptions = field(default_factory=TableOptions)
    """How to read it; the id column is the plan's."""


@dataclass(frozen=True, eq=False)
class Asked:
    """What actuals may be about."""

    id_column: str
    ids: tuple[str, ...]
    """The plan's partners, sorted."""
    metrics: tuple[str, ...]
    parts: tuple[str, ...]
    """The parts of the period; the period itself where it is not divided."""
    units: tuple[str, ...] = ()
    """What each metric is counted in."""
    cascade: tuple[str, ...] = ()
    """Columns from the company down: where rows of unknown partners have them, they count there."""
    calendar: Calendar | None = None
    missing: bool = False
    """Whether who has no row in a part that is over has done nothing in it."""
    unassigned: bool = False
    """Whether rows of partners who are not in the table count above the partners."""

    @cached_property
    def position(self) -> Mapping[str, int]:
        """Where each partner stands."""
        return {partner: at for at, partner in enumerate(self.ids)}


@dataclass(frozen=True)
class Fact:
    """What one partner did in one metric and part, as it was known on a day."""

    partner: int
    """Among the plan's; NO_PARTNER where the plan does not have it."""
    who: str
    """The partner as written."""
    path: tuple[str, ...]
    """The cascade's words in the row, where the partner is not the plan's."""
    metric: int
    part: int
    year: str
    """An earlier year; empty for the plan's own period."""
    day: int | None
    """When it was known, counted from 0001-01-01; None where the row does not say."""
    row: int

    @property
    def about(self) -> tuple[str, str, int, int]:
        """What it is about: two facts about the same thing restate one another."""
        return self.year, self.who, self.metric, self.part


@dataclass(frozen=True, eq=False)
class Facts:
    """The rows of a file that can be read."""

    table: PartnerTable
    """One row per fact, not per partner."""
    facts: tuple[Fact, ...]
    amounts: Exact
    """(rows of the table,)"""

    def place(self, row: int) -> Place:
        """Where a row stands."""
        return self.table.place(row)


def read_facts(file: ActualsFile, asked: Asked, report: Report) -> Facts | None:
    """What a file says; None after reporting why it cannot be read. Rows with mistakes are reported and left out."""
    table = rows_of_actuals(file, asked.id_column, report)
    if table is None or not _has_columns(table, asked, report):
        return None
    values = table.numbers(AMOUNT, report)
    table.report_used(report)
    if asked.units:
        for finding in AmountColumn(table, AMOUNT, ", ".join(asked.metrics), asked.units).doubts():
            report.add(finding)
    empty = np.flatnonzero(table.empty(AMOUNT)).tolist()
    _report(
        empty, report, lambda row: _flaw(table, row, AMOUNT, "missing-value", "Fill it, or remove the row.")
    )
    reader = _Rows(table, asked, report)
    facts = tuple(fact for row in range(len(table)) if (fact := reader.fact(row)) is not None)
    reader.report_unknown()
    return Facts(table, facts, Exact.from_floats(np.where(np.isnan(values), 0.0, values)))


def rows_of_actuals(file: ActualsFile, id_column: str, report: Report) -> PartnerTable | None:
    """The file as a table with one row per fact; None after reporting why it cannot be read."""
    options = replace(file.options, id_column=id_column)
    report.register(file.name)
    try:
        cells = read_cells(file.content, file.file.lower(), options)
    except Unreadable as error:
        report.error(error.code, Place(file.name, error.line, cell=error.cell), error.message, error.remedy)
        return None
    report_remarks(cells, report, file.name)
    renamed = rename_columns(cells, options, report, file.name)
    headed = None if renamed is None else check_header(renamed, options.id_column, report, file.name)
    if headed is None:
        return None
    report_remarks(headed, report, file.name, since=len(cells.remarks))
    return PartnerTable.of_rows(headed, options, file.name)


def _has_columns(table: PartnerTable, asked: Asked, report: Report) -> bool:
    """Whether the columns are there that tell rows apart."""
    needed = [AMOUNT]
    needed += [METRIC] if len(asked.metrics) > 1 else []
    needed += [PERIOD] if len(asked.parts) > 1 else []
    missing = [name for name in needed if name not in table.columns]
    for name in missing:
        remedy = did_you_mean(name, table.columns) or f"Columns: {', '.join(table.columns[:30])}."
        report.error(
            "unknown-column", Place(table.name, table.cells.header_line), f"no column {name!r}", remedy
        )
    return not missing


class _Rows:
    """Reads facts row by row, and collects what names nothing that there is."""

    def __init__(self, table: PartnerTable, asked: Asked, report: Report) -> None:
        self._table, self._asked, self._report = table, asked, report
        self._metrics = {name: at for at, name in enumerate(asked.metrics)}
        self._parts = {name: at for at, name in enumerate(asked.parts)}
        rows = len(table)
        self._metric = table.text(METRIC) if METRIC in table.columns else [asked.metrics[0]] * rows
        self._period = table.text(PERIOD) if PERIOD in table.columns else [asked.parts[0]] * rows
        self._days = table.days(AS_OF, report) if AS_OF in table.columns else np.full(rows, np.nan)
        self._paths = [table.text(column) if column in table.columns else None for column in asked.cascade]
        self._unknown: dict[str, list[int]] = {"partner": [], "metric": [], "period": []}
        self._nameless: list[int] = []

    def fact(self, row: int) -> Fact | None:
        """What the row says; None where it is about nothing that there is."""
        who, (year, part) = str(self._table.ids[row]), self._when(str(self._period[row]))
        metric = self._metrics.get(str(self._metric[row]), -1)
        partner = self._asked.position.get(who, NO_PARTNER)
        wrong = [kind for kind, at in (("metric", metric), ("period", part)) if at < 0]
        if partner == NO_PARTNER and not year and not self._asked.unassigned:
            (self._unknown["partner"] if who else self._nameless).append(row)
        for kind in wrong:
            self._unknown[kind].append(row)
        if wrong:
            return None
        path = self._path(row) if partner == NO_PARTNER else ()
        day = None if np.isnan(self._days[row]) else int(self._days[row])
        return Fact(partner, who, path, metric, part, year, day, row)

    def _when(self, period: str) -> tuple[str, int]:
        """The earlier year, or nothing, and the part; -1 for a part that there is not."""
        if period in self._parts:
            return "", self._parts[period]
        year, slash, part = period.rpartition(_EARLIER)
        return (year, self._parts.get(part, -1)) if slash else ("", -1)

    def _path(self, row: int) -> tuple[str, ...]:
        """The words of the cascade as far down as the row has them."""
        found: list[str] = []
        for column in self._paths:
            if column is None or not column[row]:
                break
            found.append(str(column[row]))
        return tuple(found)

    def report_unknown(self) -> None:
        """Reports the rows that name what is not there."""
        names = {"partner": self._asked.ids, "metric": self._asked.metrics, "period": self._asked.parts}
        texts = {"partner": self._table.ids, "metric": self._metric, "period": self._period}
        keep = "Fill it, or write unassigned: keep."
        _report(
            self._nameless,
            self._report,
            lambda row: _flaw(self._table, row, self._asked.id_column, "empty-id", keep),
        )
        for kind, rows in self._unknown.items():
            keep = "Write unassigned: keep to count them above the partners." if kind == "partner" else ""
            there = keep or f"There are: {', '.join(names[kind][:30])}."

            def finding(row: int, kind: str = kind, there: str = there) -> Finding:
                text = str(texts[kind][row])
                near = did_you_mean(text, names[kind]).strip()
                place = self._table.place(row, self._table.id_column if kind == "partner" else kind)
                return Finding(f"unknown-{kind}", place, f"no {kind} {quoted(text)}", near or there)

            _report(rows, self._report, finding)


def _flaw(table: PartnerTable, row: int, column: str, code: str, remedy: str) -> Finding:
    """The finding about an empty cell."""
    return Finding(
        code, table.place(row, column), f"{column} is empty for {quoted(str(table.ids[row]))}", remedy
    )


def _report(rows: Sequence[int], report: Report, make: Callable[[int], Finding]) -> None:
    """Reports what is wrong with rows: the first by name, and how many more there are."""
    for found in row_findings(rows, make):
        report.add(found)


def latest_day(files: Sequence[Facts]) -> date | None:
    """The last day that any row names."""
    days = [fact.day for each in files for fact in each.facts if fact.day is not None and not fact.year]
    return date.fromordinal(max(days)) if days else None
