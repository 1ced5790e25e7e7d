"""A table as an XLSX workbook in which nothing is ever a formula."""

import io
from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from api.store import results

_TEXT = frozenset({"partner", "metric", "period", "binding", "item", "kind"})
_WIDEST = 40


def allocation_workbook(session: Session, org_id: str, run_id: str, rows: int) -> bytes:
    """The allocation of a run, which has so many rows, as a workbook; raises NotFound."""
    return workbook(results.rows(session, org_id, run_id, "allocation", limit=rows))


def workbook(rows: Sequence[dict[str, str]], *, sheet: str = "allocation") -> bytes:
    """The rows under a header, amounts as numbers, everything else as text."""
    import xlsxwriter

    content = io.BytesIO()
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(content, options) as book:
        page = book.add_worksheet(sheet)
        names = list(rows[0]) if rows else []
        bold = book.add_format({"bold": True})
        for column, name in enumerate(names):
            page.set_column(column, column, min(_WIDEST, max(10, len(name) + 2)))
            page.write_string(0, column, name, bold)
        page.freeze_panes(1, 1)
        for number, row in enumerate(rows, 1):
            for column, (name, value) in enumerate(row.items()):
                _write(page, number, column, name, value)
    return content.getvalue()


def _write(page: Any, row: int, column: int, name: str, value: str) -> None:
    if name in _TEXT:
        page.write_string(row, column, value)
    elif value:
        page.write_number(row, column, float(value))
