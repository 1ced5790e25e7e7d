"""What can be asked about the standing of a plan, and the answer."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from api.analysis.objectives.check_in import CheckInRequest
from api.analysis.request import Request
from api.output.document import Amount, Document
from api.output.findings import FindingPart
from api.output.levels_document import MetricPart
from api.output.objective_parts import ObjectivePart
from solver.tracking.standing import State


class CountedRequest(Request):
    """Which actuals of a plan count."""

    as_of: date | None = None
    """Count what was known on this day; the last day that the actuals name if left out, else today."""
    done: tuple[str, ...] | None = None
    """The parts that are over, for a plan whose scenario has no calendar."""
    missing: Literal["zero"] | None = None
    """What a partner without a row has done in a part that is over; as the scenario says if left out."""
    unassigned: Literal["keep"] | None = None
    """Whether rows of partners who are not in the plan count above the partners; as the scenario says if left out."""


class ActualsRequest(CountedRequest):
    """What is asked of a plan and its actuals."""

    to: str | None = None
    """The last level listed; if left out the last above the partners, or the partners where there is none."""


class StandingRequest(ActualsRequest):
    """Where a plan stands: what was asked, done and due at every node of the cascade."""

    states: tuple[State, ...] = ()
    """List only nodes, partners too, that are in one of these states in some metric."""
    check_ins: tuple[CheckInRequest, ...] = Field(default=(), max_length=100_000)
    """Check-ins of objectives beside those of the scenario, older ones first."""


class StandingAmounts(Document):
    """Where a node stands in one metric; amounts in its unit, ratios as numbers; to six decimals."""

    target: Amount
    """Asked in the whole period."""
    done: Amount
    expected: Amount
    """Due by the day, by the plan's own phasing; a running part by its days."""
    unassigned: Amount
    """The part of `done` that was done by partners who are not in the plan."""
    attainment: Amount | None
    """done / target; null where nothing is asked."""
    pace: Amount | None
    """done / expected; null where nothing was due."""
    at_this_pace: Amount | None
    """target · pace: what the whole comes to if the rest goes as before."""
    rest: Amount
    """What is still to be done."""
    required_pace: Amount | None
    """rest over what is due in the rest; null where nothing more is due."""
    state: State


class StandingNode(Document):
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
    metrics: dict[str, StandingAmounts]


class PartPart(Document):
    """A part of the period."""

    name: str
    last_day: date | None
    """Null without a calendar."""
    over: Amount
    """How much of it is over on the day: 0 to 1."""


class StandingDocument(Document):
    """Where a plan stands on a day."""

    scenario: str
    title: str
    as_of: date
    parts: tuple[PartPart, ...]
    levels: tuple[str, ...]
    """From the company down to the partners."""
    units: dict[str, MetricPart]
    """By metric."""
    states: dict[str, dict[State, int]]
    """By metric, how many partners are in each state."""
    nodes: tuple[StandingNode, ...]
    """Each followed by those below it."""
    objectives: tuple[ObjectivePart, ...]
    """The scenario's, as they stand for the company."""
    findings: tuple[FindingPart, ...]
    """The doubts about the actuals."""
