"""What is said about plans, coming in and going out."""

from datetime import datetime
from typing import Any

from pydantic import Field

from api.db.tables.plans import Stage
from api.resources.exports.export import FormatName
from api.web.pagination import Listed, PageQuery
from api.web.schemas import Name, Parameters, Reason, RequestBody, View, with_example

_EXAMPLE = {
    "id": "plan_06A1B2C3D4E5F6G7H8J9K0M1N2",
    "name": "channel",
    "period": "FY2027",
    "run": "run_06A1B2C3D4E5F6G7H8J9K0M1N2",
    "stage": "published",
    "version": 3,
    "supersedes": None,
    "superseded_by": None,
    "submitted_by": "key_06A1B2C3D4E5F6G7H8J9K0M1N2",
    "created_at": "2026-10-01T08:00:00Z",
    "published_at": "2026-10-02T08:00:00Z",
}
_STEP = {
    "number": 1,
    "action": "submit",
    "actor": "key_06A1B2C3D4E5F6G7H8J9K0M1N2",
    "reason": "agreed with the regions",
    "moved": None,
    "at": "2026-10-01T08:00:00Z",
}


class PlanView(View):
    """A run, proposed or published as the plan of a period."""

    model_config = with_example(_EXAMPLE)

    id: str
    name: str
    period: str
    run: str = Field(validation_alias="run_id")
    stage: Stage
    version: int
    """Number of its newest step; also its ETag."""
    supersedes: str | None
    superseded_by: str | None
    submitted_by: str
    created_at: datetime
    published_at: datetime | None


class PlanList(Listed[PlanView]):
    """Plans, newest first."""

    model_config = with_example({"items": [_EXAMPLE], "next_cursor": None})


class StepView(View):
    """Who did what, when and why, and what moved by it."""

    number: int
    action: str
    actor: str
    reason: str
    moved: dict[str, Any] | None
    at: datetime


class HistoryView(View):
    """A plan's steps, oldest first."""

    model_config = with_example({"steps": [_STEP]})

    steps: list[StepView]


class PlanIn(RequestBody):
    """Which run to propose."""

    model_config = with_example(
        {"run": "run_06A1B2C3D4E5F6G7H8J9K0M1N2", "period": "FY2027", "reason": "first draft"}
    )

    run: str = Field(max_length=100)
    name: Name = "channel"
    """Which of the organisation's plans."""
    period: Name
    reason: Reason = ""


class StepIn(RequestBody):
    """Why."""

    model_config = with_example({"reason": "agreed with the regions"})

    reason: Reason = ""


class RejectIn(RequestBody):
    """Why not."""

    model_config = with_example({"reason": "Europe is asked for too much"})

    reason: Reason = Field(min_length=1)


class PlanPath(Parameters):
    """Which plan."""

    plan_id: str


class PlanPartnerPath(PlanPath):
    """Which partner of which plan."""

    partner: str


class PlanExportPath(PlanPath):
    """Which form of which plan."""

    format: FormatName


class PlansQuery(PageQuery):
    """Which plans."""

    name: Name | None = None
    period: Name | None = None
    stage: Stage | None = None


class PublishedQuery(Parameters):
    """Which period."""

    period: Name
    name: Name = "channel"


class PartnerPath(Parameters):
    """Which partner."""

    partner: str


class HoldingQuery(Parameters):
    """Which plan."""

    period: Name | None = Field(None, description="May be left out where a plan holds for one period only.")
    name: Name = "channel"
