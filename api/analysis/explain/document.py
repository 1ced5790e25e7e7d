"""What can be asked about one partner, and the answer."""

from __future__ import annotations

from pydantic import Field

from api.analysis.price import AboutRule, PricePart
from api.analysis.request import Request
from api.output.adjustments import AdjustmentPart
from api.output.conflict_document import ConflictPart
from api.output.document import Amount, Document
from api.output.partner_names import PartnerPart
from api.output.solve_state import State
from scenarios.values.number_fields import Amount as AmountIn


class ExplainRequest(Request):
    """How a partner's targets were made, and what would change them; every what-if is a solve of its own."""

    partner: str
    """The partner's id."""
    metric: str | None = None
    """The metric to look at; needed by `instead` and `reach` where there are several."""
    without: tuple[str, ...] | None = None
    """Rules to leave out, one at a time; the rules at work on the target if neither this, `instead` nor
    `reach` is given."""
    instead: AmountIn | None = None
    """Force this target: what it costs, which rules give way for it, who moves."""
    reach: AmountIn | None = None
    """Find the least change of one number of one rule that brings the target here."""


class ItemPart(Document):
    """One line of a receipt."""

    item: str
    """The rule's name, or what the line is."""
    kind: str
    """fair share, pull, forced, floor, cap or rounding."""
    amount: Amount
    reason: str
    """Why the rule is there."""


class TargetPart(Document):
    """How one target was made."""

    metric: str
    period: str | None
    unit: str
    round_to: Amount
    baseline: Amount | None
    """Null where none is stated."""
    fair_share: Amount
    floor: Amount
    cap: Amount | None
    """Null where there is none."""
    unrounded: Amount
    target: Amount
    growth: float | None
    """target / baseline - 1."""
    stretch: float | None
    """target / fair share - 1."""
    binding: tuple[str, ...]
    """The rules that the target stands at or that pull it."""
    receipt: tuple[ItemPart, ...]
    """Adds up to the target."""


class WithoutPart(AboutRule):
    """What the target is without one rule, before rounding."""

    target: Amount | None
    """Null where there is no answer without it."""
    change: Amount | None
    """Against the target as it is, before rounding."""


class InsteadPart(PricePart):
    """What another target costs."""

    metric: str
    unit: str
    target: Amount


class WayPart(AboutRule):
    """One number of one rule that, so changed, brings the target to where it is wanted."""

    field: str
    from_: str = Field(alias="from")
    to: str
    target: Amount
    """What the target then is, before rounding."""
    moved: Amount
    """How much moves in all, in the metric's unit."""
    sentence: str


class ReachPart(Document):
    """What brings the target to where it is wanted, the least moving first."""

    metric: str
    unit: str
    target: Amount
    ways: tuple[WayPart, ...]


class ExplainDocument(PartnerPart):
    """How a partner's targets were made, what holds them, and what would change them."""

    scenario: str
    title: str
    state: State
    reason: str | None
    """Why the solve failed."""
    conflict: ConflictPart | None
    """Why there are no targets."""
    targets: tuple[TargetPart, ...]
    """By metric and period."""
    adjustments: tuple[AdjustmentPart, ...]
    """What people decided about this partner."""
    without: dict[str, tuple[WithoutPart, ...]]
    """By metric."""
    instead: InsteadPart | None
    reach: ReachPart | None
