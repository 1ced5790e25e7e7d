"""Excel workbooks: the first (or the named) sheet of an .xlsx, read only after a look at the archive."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from io import BytesIO

import numpy as np
from python_calamine import CalamineError, CalamineWorkbook, PasswordError, WorksheetNotFound, ZipError

from scenarios.findings import did_you_mean
from scenarios.tables.archive import repacked
from scenarios.tables.arrow import strings
from scenarios.tables.cells import Cells, Unreadable, check_size

_SAVE = "Save it as .xlsx without a password."


def read_xlsx(content: bytes, sheet: str | None = None) -> Cells:
    """The cells of a sheet, numbered by its rows. Raises Unreadable."""
    plain = repacked(content)
    try:
        book = CalamineWorkbook.from_filelike(BytesIO(plain))
        name = _sheet(book, sheet)
        found = book.get_sheet_by_name(name)
        rows = found.to_python(skip_empty_area=False)
    except PasswordError:
        raise Unreadable("not-a-table", "the workbook is protected by a password", _SAVE) from None
    except (CalamineError, ZipError, WorksheetNotFound, OSError) as error:
        raise Unreadable("not-a-table", f"the workbook cannot be read: {error}", _SAVE) from None
    return _cells(rows)


def _sheet(book: CalamineWorkbook, sheet: str | None) -> str:
    names = list(book.sheet_names)
    if not names:
        raise Unreadable("empty-table", "the workbook has no sheets")
    if sheet is None:
        return str(names[0])
    if sheet not in names:
        remedy = did_you_mean(sheet, names) or f"Sheets: {', '.join(names)}."
        raise Unreadable("unknown-sheet", f"no sheet {sheet!r}", remedy)
    return sheet


def _cells(rows: Sequence[Sequence[object]]) -> Cells:
    texts = [[_text(value) for value in row] for row in rows]
    filled = [number for number, row in enumerate(texts) if any(row)]
    if not filled:
        raise Unreadable("empty-table", "the sheet is empty", "Add a header row and one row per partner.")
    first = filled[0]
    width = max(at + 1 for number in filled for at, text in enumerate(texts[number]) if text)
    check_size(len(filled) - 1, width)
    kept = [texts[number][:width] for number in filled[1:]]
    columns = tuple(strings([row[at] for row in kept]) for at in range(width))
    lines = np.array(filled[1:], dtype=np.int64) + 1
    return Cells(tuple(texts[first][:width]), columns, lambda: lines)


def _text(value: object) -> str:
    """What a person would have typed into the cell."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, datetime):
        whole = value.time() == time()
        return value.date().isoformat() if whole else value.isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value) if isinstance(value, int | timedelta) else ""
