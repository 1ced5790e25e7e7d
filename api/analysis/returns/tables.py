"""Returns as tables: a row for each partner, and a row for each metric."""

from __future__ import annotations

from api.analysis.returns.document import ReturnsDocument
from api.output.sheets import Sheet, sheet

_AMOUNTS = ("target", "returns", "marginal", "most", "half_at")


def returns_sheet(document: ReturnsDocument) -> Sheet:
    """Every partner and metric."""
    rows = document.by_partner
    amounts = {name: [float(getattr(each, name)) for each in rows] for name in _AMOUNTS}
    return sheet("Returns", {
        "partner": [each.partner for each in rows],
        "name": [each.name or "" for each in rows],
        "tier": [each.tier or "" for each in rows],
        "metric": [each.metric for each in rows],
        **amounts,
        "held_by": [each.held_by or "" for each in rows],
    })  # fmt: skip


def metrics_sheet(document: ReturnsDocument) -> Sheet:
    """Every metric."""
    return sheet("Metrics", {
        "metric": [each.metric for each in document.metrics],
        "unit": [each.unit for each in document.metrics],
        "target": [float(each.target) for each in document.metrics],
        "returns": [float(each.returns) for each in document.metrics],
    })  # fmt: skip
