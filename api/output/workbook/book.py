"""Writing the workbook: the sheets in their order, the same bytes for the same contents."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import xlsxwriter

from api.output.workbook.contents import Contents
from api.output.workbook.receipts_sheet import write_receipts
from api.output.workbook.rules_sheet import write_rules
from api.output.workbook.sheet import write_table
from api.output.workbook.styles import Styles
from api.output.workbook.summary_sheet import write_summary
from api.output.workbook.targets_sheet import write_targets

_NEVER = datetime(2000, 1, 1, tzinfo=UTC)
"""The file's own date of making: fixed, so that equal contents are equal bytes."""
_OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
    "nan_inf_to_errors": False,
}
_ORDER = ("Summary", "Targets", "Changes", "Levels", "Rules", "Receipts")


def workbook_bytes(contents: Contents) -> bytes:
    """The workbook of a run.

    Summary and targets come first. Receipts stand last but are written before the targets, whose formulas
    name their rows.
    """
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, _OPTIONS) as book:
        book.set_properties({"title": contents.title, "created": _NEVER})
        styles = Styles(book)
        write_summary(book, styles, contents)
        receipts = write_receipts(book, styles, contents)
        write_targets(book, styles, contents, receipts)
        if contents.changes is not None:
            _write_amounts(book, styles, contents, "Changes", contents.changes)
        if contents.levels is not None:
            _write_amounts(book, styles, contents, "Levels", contents.levels)
        write_rules(book, styles, contents)
        book.worksheets_objs.sort(key=lambda sheet: _place(sheet.get_name()))
        for number, sheet in enumerate(book.worksheets_objs):
            sheet.index = number
        book.worksheets_objs[0].activate()
    return content.getvalue()


def tables_bytes(tables: Mapping[str, Any], *, title: str) -> bytes:
    """A workbook of Arrow tables, a sheet to each: what comparisons, sweeps and frontiers are saved as."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {**_OPTIONS, "constant_memory": True}) as book:
        book.set_properties({"title": title, "created": _NEVER})
        styles = Styles(book)
        for name, table in tables.items():
            write_table(book, styles, name, table, title=title)
    return content.getvalue()


def _write_amounts(book: Any, styles: Styles, contents: Contents, name: str, table: Any) -> None:
    """A table of amounts of several metrics; the finest of them sets the places."""
    places = max((measure.decimals for measure in contents.measures), default=0)
    fractions = ("growth", "stretch")
    formats = {
        column: styles.percent() if column in fractions else styles.amount(max(2, places))
        for column in _numbers(table)
    }
    write_table(book, styles, name, table, title=f"{contents.title}: {name.lower()}", formats=formats)


def _numbers(table: Any) -> Sequence[str]:
    import pyarrow as pa

    kinds = zip(table.column_names, table.schema.types, strict=True)
    return [name for name, kind in kinds if pa.types.is_floating(kind) or pa.types.is_decimal(kind)]


def _place(name: str) -> tuple[int, str]:
    first = name.split()[0]
    return _ORDER.index(first), ""
