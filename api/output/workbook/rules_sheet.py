"""The sheet of rules: what was asked, why, who decided it, and what became of it."""

from __future__ import annotations

from typing import Any

from api.output.workbook.contents import Contents, RuleLine
from api.output.workbook.sheet import Cell, add_sheet, print_on, put, widths
from api.output.workbook.styles import Styles

_HEADS = (
    "Rule", "Kind", "Priority", "Held", "Binding on", "Missed by", "Unit", "Gave way for", "Against it",
    "Reason", "Decided by", "Where it stands",
)  # fmt: skip
_WIDTHS = (30, 16, 9, 7, 9, 13, 10, 30, 34, 44, 18, 18)
_NAMED = 5
"""How many partners are named before the rest is counted; result.json lists them all."""


def write_rules(book: Any, styles: Styles, contents: Contents) -> None:
    """A row per rule, in the order of the rule files."""
    sheet = add_sheet(book, "Rules")
    widths(sheet, _WIDTHS)
    for column, head in enumerate(_HEADS):
        put(sheet, 0, column, head, styles.head)
    for row, line in enumerate(contents.rules, 1):
        for column, cell in enumerate(_cells(line)):
            style = styles.amount(2) if column == _HEADS.index("Missed by") else styles.wrapped
            put(sheet, row, column, cell, style)
    sheet.freeze_panes(1, 1)
    if contents.rules:
        sheet.autofilter(0, 0, len(contents.rules), len(_HEADS) - 1)
    print_on(sheet, repeated_rows=1, title=f"{contents.title}: rules")


def _cells(line: RuleLine) -> tuple[Cell, ...]:
    return (
        line.rule,
        line.kind,
        "hard" if line.priority is None else line.priority,
        "yes" if line.held else "no",
        line.binding,
        line.missed or None,
        line.unit,
        _named(line.missed_for),
        "; ".join(line.against),
        line.reason,
        line.decided_by,
        line.place,
    )


def _named(subjects: tuple[str, ...]) -> str:
    more = len(subjects) - _NAMED
    return ", ".join(subjects[:_NAMED]) + (f" and {more:,} more" if more > 0 else "")
