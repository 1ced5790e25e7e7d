"""Gaps as tables: a row for each partner and need, and a row for each tier."""

from __future__ import annotations

from api.analysis.gaps.document import GapsDocument
from api.output.sheets import Sheet, sheet


def gaps_sheet(document: GapsDocument) -> Sheet:
    """Every need of the nearest tier of every partner listed."""
    rows = [(found, need) for found in document.gaps for need in found.needs]
    return sheet("Gaps", {
        "partner": [found.partner for found, _ in rows],
        "name": [found.name or "" for found, _ in rows],
        "tier": [found.tier or "" for found, _ in rows],
        "nearest": [found.nearest or "" for found, _ in rows],
        "carried": ["yes" if found.carried else "no" for found, _ in rows],
        "need": [need.name for _, need in rows],
        "needed": [float(need.need) for _, need in rows],
        "has": [_number(need.has) for _, need in rows],
        "lacks": [float(need.lacks) for _, need in rows],
        "target": [_number(need.target) for _, need in rows],
        "lacks_then": [float(need.lacks_then) for _, need in rows],
    })  # fmt: skip


def tiers_sheet(document: GapsDocument) -> Sheet:
    """How many partners are in each tier, and near it."""
    return sheet("Tiers", {
        "tier": [each.tier for each in document.tiers],
        "partners": [float(each.partners) for each in document.tiers],
        "short": [float(each.short) for each in document.tiers],
        "nearest": [float(each.nearest) for each in document.tiers],
        "carried": [float(each.carried) for each in document.tiers],
    })  # fmt: skip


def _number(text: str | None) -> float | None:
    return None if text is None else float(text)
