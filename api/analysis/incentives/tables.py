"""Incentives as tables: a row for each incentive, group and partner."""

from __future__ import annotations

from collections.abc import Sequence

from api.analysis.incentives.document import IncentivesDocument, PayoutPart
from api.output.sheets import Sheet, sheet

_PRICES = ("at_target", "at_forecast", "expected")


def incentives_sheet(document: IncentivesDocument) -> Sheet:
    """Every incentive."""
    return sheet("Incentives", {
        "incentive": [each.name for each in document.incentives],
        "metric": [each.metric for each in document.incentives],
        "partners": [float(each.partners) for each in document.incentives],
        **_prices([each.price for each in document.incentives]),
    })  # fmt: skip


def groups_sheet(document: IncentivesDocument) -> Sheet:
    """Every group."""
    return sheet("Groups", {
        document.by or "group": [each.group for each in document.groups],
        "partners": [float(each.partners) for each in document.groups],
        **_prices([each.price for each in document.groups]),
    })  # fmt: skip


def partners_sheet(document: IncentivesDocument) -> Sheet:
    """Every partner listed, with what it would earn at some attainments."""
    listed = document.partner_prices
    attainments = [each.attainment for each in listed[0].payouts] if listed else []
    return sheet("Partners", {
        "partner": [each.partner for each in listed],
        "name": [each.name or "" for each in listed],
        "tier": [each.tier or "" for each in listed],
        **_prices([each.price for each in listed]),
        **{
            f"at {float(attainment):.0%}": [float(each.payouts[at].payout) for each in listed]
            for at, attainment in enumerate(attainments)
        },
    })  # fmt: skip


def _prices(prices: Sequence[PayoutPart]) -> dict[str, Sequence[float | None]]:
    return {name: [_number(getattr(price, name)) for price in prices] for name in _PRICES}


def _number(text: str | None) -> float | None:
    return None if text is None else float(text)
