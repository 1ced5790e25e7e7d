"""The sheet of receipts: every item of every target, those of one target together."""

from __future__ import annotations

from typing import Any

from api.output.workbook.contents import Contents
from api.output.workbook.sheet import LAST_ROW, add_sheet, plain_columns, print_on, put, widths
from api.output.workbook.styles import Styles
from api.output.workbook.targets_sheet import Receipts, Span

_HEADS = ("Partner", "Amount", "Item", "Kind", "Metric", "Period")
_NOTE = "Receipts are made to be read on screen; clear the print area to print them all."


def write_receipts(book: Any, styles: Styles, contents: Contents) -> Receipts:
    """Write the items, on as many sheets as they need, and return where each receipt stands."""
    table = contents.receipts
    columns = dict(zip(table.column_names, plain_columns(table), strict=True))
    periods = columns.get("period") or [""] * len(table)
    keys = list(zip(columns["partner"], columns["metric"], periods, strict=True))
    places = {measure.name: styles.amount(max(2, measure.decimals)) for measure in contents.measures}
    spans: dict[tuple[str, str, str], Span] = {}
    sheet: Any = None
    row = LAST_ROW
    for start, end in _receipts(keys):
        if row + (end - start) >= LAST_ROW:
            sheet, row = _begin(book, styles, contents), 1
        partner, metric, period = keys[start]
        spans[keys[start]] = Span(sheet.get_name(), row + 1, row + end - start)
        for item in range(start, end):
            put(sheet, row, 0, partner, styles.text)
            put(sheet, row, 1, columns["amount"][item], places[metric])
            put(sheet, row, 2, columns["item"][item], styles.text)
            put(sheet, row, 3, columns["kind"][item], styles.text)
            put(sheet, row, 4, metric, styles.text)
            put(sheet, row, 5, period, styles.text)
            row += 1
        sheet.autofilter(0, 0, row - 1, len(_HEADS) - 1)
    return spans


def _receipts(keys: list[tuple[str, str, str]]) -> list[tuple[int, int]]:
    """The first row of each receipt and the one after its last."""
    starts = [row for row, key in enumerate(keys) if row == 0 or key != keys[row - 1]]
    return list(zip(starts, [*starts[1:], len(keys)], strict=True))


def _begin(book: Any, styles: Styles, contents: Contents) -> Any:
    sheet = add_sheet(book, "Receipts")
    widths(sheet, (12, 14, 40, 14, 12, 10, 4, 60))
    for column, head in enumerate(_HEADS):
        put(sheet, 0, column, head, styles.head)
    put(sheet, 0, 7, _NOTE, styles.quiet)
    sheet.freeze_panes(1, 1)
    print_on(sheet, repeated_rows=1, title=f"{contents.title}: receipts")
    sheet.print_area(0, 7, 0, 7)
    return sheet
