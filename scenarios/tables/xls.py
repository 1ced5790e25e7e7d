"""Old .xls workbooks, read by xlrd, which knows their errors, hidden rows and formats."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import xlrd

from scenarios.tables.calamine import locked
from scenarios.tables.cells import Unreadable
from scenarios.tables.grid import Grid
from scenarios.tables.xlsx_marks import PADDED, currency_of_format, displayed, scale_of_format

_FAILURES = (
    xlrd.XLRDError, struct.error, IndexError, KeyError, ValueError, TypeError, AssertionError, OverflowError,
    AttributeError, RecursionError, NotImplementedError, MemoryError, ZeroDivisionError, OSError,
)  # fmt: skip
"""What xlrd raises for broken files: it trusts what it reads."""


class Xls:
    """A workbook of Excel 2003 or before."""

    def __init__(self, content: bytes) -> None:
        with _failures():
            self._book = xlrd.open_workbook(
                file_contents=content, formatting_info=True, logfile=_Silence(), ragged_rows=False
            )

    @property
    def sheets(self) -> dict[str, bool]:
        """The names of the sheets, each with whether it is visible."""
        with _failures():
            return {sheet.name: sheet.visibility == 0 for sheet in self._book.sheets()}

    def grid(self, sheet: str) -> Grid:
        """One sheet."""
        with _failures():
            return self._grid(self._book.sheet_by_name(sheet))

    def _grid(self, sheet: Any) -> Grid:
        rows: list[list[object]] = []
        money, scales = dict[tuple[int, int], str](), dict[tuple[int, int], str]()
        struck = set[tuple[int, int]]()
        flaws, printed = dict[tuple[int, int], str](), dict[tuple[int, int], str]()
        for number in range(sheet.nrows):
            cells = sheet.row(number)
            rows.append([self._value(cell) for cell in cells])
            for at, cell in enumerate(cells):
                if self._is_struck(cell):
                    struck.add((number, at))
                if cell.ctype == xlrd.XL_CELL_ERROR:
                    flaws[number, at] = xlrd.error_text_from_code.get(cell.value, "#N/A")
                elif cell.ctype == xlrd.XL_CELL_NUMBER:
                    code = self._format(cell)
                    if sign := currency_of_format(code):
                        money[number, at] = sign
                    if scale := scale_of_format(code):
                        scales[number, at] = scale
                    if PADDED.match(code) and not sign:
                        printed[number, at] = displayed(cell.value, code)
        hidden = frozenset(row for row, info in sheet.rowinfo_map.items() if info.hidden)
        columns = frozenset(column for column, info in sheet.colinfo_map.items() if info.hidden)
        merged = tuple(
            ((top, left), (bottom - 1, right - 1)) for top, bottom, left, right in sheet.merged_cells
        )
        return Grid(
            sheet.name, rows, flaws, hidden, False, merged, printed, money, scales, hidden_columns=columns,
            struck=frozenset(struck),
        )  # fmt: skip

    def _value(self, cell: Any) -> object:
        if cell.ctype == xlrd.XL_CELL_DATE:
            moment = xlrd.xldate_as_datetime(cell.value, self._book.datemode)
            return moment if cell.value >= 1 else moment.time()
        if cell.ctype == xlrd.XL_CELL_BOOLEAN:
            return bool(cell.value)
        return "" if cell.ctype in (xlrd.XL_CELL_ERROR, xlrd.XL_CELL_BLANK) else cell.value

    def _is_struck(self, cell: Any) -> bool:
        return bool(self._book.font_list[self._book.xf_list[cell.xf_index].font_index].struck_out)

    def _format(self, cell: Any) -> str:
        key = self._book.xf_list[cell.xf_index].format_key
        return str(self._book.format_map[key].format_str).partition(";")[0]


class _Silence:
    """A log that keeps nothing: what is wrong with a file is a finding."""

    def write(self, text: str) -> int:
        return len(text)


@contextmanager
def _failures() -> Iterator[None]:
    try:
        yield
    except _FAILURES as error:
        if "encrypted" in str(error).lower():
            raise locked() from None
        message = f"the file says .xls but cannot be read as one: {str(error)[:100] or type(error).__name__}"
        raise Unreadable("not-a-table", message, "Open it, and save it as .xlsx.") from None
