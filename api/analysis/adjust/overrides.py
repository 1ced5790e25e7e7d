"""Overrides as planners write them into the workbook of a run: found on any sheet, each cell accounted for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from pathlib import PurePath
from typing import Any

from scenarios import Report
from scenarios.findings.finding import Place
from scenarios.tables.arrow import strings
from scenarios.tables.cells import Unreadable, column_letters, sheet_prefix
from scenarios.tables.dates import read_days
from scenarios.tables.flawed import describe_flaw, is_flawed
from scenarios.tables.grid import Grid, Spot
from scenarios.tables.workbook import WORKBOOKS, open_book
from scenarios.values.parse_number import LARGEST
from scenarios.values.quoting import quoted
from scenarios.values.typed import parse_target

PARTNER, METRIC, PERIOD, TARGET = "Partner", "Metric", "Period", "Target"
OVERRIDE, REASON, UNTIL = "Override", "Reason", "Until"
_NEEDED = (PARTNER, METRIC, OVERRIDE)
"""The heads by which a sheet of targets is known."""
_LONGEST_REASON = 500
_SEARCHED = 50
"""Rows in which the heads are looked for: planners write titles above them."""


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
        book = open_book(content, _ending(name))
        grids = {sheet: book.grid(sheet) for sheet in book.sheets}
    except Unreadable as error:
        report.error(error.code, Place(name), str(error), error.remedy)
        return ()
    tables = [
        _Sheet(name, grid, rows, head, report)
        for grid in grids.values()
        if (head := _head_of(rows := _rows(grid))) is not None
    ]
    if not tables:
        message = f"no sheet has the columns {', '.join(_NEEDED)}"
        report.error(
            "not-a-table", Place(name), message, "Use the workbook that `cascade solve --xlsx` wrote."
        )
    return tuple(override for sheet in tables for override in _overrides(sheet))


def _ending(name: str) -> str:
    """The ending of a workbook, `.xlsx` where the name has none. Raises Unreadable for what is no workbook."""
    ending = PurePath(name).suffix.lower()
    if ending not in ("", *WORKBOOKS):
        message = f"overrides come back in a workbook, and this file is called {ending}"
        raise Unreadable("unknown-format", message, "Fill in the workbook that `cascade solve --xlsx` wrote.")
    return ending or WORKBOOKS[0]


def _rows(grid: Grid) -> list[list[object]]:
    """The rows of a sheet; what a cell holds instead of a value stands in it as text."""
    height = max([len(grid.rows), *(row + 1 for row, _ in grid.flaws)])
    width = max([len(row) for row in grid.rows] + [column + 1 for _, column in grid.flaws], default=0)
    rows = [[*cells, *[None] * (width - len(cells))] for cells in grid.rows]
    rows += [[None] * width for _ in range(height - len(rows))]
    for (row, column), text in grid.flaws.items():
        rows[row][column] = text
    return rows


def _head_of(rows: Sequence[Sequence[Any]]) -> int | None:
    """The row of the heads, the first one unless lines were put above it; None for another sheet."""
    heads = ({str(cell).strip() for cell in row} for row in rows[:_SEARCHED])
    return next((at for at, head in enumerate(heads) if set(_NEEDED) <= head), None)


@dataclass(frozen=True)
class _Sheet:
    """One sheet, and where its findings go."""

    file: str
    grid: Grid
    rows: Sequence[Sequence[Any]]
    head_row: int
    """Where the heads stand, counted from 0."""
    report: Report

    @property
    def below(self) -> Sequence[Sequence[Any]]:
        """The rows below the heads."""
        return self.rows[self.head_row + 1 :]

    def column(self, head: str) -> int | None:
        """Where a head stands; the last of its name, for a table may have a column called so too."""
        heads = self.rows[self.head_row]
        found = [number for number, cell in enumerate(heads) if str(cell).strip() == head]
        return found[-1] if found else None

    def place(self, row: int, head: str) -> Place:
        """The cell of a row, counted from 0 below the head."""
        column, line = self.column(head) or 0, self.head_row + row + 2
        cell = f"{sheet_prefix(self.grid.name)}{column_letters(column)}{line}"
        return Place(self.file, line, column + 1, cell=cell)

    def spot(self, row: int, head: str) -> Spot:
        """The same as row and column of the sheet."""
        return self.head_row + 1 + row, self.column(head) or 0

    def error(self, code: str, row: int, head: str, message: str, remedy: str) -> None:
        """Report what is wrong with a cell."""
        self.report.error(code, self.place(row, head), message, remedy)


def _overrides(sheet: _Sheet) -> Iterator[Override]:
    heads = (PARTNER, METRIC, PERIOD, OVERRIDE, REASON, UNTIL)
    columns = {head: number for head in heads if (number := sheet.column(head)) is not None}
    for number, row in enumerate(sheet.below):
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
    _doubt_merged(sheet, row, partner)
    return Override(partner, metric, period, target, reason, until, sheet.place(row, OVERRIDE))


def _doubt_merged(sheet: _Sheet, row: int, partner: str) -> None:
    """Doubts an override whose cell covers other rows, too."""
    at, column = sheet.spot(row, OVERRIDE)
    for (top, left), (bottom, right) in sheet.grid.merged:
        if top <= at < bottom and left <= column <= right:
            message = (
                f"the override is merged over rows {top + 1} to {bottom + 1}, and counts for {partner} alone"
            )
            remedy = "Write each partner's own."
            sheet.report.warn("merged-cell", sheet.place(row, OVERRIDE), message, remedy)


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
    if isinstance(cell, int | float):
        return _number(sheet, row, cell)
    try:
        return parse_target(_text(cell))
    except ValueError as error:
        message, _, remedy = str(error).partition(". ")
        sheet.error("not-a-number", row, OVERRIDE, f"the override {message}", remedy)
        return None


def _number(sheet: _Sheet, row: int, cell: float) -> Fraction | None:
    """The target that a cell of a number holds, to the fifteen digits that spreadsheets show."""
    number = Fraction(f"{cell:.15g}")
    if sheet.grid.scales.get(sheet.spot(row, OVERRIDE)) == "percentages":
        message = f"the override is {cell:.15g}, shown as {cell * 100:.15g} %, a share"
        sheet.error("not-a-number", row, OVERRIDE, message, "Write the amount in the metric's unit.")
        return None
    if not 0 <= number <= LARGEST:
        words = "A target is zero or more." if number < 0 else "Write a smaller number."
        sheet.error("not-a-number", row, OVERRIDE, f"the override is '{cell:.15g}'", words)
        return None
    return number


def _until(cell: Any) -> date | None:
    """The day; None for no end. Raises ValueError for what is no day, or one of two."""
    if _blank(cell):
        return None
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    found = read_days(strings([str(cell).strip()]))
    if found.wrong or found.unclear:
        raise ValueError
    return date.fromordinal(int(found.values[0]))
