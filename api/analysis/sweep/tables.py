"""A sweep as tables: a row per point, and what is feasible of each parameter."""

from __future__ import annotations

from typing import Any

from api.analysis.sweep.document import GridPoint, SweepDocument
from api.output.result_parts import FIVE
from api.output.sheets import Sheet, sheet


def points_sheet(sweep: SweepDocument) -> Sheet:
    """A row per point."""
    points = sweep.points
    columns: dict[str, Any] = {
        each.parameter: [point.values[each.parameter] for point in points] for each in sweep.parameters
    }
    columns["state"] = [point.state for point in points]
    for metric in sweep.units:
        columns[f"{metric} placed"] = [
            float(point.totals[metric].placed) if metric in point.totals else None for point in points
        ]
        for name in FIVE:
            columns[f"{metric} stretch {name}"] = [
                getattr(point.stretch[metric], name) if metric in point.stretch else None for point in points
            ]
    for rule in dict.fromkeys(missed.rule for point in points for missed in point.missed):
        columns[f"missed: {rule}"] = [_missed(point, rule) for point in points]
    columns["against"] = ["; ".join(_against(point)) for point in points]
    columns["reason"] = [_reason(point) for point in points]
    return sheet("Points", columns)


def _missed(point: GridPoint, rule: str) -> float | None:
    """By how much a rule was missed; None where nothing was solved."""
    if point.state != "succeeded":
        return None
    return next((float(missed.missed) for missed in point.missed if missed.rule == rule), 0.0)


def _against(point: GridPoint) -> list[str]:
    """The rules that stand against those that gave way."""
    return list(dict.fromkeys(rule for missed in point.missed for rule in missed.against))


def _reason(point: GridPoint) -> str:
    """Why there are no targets."""
    if point.conflict is not None:
        return f"cannot all hold: {', '.join(rule.rule for rule in point.conflict.rules)}"
    return point.reason or "; ".join(map(str, point.findings))


def frontier_sheet(sweep: SweepDocument) -> Sheet:
    """For each parameter and each choice of the others, the first and last value that have targets."""
    rows = [
        (
            part.parameter,
            ", ".join(reach.others.values()),
            reach.first or "",
            reach.last or "",
            "yes" if reach.gaps else "no",
        )
        for part in sweep.frontier
        for reach in part.for_each
    ]
    titles = ("parameter", "others", "first", "last", "gaps")
    return sheet("Feasible", dict(zip(titles, map(list, zip(*rows, strict=True)), strict=True)))
