"""What can be asked about the objectives of a plan, and the answer."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from api.analysis.objectives.check_in import CheckInRequest
from api.analysis.standing.document import ActualsRequest, PartPart
from api.output.document import Amount, Document
from api.output.findings import FindingPart
from api.output.objective_parts import Grade, ObjectivePart


class ObjectivesRequest(ActualsRequest):
    """How far each objective is: the scores of its key results, below the company too."""

    check_ins: tuple[CheckInRequest, ...] = Field(default=(), max_length=100_000)
    """Check-ins beside those of the scenario, older ones first."""


class KeyResultNode(Document):
    """A key result at a node of the cascade."""

    start: Amount = Field(alias="from")
    now: Amount
    to: Amount
    due: Amount
    """Where it was due to be on the day, by the plan's own phasing."""
    score: Amount | None
    """0 to 1, to six decimals; null where nothing is asked."""


class ObjectiveNode(Document):
    """An objective at a node of the cascade: by the key results that are read off the plan."""

    level: str
    path: tuple[str, ...]
    """From the level below the company down."""
    name: str | None
    """The partner's name; null above the partners."""
    tier: str | None
    """The partner's tier; null above the partners."""
    score: Amount | None
    """The mean of the scores below by the weights of the key results; null where there is none."""
    grade: Grade | None
    """Null without a score, and before anything is due or done."""
    key_results: dict[str, KeyResultNode]
    """By name; those about no partner of the node are left out."""


class ObjectiveTree(ObjectivePart):
    """An objective with its nodes."""

    levels: tuple[str, ...]
    """Of the nodes, from the company down."""
    nodes: tuple[ObjectiveNode, ...]
    """Below the company, each followed by those below it."""


class ObjectivesDocument(Document):
    """How far each objective is on a day."""

    scenario: str
    title: str
    as_of: date
    parts: tuple[PartPart, ...]
    """Of the period; empty without actuals."""
    objectives: tuple[ObjectiveTree, ...]
    """In the order of their file."""
    findings: tuple[FindingPart, ...]
    """The doubts about the objectives and the actuals."""
