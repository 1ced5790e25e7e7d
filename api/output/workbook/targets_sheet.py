"""The sheet of targets: one Excel table per metric, with a place for overrides that `cascade adjust` reads back."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from api.output.columns import ALLOCATION, Column
from api.output.workbook.contents import Contents, Measure
from api.output.workbook.sheet import LAST_ROW, add_sheet, plain_columns, print_on, put
from api.output.workbook.styles import AT_CAP, AT_FLOOR, DAY, OPEN, Styles

PARTNER, METRIC, PERIOD, TARGET = "Partner", "Metric", "Period", "Target"
OVERRIDE, REASON, UNTIL = "Override", "Reason", "Until"
"""Heads that `cascade adjust` looks for."""
_FLOOR, _CAP, _BASELINE, _RECEIPT = "Floor", "Cap", "Baseline", "Receipt total"
_AMOUNTS = ("Baseline", "Fair share", "Floor", "Cap", "Target")
_SUMMED = ("Baseline", "Fair share", "Target", _RECEIPT)
"""Amounts whose sum means something; a sum of floors or caps with gaps would not."""
_WIDTHS = {PARTNER: 12, METRIC: 10, "What binds": 30, "Why": 42, REASON: 34, UNTIL: 12, "name": 28}
_PLACED = {
    "partner", "name", "tier", "region", "metric", "period", "baseline", "fair_share", "floor", "cap", "unrounded",
    "target", "assigned", "growth", "stretch", "binding",
}  # fmt: skip
"""Columns of allocation.csv that the sheet lays out itself, or leaves out: `unrounded` is in the receipt."""
_GROUPED = 10_000
"""Whole numbers from here on are grouped by thousands: 2026 is a year."""
_MOST = LAST_ROW - 2
"""Targets on one sheet, beside the head and the totals."""
_LARGEST_TABLE = 200_000
"""Rows up to which the sheet is an Excel table; larger ones are a filtered range, which opens in half the time."""


@dataclass(frozen=True, eq=False)
class Lines:
    """The targets of one metric, column by column, in the order of the sheet."""

    measure: Measure
    heads: tuple[str, ...]
    columns: tuple[Sequence[Any], ...]
    attributes: frozenset[str]
    """The heads that come from the partner table."""

    def at(self, head: str) -> int:
        """The number of the column with this head."""
        return self.heads.index(head)

    @property
    def numeric(self) -> frozenset[str]:
        """The heads of the partner table's own columns that hold numbers alone."""
        return frozenset(head for head in self.attributes if _are_numbers(self.columns[self.at(head)]))

    def __len__(self) -> int:
        return len(self.columns[0])

    def part(self, start: int) -> Lines:
        """As many rows as one sheet holds, from `start` on."""
        return replace(self, columns=tuple(column[start : start + _MOST] for column in self.columns))


@dataclass(frozen=True)
class Span:
    """Where the receipt of a target stands: sheet and rows, counted from 1 as formulas do."""

    sheet: str
    first: int
    last: int


_CONDITION = re.compile(r"^[=<>]|[*?~]")
"""Ids that SUMIFS would read as a condition."""
_LONGEST_CONDITION = 255
"""Characters of a condition of SUMIFS (Excel's own limit)."""

Receipts = Mapping[tuple[str, str, str], Span]
"""Partner, metric and period to the rows of the receipt."""


def sheet_title(contents: Contents, measure: Measure) -> str:
    """`Targets`, with the metric's name where there are several."""
    return "Targets" if len(contents.measures) == 1 else f"Targets {measure.name}"


def write_targets(book: Any, styles: Styles, contents: Contents, receipts: Receipts) -> None:
    """A sheet per metric: amounts of two metrics never stand in one column, so that every total is one."""
    reasons = {line.rule: line.reason for line in contents.rules if line.reason}
    for number, measure in enumerate(contents.measures, 1):
        lines = lines_of(contents, measure, reasons)
        for part, start in enumerate(range(0, max(1, len(lines)), _MOST), 1):
            sheet = add_sheet(book, sheet_title(contents, measure))
            _write(sheet, styles, contents, lines.part(start), receipts, f"Targets_{number}_{part}")


def lines_of(contents: Contents, measure: Measure, reasons: Mapping[str, str]) -> Lines:
    """The rows of one metric."""
    table = contents.targets
    given = dict(zip(table.column_names, plain_columns(table), strict=True))
    mine = [row for row, metric in enumerate(given["metric"]) if metric == measure.name]
    picked = {name: [cells[row] for row in mine] for name, cells in given.items()}
    partners, binding = picked["partner"], picked["binding"]
    columns: dict[str, Sequence[Any]] = {PARTNER: partners}
    attributes = {_free(name): cells for name, cells in contents.attributes.items()}
    columns |= {head: [cells.get(p) for p in partners] for head, cells in attributes.items()}
    columns[METRIC] = picked["metric"]
    if "period" in picked:
        columns[PERIOD] = picked["period"]
    for head in _AMOUNTS:
        columns[head] = picked[head.lower().replace(" ", "_")]
    if "assigned" in picked:
        columns["Assigned"] = picked["assigned"]
    columns |= {"Growth": picked["growth"], "Stretch": picked["stretch"], "What binds": binding}
    columns |= {column.label: picked[column.name] for column in others_of(contents)}
    columns["Why"] = ["; ".join(_reasons(names, reasons)) for names in binding]
    columns[_RECEIPT] = columns[TARGET]
    columns |= {OVERRIDE: [None] * len(mine), REASON: [None] * len(mine), UNTIL: [None] * len(mine)}
    return Lines(measure, tuple(columns), tuple(columns.values()), frozenset(attributes))


def others_of(contents: Contents) -> list[Column]:
    """The columns of the allocation that have no place of their own on the sheet: new ones come here by themselves."""
    return [
        column
        for column in ALLOCATION
        if column.name not in _PLACED and column.name in contents.targets.column_names
    ]


def _free(name: str) -> str:
    """The head of a partner table's column, which must not be one of ours: heads of a table differ."""
    ours = {PARTNER, METRIC, PERIOD, *_AMOUNTS, "Assigned", "Growth", "Stretch", "What binds", "Why"}
    taken = {head.lower() for head in (*ours, _RECEIPT, OVERRIDE, REASON, UNTIL)}
    return f"{name} (column)" if name.lower() in taken else name


def _reasons(binding: str | None, reasons: Mapping[str, str]) -> Iterator[str]:
    for name in dict.fromkeys((binding or "").split("; ")):
        if name in reasons:
            yield reasons[name]


def _write(
    sheet: Any, styles: Styles, contents: Contents, lines: Lines, receipts: Receipts, table: str
) -> None:
    last, looks = len(lines), _looks(styles, lines)
    for column, style in enumerate(looks):
        sheet.set_column(column, column, _width(lines, column), style)
    if 0 < last <= _LARGEST_TABLE:
        sheet.add_table(0, 0, last + 1, len(lines.heads) - 1, _table(styles, lines, looks, table))
    else:
        for column, head in enumerate(lines.heads):
            put(sheet, 0, column, head, styles.head)
        sheet.autofilter(0, 0, last, len(lines.heads) - 1)
    for column, cells in enumerate(lines.columns):
        for row, cell in enumerate(cells, 1):
            put(sheet, row, column, cell, looks[column])
    _write_formulas(sheet, lines, looks, receipts)
    if last:
        _mark(sheet, styles, lines)
        _ask(sheet, lines)
    sheet.freeze_panes(1, 2 if "name" in lines.heads else 1)
    _protect(sheet)
    print_on(sheet, repeated_rows=1, title=f"{contents.title}: {lines.measure.name} ({lines.measure.unit})")
    sheet.print_area(0, 0, last + 1, lines.at("What binds"))


def _looks(styles: Styles, lines: Lines) -> list[Any]:
    """The format of each column."""
    amount = styles.amount(lines.measure.decimals)
    # Amounts between whole units are shown to two more places, else a floor of 10,000.49 would read as 10,000.
    fine = styles.amount(max(2, lines.measure.decimals))
    known = {
        TARGET: styles.amount(lines.measure.decimals, bold=True),
        "Baseline": fine,
        "Fair share": fine,
        "Floor": fine,
        "Cap": fine,
        "Assigned": amount,
        _RECEIPT: amount,
        "Growth": styles.percent(),
        "Stretch": styles.percent(),
        OVERRIDE: styles.amount(lines.measure.decimals, locked=False, bg_color=OPEN, bold=True),
        REASON: styles.of(locked=False, bg_color=OPEN, text_wrap=True, valign="top"),
        UNTIL: styles.of(locked=False, bg_color=OPEN, num_format=DAY, valign="top"),
    }
    others = {column.label: column.kind for column in ALLOCATION if column.name not in _PLACED}
    kinds = {"amount": fine, "ratio": styles.percent()}
    # An indent without an alignment is no indent: it keeps words from touching the number before them.
    plain = styles.of(valign="top", align="left", indent=1)
    own = {head: _own_format(styles, lines.columns[lines.at(head)]) for head in lines.numeric}
    return [
        own.get(head) or known.get(head) or kinds.get(others.get(head, ""), plain) for head in lines.heads
    ]


def _are_numbers(cells: Sequence[Any]) -> bool:
    filled = _filled(cells)
    return bool(filled) and all(
        isinstance(cell, int | float) and not isinstance(cell, bool) for cell in filled
    )


def _filled(cells: Sequence[Any]) -> list[Any]:
    return [cell for cell in cells if cell is not None and cell == cell]


def _own_format(styles: Styles, cells: Sequence[Any]) -> Any:
    """The format of a column of the partner table that holds numbers; years, counts and shares stay as they are."""
    numbers = _filled(cells)
    whole, largest = all(float(number).is_integer() for number in numbers), max(map(abs, numbers))
    if largest < (_GROUPED if whole else 1):
        return styles.of(valign="top")
    return styles.amount(0 if whole else 2)


def _width(lines: Lines, column: int) -> float:
    head = lines.heads[column]
    if head in _WIDTHS:
        return _WIDTHS[head]
    if head not in lines.attributes:
        return 13
    longest = max(len(str(cell)) for cell in (head, *lines.columns[column]) if cell is not None)
    return min(max(longest + 2, 9), 24)


def _table(styles: Styles, lines: Lines, looks: Sequence[Any], name: str) -> dict[str, Any]:
    """What makes the range an Excel table: its name, heads and the totals of what is filtered."""
    decimals = lines.measure.decimals
    columns: list[dict[str, Any]] = []
    amounts = {*_AMOUNTS, _RECEIPT, OVERRIDE, "Assigned", "Growth", "Stretch", *lines.numeric}
    for head, style in zip(lines.heads, looks, strict=True):
        over = styles.right_head if head in amounts else styles.left_head
        column: dict[str, Any] = {"header": head, "header_format": over, "format": style}
        if head in _SUMMED:
            total = float(sum(cell or 0 for cell in lines.columns[lines.at(head)]))
            column |= {"total_function": "sum", "total_value": total}
            column["format"] = styles.amount(decimals, bold=True) if head == TARGET else style
        columns.append(column)
    columns[0]["total_string"] = "Total of what is shown"
    return {
        "name": name,
        "columns": columns,
        "total_row": True,
        "style": "Table Style Light 1",
        "banded_rows": False,
    }


def _write_formulas(sheet: Any, lines: Lines, looks: Sequence[Any], receipts: Receipts) -> None:
    """Growth from the cells beside it, and the receipt's items added up again."""
    target, baseline, growth, check = (lines.at(head) for head in (TARGET, _BASELINE, "Growth", _RECEIPT))
    periods = lines.columns[lines.at(PERIOD)] if PERIOD in lines.heads else [""] * len(lines)
    for row in range(len(lines)):
        was = lines.columns[growth][row]
        t, b = _cell(row + 1, target), _cell(row + 1, baseline)
        known = was is not None and was == was
        sheet.write_formula(
            row + 1, growth, f'=IF(N({b})>0,{t}/{b}-1,"")', looks[growth], was if known else ""
        )
        partner = lines.columns[0][row]
        span = receipts.get((partner, lines.measure.name, periods[row] or ""))
        if span:
            amount = lines.columns[target][row]
            sheet.write_formula(row + 1, check, _sum(span, row + 1, partner), looks[check], amount)


def _sum(span: Span, row: int, partner: str) -> str:
    """The items of one receipt, if they are the partner's.

    A receipt's rows stand together, so no sheet is searched from end to end. SUMIFS takes an id such as
    "<5" or "A*" for a condition; those are compared one by one.
    """
    sheet = "'" + span.sheet.replace("'", "''") + "'"
    items, names = (f"{sheet}!${column}${span.first}:${column}${span.last}" for column in ("B", "A"))
    cell = _cell(row, 0)
    if _CONDITION.search(partner) or len(partner) > _LONGEST_CONDITION:
        return f"=ROUND(SUMPRODUCT(({names}={cell})*{items}),6)"
    return f"=ROUND(SUMIFS({items},{names},{cell}),6)"


def _cell(row: int, column: int) -> str:
    from xlsxwriter.utility import xl_rowcol_to_cell

    return str(xl_rowcol_to_cell(row, column))


def _mark(sheet: Any, styles: Styles, lines: Lines) -> None:
    """Targets at a floor or a cap in a colour of their own, with a sign in the words of the legend."""
    last, target = len(lines), lines.at(TARGET)
    first = _cell(1, target)
    for head, colour in ((_CAP, AT_CAP), (_FLOOR, AT_FLOOR)):
        limit = _cell(1, lines.at(head))
        compare = f"{first}>={limit}" if head == _CAP else f"{first}<={limit}"
        rule = {"type": "formula", "criteria": f"=AND(ISNUMBER({limit}),{limit}>0,{compare})"}
        sheet.conditional_format(
            1, target, last, target, {**rule, "format": styles.book.add_format({"bg_color": colour})}
        )


def _ask(sheet: Any, lines: Lines) -> None:
    """What may be filled in beside a target."""
    last = len(lines)
    override, reason, until = (lines.at(head) for head in (OVERRIDE, REASON, UNTIL))
    sheet.data_validation(1, override, last, override, {
        "validate": "decimal", "criteria": ">=", "value": 0, "ignore_blank": True,
        "input_title": "Override", "input_message": f"The target you decide, in {lines.measure.unit}. "
        "Give a reason beside it; then run cascade adjust.",
        "error_title": "Not a target", "error_message": "Write a number of zero or more.",
    })  # fmt: skip
    sheet.data_validation(1, reason, last, reason, {
        "validate": "length", "criteria": "<=", "value": 500, "ignore_blank": True,
        "error_title": "Too long", "error_message": "500 characters at most.",
    })  # fmt: skip
    from datetime import date

    sheet.data_validation(1, until, last, until, {
        "validate": "date", "criteria": ">=", "value": date(2000, 1, 1), "ignore_blank": True,
        "input_title": "Until", "input_message": "The last day on which the override counts; empty: no end.",
        "error_title": "Not a day", "error_message": "Write a date such as 2027-03-31.",
    })  # fmt: skip


def _protect(sheet: Any) -> None:
    """Only the override columns can be changed; no password: it keeps from slips, not from people."""
    allowed = ("autofilter", "sort", "format_columns", "format_rows", "select_locked_cells")
    sheet.protect("", {**dict.fromkeys(allowed, True), "select_unlocked_cells": True})
