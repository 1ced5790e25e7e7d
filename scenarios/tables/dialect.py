"""The dialect of a text table: what separates its columns, and which line is the header."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO

from scenarios.findings.finding import did_you_mean
from scenarios.tables.cells import Unreadable
from scenarios.tables.options import TableOptions
from scenarios.values.names import heading
from scenarios.values.quoting import quoted

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
"""What may stand between columns, in the order in which they are tried."""

_SEARCHED = 50
"""How many rows are searched for the header: reports put a title and a few lines of filters above it."""
_BEGIN = 1_000_000
"""Bytes at the beginning of a file in which these rows must lie."""
_SEPARATOR = re.compile(r"[\t !#-/:-@\[-`{-~]")
"""What can stand between columns: a tab or a sign of ASCII, but no quote."""
_HINT = re.compile(rb'\A\s*"?sep=(.)"?[ \t]*\r?\n', re.IGNORECASE)


@dataclass(frozen=True)
class Dialect:
    """How a text table is written."""

    separator: str
    header: tuple[str, ...]
    """The names of the columns."""
    header_line: int
    """The line on which they stand, counted from 1."""
    start: int
    """The byte at which that line begins."""
    assumed: dict[str, str]
    """What was assumed, in words, each with the field that would pin it."""
    comma_locale: bool
    """Whether such files come from where decimals have a comma."""


@dataclass(frozen=True)
class _Row:
    line: int
    """Where it begins, counted from 1."""
    cells: list[str]


def find_dialect(content: bytes, options: TableOptions) -> Dialect:
    """The dialect of a text in UTF-8. Raises Unreadable where no line can be the header."""
    hint = _HINT.match(content[:100])
    separator = options.separator or (hint[1].decode("utf-8", "replace") if hint else None)
    if separator is not None and not _SEPARATOR.fullmatch(separator):
        remedy = "Write one character, such as ',' or \"\\t\"."
        raise Unreadable("bad-value", f"separator is {quoted(separator)}", remedy)
    found = _header(content, separator, options, skipped=1 if hint else 0)
    mark, row = found
    assumed = dict[str, str]()
    if mark != "," and not options.separator:
        words = SEPARATORS.get(mark, f"{quoted(mark)} between columns")
        assumed[words] = 'separator: "\\t"' if mark == "\t" else f'separator: "{mark}"'
    first = _first_filled_line(content) + (1 if hint else 0)
    if row.line > first and options.header_row is None:
        assumed[f"header in line {row.line}"] = f"header_row: {row.line}"
    start = _offset(content, row.line)
    return Dialect(mark, tuple(map(heading, row.cells)), row.line, start, assumed, mark == ";")


def _header(content: bytes, separator: str | None, options: TableOptions, skipped: int) -> tuple[str, _Row]:
    """The separator and the header's row."""
    tried = {mark: _rows(content, mark, skipped) for mark in ([separator] if separator else SEPARATORS)}
    if not any(tried.values()):
        raise Unreadable("empty-table", "the file is empty", "Add a header row and one row per partner.")
    if options.header_row is not None:
        mark = separator or _most_even(tried)
        for each in _rows(content, mark, skipped, most=options.header_row + 1):
            if each.line == options.header_row:
                return mark, each
        remedy = "header_row counts lines from 1."
        raise Unreadable("out-of-range", f"no row begins on line {options.header_row}", remedy)
    hits = [
        (row.line, -len(row.cells), order, mark, row)
        for order, (mark, rows) in enumerate(tried.items())
        if (row := _naming(rows, options.id_heading)) is not None
    ]
    if hits:
        return min(hits)[3:]
    mark = separator or _most_even(tried)
    return mark, _likely_header(tried[mark], options)


def _naming(rows: list[_Row], column: str) -> _Row | None:
    """The first row that names the column."""
    wanted = heading(column)
    return next((row for row in rows if wanted in map(heading, row.cells)), None)


def _likely_header(rows: list[_Row], options: TableOptions) -> _Row:
    """The first row, unless a title stands there; the error about the missing name says which row it is."""
    widest = max(len(_filled(row)) for row in rows)
    _refuse_separator(rows, options)
    likely = next(row for row in rows if len(_filled(row)) == widest)
    if widest == 1 and len(rows) == _SEARCHED and len(rows[0].cells) == 1:
        message = f"none of the first {_SEARCHED} lines names a column {quoted(options.id_heading)}"
        raise Unreadable("unknown-column", message, "Say header_row:, or partner_id: or columns:.")
    if likely.line == rows[0].line or len(_filled(rows[0])) > 1:
        return rows[0]
    names = [heading(cell) for cell in likely.cells if cell.strip()]
    near = did_you_mean(options.id_heading, names) or f" Columns: {', '.join(names[:30])}."
    message = f"line {likely.line} looks like the header, and names no {quoted(options.id_heading)}"
    remedy = f"{near.strip()} Say partner_id: or columns:, or header_row: where it is another line."
    raise Unreadable("unknown-column", message, remedy, likely.line)


def _refuse_separator(rows: list[_Row], options: TableOptions) -> None:
    """Raises Unreadable where the column is named between signs that are not tried, or spaces alone."""
    wanted = heading(options.id_heading)
    beside = re.compile(
        rf"(?:^|(?P<before>[^\w\"'\u2019]+)){re.escape(wanted)}(?:(?P<behind>[^\w\"'\u2019]+)|$)"
    )
    for row in rows:
        found = beside.search(heading(row.cells[0])) if len(row.cells) == 1 else None
        mark = (found["behind"] or found["before"] or "") if found else ""
        if mark.isspace() and len(mark) > 1:
            message = f"line {row.line} names {quoted(wanted)} among others, with spaces between them"
            raise Unreadable(
                "unknown-column", message, "Save the table with commas or tabs between its columns.", row.line
            )
        if _SEPARATOR.fullmatch(mark):
            message = f"line {row.line} names {quoted(wanted)} beside {quoted(mark)}"
            remedy = f"Say separator: {quoted(mark)}, if that stands between the columns."
            raise Unreadable("unknown-column", message, remedy, row.line)


def _filled(row: _Row) -> list[str]:
    return [cell for cell in row.cells if cell.strip()]


def _most_even(tried: dict[str, list[_Row]]) -> str:
    """The separator that cuts most rows into the same number of cells, more than one."""

    def score(mark: str) -> tuple[int, int]:
        widths = [len(row.cells) for row in tried[mark]]
        best = max(set(widths), key=lambda width: (widths.count(width), width), default=0)
        return (widths.count(best) if best > 1 else 0), best

    return max(tried, key=score)


def _rows(content: bytes, separator: str, skipped: int, most: int = _SEARCHED) -> list[_Row]:
    """The first rows that are not blank."""
    text = content[:_BEGIN].decode("utf-8", "ignore")
    try:
        return list(_read(text, separator, skipped, most))
    except csv.Error as error:
        if "field larger" in str(error):
            message = f"a cell holds more than {csv.field_size_limit():,} characters"
            raise Unreadable("too-large", message, "Shorten it, or close the quote that opens it.") from None
        raise Unreadable("not-a-table", f"the header cannot be read: {error}", line=1) from None


def _read(text: str, separator: str, skipped: int, most: int) -> Iterator[_Row]:
    try:
        reader = csv.reader(StringIO(text, newline=""), delimiter=separator)
    except (TypeError, ValueError):
        message = f"{quoted(separator)} cannot separate columns"
        raise Unreadable("bad-value", message, "Use a comma, semicolon, tab or bar.") from None
    begin = 1
    for row in reader:
        if begin > skipped and any(map(str.strip, row)):
            yield _Row(begin, row)
            most -= 1
        if most <= 0:
            return
        begin = reader.line_num + 1


def _first_filled_line(content: bytes) -> int:
    stripped = content[:_BEGIN].lstrip(b"\r\n")
    return _line_breaks(content[: len(content[:_BEGIN]) - len(stripped)]) + 1


def _line_breaks(content: bytes) -> int:
    return content.count(b"\n") + content.count(b"\r") - content.count(b"\r\n")


def _offset(content: bytes, line: int) -> int:
    """The byte at which a line begins; lines end with a line feed, a carriage return, or both."""
    at = 0
    for _ in range(line - 1):
        ends = [end for mark in (b"\n", b"\r") if (end := content.find(mark, at)) >= 0]
        at = min(ends) + 1
        if content[at - 1 : at + 1] == b"\r\n":
            at += 1
    return at
