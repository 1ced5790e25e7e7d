"""What can be asked about the gaps to tiers, and the answer."""

from __future__ import annotations

from pydantic import Field

from api.analysis.explain.document import ReachPart
from api.analysis.request import Request
from api.output.conflict_document import ConflictPart
from api.output.document import Amount, Document
from api.output.partner_names import PartnerPart
from api.output.solve_state import State


class GapsRequest(Request):
    """What partners lack for the nearest tier above their own, and whether their targets carry them there."""

    partner: str | None = None
    """This partner alone; each number that its targets leave short is then asked what it would take, by solves."""
    tier: str | None = None
    """Only partners whose nearest tier above is this."""


class NeedPart(Document):
    """One thing that a tier needs, beside what a partner has."""

    name: str
    """A metric, or a column of the partner table."""
    unit: str | None
    """Null for a column."""
    need: Amount
    has: Amount | None
    """What the partner did, or what the column holds; null for a metric without a baseline."""
    lacks: Amount
    """What is missing of the need; 0 where nothing is."""
    target: Amount | None
    """The target of the whole period; null for a column, which no target moves."""
    lacks_then: Amount
    """What is missing once the target is met."""


class PartnerGaps(PartnerPart):
    """A partner between two tiers."""

    nearest: str | None
    """The tier above with the least largest gap, as a part of its need; null at the highest."""
    needs: tuple[NeedPart, ...]
    """What that tier needs."""
    distance: float | None
    """The largest gap as a part of its need; null at the highest tier."""
    carried: bool
    """Whether nothing is missing once the targets are met."""
    short_of_own: tuple[NeedPart, ...]
    """What the partner's own tier needs and it lacks."""


class TierPart(Document):
    """A tier."""

    tier: str
    needs: dict[str, Amount]
    partners: int
    """In the tier now."""
    short: int
    """Of these, how many lack something that it needs."""
    nearest: int
    """How many partners below it have it as their nearest."""
    carried: int
    """Of these, how many their targets carry there."""


class GapsDocument(Document):
    """The gaps to tiers."""

    scenario: str
    title: str
    state: State
    reason: str | None
    """Why the solve failed."""
    conflict: ConflictPart | None
    """Why there are no targets."""
    tiers: tuple[TierPart, ...]
    """From the lowest to the highest."""
    gaps: tuple[PartnerGaps, ...]
    """Those asked for, the nearest to their next tier first."""
    what_it_takes: tuple[ReachPart, ...] = Field(default=())
    """For the partner asked for: what brings each target that falls short to what the nearest tier needs."""
