"""A comparison as JSON: amounts as exact text, ratios as numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from scenarios.compare import Against, Comparison, Extent, Moves, Side, effects, extent, rule_names, spreads
from scenarios.differences import Change
from scenarios.exact import Exact, decimal_text

_EFFECT = ("kind", "priority", "held", "missed", "unit", "binding")


def comparison_document(comparison: Comparison, *, most: int | None = None) -> dict[str, Any]:
    """The document; at most so many moves and newly reached limits, all of them if left out."""
    sides = comparison.sides
    return {
        "sides": [_side(side) for side in sides],
        "spread": [
            {"metric": metric, "by": by, "group": group, "sides": found}
            for metric, by, group, found in spreads(sides)
        ],
        "rules": [
            {"rule": rule, "sides": [_effect(side, rule) for side in sides]} for rule in rule_names(sides)
        ],
        "against_first": [against_document(against, most=most) for against in comparison.against_first],
    }


def against_document(against: Against, *, most: int | None = None) -> dict[str, Any]:
    """What is otherwise in one side than in the first."""
    moved = against.moves
    found: dict[str, Any] = {
        "side": against.side.name,
        "explained": against.explained,
        "files": against.files,
    }
    if moved is None:
        return found
    reached = np.flatnonzero(moved.reached)
    return {
        **found,
        "metrics": {metric: _extent(extent(moved, metric)) for metric in moved.metrics()},
        "why": [_why(moved, number, changes) for number, changes in enumerate(against.changes) if changes],
        "newly_at_a_limit": _limits(moved, reached[:most].tolist()),
        "newly_at_a_limit_in_all": len(reached),
        "moves": _moves(moved, moved.largest(len(moved.partner) if most is None else most)),
    }


def _side(side: Side) -> dict[str, Any]:
    document = side.document
    return {
        "name": side.name,
        "title": document.get("scenario", {}).get("title", ""),
        "state": side.state,
        **{key: document[key] for key in ("reason", "conflict") if key in document},
        "totals": document.get("totals", {}),
    }


def _effect(side: Side, rule: str) -> dict[str, Any] | None:
    """What became of the rule; None where there is no such rule."""
    found = [effect for effect in effects(side) if effect["rule"] == rule]
    return (
        {**{key: found[0][key] for key in _EFFECT}, "missed_by": len(found[0]["misses"])} if found else None
    )


def _extent(found: Extent) -> dict[str, Any]:
    counts = {"raised": found.raised, "lowered": found.lowered, "new": found.new, "gone": found.gone}
    return {**counts, "up": decimal_text(found.up), "down": decimal_text(found.down)}


def _why(moved: Moves, number: int, changes: Sequence[Change]) -> dict[str, Any]:
    return {
        "changes": [change_document(change) for change in changes],
        "metrics": {metric: _extent(extent(moved, metric, number)) for metric in moved.metrics()},
    }


def change_document(change: Change) -> dict[str, Any]:
    """One change of input or rule."""
    place = change.place
    return {
        "section": change.section,
        "subject": change.subject,
        "said": change.said,
        "file": place.file if place else None,
        "line": place.line if place else None,
    }


def _limits(moved: Moves, rows: Sequence[int]) -> list[dict[str, Any]]:
    return [
        {
            **_who(moved, row),
            "limit": moved.stands[row],
            "before": moved.stood[row] or None,
            "binding": moved.binding[row],
        }
        for row in rows
    ]


def _moves(moved: Moves, rows: Sequence[int]) -> list[dict[str, Any]]:
    """The targets in the rows, each with what every step moved."""
    at = np.array(rows, dtype=np.intp)
    before, after, change = (_amounts(each[at]) for each in (moved.before, moved.after, moved.change))
    causes = [_amounts(cause[at]) for cause in moved.causes]
    return [
        {
            **_who(moved, row),
            "before": before[n] if moved.was[row] else None,
            "after": after[n] if moved.is_there[row] else None,
            "change": change[n],
            "why": [cause[n] for cause in causes],
        }
        for n, row in enumerate(rows)
    ]


def _amounts(numbers: Exact) -> list[str]:
    return [decimal_text(number) for number in numbers.tolist()]


def _who(moved: Moves, row: int) -> dict[str, Any]:
    period = {"period": moved.period[row]} if moved.period[row] else {}
    return {"partner": moved.partner[row], "metric": moved.metric[row], **period}
