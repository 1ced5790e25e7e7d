"""Overrides as planners write them into the workbook of a run: found on any sheet, each cell accounted for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from scenarios import Report
from scenarios.findings.finding import Place
from scenarios.tables.cells import Unreadable, column_letters
from scenarios.tables.flawed import describe_flaw, is_flawed
from scenarios.tables.grid import Grid
from scenarios.tables.workbook import open_book
from scenarios.values.quoting import quoted
from scenarios.values.typed import parse_target

PARTNER, METRIC, PERIOD, TARGET = "Partner", "Metric", "Period", "Target"
OVERRIDE, REASON, UNTIL = "Override", "Reason", "Until"
ENDING = ".xlsx"
_NEEDED = (PARTNER, METRIC, OVERRIDE)
"""The heads by which a sheet of targets is known."""
_LONGEST_REASON = 500


@dataclass(frozen=True)
class Override:
    """One target that a planner decided."""

    partner: str
    metric: str
    period: str | None
    target: Fraction
    """In the metric's unit."""
    reason: str
    until: date | None
    """The last day on which it counts."""
    place: Place
    """The cell."""


def read_overrides(content: bytes, report: Report, *, name: str) -> tuple[Override, ...]:
    """The filled overrides of a workbook; every cell that cannot be taken as it stands is reported."""
    try:
        book = open_book(content, ENDING)
        grids = {sheet: book.grid(sheet) for sheet in book.sheets}
    except Unreadable as error:
        report.error(error.code, Place(name), str(error), error.remedy)
        return ()
    sheets = {sheet: _rows(grid) for sheet, grid in grids.items()}
    tables = {sheet: rows for sheet, rows in sheets.items() if rows and _is_table(rows[0])}
    if not tables:
        message = f"no sheet begins with the columns {', '.join(_NEEDED)}"
        report.error(
            "not-a-table", Place(name), message, "Use the workbook that `cascade solve --xlsx` wrote."
        )
    return tuple(
        override
        for sheet, rows in tables.items()
        for override in _overrides(_Sheet(name, sheet, rows[0], report), rows[1:])
    )


def _rows(grid: Grid) -> list[list[object]]:
    """The rows of a sheet; what a cell holds instead of a value stands in it as text."""
    height = max([len(grid.rows), *(row + 1 for row, _ in grid.flaws)])
    width = max([len(row) for row in grid.rows] + [column + 1 for _, column in grid.flaws], default=0)
    rows = [[*cells, *[None] * (width - len(cells))] for cells in grid.rows]
    rows += [[None] * width for _ in range(height - len(rows))]
    for (row, column), text in grid.flaws.items():
        rows[row][column] = text
    return rows


def _is_table(head: Sequence[Any]) -> bool:
    return set(_NEEDED) <= {str(cell).strip() for cell in head}


@dataclass(frozen=True)
class _Sheet:
    """One sheet, and where its findings go."""

    file: str
    name: str
    head: Sequence[Any]
    report: Report

    def column(self, head: str) -> int | None:
        """Where a head stands; the last of its name, for a table may have a column called so too."""
        found = [number for number, cell in enumerate(self.head) if str(cell).strip() == head]
        return found[-1] if found else None

    def place(self, row: int, head: str) -> Place:
        """The cell of a row, counted from 0 below the head."""
        column = self.column(head) or 0
        return Place(self.file, row + 2, column + 1, cell=f"{self.name}!{column_letters(column)}{row + 2}")

    def error(self, code: str, row: int, head: str, message: str, remedy: str) -> None:
        """Report what is wrong with a cell."""
        self.report.error(code, self.place(row, head), message, remedy)


def _overrides(sheet: _Sheet, rows: Sequence[Sequence[Any]]) -> Iterator[Override]:
    heads = (PARTNER, METRIC, PERIOD, OVERRIDE, REASON, UNTIL)
    columns = {head: number for head in heads if (number := sheet.column(head)) is not None}
    for number, row in enumerate(rows):
        cells = {head: row[column] for head, column in columns.items() if column < len(row)}
        if any(not _blank(cells.get(head)) for head in (OVERRIDE, REASON, UNTIL)):
            found = _override(sheet, number, cells)
            if found is not None:
                yield found


def _blank(cell: Any) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _override(sheet: _Sheet, row: int, cells: Mapping[str, Any]) -> Override | None:
    """The override of a row; None after reporting what is wrong with it."""
    partner, metric = _text(cells.get(PARTNER)), _text(cells.get(METRIC))
    if _blank(cells.get(OVERRIDE)):
        if partner:
            message = f"a reason or an end is given for {partner}, and no override"
            sheet.report.warn(
                "missing-value", sheet.place(row, OVERRIDE), message, "Write the target, or clear the row."
            )
        return None
    if not partner or not metric:
        message = "an override without a partner or metric"
        sheet.error("missing-value", row, PARTNER, message, "Write it into the partner's own row.")
        return None
    target, reason = _target(sheet, row, cells[OVERRIDE]), _reason(sheet, row, partner, cells.get(REASON))
    try:
        until = _until(cells.get(UNTIL))
    except ValueError:
        message = f"until is {quoted(_text(cells[UNTIL]))}"
        sheet.error("bad-date", row, UNTIL, message, "Write a date such as 2027-03-31.")
        return None
    if target is None or not reason:
        return None
    period = _text(cells.get(PERIOD)) or None
    return Override(partner, metric, period, target, reason, until, sheet.place(row, OVERRIDE))


def _reason(sheet: _Sheet, row: int, partner: str, cell: Any) -> str:
    """Why; empty after reporting that it lacks or is too long."""
    reason = _text(cell)
    if not reason:
        message = f"the override of {partner} has no reason"
        sheet.error("missing-value", row, REASON, message, "Write why: it stands on the partner's receipt.")
    elif len(reason) > _LONGEST_REASON:
        message = f"the reason has {len(reason):,} characters"
        sheet.error("bad-value", row, REASON, message, f"Write {_LONGEST_REASON} at most.")
        return ""
    return reason


def _text(cell: Any) -> str:
    """A cell as text; a whole number as its digits, for ids of digits may be stored as numbers."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _target(sheet: _Sheet, row: int, cell: Any) -> Fraction | None:
    """The number, exactly as its shortest decimal says it; None after reporting what is no target."""
    if isinstance(cell, str) and is_flawed(cell):
        found, remedy = describe_flaw(cell)
        sheet.error("not-a-number", row, OVERRIDE, f"the override {found}", remedy)
        return None
    if isinstance(cell, bool | date):
        message = f"the override is {str(cell).lower()}"
        sheet.error("not-a-number", row, OVERRIDE, message, "Write a number such as 120000.")
        return None
    try:
        return parse_target(_text(cell))
    except ValueError as error:
        message, _, remedy = str(error).partition(". ")
        sheet.error("not-a-number", row, OVERRIDE, f"the override {message}", remedy)
        return None


def _until(cell: Any) -> date | None:
    """The day; None for no end. Raises ValueError for what is no day."""
    if _blank(cell):
        return None
    if isinstance(cell, datetime):
        return cell.date()
    return cell if isinstance(cell, date) else date.fromisoformat(str(cell).strip())
