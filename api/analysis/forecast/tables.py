"""A forecast as tables: a row for each node and metric, and what earlier years teach about each metric."""

from __future__ import annotations

from collections.abc import Sequence

from api.analysis.forecast.document import ForecastDocument, HeldPart
from api.output.sheets import Sheet, sheet

AMOUNTS = ("target", "done", "asked", "rest", "forecast", "low", "high", "odds")
"""The numbers of a row."""


def forecast_sheet(document: ForecastDocument) -> Sheet:
    """Every node listed, metric by metric."""
    rows = [(node, metric, found) for node in document.nodes for metric, found in node.metrics.items()]
    columns: dict[str, Sequence[str] | Sequence[float | None]] = {
        "level": [node.level for node, _, _ in rows],
        "path": [" / ".join(node.path) for node, _, _ in rows],
        "partners": [float(node.partners) for node, _, _ in rows],
        "metric": [metric for _, metric, _ in rows],
    }
    columns |= {name: [_number(getattr(found, name)) for _, _, found in rows] for name in AMOUNTS}
    return sheet("Forecast", columns)


def lessons_sheet(document: ForecastDocument) -> Sheet:
    """What earlier years teach, and how often intervals made of the others held."""
    lessons = list(document.lessons.values())
    covered = [each.coverage for each in lessons]
    return sheet("Lessons", {
        "metric": list(document.lessons),
        "weight": [_number(each.weight) for each in lessons],
        "years": [", ".join(each.years) for each in lessons],
        "common": [_number(each.common) for each in lessons],
        "own": [_number(each.own) for each in lessons],
        "company held": [_share(each.of_company) if each else None for each in covered],
        "levels held": [_share(each.of_levels) if each else None for each in covered],
        "partners held": [_share(each.of_partners) if each else None for each in covered],
    })  # fmt: skip


def _share(found: HeldPart) -> float | None:
    return found.held / found.of if found.of else None


def _number(text: str | None) -> float | None:
    return None if text is None else float(text)
