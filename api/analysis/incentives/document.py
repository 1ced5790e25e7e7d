"""What can be asked about the incentives of a plan, and the answer."""

from __future__ import annotations

from datetime import date
from typing import Literal

from api.analysis.standing.document import ActualsRequest
from api.output.document import Amount, Document
from api.output.findings import FindingPart
from scenarios.incentives import Pays


class IncentivesRequest(ActualsRequest):
    """What a plan would pay: at target, at forecast and in expectation, by group, and each partner's part of it."""

    by: str | None = None
    """The column whose groups are listed; the tier if left out, where there is one."""


class PayoutPart(Document):
    """What would be paid, in the unit of the document; to six decimals."""

    at_target: Amount
    """If everybody comes to exactly the target."""
    at_forecast: Amount | None
    """If everybody comes to exactly the forecast; null without actuals."""
    expected: Amount | None
    """On average over what may come, by the spread of the forecast; null where too few earlier years say it."""


class BandPart(Document):
    """A row of a table."""

    start: Amount
    """From here on: an attainment, or an amount of the metric."""
    pays: Amount
    """The rate, or the payout at this point."""


class IncentivePart(Document):
    """An incentive, and what it would pay."""

    name: str
    metric: str
    reason: str
    table: Literal["rates", "amounts", "points"]
    """Rates by attainment, rates by amount, or payouts by attainment."""
    pays: Pays
    bands: tuple[BandPart, ...]
    cap: Amount | None
    """The attainment beyond which nothing more is paid; null without a limit."""
    partners: int
    """Who can earn it."""
    price: PayoutPart


class GroupPrice(Document):
    """What the partners of a group would earn."""

    group: str
    partners: int
    price: PayoutPart


class PayoutAt(Document):
    """What a partner would earn if it came to this much of each of its targets."""

    attainment: Amount
    payout: Amount


class PartnerPrice(Document):
    """What a partner would earn."""

    partner: str
    name: str | None
    """Null where the partner table has no column `name`."""
    tier: str | None
    """Null where the partner table has no column `tier`."""
    price: PayoutPart
    payouts: tuple[PayoutAt, ...]
    """At 80, 100 and 120 % of the targets."""


class IncentivesDocument(Document):
    """What a plan would pay, as seen on a day."""

    scenario: str
    title: str
    as_of: date | None
    """Null without actuals."""
    unit: str
    """What is paid."""
    price: PayoutPart
    """Of all incentives."""
    budget: Amount | None
    """What may be paid; null where it is not said."""
    left: PayoutPart | None
    """What the price leaves of the budget; below zero it is too small. Null without a budget."""
    incentives: tuple[IncentivePart, ...]
    by: str | None
    """The column of the groups; null where there is none."""
    groups: tuple[GroupPrice, ...]
    """By name."""
    partner_prices: tuple[PartnerPrice, ...]
    """By id; listed only when asked for."""
    findings: tuple[FindingPart, ...]
    """The doubts about the incentives and the actuals."""
