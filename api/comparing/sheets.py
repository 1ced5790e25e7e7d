"""Tables for files: one of them as CSV, all of them as the sheets of a workbook."""

from __future__ import annotations

import io
import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from api.exits import Failed

SHEET_ROWS = 1_048_575
"""How many rows a sheet holds below its header; longer tables go on on further sheets."""

_NEVER = datetime(2000, 1, 1, tzinfo=UTC)
_OPTIONS = {
    "constant_memory": True,
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}
_WIDE, _NARROW = 36, 15


@dataclass(frozen=True, eq=False)
class Sheet:
    """One table."""

    name: str
    """At most 31 characters."""
    table: Any
    """An Arrow table of texts, as dictionary columns, and numbers."""


def sheet(name: str, columns: Mapping[str, Sequence[str] | Sequence[float | None]]) -> Sheet:
    """A small table from its columns: of texts, or of numbers where None is an empty cell."""
    import pyarrow as pa

    from api.outputs.decimals import from_floats
    from api.outputs.tables import coded

    made = {
        title: coded(np.array(cells, dtype=object))
        if any(isinstance(cell, str) for cell in cells)
        else from_floats(np.array([np.nan if cell is None else cell for cell in cells], dtype=np.float64))
        for title, cells in columns.items()
    }
    return Sheet(name, pa.table(made))


def write(
    path: Path, *, document: Callable[[], Mapping[str, Any]], main: Callable[[], Sheet],
    others: Callable[[], Sequence[Sheet]],
) -> None:  # fmt: skip
    """Write a document as JSON, its main table as CSV, or all tables as a workbook, by the file's ending.

    The file is there whole or not at all. Raises Failed if it cannot be written.
    """
    ending = path.suffix.lower()
    if ending == ".json":
        content = json_text(document()).encode()
    elif ending == ".csv":
        from api.outputs.lines import csv_text

        content = csv_text(main().table)
    else:
        content = _workbook([*others(), main()])
    making = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
    try:
        making.write_bytes(content)
        making.replace(path)
    except OSError as error:
        raise Failed(f"cannot write {path}: {error.strerror or error}") from None
    finally:
        making.unlink(missing_ok=True)


def json_text(document: Mapping[str, Any]) -> str:
    """The document as text."""
    return json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def _workbook(sheets: Sequence[Sheet]) -> bytes:
    import xlsxwriter

    content = io.BytesIO()
    with xlsxwriter.Workbook(content, _OPTIONS) as book:
        book.set_properties({"created": _NEVER})
        bold = book.add_format({"bold": True, "bottom": 1})
        for each in sheets:
            for number, start in enumerate(range(0, max(1, len(each.table)), SHEET_ROWS)):
                title = each.name if number == 0 else f"{each.name} {number + 1}"
                _fill(book.add_worksheet(title), each.table.slice(start, SHEET_ROWS), bold)
    return content.getvalue()


def _fill(page: Any, table: Any, bold: Any) -> None:
    import pyarrow as pa

    page.freeze_panes(1, 0)
    for column, title in enumerate(table.column_names):
        words = pa.types.is_dictionary(table.column(column).type)
        page.set_column(column, column, _WIDE if words else _NARROW)
        page.write_string(0, column, title, bold)
    plain = [each.cast(pa.float64()) if pa.types.is_decimal(each.type) else each for each in table.columns]
    for row, cells in enumerate(zip(*(column.to_pylist() for column in plain), strict=True), 1):
        for column, cell in enumerate(cells):
            _put(page, row, column, cell)
    if len(table):
        page.autofilter(0, 0, len(table), len(table.column_names) - 1)


def _put(page: Any, row: int, column: int, cell: str | float | None) -> None:
    if isinstance(cell, str):
        if cell:
            page.write_string(row, column, cell)
    elif cell is not None:
        page.write_number(row, column, cell)
