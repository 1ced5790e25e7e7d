"""Doubts about the columns that a scenario uses: numbers of two readings, errors, words for nothing."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from scenarios.findings.finding import Finding, Place, Report
from scenarios.tables.arrow import values_of, words_of
from scenarios.tables.cells import Cells
from scenarios.tables.dates import Days
from scenarios.tables.figures import GROUPED, Figures
from scenarios.tables.flawed import FLAWED, describe_flaw, flawed, null_words
from scenarios.tables.number_style import is_one_currency, parse_cell
from scenarios.tables.options import TableOptions
from scenarios.tables.row_findings import row_findings
from scenarios.tables.truths import are_truths
from scenarios.values.quoting import quoted

_MOST_WORDS = 5_000
"""A column of more distinct words names things rather than groups them; no one groups by it."""
_SHORTENED = r"^[-+]?[0-9](?:[.,][0-9]{0,5})?E\+(?:0[6-9]|1[0-9])$"
"""Large numbers as spreadsheets show them in columns that are too narrow: not all of their digits."""
_PINS = {"decimal comma": 'decimal: ","', GROUPED[","]: 'decimal: ","', GROUPED["."]: 'decimal: "."'}
"""Fields of the scenario that say the same of numbers."""


@dataclass(frozen=True)
class UsedColumns:
    """The columns of a table that somebody has asked for, in order, by what was asked."""

    any: dict[str, None] = field(default_factory=dict)
    words: dict[str, None] = field(default_factory=dict)
    numbers: dict[str, None] = field(default_factory=dict)
    dates: dict[str, None] = field(default_factory=dict)


class Table(Protocol):
    """What is needed of a partner table."""

    @property
    def name(self) -> str: ...
    @property
    def id_column(self) -> str: ...
    @property
    def ids(self) -> NDArray[np.object_]: ...
    @property
    def columns(self) -> tuple[str, ...]: ...
    @property
    def cells(self) -> Cells: ...
    @property
    def options(self) -> TableOptions: ...
    @property
    def used(self) -> UsedColumns: ...
    def place(self, row: int, column: str | None = None) -> Place: ...
    def figures(self, column: str) -> Figures: ...
    def raw_text(self, column: str) -> Any: ...


def report_figures(table: Table, column: str, report: Report) -> None:
    """Reports cells of a column that hold no number, and numbers that can be read in two ways."""
    found = table.figures(column)

    def make(row: int) -> Finding:
        wrong = found.wrong[row]
        message = f"{column} {wrong.found} for {table.ids[row]}"
        return Finding(wrong.code, table.place(row, column), message, wrong.remedy)

    for finding in (*row_findings(sorted(found.wrong), make), *_doubts(table, column, found)):
        report.add(finding)


def report_days(table: Table, column: str, found: Days, report: Report) -> None:
    """Reports cells of a column that hold no day, and days that can be read in two ways."""
    if found.unclear is not None:
        message = (
            f"{column} is {quoted(found.unclear)}, which is one day or another by the order of day and month"
        )
        place = Place(table.name, table.cells.header_line)
        report.error("bad-date", place, message, "Write days as 2026-01-31.")

    def make(row: int) -> Finding:
        message = f"{column} {found.wrong[row]} for {table.ids[row]}"
        return Finding("bad-date", table.place(row, column), message, "Write a day as 2026-01-31.")

    for finding in row_findings(sorted(found.wrong), make):
        report.add(finding)


def report_used(table: Table, report: Report) -> None:
    """Reports what is doubtful in the columns asked for, and what was assumed to read the file."""
    used = table.used
    for column in dict.fromkeys((*used.any, *used.words, *used.numbers, *used.dates)):
        _report_flaws(table, column, report)
    for column in dict.fromkeys((*used.any, *used.words)):
        if column != table.id_column and column not in (*used.numbers, *used.dates):
            _doubt_words(table, column, report)
    _doubt_hidden(table, report)
    _note_assumptions(table, report)


def _doubt_hidden(table: Table, report: Report) -> None:
    """Columns that are asked for and that the sheet does not show: what planners do not see may be old."""
    cells, used = table.cells, table.used
    if table.options.hidden is not None:
        return
    for at, column in enumerate(cells.names):
        letters = cells.letters_of(at)
        if letters in cells.hidden and column in {*used.any, *used.words, *used.numbers, *used.dates}:
            message = f"column {letters} ({column}) of {quoted(cells.sheet or '')} is hidden, and is read"
            place = Place(table.name, cells.header_line, cell=cells.cell(cells.header_line, at))
            remedy = "Show it and look; say partners: {file: ..., hidden: keep} if it is right."
            report.add(_doubt("hidden-row", place, message, remedy))


def _report_flaws(table: Table, column: str, report: Report) -> None:
    texts = table.raw_text(column)

    def make(row: int) -> Finding:
        found, remedy = describe_flaw(texts[row].as_py())
        message = f"{column} {found} for {table.ids[row]}"
        return Finding("error-cell", table.place(row, column), message, remedy)

    for finding in row_findings(np.flatnonzero(flawed(texts)).tolist(), make):
        report.add(finding)


def _doubts(table: Table, column: str, found: Figures) -> Iterator[Finding]:
    """Warnings about the numbers of a column as a whole."""
    if found.style.doubt:
        yield _two_readings(table, column, found)
    yield from _shortened(table, column, found)
    filled = int(np.count_nonzero(~np.isnan(found.values)))
    if 0 < len(found.percents) < filled:
        row = found.percents[0]
        message = f"{column} holds percent signs in {len(found.percents):,} of {filled:,} cells"
        yield _doubt("ambiguous-number", table.place(row, column), message, "Write all cells alike.")
    if not is_one_currency(found.currencies):
        message = f"{column} holds amounts in {' and '.join(found.currencies)}"
        place = Place(table.name, table.cells.header_line)
        yield Finding("mixed-currency", place, message, "Convert them into one currency.")


def _shortened(table: Table, column: str, found: Figures) -> Iterator[Finding]:
    """A doubt about numbers of which a spreadsheet has written the first digits alone."""
    texts = table.raw_text(column)
    if not pc.any(pc.match_substring(texts, "E+")).as_py():
        return
    cut = values_of(pc.match_substring_regex(texts, _SHORTENED)) & ~np.isnan(found.values)

    def make(row: int) -> Finding:
        message = f"{column} holds {texts[row].as_py()} for {table.ids[row]}, of which only the first digits are kept"
        remedy = "Format the column as a number, and export again."
        return _doubt("ambiguous-number", table.place(row, column), message, remedy)

    yield from row_findings(np.flatnonzero(cut).tolist(), make)


def _two_readings(table: Table, column: str, found: Figures) -> Finding:
    texts = table.raw_text(column)
    row = _example(texts.to_pylist(), found.style.decimal, found.style.doubt)
    text, read = texts[row].as_py(), f"{found.values[row]:,.10g}"
    place = table.place(row, column)
    other = "," if found.style.decimal == "." else "."
    try:
        otherwise = f"{parse_cell(text, other).value:,f}"  # type: ignore[arg-type]
    except ValueError:
        otherwise = "no number"
    marks = {".": "point", ",": "comma"}
    message = (
        f"{column} holds {text}, read as {read} with a decimal {marks[found.style.decimal]}; "
        f"with a decimal {marks[other]} it would be {otherwise}"
    )
    pins = f'partners: {{file: {table.name}, decimal: "{found.style.decimal}"}}'
    return _doubt("ambiguous-number", place, message, f'Say which: {pins}, or "{other}".')


def _example(texts: Sequence[str], decimal: str, doubt: str) -> int:
    """A row whose number could be read otherwise."""
    mark = decimal if doubt in ("thousands", "comma") else ("," if decimal == "." else ".")
    marked = [row for row, text in enumerate(texts) if mark in text]
    unclear = re.compile(rf"\{mark}[0-9]{{3}}(?![0-9])")
    return next((row for row in marked if unclear.search(texts[row])), marked[0] if marked else 0)


def _doubt_words(table: Table, column: str, report: Report) -> None:
    texts = table.raw_text(column)
    distinct: list[str] = (
        texts.filter(pc.invert(pc.match_substring_regex(texts, FLAWED))).unique().to_pylist()
    )
    if len(distinct) > _MOST_WORDS:
        return
    place_of = _first_place(table, column, texts)
    for word in null_words(distinct):
        message = (
            f"{column} is {quoted(word)}, which usually means that it is not known; it is read as a word"
        )
        report.add(_doubt("null-word", place_of(word), message, "Empty the cell, or write what it is."))
    if are_truths(distinct):
        return
    seen: dict[str, str] = {}
    for word in distinct:
        first = seen.setdefault(" ".join(word.casefold().split()), word)
        if first != word:
            message = f"{column} is {quoted(word)} here and {quoted(first)} elsewhere, which are two words"
            report.add(
                _doubt("similar-words", place_of(word), message, "Write them alike, if they mean one.")
            )


def _first_place(table: Table, column: str, texts: Any) -> Callable[[str], Place]:
    def place(word: str) -> Place:
        return table.place(int(np.flatnonzero(words_of(texts) == word)[0]), column)

    return place


def _note_assumptions(table: Table, report: Report) -> None:
    of_numbers = dict.fromkeys(
        each for column in table.used.numbers for each in table.figures(column).assumed
    )
    if table.options.decimal:
        of_numbers = {each: None for each in of_numbers if each not in _PINS}
    assumed = {**table.cells.assumed, **{each: _PINS.get(each, "") for each in of_numbers}}
    if assumed:
        pins = "".join(f", {pin}" for pin in dict.fromkeys(assumed.values()) if pin)
        remedy = f"To pin it: partners: {{file: {table.name}{pins}}}." if pins else ""
        report.note("read-as", Place(table.name), f"read as: {', '.join(assumed)}", remedy)


def _doubt(code: str, place: Place, message: str, remedy: str) -> Finding:
    return Finding(code, place, message, remedy, "warning")
