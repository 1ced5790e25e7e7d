"""The tables of a comparison: totals, stretch, rules, reasons, and every target of either side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from api.comparing.sheets import Sheet, sheet
from api.outputs.decimals import from_exact, from_floats
from api.outputs.tables import coded
from scenarios.compare import Against, Comparison, Moves, effects, extent, rule_names, spreads
from scenarios.exact import Exact

_FIVE = ("least", "lower_quartile", "median", "upper_quartile", "most")


def moves_sheet(comparison: Comparison, *, side: str = "against_first") -> Sheet:
    """Every target of each later side beside that of the first, and what each change moved of it.

    `side` is the title of the column that says which side.
    """
    found = [(each, each.moves) for each in comparison.against_first if each.moves is not None]
    moved = [moves for _, moves in found]
    columns = _keys(found, side)
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


def _keys(found: Sequence[tuple[Against, Moves]], side: str) -> dict[str, Any]:
    sides = [np.full(len(moves.partner), against.side.name, dtype=object) for against, moves in found]
    return {
        side: coded(_joined(sides)),
        "partner": coded(_joined([moves.partner for _, moves in found])),
        "metric": coded(_joined([moves.metric for _, moves in found])),
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
    return [" + ".join(map(str, changes)) for changes in against.changes if changes]


def _joined(parts: Sequence[Any]) -> Any:
    return np.concatenate([*parts, np.zeros(0, dtype=object)])


def _numbers(parts: Sequence[Exact], gaps: Sequence[Any] | None = None) -> Any:
    if not parts:
        return from_floats(np.zeros(0))
    return from_exact(Exact.join(parts), null=None if gaps is None else np.concatenate(gaps))


def other_sheets(comparison: Comparison) -> list[Sheet]:
    """Totals, stretch, rules, and why."""
    return [_sheet_of("Totals", _totals(comparison)), _sheet_of("Stretch", _stretch(comparison)),
            _sheet_of("Rules", _rules(comparison)), reasons_sheet(comparison)]  # fmt: skip


def reasons_sheet(comparison: Comparison) -> Sheet:
    """What each change moved."""
    return _sheet_of("Why", _reasons(comparison))


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
        for metric, total in (side.document.get("totals") or {"": {}}).items():
            yield {
                "side": side.name,
                "state": side.state,
                "metric": metric,
                "unit": total.get("unit", ""),
                **{
                    key: float(total[key]) for key in ("company_target", "placed", "baseline") if key in total
                },
            }


def _stretch(comparison: Comparison) -> Iterator[dict[str, Any]]:
    for metric, by, group, found in spreads(comparison.sides):
        for side, numbers in zip(comparison.sides, found, strict=True):
            if numbers is not None:
                yield {
                    "metric": metric,
                    "by": by,
                    "group": group,
                    "side": side.name,
                    "partners": numbers["partners"],
                    **{name: numbers[name] for name in _FIVE if name in numbers},
                }


def _rules(comparison: Comparison) -> Iterator[dict[str, Any]]:
    for rule in rule_names(comparison.sides):
        for side in comparison.sides:
            for effect in effects(side):
                if effect["rule"] == rule:
                    yield {
                        "rule": rule,
                        "side": side.name,
                        "kind": effect["kind"],
                        "priority": "hard" if effect["priority"] is None else str(effect["priority"]),
                        "held": "yes" if effect["held"] else "no",
                        "missed": float(effect["missed"]),
                        "unit": effect["unit"],
                        "binding": effect["binding"],
                    }


def _reasons(comparison: Comparison) -> Iterator[dict[str, Any]]:
    for against in comparison.against_first:
        if against.moves is None:
            continue
        for number, name in enumerate(causes(against)):
            for metric in against.moves.metrics():
                found = extent(against.moves, metric, number)
                yield {
                    "side": against.side.name,
                    "change": name,
                    "metric": metric,
                    "raised": found.raised,
                    "lowered": found.lowered,
                    "up": float(found.up),
                    "down": float(found.down),
                }
