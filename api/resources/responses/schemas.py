"""What is exchanged about responses."""

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from api.analysis.responses.document import ResponseIn, ResponsesDocument
from api.db.tables.responses import ResponseState
from api.web.pagination import Listed, PageQuery
from api.web.schemas import Name, Parameters, Reason, RequestBody, View, with_example
from scenarios.responses import MOST, Says
from scenarios.values.number_fields import Amount

_IN = {
    "partner": "P0016",
    "metric": "revenue",
    "says": "counter",
    "target": "800000",
    "by": "CEO of P0016",
    "on": "2027-01-20",
    "reason": "the largest customer leaves",
}
_EXAMPLE: dict[str, object] = {
    **_IN,
    "id": "rsp_06A1B2C3D4E5F6G7H8J9K0M1N2",
    "plan": "plan_06A1B2C3D4E5F6G7H8J9K0M1N2",
    "period": None,
    "state": "accepted",
    "accepted_target": "800000",
    "answer": "half of it was agreed on with the region",
    "decided_by": "key_06A1B2C3D4E5F6G7H8J9K0M1N2",
    "decided_at": "2027-01-22T08:00:00Z",
    "scenario": "scn_06A1B2C3D4E5F6G7H8J9K0M1N2",
    "scenario_version": 4,
    "version": 2,
    "created_by": "key_06A1B2C3D4E5F6G7H8J9K0M1N2",
    "created_at": "2027-01-20T08:00:00Z",
}
_PRICED: dict[str, object] = {
    "scenario": "fy2027-base",
    "title": "FY2027",
    "responses": [],
    "together": None,
    "odds_together": {"revenue": {"before": "0.139", "after": "0.14"}},
    "findings": [],
}


class ResponseView(View):
    """What a partner says to a target, and what was decided."""

    model_config = with_example(_EXAMPLE)

    id: str
    plan: str = Field(validation_alias="plan_id")
    partner: str
    metric: str
    period: str | None
    """Null: the whole."""
    says: Says
    target: str | None
    """What a counter asks for."""
    by: str = Field(validation_alias="made_by")
    on: date | None = Field(validation_alias="made_on")
    reason: str
    state: ResponseState
    accepted_target: str | None
    """The target that was accepted."""
    answer: str | None
    """Why it was decided so."""
    decided_by: str | None
    decided_at: datetime | None
    scenario: str | None = Field(validation_alias="scenario_id")
    scenario_version: int | None
    """The version of the scenario that has it as an adjustment; it holds once a run of it is published."""
    version: int
    """Its ETag."""
    created_by: str
    created_at: datetime


class ResponseList(Listed[ResponseView]):
    """Responses, newest first."""

    model_config = with_example({"items": [_EXAMPLE], "next_cursor": None})


class PricedView(ResponsesDocument):
    """The price of open counters: the document that `cascade explain --responses` prints with --json."""

    model_config = with_example(_PRICED)


class PartnerResponseIn(ResponseIn, RequestBody):
    """What a partner says to a target."""

    model_config = with_example(_IN)


class DecideIn(RequestBody):
    """What a planner decides about a response."""

    model_config = with_example({"decision": "accept", "reason": "agreed with the region"})

    decision: Literal["accept", "refuse"]
    reason: Reason = ""
    """Why; needed to refuse."""
    target: Amount | None = Field(None, gt=0)
    """What is accepted; what a counter asks for if left out. An appeal names none, so that accepting it needs one."""


class ResponsePath(Parameters):
    """Which response."""

    response_id: str


class ResponsesQuery(PageQuery):
    """Which responses."""

    state: ResponseState | None = None
    partner: Name | None = None


class PriceIn(RequestBody):
    """Which counters are priced, and which actuals count for the odds."""

    model_config = with_example({"done": ["Q1"]})

    responses: list[Name] | None = Field(None, max_length=MOST)
    """Ids of open counters; all of them if left out."""
    as_of: date | None = None
    done: list[Name] | None = Field(None, max_length=100)
    """The parts that are over, where the plan has no calendar."""
