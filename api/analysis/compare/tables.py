"""The tables of a comparison: totals, stretch, rules, reasons, and every target of either side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from api.analysis.compare.build import changes_text
from api.analysis.compare.comparison import Against, Comparison, Moves, Side, extent, rule_names, spreads
from api.output.arrow_decimals import from_exact, from_floats
from api.output.arrow_texts import coded
from api.output.partner_names import NAME, TIER
from api.output.sheets import Sheet, sheet
from scenarios.values.rational_array import Exact

Pair = tuple[Side, Against]
"""A first side, and what is otherwise in a later one."""


def pairs(comparison: Comparison) -> list[Pair]:
    """Every later side with the first."""
    return [(comparison.sides[0], against) for against in comparison.against_first]


def moves_sheet(compared: Sequence[Pair], *, side: str = "against_first") -> Sheet:
    """Every target of each later side beside that of the first, and what each change moved of it.

    `side` is the title of the column that says which side.
    """
    with_moves = [(first, each) for first, each in compared if each.moves is not None]
    found = [(each, each.moves) for _, each in with_moves if each.moves is not None]
    moved = [moves for _, moves in found]
    columns = _keys(with_moves, side)
    if any((moves.period != "").any() for moves in moved):
        columns["period"] = coded(_joined([moves.period for moves in moved]))
    columns |= {
        "before": _numbers([moves.before for moves in moved], [~moves.was for moves in moved]),
        "after": _numbers([moves.after for moves in moved], [~moves.is_there for moves in moved]),
        "change": _numbers([moves.change for moves in moved]),
        "relative": from_floats(np.concatenate([moves.relative for moves in moved] or [np.zeros(0)])),
        "newly_at": coded(_joined([np.where(moves.reached, moves.stands, "") for moves in moved])),
        "binding": coded(_joined([moves.binding for moves in moved])),
    }
    return Sheet("Moves", pa.table(columns | _causes(found)))


def _keys(found: Sequence[Pair], side: str) -> dict[str, Any]:
    """Which side, and whose target, with the partner's name and tier where they are known."""
    moved = [against.moves for _, against in found if against.moves is not None]
    partners = [moves.partner for moves in moved]
    sides = [
        np.full(len(m.partner), a.side.name, dtype=object) for m, (_, a) in zip(moved, found, strict=True)
    ]
    names = [first.names.and_of(against.side.names) for first, against in found]
    return {
        side: coded(_joined(sides)),
        "partner": coded(_joined(partners)),
        **{
            column: coded(
                _joined([each.column(column, ids) for each, ids in zip(names, partners, strict=True)])
            )
            for column in (NAME, TIER)
            if any(each.has(column) for each in names)
        },
        "metric": coded(_joined([moves.metric for moves in moved])),
    }


def _causes(found: Sequence[tuple[Against, Moves]]) -> dict[str, Any]:
    """A column per change: what it moved; empty for sides that it does not lead to."""
    names = dict.fromkeys(name for against, _ in found for name in causes(against))
    columns = {}
    for name in names:
        parts, gaps = [], []
        for against, moves in found:
            its = causes(against)
            known = name in its
            parts.append(moves.causes[its.index(name)] if known else Exact.full(len(moves.partner), 0))
            gaps.append(np.full(len(moves.partner), not known))
        columns[name] = _numbers(parts, gaps)
    return columns


def causes(against: Against) -> list[str]:
    """What to call each step towards a side; none where reasons are not known."""
    return [changes_text(changes) for changes in against.changes if changes]


def _joined(parts: Sequence[Any]) -> Any:
    return np.concatenate([*parts, np.zeros(0, dtype=object)])


def _numbers(parts: Sequence[Exact], gaps: Sequence[Any] | None = None) -> Any:
    if not parts:
        return from_floats(np.zeros(0))
    return from_exact(Exact.join(parts), null=None if gaps is None else np.concatenate(gaps))


def other_sheets(comparison: Comparison) -> list[Sheet]:
    """Totals, stretch, rules, and why."""
    return [_sheet_of("Totals", _totals(comparison)), _sheet_of("Stretch", _stretch(comparison)),
            _sheet_of("Rules", _rules(comparison)), reasons_sheet(comparison.against_first)]  # fmt: skip


def reasons_sheet(found: Sequence[Against]) -> Sheet:
    """What each change moved."""
    return _sheet_of("Why", _reasons(found))


def _sheet_of(name: str, rows: Iterator[dict[str, Any]]) -> Sheet:
    found = list(rows)
    titles = dict.fromkeys(title for row in found for title in row)
    return sheet(name, {title: _cells([row.get(title) for row in found]) for title in titles})


def _cells(cells: list[Any]) -> list[Any]:
    """The cells with empty text for what is not there, if they are texts."""
    words = any(isinstance(cell, str) for cell in cells)
    return ["" if cell is None else str(cell) for cell in cells] if words else cells


def _totals(comparison: Comparison) -> Iterator[dict[str, Any]]:
    for side in comparison.sides:
        about = {"side": side.name, "state": side.state}
        if not side.result.totals:
            yield {**about, "metric": "", "unit": ""}
        for metric, total in side.result.totals.items():
            amounts = {
                "company_target": total.company_target,
                "placed": total.placed,
                "baseline": total.baseline,
            }
            numbers = {name: float(amount) for name, amount in amounts.items()}
            yield {**about, "metric": metric, "unit": total.unit, **numbers}


def _stretch(comparison: Comparison) -> Iterator[dict[str, Any]]:
    for metric, by, group, found in spreads(comparison.sides):
        for side, five in zip(comparison.sides, found, strict=True):
            if five is not None:
                about = {"metric": metric, "by": by, "group": group, "side": side.name}
                yield {**about, **five.model_dump()}


def _rules(comparison: Comparison) -> Iterator[dict[str, Any]]:
    for name in rule_names(comparison.sides):
        for side in comparison.sides:
            for rule in side.outcomes:
                if rule.rule == name:
                    yield {
                        "rule": name,
                        "side": side.name,
                        "kind": rule.kind,
                        "priority": "hard" if rule.priority is None else str(rule.priority),
                        "held": "yes" if rule.held else "no",
                        "missed": float(rule.missed),
                        "unit": rule.unit,
                        "binding": rule.binding,
                        "reason": rule.reason,
                    }


def _reasons(found: Sequence[Against]) -> Iterator[dict[str, Any]]:
    for against in found:
        if against.moves is None:
            continue
        for number, name in enumerate(causes(against)):
            for metric in against.moves.metrics():
                each = extent(against.moves, metric, number)
                yield {
                    "side": against.side.name,
                    "change": name,
                    "metric": metric,
                    "targets_raised": each.targets.raised,
                    "targets_lowered": each.targets.lowered,
                    "partners_raised": each.partners.raised,
                    "partners_lowered": each.partners.lowered,
                    "up": float(each.up),
                    "down": float(each.down),
                }
