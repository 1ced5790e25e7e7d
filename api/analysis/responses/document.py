"""What can be asked about the responses to a plan, and the answer."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.analysis.price import PricePart
from api.analysis.standing.document import CountedRequest
from api.output.document import Amount, Document
from api.output.findings import FindingPart
from api.output.partner_names import PartnerPart
from scenarios.responses import LONGEST_REASON, MOST, Says, flaw_of
from scenarios.values.number_fields import Amount as AmountIn


class ResponseIn(BaseModel):
    """What a partner says to a target."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    partner: str = Field(min_length=1, max_length=200)
    metric: str = Field(min_length=1, max_length=200)
    period: str | None = Field(None, max_length=200)
    """The period of the target; the whole if left out."""
    says: Says
    """accept, counter, or appeal, which contests the target without naming another."""
    target: AmountIn | None = Field(None, ge=0)
    """What a counter asks for."""
    by: str = Field(min_length=1, max_length=200)
    """Who said it, on whose behalf."""
    on: date | None = None
    """When."""
    reason: str = Field("", max_length=LONGEST_REASON)
    """Why; needed by a counter and an appeal."""

    @model_validator(mode="after")
    def _whole(self) -> ResponseIn:
        if wrong := flaw_of(self.says, self.target, self.reason):
            raise ValueError(f"{wrong[1]}. {wrong[2]}.")
        return self


class ResponsesRequest(CountedRequest):
    """What partners' responses come to: the price of each counter, and of all together."""

    responses: tuple[ResponseIn, ...] = Field(default=(), max_length=MOST)
    """The responses, where they do not come in a file."""


class OddsPart(Document):
    """The odds that the company's total of a metric is met, from 0 to 1; null where the past is too short."""

    before: Amount | None
    after: Amount | None


class ResponsePart(PartnerPart):
    """One response and, for a counter, its price without the others."""

    metric: str
    period: str | None
    """Null: the whole."""
    unit: str
    says: Says
    by: str
    on: date | None
    reason: str
    target_before: Amount
    """The target that it is about."""
    target: Amount | None
    """What a counter asks for; null for others."""
    change: Amount | None
    alone: PricePart | None
    """Null for what asks for no other target."""
    odds: dict[str, OddsPart]
    """By metric; empty without actuals, and where there are no targets with it."""


class ResponsesDocument(Document):
    """Responses to the targets of a scenario, priced."""

    scenario: str
    title: str
    responses: tuple[ResponsePart, ...]
    together: PricePart | None
    """All counters at once; null where there is none."""
    odds_together: dict[str, OddsPart]
    """By metric, with all counters at once."""
    findings: tuple[FindingPart, ...]
    """The doubts about responses and actuals."""
