"""What can be asked about the forecast of a plan, and the answer."""

from __future__ import annotations

from datetime import date

from api.analysis.standing.document import ActualsRequest, PartPart
from api.output.document import Amount, Document
from api.output.findings import FindingPart
from api.output.levels_document import MetricPart


class ForecastRequest(ActualsRequest):
    """What the period will come to at every node of the cascade, and the odds that its totals are met."""


class ForecastAmounts(Document):
    """The forecast of a node in one metric; amounts in its unit, odds from 0 to 1; to six decimals."""

    target: Amount
    """Asked in the whole period."""
    done: Amount
    asked: Amount
    """Of the rest, by the plan's own phasing."""
    rest: Amount
    """What the rest is forecast to bring."""
    forecast: Amount
    """done + rest: what the period comes to."""
    low: Amount | None
    """The period comes to no less, and to no more than `high`, four times of five; null where the past is too short."""
    high: Amount | None
    odds: Amount | None
    """The probability that the target is met; null for partners, and where the past is too short."""


class ForecastNode(Document):
    """A node of the cascade."""

    level: str
    path: tuple[str, ...]
    """From the level below the company down; empty for the company."""
    name: str | None
    """The partner's name; null above the partners."""
    tier: str | None
    """The partner's tier; null above the partners."""
    partners: int
    """Below it."""
    metrics: dict[str, ForecastAmounts]


class HeldPart(Document):
    """How often intervals held what came."""

    held: int
    of: int


class IntervalCoverage(Document):
    """How often intervals of four in five held, each year judged by what the others teach."""

    of_company: HeldPart
    of_levels: HeldPart
    """Between the company and the partners."""
    of_partners: HeldPart


class LessonPart(Document):
    """What earlier years teach about a metric."""

    weight: Amount
    """How much of its deviation from the pace the rest keeps: 0 none, 1 all of it."""
    learned: bool
    """Whether earlier years say so; else it is a half."""
    years: tuple[str, ...]
    """Those judged, each by the year before it."""
    growth: Amount | None
    """What they did on average over the years before, which is expected of each; null where the past is too short."""
    common: Amount | None
    """How far the rest of all partners together strayed from its forecast, relative to it; null like growth."""
    own: Amount | None
    """The same of each partner apart from that; null like growth."""
    coverage: IntervalCoverage | None
    """Null like growth."""


class ForecastDocument(Document):
    """What the period will come to, as seen on a day."""

    scenario: str
    title: str
    as_of: date
    parts: tuple[PartPart, ...]
    levels: tuple[str, ...]
    """From the company down to the partners."""
    units: dict[str, MetricPart]
    """By metric."""
    lessons: dict[str, LessonPart]
    """By metric."""
    nodes: tuple[ForecastNode, ...]
    """Each followed by those below it."""
    findings: tuple[FindingPart, ...]
    """The doubts about the actuals, and metrics with too short a past."""
