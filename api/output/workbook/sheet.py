"""What every sheet shares: names that Excel takes, texts that stay texts, tables, and how a page prints."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa

from api.output.workbook.styles import Styles

LAST_ROW = 1_048_576
"""The rows of a sheet, its head among them (Excel's own limit)."""
_LONGEST_NAME = 31
_FORBIDDEN = re.compile(r"[\[\]:*?/\\]")

Cell = str | int | float | bool | None


def sheet_name(wanted: str, taken: Iterable[str]) -> str:
    """The name as Excel takes it: 31 characters, none of []:*?/\\, and none twice whatever its case."""
    plain = _FORBIDDEN.sub(" ", wanted).strip("' ")[:_LONGEST_NAME] or "Sheet"
    used, name, number = {each.lower() for each in taken}, plain, 1
    while name.lower() in used:
        number += 1
        ending = f" {number}"
        name = plain[: _LONGEST_NAME - len(ending)] + ending
    return name


def add_sheet(book: Any, wanted: str) -> Any:
    """A new sheet, its name as near to the wanted one as Excel allows."""
    return book.add_worksheet(sheet_name(wanted, [sheet.get_name() for sheet in book.worksheets()]))


def put(sheet: Any, row: int, column: int, value: Cell, style: Any = None) -> None:
    """Write one cell; a text is never taken for a formula, a number or a link; NaN and None leave it empty."""
    if value is None or value == "" or value != value:
        if style is not None:
            sheet.write_blank(row, column, None, style)
    elif isinstance(value, str):
        sheet.write_string(row, column, value, style)
    elif isinstance(value, bool):
        sheet.write_boolean(row, column, value, style)
    else:
        sheet.write_number(row, column, value, style)


def print_on(sheet: Any, *, repeated_rows: int, title: str) -> None:
    """Landscape A4, one page wide, the head on each page, the page's number below."""
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.fit_to_pages(1, 0)
    if repeated_rows:
        sheet.repeat_rows(0, repeated_rows - 1)
    # "&" begins a code in headers and footers; twice, it is itself.
    sheet.set_footer(f"&L&8{title.replace('&', '&&')[:200]}&R&8&P / &N")


def plain_columns(table: Any) -> list[list[Any]]:
    """The columns of an Arrow table as lists; decimals as the floats that a workbook has."""
    floats = [
        column.cast(pa.float64()) if pa.types.is_decimal(column.type) else column for column in table.columns
    ]
    return [column.to_pylist() for column in floats]


def write_table(
    book: Any, styles: Styles, name: str, table: Any, *, title: str, formats: dict[str, Any] | None = None
) -> None:
    """An Arrow table under a head that stays in sight and filters; what one sheet cannot hold goes on on the next."""
    step = LAST_ROW - 1
    for start in range(0, max(1, len(table)), step):
        part = table.slice(start, step)
        _write_part(add_sheet(book, name), styles, part, title=title, formats=formats or {})


def _write_part(sheet: Any, styles: Styles, table: Any, *, title: str, formats: dict[str, Any]) -> None:
    names = table.column_names
    for column, (head, kind) in enumerate(zip(names, table.schema.types, strict=True)):
        texts = pa.types.is_dictionary(kind) or pa.types.is_string(kind)
        sheet.set_column(column, column, 28 if texts else 14)
        put(sheet, 0, column, head, styles.head)
    looks = [formats.get(head, styles.text) for head in names]
    for row, cells in enumerate(zip(*plain_columns(table), strict=True), 1):
        for column, cell in enumerate(cells):
            put(sheet, row, column, cell, looks[column])
    sheet.freeze_panes(1, 1)
    if len(table):
        sheet.autofilter(0, 0, len(table), len(names) - 1)
    print_on(sheet, repeated_rows=1, title=title)


def widths(sheet: Any, sizes: Sequence[float]) -> None:
    """Set the widths of the first columns, in characters."""
    for column, size in enumerate(sizes):
        sheet.set_column(column, column, size)
