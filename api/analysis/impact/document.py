"""What can be asked about new rules, and the answer."""

from __future__ import annotations

from pydantic import Field

from api.analysis.compare.document import AgainstPart, SidePart
from api.analysis.request import Request
from api.output.document import Document
from api.output.partner_names import PartnerPart
from scenarios.values.number_fields import Share


class ImpactRequest(Request):
    """Whose targets new rules move, and how far."""

    max_move: Share | None = None
    """Trip the gate if a target moves by more than this part of what it was, and by more than a unit of rounding."""
    why: bool = True
    """Find out which change moved what; costs a solve for each."""
    most: int | None = Field(default=None, ge=0)
    """At most so many moves per scenario; all if left out."""


class BeyondPart(PartnerPart):
    """A target that moves beyond the gate."""

    metric: str
    period: str | None


class ScenarioImpact(Document):
    """What the new rules do to one scenario."""

    file: str
    scenario: str
    before: SidePart
    after: SidePart
    beyond_the_gate: tuple[BeyondPart, ...]
    """The furthest first."""
    moved: AgainstPart
    """Under the new rules, against the old."""


class ImpactDocument(Document):
    """What new rules do to the scenarios that list them."""

    old: str
    new: str
    max_move: float | None
    tripped: bool
    """Whether a target moves beyond the gate."""
    scenarios: tuple[ScenarioImpact, ...]
    not_concerned: tuple[str, ...]
    """Scenarios that do not list the rules."""
