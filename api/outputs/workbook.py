"""The allocation as an Excel workbook; texts are written as texts, whatever they begin with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import xlsxwriter

from api.outputs.facts import Move, at_limits, largest_moves
from api.outputs.levels import levels_table
from api.outputs.tables import allocation_table, receipts_table
from solver import Allocation, Effect

SHEET_ROWS = 1_048_575
"""How many rows a sheet can hold below its header; longer tables go on on further sheets."""

_NEVER = datetime(2000, 1, 1, tzinfo=UTC)
_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}
_AMOUNT, _PERCENT, _COUNT = "#,##0.00", "0.0%", "#,##0"
_FORMATS = {
    "baseline": _AMOUNT,
    "fair_share": _AMOUNT,
    "floor": _AMOUNT,
    "cap": _AMOUNT,
    "unrounded": _AMOUNT,
    "target": "#,##0.######",
    "base": "#,##0.######",
    "assigned": "#,##0.######",
    "growth": _PERCENT,
    "stretch": _PERCENT,
    "amount": _AMOUNT,
    "missed": _AMOUNT,
    "change": _AMOUNT,
    "placed": "#,##0.######",
    "binding": _COUNT,
}
_WIDTHS = {"path": 36, "item": 36, "binding": 48, "rule": 36, "reason": 60, "against": 48, "what": 20, "": 48}
_WIDTH = 15

Cell = str | int | float | bool | None
Row = Sequence[Cell]


def write_workbook(allocation: Allocation, path: Path) -> None:
    """Write sheets Summary, Allocation, Receipts, Levels and Rules; the same bytes for the same allocation."""
    with xlsxwriter.Workbook(str(path), _OPTIONS) as book:
        book.set_properties({"title": allocation.scenario.title, "created": _NEVER})
        writer = _Writer(book)
        writer.write("Summary", _SUMMARY, _summary(allocation), frozen=0)
        writer.write_table("Allocation", allocation_table(allocation), frozen=2)
        writer.write_table("Receipts", receipts_table(allocation), frozen=2)
        if allocation.scenario.cascade:
            writer.write_table("Levels", levels_table(allocation), frozen=2)
        writer.write("Rules", _RULES, _rules(allocation), frozen=1)


@dataclass(frozen=True)
class _Writer:
    """Puts rows on sheets of one workbook."""

    book: Any

    def write_table(self, name: str, table: Any, *, frozen: int) -> None:
        """Write an Arrow table, on as many sheets as it needs."""
        for number, start in enumerate(range(0, max(1, len(table)), SHEET_ROWS)):
            part = table.slice(start, SHEET_ROWS)
            title = name if number == 0 else f"{name} {number + 1}"
            self.write(title, part.column_names, _rows(part), frozen=frozen)

    def write(self, name: str, header: Sequence[str], rows: Iterable[Row], *, frozen: int) -> None:
        """Write rows below a header that stays in sight, as do the first `frozen` columns."""
        sheet = self.book.add_worksheet(name)
        sheet.freeze_panes(1, frozen)
        bold = self.book.add_format({"bold": True, "bottom": 1})
        for column, title in enumerate(header):
            look = self.book.add_format({"num_format": _FORMATS.get(title, "General")})
            sheet.set_column(column, column, _WIDTHS.get(title, _WIDTH), look)
            sheet.write_string(0, column, title, bold)
        last = 0
        for last, row in enumerate(rows, start=1):
            for column, value in enumerate(row):
                _put(sheet, last, column, value)
        if last:
            sheet.autofilter(0, 0, last, len(header) - 1)


def _put(sheet: Any, row: int, column: int, value: Cell) -> None:
    if value is None or value == "":
        return
    if isinstance(value, str):
        sheet.write_string(row, column, value)
    elif isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    else:
        sheet.write_number(row, column, value)


def _rows(table: Any) -> Iterator[Row]:
    """The rows of an Arrow table; decimals as numbers, which is all that a workbook has."""
    plain = [c.cast(pa.float64()) if pa.types.is_decimal(c.type) else c for c in table.columns]
    return zip(*(column.to_pylist() for column in plain), strict=True)


_RULES = (
    "rule",
    "kind",
    "priority",
    "held",
    "binding",
    "missed",
    "unit",
    "against",
    "file",
    "line",
    "reason",
)


def _rules(allocation: Allocation) -> Iterator[Row]:
    book = allocation.book
    for rule, effect in zip(book.rules, allocation.effects, strict=True):
        place = book.places[rule.name]
        yield (*_effect(effect), place.file, place.line, rule.reason)


def _effect(effect: Effect) -> Row:
    priority = "hard" if effect.priority is None else effect.priority
    against = "; ".join(effect.against)
    return (
        effect.rule,
        effect.kind,
        priority,
        effect.held,
        effect.binding,
        float(effect.missed),
        effect.unit,
        against,
    )


_SUMMARY = ("what", "", "metric", "baseline", "target", "change", "growth", "unit")


def _summary(allocation: Allocation) -> Iterator[Row]:
    """The scenario, totals, largest moves, and rules with nothing to spare."""
    scenario, audit = allocation.scenario, allocation.audit
    verified = "yes" if audit is not None and audit.verified else "no"
    yield ("scenario", scenario.title or scenario.name)
    yield ("period", scenario.period)
    yield ("verified", verified)
    yield from _totals(allocation.document()["totals"])
    yield from (_move(allocation, move) for move in largest_moves(allocation))
    for limit in at_limits(allocation):
        for where, count in (("floor", limit.at_floor), ("cap", limit.at_cap), ("limit", limit.others)):
            if count:
                yield (f"at a {where}", limit.rule, "", None, count)


def _totals(totals: Mapping[str, Any]) -> Iterator[Row]:
    for metric, total in totals.items():
        before, placed = float(total["baseline"]), float(total["placed"])
        growth = placed / before - 1 if before else None
        yield ("placed", "company target", metric, before, placed, placed - before, growth, total["unit"])


def _move(allocation: Allocation, move: Move) -> Row:
    before = None if move.baseline is None else float(move.baseline)
    growth = None if move.growth is None else float(move.growth)
    unit = allocation.frame.metrics[move.metric].unit
    return (
        "large move",
        move.partner,
        move.metric,
        before,
        float(move.target),
        float(move.change),
        growth,
        unit,
    )
