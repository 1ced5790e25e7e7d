"""What can be asked for a partner's review, and the answer."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from api.analysis.firsts import FirstsPart
from api.analysis.forecast.document import ForecastAmounts, HeldPart
from api.analysis.gaps.document import NeedPart
from api.analysis.incentives.document import PayoutAt
from api.analysis.responses.document import ResponseIn
from api.analysis.returns.document import PartnerReturn
from api.analysis.standing.document import CountedRequest, PartPart, StandingAmounts
from api.output.document import Amount, Document
from api.output.findings import FindingPart
from api.output.partner_names import PartnerPart
from scenarios.responses import Says


class ReviewRequest(CountedRequest):
    """One partner's review, to be talked over: standing, forecast, receipt, responses, commitments."""

    partner: str
    """The partner's id."""
    responses: tuple[ResponseIn, ...] = Field(default=(), max_length=100)
    """What the partner answered to its targets."""
    commitments: tuple[str, ...] = Field(default=(), max_length=3)
    """What was agreed; as many lines are left to write as lack to three."""


class PartAmounts(Document):
    """A part of the period."""

    name: str
    target: Amount
    done: Amount | None
    """Null where no one has said what was done."""


class YearAmount(Document):
    """What was done in an earlier year, as far as it is known."""

    year: str
    done: Amount


class ReceiptLine(Document):
    """A line of the receipt of the whole period."""

    item: str
    """The rule's name, or what the line is."""
    amount: Amount


class ReviewMetric(Document):
    """A metric of the partner."""

    unit: str
    round_to: Amount
    standing: StandingAmounts
    forecast: ForecastAmounts
    interval_held: HeldPart | None
    """How often intervals of partners held, on the past of the plan; null where it is too short."""
    parts: tuple[PartAmounts, ...]
    before: tuple[YearAmount, ...]
    """Earlier years, oldest first."""
    receipt: tuple[ReceiptLine, ...]
    """Adds up to the target; empty where the plan has no receipts."""


class ReviewResponse(Document):
    """What the partner answered to a target."""

    metric: str
    period: str | None
    says: Says
    target: Amount | None
    on: date | None
    reason: str


class EarnedPart(Document):
    """What the partner would earn by the scenario's incentives."""

    unit: str
    at: tuple[PayoutAt, ...]


class NextTier(Document):
    """The nearest tier above the partner's own."""

    tier: str
    needs: tuple[NeedPart, ...]
    carried: bool
    """Whether nothing is missing once the targets are met."""


class ObjectiveRole(Document):
    """The partner's part in a key result that is read off the plan."""

    objective: str
    name: str
    """Of the key result."""
    unit: str
    now: Amount
    """To six decimals, as all that follows."""
    to: Amount
    score: Amount
    """1 where it is reached."""
    due_score: Amount | None
    """The same, of what was due; null where nothing was."""


class ReviewDocument(PartnerPart):
    """One partner's review."""

    scenario: str
    title: str
    as_of: date
    parts: tuple[PartPart, ...]
    metrics: dict[str, ReviewMetric]
    responses: tuple[ReviewResponse, ...]
    firsts: dict[str, FirstsPart]
    """By metric, what it has reached beside its own past."""
    next_tier: NextTier | None
    """Null at the highest tier, and without requirements."""
    earns: EarnedPart | None
    """Null where no incentive pays it anything."""
    returns: tuple[PartnerReturn, ...]
    """What its targets bring where returns diminish, such as a fund."""
    key_results: tuple[ObjectiveRole, ...]
    commitments: tuple[str, ...]
    findings: tuple[FindingPart, ...]
    """The doubts about the actuals, and targets without a receipt."""
