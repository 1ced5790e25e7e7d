"""From the cells of a file to those of a partner table: named as the scenario does, one row per partner."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenarios.findings.finding import Finding, Place, Report
from scenarios.tables.cells import Cells, tidy
from scenarios.tables.check import check_header, check_ids
from scenarios.tables.figures import Figures, Reading, figures
from scenarios.tables.ids import doubt_ids
from scenarios.tables.number_style import Evidence, is_mostly_numbers, weigh
from scenarios.tables.options import TableOptions
from scenarios.tables.other_tables import lone_ids
from scenarios.tables.rename import rename_columns
from scenarios.tables.row_findings import row_findings
from scenarios.tables.totals import Candidates, find_totals
from scenarios.values.quoting import quoted

_NAMES = (
    "name",
    "partner",
    "account",
    "customer",
    "client",
    "kunde",
    "firma",
    "company",
    "reseller",
    "dealer",
    "nom",
)
"""What the heading of a column holds that names partners."""


@dataclass(frozen=True, eq=False)
class Prepared:
    """Cells that make a partner table."""

    cells: Cells
    ids: NDArray[np.object_]
    """(rows,) str."""


def prepare(cells: Cells, options: TableOptions, report: Report, name: str) -> Prepared | None:
    """The cells of a partner table; None after reporting why there is none."""
    report_remarks(cells, report, name)
    before = len(cells.remarks)
    renamed = rename_columns(cells, options, report, name)
    headed = None if renamed is None else check_header(renamed, options.id_column, report, name)
    if headed is None:
        return None
    report_remarks(headed, report, name, since=before)
    headed = replace(headed, texts=tuple(map(tidy, headed.texts)))
    at = headed.names.index(options.id_column)
    for finding in (*_doubts_about_ids(headed, at, name), *_headings(headed, at, name)):
        report.add(finding)
    if options.long is not None:
        _doubt_hidden(headed, options, report, name)
        wide = _widen(headed, options, at, report, name)
        if wide is None:
            return None
        headed = wide
    ids = check_ids(headed, options.id_column, report, name)
    return None if ids is None else Prepared(headed, ids)


def report_remarks(cells: Cells, report: Report, name: str, since: int = 0) -> None:
    """Reports what the reader of a file doubts, from the remark numbered `since` on."""
    for each in cells.remarks[since:]:
        place = Place(name, each.line, cell=each.cell)
        report.add(Finding(each.code, place, each.message, each.remedy, each.severity))


def _doubts_about_ids(cells: Cells, at: int, name: str) -> Iterator[Finding]:
    texts, letters = cells.texts[at], cells.letters
    lines = cells.lines() if cells.displayed else None
    column = _number(letters[at]) if letters else at

    def displayed(row: int) -> str | None:
        return None if lines is None else cells.displayed.get((int(lines[row]), column))

    yield from doubt_ids(texts, cells, at, displayed, name)


def _headings(cells: Cells, at: int, name: str) -> tuple[Finding, ...]:
    """Doubts about rows of an id alone: under a policy for empty cells they would be partners in silence."""
    rows = lone_ids(cells, at)

    def make(row: int) -> Finding:
        line, label = int(cells.lines()[row]), cells.names[at]
        message = f"{label} is {quoted(str(cells.texts[at][row].as_py()))}, and the rest of the row is empty"
        place = Place(name, line, cell=cells.cell(line, at))
        return Finding("lone-id", place, message, "Remove the row, unless it is a partner.", "warning")

    return row_findings(rows, make)


def _doubt_hidden(cells: Cells, options: TableOptions, report: Report, name: str) -> None:
    """Columns that a long table is made of and that the sheet does not show."""
    assert options.long is not None
    long = options.long
    for at, column in enumerate(cells.names):
        if column in (long.period, *long.values, long.metric) and cells.letters_of(at) in cells.hidden:
            message = f"{column} is hidden in the sheet, and is read"
            place = Place(name, cells.header_line, cell=cells.cell(cells.header_line, at))
            if options.hidden is None:
                report.warn("hidden-row", place, message, "Say hidden: keep if it is right.")


def _number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _widen(cells: Cells, options: TableOptions, at: int, report: Report, name: str) -> Cells | None:
    from scenarios.tables.long import widen  # few tables are long

    assert options.long is not None
    reading = reading_of(cells, options)

    def numbers(column: int) -> NDArray[np.float64]:
        found = figures(cells.texts[column], reading, typed=column in cells.typed)
        _report_wrong(found, cells, column, at, report, name)
        return found.values

    return widen(cells, options.long, at, numbers, report, name)


def _report_wrong(found: Figures, cells: Cells, column: int, id_at: int, report: Report, name: str) -> None:
    lines, ids = cells.lines(), cells.texts[id_at]

    def make(row: int) -> Finding:
        wrong, line = found.wrong[row], int(lines[row])
        message = f"{cells.names[column]} {wrong.found} for {ids[row].as_py()}"
        return Finding(wrong.code, Place(name, line, cell=cells.cell(line, column)), message, wrong.remedy)

    for finding in row_findings(list(found.wrong), make):
        report.add(finding)


def reading_of(cells: Cells, options: TableOptions) -> Reading:
    """What is known of a table's numbers before a column of it is read."""
    has_separator = cells.comma_locale or any(each in cells.assumed for each in ("tabs", "bars"))
    return Reading(options.decimal, cells.comma_locale, has_separator, _AllColumns(cells, options.id_column))


@dataclass(frozen=True, eq=False)
class _AllColumns:
    """What the numbers of all columns of text speak for together; it can be sent to another process."""

    cells: Cells
    id_column: str

    def __call__(self) -> Evidence:
        cells = self.cells
        untyped = (
            texts
            for at, texts in enumerate(cells.texts)
            if at not in cells.typed and cells.names[at] != self.id_column
        )
        return sum((weigh(texts) for texts in untyped if is_mostly_numbers(texts)), Evidence())


def doubt_totals(
    cells: Cells, ids: NDArray[np.object_], id_column: str, name: str, read: Callable[[str], Figures]
) -> Iterator[Finding]:
    """Findings about rows that are totals of others; `read` gives the numbers of a column."""
    labels: list[Any] = []
    groups: list[Any] = []
    numbers: list[NDArray[np.float64]] = []
    for at, (column, texts) in enumerate(zip(cells.names, cells.texts, strict=True)):
        if column == id_column:
            labels.append(texts)
        elif at in cells.typed or is_mostly_numbers(texts):
            found = read(column)
            if len(found.wrong) * 5 <= len(cells):
                numbers.append(found.values)
        else:
            (labels if any(word in column.casefold() for word in _NAMES) else groups).append(texts)

    def place(row: int) -> Place:
        return Place(name, int(cells.lines()[row]))

    yield from find_totals(Candidates(ids.tolist(), labels, groups, numbers, place))
