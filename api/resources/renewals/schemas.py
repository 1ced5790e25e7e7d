"""What is exchanged about renewals."""

from datetime import date
from typing import Literal

from pydantic import Field

from api.analysis.renew.document import RenewDocument
from api.db.tables.renewals import RenewalState
from api.resources.scenarios.schemas import ScenarioItem
from api.web.schemas import Name, RequestBody, View, with_example

_EXAMPLE = {
    "scenario": {
        "id": "sc_06A1B2C3D4E5F6G7H8J9K0M1N2",
        "name": "fy2028",
        "title": "FY2028",
        "version": 1,
        "created_by": "key_06A1B2C3D4E5F6G7H8J9K0M1N2",
        "created_at": "2028-01-04T08:00:00Z",
        "updated_at": "2028-01-04T08:00:00Z",
    },
    "renewal": {
        "scenario": "fy2028",
        "title": "FY2028",
        "period": "FY2028",
        "previous": "fy2027",
        "as_of": "2027-12-31",
        "calendar": None,
        "columns": [],
        "renewed": [],
        "kept_adjustments": [],
        "ended_adjustments": [],
        "left_out": [],
        "stated": [{"name": "company target", "field": "total", "value": "40226000"}],
        "unchanged": ["potential"],
        "by_others": {},
        "findings": [],
        "files": [],
    },
}


class RenewalIn(RequestBody):
    """What the next period is called, and which actuals count."""

    model_config = with_example({"period": "FY2028"})

    scenario: Name | None = None
    """What the next scenario is called; by the next year or quarter in its name if left out."""
    title: Name | None = None
    """Its line for people; likewise."""
    period: Name | None = None
    """What the next period is called; likewise."""
    as_of: date | None = None
    """Count what was known on this day; the last day that the actuals name if left out."""
    done: tuple[Name, ...] | None = Field(None, max_length=1000)
    """The parts that are over, for a plan without a calendar; all of them if left out."""
    missing: Literal["zero"] | None = None
    """What a partner without a row has done; as the scenario says if left out."""
    unassigned: Literal["keep"] | None = None
    """Whether rows of partners who are not in the plan are listed; as the scenario says if left out."""


class RenewalView(View):
    """The next period's scenario, and what it takes from this one."""

    model_config = with_example(_EXAMPLE)

    scenario: ScenarioItem
    """Kept as it was made; its run and its plan are for people to make."""
    renewal: RenewDocument
    """What `cascade renew` prints with --json: what is renewed, and what is to be decided."""


class RenewalScheduleIn(RequestBody):
    """By when the next period is prepared."""

    model_config = with_example({"days_before": 30})

    days_before: int = Field(ge=0, le=366)
    """So many days before the last day of the period that ends; 0 on that day."""


class RenewalScheduleView(View):
    """By when the next period of a plan is prepared, and what came of it."""

    model_config = with_example(
        {
            "days_before": 30,
            "last_day": "2027-12-31",
            "due_on": "2027-12-01",
            "state": "prepared",
            "scenario": "sc_06A1B2C3D4E5F6G7H8J9K0M1N2",
            "run": "run_06A1B2C3D4E5F6G7H8J9K0M1N2",
            "problem": None,
        }
    )

    days_before: int | None = None
    """Null where nothing is prepared by itself."""
    last_day: date | None = None
    """Of this period, by the plan's calendar; null where none is known."""
    due_on: date | None = None
    """The day on which the next period is prepared, or as soon as actuals are known."""
    state: RenewalState | None = None
    """`waiting`, `prepared` or `failed`; null where nothing is to be prepared."""
    scenario: str | None = None
    """The next period's scenario, whoever made it."""
    run: str | None = None
    """The run that solves it."""
    problem: str | None = None
    """Why it could not be prepared; it is tried again with newer actuals."""
