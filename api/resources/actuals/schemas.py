"""What is exchanged about actuals and the standing of plans."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from api.analysis.forecast.document import ForecastDocument
from api.analysis.standing.document import CountedRequest, StandingDocument
from api.web.json_table import Cell
from api.web.pagination import Listed, PageQuery
from api.web.schemas import Name, Parameters, RequestBody, View, with_example
from solver.tracking.standing import State

_EXAMPLE = {
    "id": "act_06A1B2C3D4E5F6G7H8J9K0M1N2",
    "plan": "channel",
    "period": "FY2027",
    "format": "csv",
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "size": 18211,
    "rows": 720,
    "created_by": "key_06A1B2C3D4E5F6G7H8J9K0M1N2",
    "created_at": "2027-04-02T08:00:00Z",
}


_STANDING = {
    "scenario": "fy2027-base",
    "title": "FY2027",
    "as_of": "2027-06-30",
    "parts": [
        {"name": "H1", "last_day": "2027-06-30", "over": "1"},
        {"name": "H2", "last_day": "2027-12-31", "over": "0"},
    ],
    "levels": ["company", "partner"],
    "units": {"revenue": {"unit": "USD", "round_to": "1"}},
    "objectives": [],
    "states": {"revenue": {"off_track": 1, "ahead": 1, "behind": 1}},
    "nodes": [
        {
            "level": "company",
            "path": [],
            "name": None,
            "tier": None,
            "partners": 3,
            "metrics": {
                "revenue": {
                    "target": "660",
                    "done": "310",
                    "expected": "330",
                    "unassigned": "0",
                    "attainment": "0.469697",
                    "pace": "0.939394",
                    "at_this_pace": "620",
                    "rest": "350",
                    "required_pace": "1.060606",
                    "state": "behind",
                }
            },
        }
    ],
    "findings": [],
}


class StandingView(StandingDocument):
    """Where a plan stands on a day: the document that `cascade track` prints with --json."""

    model_config = with_example(_STANDING)


_HELD = {"held": 3, "of": 3}
_FORECAST = {
    **{name: _STANDING[name] for name in ("scenario", "title", "as_of", "parts", "levels", "units")},
    "lessons": {
        "revenue": {
            "weight": "0.61",
            "learned": True,
            "years": ["FY2024", "FY2025", "FY2026"],
            "growth": "1.04",
            "common": "0.08",
            "own": "0.11",
            "coverage": {"of_company": _HELD, "of_levels": _HELD, "of_partners": {"held": 7, "of": 9}},
        }
    },
    "nodes": [
        {
            "level": "company",
            "path": [],
            "name": None,
            "tier": None,
            "partners": 3,
            "metrics": {
                "revenue": {
                    "target": "660",
                    "done": "310",
                    "asked": "330",
                    "rest": "320",
                    "forecast": "630",
                    "low": "588",
                    "high": "672",
                    "odds": "0.162771",
                }
            },
        }
    ],
    "findings": [],
}


class ForecastView(ForecastDocument):
    """What a plan's period will come to: the document that `cascade forecast` prints with --json."""

    model_config = with_example(_FORECAST)


class ActualsView(View):
    """One upload of actuals."""

    model_config = with_example(_EXAMPLE)

    id: str
    plan: str
    """The name of the plans that it is about, whatever their version."""
    period: str
    """Their period."""
    format: str
    sha256: str
    size: int
    """Bytes as uploaded."""
    rows: int
    created_by: str
    created_at: datetime


class ActualsList(Listed[ActualsView]):
    """Uploads, newest first."""

    model_config = with_example({"items": [_EXAMPLE], "next_cursor": None})


class ActualsPath(Parameters):
    """Which upload."""

    actuals_id: str


class ActualsListQuery(PageQuery):
    """Which uploads."""

    plan: Name | None = None
    period: Name | None = None


class ActualsQuery(Parameters):
    """Which plan a file of actuals is about, and how it is read."""

    period: Name | None = Field(None, description="The period of the plan; for JSON it stands in the body.")
    plan: Name = Field("channel", description="The name of the plan; for JSON it stands in the body.")
    partner_id: Name = Field("partner_id", description="The column that identifies a partner.")


class ActualsIn(RequestBody):
    """Actuals as JSON."""

    model_config = with_example(
        {
            "period": "FY2027",
            "actuals": [
                {"partner_id": "P1", "metric": "revenue", "period": "Q1", "amount": "51200.50",
                 "as_of": "2027-03-31"}
            ],
        }
    )  # fmt: skip

    period: Name
    """The period of the plan."""
    plan: Name = "channel"
    """The name of the plan."""
    actuals: Annotated[list[dict[str, Cell]], Field(min_length=1, max_length=100_000)]
    """One object per partner, metric and part; amounts are best given as strings."""


class CountedQuery(Parameters):
    """Which actuals count."""

    as_of: date | None = Field(None, description="Count what was known on this day.")
    done: Annotated[str, Field(max_length=1000)] | None = Field(
        None, description="The parts that are over, commas between, where the plan has no calendar."
    )
    missing: Literal["zero"] | None = Field(None, description="Who has no row has done nothing.")
    unassigned: Literal["keep"] | None = Field(
        None, description="Rows of partners who are not in the plan count above the partners."
    )

    def counted(self) -> dict[str, object]:
        """What requests of analyses say about it, as JSON has it."""
        return CountedRequest(
            as_of=self.as_of,
            done=None if self.done is None else tuple(part.strip() for part in self.done.split(",")),
            missing=self.missing,
            unassigned=self.unassigned,
        ).model_dump(mode="json")


class ForecastQuery(CountedQuery):
    """Of which day, and down to which level."""

    to: Name | None = Field(None, description="The last level listed: a column of the cascade, or `partner`.")

    def request(self) -> dict[str, object]:
        """The request of the analysis, as JSON has it."""
        return {**self.counted(), "to": self.to}


class StandingQuery(ForecastQuery):
    """Of which day, and of whom."""

    state: State | None = Field(None, description="Only who is in this state, partners too.")

    def request(self) -> dict[str, object]:
        """The request of the analysis, as JSON has it."""
        return {**super().request(), "states": [] if self.state is None else [self.state]}
