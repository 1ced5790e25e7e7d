"""What is exchanged about the incentives of plans."""

from pydantic import Field

from api.analysis.incentives.document import IncentivesDocument, IncentivesRequest
from api.resources.actuals.schemas import ForecastQuery
from api.web.schemas import Name, with_example

_PRICE = {"at_target": "35.2", "at_forecast": "31.7", "expected": "32.4"}
_DOCUMENT = {
    "scenario": "fy2027-base",
    "title": "FY2027",
    "as_of": "2027-06-30",
    "unit": "USD",
    "price": _PRICE,
    "budget": "40",
    "left": {"at_target": "4.8", "at_forecast": "8.3", "expected": "7.6"},
    "incentives": [
        {
            "name": "growth rebate",
            "metric": "revenue",
            "reason": "",
            "table": "rates",
            "pays": "marginal",
            "bands": [{"start": "0", "pays": "0.02"}, {"start": "1", "pays": "0.04"}],
            "cap": "1.5",
            "partners": 2,
            "price": _PRICE,
        }
    ],
    "by": "tier",
    "groups": [{"group": "Gold", "partners": 2, "price": _PRICE}],
    "partner_prices": [],
    "findings": [],
}


class IncentivesView(IncentivesDocument):
    """What a plan would pay: the document that `cascade incentives` prints with --json."""

    model_config = with_example(_DOCUMENT)


class IncentivesQuery(ForecastQuery):
    """Of which day, by which column, and whether partners are listed."""

    by: Name | None = Field(None, description="Group by this column; by tier if left out.")

    def asked(self) -> dict[str, object]:
        """The request of the analysis, as JSON has it."""
        request = IncentivesRequest.model_validate({**self.request(), "by": self.by})
        return request.model_dump(mode="json")
