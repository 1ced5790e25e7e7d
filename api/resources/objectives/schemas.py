"""What is exchanged about objectives and check-ins."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from pydantic import Field

from api.analysis.objectives.check_in import CheckInRequest
from api.analysis.objectives.document import ObjectivesDocument, ObjectivesRequest
from api.resources.actuals.schemas import ForecastQuery
from api.web.pagination import Listed
from api.web.schemas import Name, RequestBody, View, with_example

_OWN = {
    "name": "ten new partners",
    "of": None,
    "metric": None,
    "unit": None,
    "kind": "aspirational",
    "weight": "1",
    "from": "0",
    "now": "6",
    "to": "10",
    "due": None,
    "score": "0.6",
    "due_score": None,
    "grade": "yellow",
    "by": "recruiting",
    "check_ins": [{"on": "2027-04-02", "now": "6", "by": "recruiting", "note": ""}],
}
_DOCUMENT = {
    "scenario": "fy2027-base",
    "title": "FY2027",
    "as_of": "2027-06-30",
    "parts": [{"name": "H1", "last_day": "2027-06-30", "over": "1"}],
    "objectives": [
        {
            "name": "The north stands on its own feet",
            "period": "FY2027",
            "why": "The desk opens in March",
            "by": "head of channel",
            "kind": "aspirational",
            "score": "0.6",
            "grade": "yellow",
            "key_results": [_OWN],
            "levels": ["company"],
            "nodes": [],
        }
    ],
    "findings": [],
}
_CHECK_IN = {
    "objective": "The north stands on its own feet",
    "key_result": "ten new partners",
    "on": "2027-06-30",
    "now": "8",
    "by": "recruiting",
    "note": "two start in July",
}


class ObjectivesView(ObjectivesDocument):
    """How far objectives are on a day: the document that `cascade objectives` prints with --json."""

    model_config = with_example(_DOCUMENT)


class ObjectivesQuery(ForecastQuery):
    """Of which day, and down to which level."""

    def asked(self, check_ins: list[CheckInRequest]) -> dict[str, object]:
        """The request of the analysis, as JSON has it."""
        request = ObjectivesRequest.model_validate({**self.request(), "check_ins": check_ins})
        return request.model_dump(mode="json")


class CheckInIn(RequestBody):
    """What a key result that states its own numbers has come to."""

    model_config = with_example(_CHECK_IN)

    objective: Name
    key_result: Name
    on: date
    """The day on which the number was known; a later check-in of the same day takes its place."""
    now: Annotated[Decimal, Field(allow_inf_nan=False, max_digits=30)]
    """The number, best given as a string; 5 % is 0.05."""
    by: Name | None = None
    """Who says so."""
    note: Annotated[str, Field(max_length=2000)] = ""


class CheckInView(View):
    """One check-in."""

    model_config = with_example(
        {
            "id": "chk_06A1B2C3D4E5F6G7H8J9K0M1N2",
            **_CHECK_IN,
            "created_by": "key_06A1B2C3D4E5F6G7H8J9K0M1N2",
            "created_at": "2027-07-01T08:00:00Z",
        }
    )

    id: str
    objective: str
    key_result: str
    on: date
    now: str
    by: str | None
    note: str
    created_by: str
    created_at: datetime


class CheckInList(Listed[CheckInView]):
    """Check-ins, newest first."""

    model_config = with_example({"items": [], "next_cursor": None})
