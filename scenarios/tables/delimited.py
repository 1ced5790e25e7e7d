"""CSV: commas, quotes, UTF-8, one header row."""

import csv
from io import BytesIO, StringIO
from itertools import islice
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pyarrow import csv as arrow_csv

from scenarios.tables.cells import Cells, Unreadable, check_size

_BOM = b"\xef\xbb\xbf"
_GUARDED = r"^'([=+\-@＝＋－＠])"
_FIELD_LIMIT = 1_000_000


def read_csv(content: bytes) -> Cells:
    """The cells of a CSV file. Raises Unreadable."""
    content = content.removeprefix(_BOM)
    _check_text(content)
    names = _header(content)
    check_size(0, len(names))
    table = _parse(content, len(names))
    check_size(len(table) - 1, len(names))
    texts = tuple(column.slice(1) for column in table.columns)
    if b"'" in content:
        texts = tuple(_unguarded(column) for column in texts)
    return Cells(names, texts, lambda: _lines(content, len(table) - 1))


def _check_text(content: bytes) -> None:
    save = "Save it as CSV in UTF-8."
    for start, what in _OTHER_FORMATS.items():
        if content.startswith(start):
            raise Unreadable("not-a-table", f"the file says .csv but is {what}", save)
    if b"\x00" in content:
        line = content[: content.index(b"\x00")].count(b"\n") + 1
        raise Unreadable("not-a-table", "the file holds a NUL byte, so it is not text", save, line)
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise Unreadable("bad-encoding", "the file is not UTF-8", save, line) from None


_OTHER_FORMATS = {
    b"PK\x03\x04": "a zip archive, such as .xlsx",
    b"PAR1": "a Parquet file",
    b"\xd0\xcf\x11\xe0": "an old Office file",
    b"\xff\xfe": "UTF-16 text",
    b"\xfe\xff": "UTF-16 text",
    b"%PDF": "a PDF",
    b"\x1f\x8b": "a gzip archive",
}


def _header(content: bytes) -> tuple[str, ...]:
    """The names in the first row that is not blank."""
    start = content[:_FIELD_LIMIT].decode("utf-8", "ignore")
    try:
        row = next((row for row in csv.reader(StringIO(start, newline="")) if row), None)
    except csv.Error as error:
        raise Unreadable("not-a-table", f"the header cannot be read: {error}", line=1) from None
    if row is None:
        raise Unreadable("empty-table", "the file is empty", "Add a header row and one row per partner.")
    if len(row) == 1 and (";" in row[0] or "\t" in row[0]):
        mark = "semicolons" if ";" in row[0] else "tabs"
        raise Unreadable("not-a-table", f"columns are separated by {mark}", "Separate them by commas.", 1)
    return tuple(row)


def _parse(content: bytes, columns: int) -> Any:
    """The rows, header included, as a pyarrow table of strings."""
    quoted = b'"' in content
    names = [str(number) for number in range(columns)]
    try:
        table = arrow_csv.read_csv(
            BytesIO(content),
            read_options=arrow_csv.ReadOptions(
                column_names=names, block_size=max(len(content), 1) if quoted else None
            ),
            parse_options=arrow_csv.ParseOptions(newlines_in_values=quoted),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid as error:
        _check_quotes(content)
        raise _ragged(content, columns) or Unreadable("not-a-table", _first_line(error)) from None
    _check_quotes(content)
    return table


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0][:200]


def _records(content: bytes, *, strict: bool = False) -> Any:
    """Each row that is not blank, with the line it begins on."""
    reader = csv.reader(StringIO(content.decode("utf-8"), newline=""), strict=strict)
    begin = 1
    for row in reader:
        if row:
            yield begin, row
        begin = reader.line_num + 1


def _ragged(content: bytes, columns: int) -> Unreadable | None:
    """The first row whose number of cells is not the header's."""
    try:
        for line, row in _records(content):
            if len(row) != columns:
                said = f"the row has {len(row)} cells, the header has {columns}"
                return Unreadable("ragged-row", said, "Quote cells that hold commas.", line)
    except csv.Error:
        pass
    return None


def _check_quotes(content: bytes) -> None:
    """Raises Unreadable for a quote without its partner; an even number of quotes is taken for pairs."""
    if content.count(b'"') % 2 == 0:
        return
    last = 1
    try:
        for line, _ in _records(content, strict=True):
            last = line
    except csv.Error:
        remedy = "Close the quote, or double it."
        raise Unreadable("not-a-table", "a quote is opened and never closed", remedy, last + 1) from None


def _unguarded(column: Any) -> Any:
    """The cells without the ' that keeps spreadsheets from running them as formulas."""
    return pc.replace_substring_regex(column, pattern=_GUARDED, replacement=r"\1")


def _lines(content: bytes, rows: int) -> NDArray[np.int64]:
    breaks = content.count(b"\n") + (not content.endswith(b"\n"))
    if breaks == rows + 1 and b"\r" not in content.replace(b"\r\n", b""):
        return np.arange(2, rows + 2, dtype=np.int64)
    begins = (line for line, _ in islice(_records(content), 1, None))
    return np.fromiter(begins, dtype=np.int64, count=rows)
