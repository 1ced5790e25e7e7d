"""Text tables: CSV and its kin, read by Arrow once their dialect is known."""

import csv
import re
from functools import cache
from io import StringIO
from itertools import islice
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pyarrow import csv as arrow_csv

from scenarios.tables.arrow import readable
from scenarios.tables.cells import Cells, Remark, Unreadable, check_size
from scenarios.tables.decode import decode
from scenarios.tables.dialect import SEPARATORS, Dialect, find_dialect
from scenarios.tables.formula_guard import GUARDED_PATTERN
from scenarios.tables.frames import without_frame
from scenarios.tables.options import TableOptions

FOOTER = re.compile(
    r"copyright|©|confidential|generated|all rights reserved|page \d|as of |report|filtered|exported|source:|quelle:|stand:",
    re.IGNORECASE,
)
"""Words of the footers that reports end with."""


def read_csv(content: bytes, options: TableOptions) -> Cells:
    """The cells of a text table. Raises Unreadable."""
    decoded = decode(content, options.encoding, options.id_heading)
    text, assumed = without_frame(decoded.content)
    dialect = find_dialect(text, options)
    check_size(0, len(dialect.header))
    file = _File(text[dialect.start :], dialect)
    table, footer = file.parse()
    check_size(len(table) - 1, len(dialect.header))
    texts = tuple(column.slice(1) for column in table.columns)
    if b"'" in file.content:
        texts = tuple(_unguarded(column) for column in texts)
    if b'="' in file.content:
        texts, assumed = _unwrapped(texts), {**assumed, 'cells written as ="..." as their text': ""}
    return Cells(
        dialect.header,
        texts,
        cache(lambda: file.lines(len(table) - 1)),
        header_line=dialect.header_line,
        comma_locale=dialect.comma_locale,
        assumed={**dialect.assumed, **decoded.assumed, **assumed},
        titles=tuple(text[: dialect.start].decode("utf-8", "replace").splitlines()),
        remarks=(*decoded.remarks, *footer),
    )


class _File:
    """A text from its header on."""

    def __init__(self, content: bytes, dialect: Dialect) -> None:
        self.content = content
        self._dialect = dialect
        self._width = len(dialect.header)

    def parse(self) -> tuple[Any, tuple[Remark, ...]]:
        """The rows, header included, as a pyarrow table of strings, and a remark about a footer cut off."""
        try:
            table = self._arrow()
        except pa.ArrowInvalid as error:
            self._check_quotes()
            if self._cut_blank_cells():
                return self.parse()
            if (remark := self._cut_footer()) is not None:
                return self.parse()[0], (remark,)
            raise self._ragged() or Unreadable("not-a-table", _first_line(error)) from None
        self._check_quotes()
        return table, ()

    def _arrow(self) -> Any:
        has_quotes = b'"' in self.content
        names = [str(number) for number in range(self._width)]
        return arrow_csv.read_csv(
            readable(self.content),
            read_options=arrow_csv.ReadOptions(
                column_names=names, block_size=max(len(self.content), 1) if has_quotes else None
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=self._dialect.separator, newlines_in_values=has_quotes
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
            ),
        )

    def _records(self, *, strict: bool = False) -> Any:
        """Each row that is not blank, with the line of the file on which it begins."""
        text = StringIO(self.content.decode("utf-8"), newline="")
        reader = csv.reader(text, delimiter=self._dialect.separator, strict=strict)
        begin = before = self._dialect.header_line
        for row in reader:
            if row:
                yield begin, row
            begin = before + reader.line_num

    def _cut_blank_cells(self) -> bool:
        """Cuts off the separators that rows have too many, and fills rows of nothing but separators; whether any was."""
        lines, mark = re.split(r"(\r\n|\r|\n)", self.content.decode("utf-8")), self._dialect.separator
        changed = False
        try:
            for line, row in list(self._records()):
                at = 2 * (line - self._dialect.header_line)
                extra = row[self._width :]
                if extra and not any(cell.strip() for cell in extra):
                    cut = len(extra)
                elif len(row) < self._width and len(row) > 1 and not any(cell.strip() for cell in row):
                    cut = len(row) - 1
                else:
                    continue
                kept = lines[at].rsplit(mark, cut)
                if len(kept) != cut + 1 or any(each.strip() for each in kept[1:]):
                    continue
                lines[at], changed = kept[0], True
        except (csv.Error, IndexError):
            return False
        if changed:
            self.content = "".join(lines).encode("utf-8")
        return changed

    def _cut_footer(self) -> Remark | None:
        """Cuts off the lines at the end that are narrower than the table, if all others fit it."""
        try:
            rows = list(self._records())
        except csv.Error:
            return None
        fitting = [at for at, (_, row) in enumerate(rows) if len(row) == self._width]
        last = fitting[-1] if fitting else 0
        tail = rows[last + 1 :]
        if self._width < 2 or last == 0 or not tail or len(fitting) <= last:
            return None
        if any(sum(1 for cell in row if cell.strip()) > 1 or len(row) > self._width for _, row in tail):
            return None
        first, end = tail[0][0], tail[-1][0]
        after_gap = first > rows[last][0] + 1 + sum(cell.count("\n") for cell in rows[last][1])
        if not after_gap and not FOOTER.search(tail[0][1][0]):
            return None
        self.content = _lines_before(self.content, first - self._dialect.header_line)
        return footer_remark(first, end, tail[0][1][0])

    def _ragged(self) -> Unreadable | None:
        """The first row whose number of cells is not the header's."""
        try:
            for line, row in self._records():
                if len(row) != self._width:
                    message = f"the row has {len(row)} cells, the header has {self._width}"
                    return Unreadable("ragged-row", message, self._ragged_remedy(row), line)
        except csv.Error:
            pass
        return None

    def _ragged_remedy(self, row: list[str]) -> str:
        if any(cell.startswith((' "', '\t"')) for cell in row):
            return "Remove the space in front of the quote: a quoted cell begins with it."
        cells = len(row)
        marks = SEPARATORS.get(self._dialect.separator, "the separator")
        too_many = cells > self._width and self._dialect.separator == ","
        comma = " A decimal comma counts as one, too." if too_many else ""
        return f"Quote cells that hold {marks}.{comma}"

    def _check_quotes(self) -> None:
        """Raises Unreadable for a quote without its partner; an even number of quotes is taken for pairs."""
        if self.content.count(b'"') % 2 == 0:
            return
        last = self._dialect.header_line
        try:
            for line, _ in self._records(strict=True):
                last = line
        except csv.Error:
            remedy = "Close the quote, or double it."
            message = "a quote is opened and never closed"
            raise Unreadable("not-a-table", message, remedy, last + 1) from None

    def lines(self, rows: int) -> NDArray[np.int64]:
        """(rows,) the line on which each row after the header begins."""
        content, first = self.content, self._dialect.header_line + 1
        breaks = content.count(b"\n") + (not content.endswith(b"\n"))
        if breaks == rows + 1 and b"\r" not in content.replace(b"\r\n", b""):
            return np.arange(first, rows + first, dtype=np.int64)
        begins = (line for line, _ in islice(self._records(), 1, None))
        return np.fromiter(begins, dtype=np.int64, count=rows)


def footer_remark(first: int, last: int, text: str) -> Remark:
    """The doubt about rows at the end that look like a footer."""
    where = f"line {first} looks" if first == last else f"lines {first} to {last} look"
    is_read = "is" if first == last else "are"
    message = f"{where} like the footer of a report and {is_read} not read: {text.strip()[:60]!r}"
    return Remark("footer", message, "Remove what is no partner.", first)


def _unwrapped(columns: tuple[Any, ...]) -> tuple[Any, ...]:
    """The cells without the ="..." by which some exports keep zeros in front."""
    return tuple(
        pc.replace_substring_regex(column, pattern='^="([0-9A-Za-z][0-9A-Za-z ._/-]*)"$', replacement=r"\1")
        for column in columns
    )


def _lines_before(content: bytes, lines: int) -> bytes:
    """The beginning of a text: so many lines, whatever their ends."""
    kept = content.decode("utf-8").splitlines(keepends=True)
    text, count = [], 0
    for part in kept:
        if count == lines:
            break
        text.append(part)
        count += part.endswith(("\n", "\r"))
    return "".join(text).encode("utf-8")


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0][:200]


def _unguarded(column: Any) -> Any:
    """The cells without the ' that keeps spreadsheets from running them as formulas."""
    return pc.replace_substring_regex(column, pattern=GUARDED_PATTERN, replacement=r"\1")
