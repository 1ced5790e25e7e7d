"""What is said about scenarios, coming in and going out."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from api.web.pagination import Listed, PageQuery
from api.web.schemas import FindingView, Name, Parameters, View, with_example

YAML = "application/yaml"

_ASKED = {
    "scenario": "fy2027-base",
    "title": "FY2027 base plan",
    "period": "FY2027",
    "partners": "ds_06A1B2C3D4E5F6G7H8J9K0M1N2",
    "partner_id": "partner_id",
    "metrics": {"revenue": {"unit": "USD", "round_to": 1000, "baseline": "revenue_fy2026"}},
    "targets": [{"name": "company target", "metric": "revenue", "total": 40226000}],
    "rules": ["rs_06A1B2C3D4E5F6G7H8J9K0M1N2", "library:reseller"],
}
_ITEM = {
    "id": "scn_06A1B2C3D4E5F6G7H8J9K0M1N2",
    "name": "fy2027-base",
    "title": "FY2027 base plan",
    "version": 1,
    "created_by": "key_06A1B2C3D4E5F6G7H8J9K0M1N2",
    "created_at": "2026-10-01T08:00:00Z",
    "updated_at": "2026-10-01T08:00:00Z",
}
_EXAMPLE = {
    **_ITEM,
    "document": _ASKED,
    "files": {"scenario.yaml": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"},
    "inputs": {},
    "warnings": [],
}


class ScenarioIn(BaseModel):
    """A scenario file as JSON: its fields, with ids of what was uploaded where a file would name files."""

    model_config = with_example(_ASKED, extra="allow")

    scenario: str
    """Its name."""
    partners: str | None = None
    """The dataset's id; left out in a variant."""
    rules: list[str] | None = None
    """Ids of rule sets, or `library:NAME`."""
    extends: str | None = None
    """In a variant: the id of the scenario it builds on."""


class ScenarioPatch(BaseModel):
    """Any fields of a scenario; null takes a field away."""

    model_config = with_example({"title": "FY2027, second draft"}, extra="allow")


class ScenarioItem(View):
    """A scenario in a list."""

    id: str
    name: str
    title: str
    version: int
    """Its newest version; also its ETag."""
    created_by: str
    created_at: datetime
    updated_at: datetime


class ScenarioView(ScenarioItem):
    """A scenario at its newest version."""

    model_config = with_example(_EXAMPLE)

    document: dict[str, Any]
    """As it was uploaded."""
    files: dict[str, str]
    """The files that a run reads, each with its SHA-256."""
    inputs: dict[str, str]
    """Those of them that are a dataset or a rule set, each with its id."""
    warnings: list[FindingView] = Field(default_factory=list)
    """Doubts that do not stand in the way; reported when it is uploaded."""


class ScenarioList(Listed[ScenarioItem]):
    """Scenarios, newest first."""

    model_config = with_example({"items": [_ITEM], "next_cursor": None})


class ScenarioPath(Parameters):
    """Which scenario."""

    scenario_id: str


class AdjustQuery(Parameters):
    """Who decides, and whether it is meant."""

    by: Name = Field(description="Who decided: it stands on every receipt.")
    dry_run: bool = Field(False, description="Only show what each override costs and whom it moves.")


class AdjustView(View):
    """What the overrides come to: the document that `cascade adjust --json` prints."""

    model_config = with_example(
        {"scenario": "fy2027-base", "by": "channel desk", "overrides": [], "together": None, "findings": []},
        extra="allow",
    )


class ScenariosQuery(PageQuery):
    """Which scenarios."""

    name: Name | None = Field(None, description="Only the scenario of this name.")
