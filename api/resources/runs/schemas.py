"""What is said about runs, coming in and going out."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from api.db.tables.runs import State
from api.web.pagination import Listed, PageQuery
from api.web.schemas import FindingView, Headers, Once, Parameters, RequestBody, View, with_example

_EXAMPLE = {
    "id": "run_06A1B2C3D4E5F6G7H8J9K0M1N2",
    "scenario": "scn_06A1B2C3D4E5F6G7H8J9K0M1N2",
    "scenario_version": 1,
    "analysis": None,
    "state": "succeeded",
    "termination": "optimal",
    "reason": None,
    "findings": [],
    "stage": "write",
    "share": 0.9,
    "attempt": 1,
    "cancel_requested": False,
    "priority": 0,
    "options": {"time_limit_s": 300.0, "memory_limit_mb": 4096},
    "usage": {"wall_s": 0.21, "cpu_s": 0.2, "peak_rss_bytes": 180000000},
    "versions": {"engines": {"PIQP": "0.7.0", "OR-Tools": "9.15.6755"}},
    "submitted_by": "key_06A1B2C3D4E5F6G7H8J9K0M1N2",
    "created_at": "2026-10-01T08:00:00Z",
    "started_at": "2026-10-01T08:00:00.020000Z",
    "finished_at": "2026-10-01T08:00:00.230000Z",
    "expires_at": "2026-10-02T08:00:00Z",
}


class RunOptions(RequestBody):
    """How a run is solved; what is left out gets the server's own limit."""

    time_limit_s: float | None = Field(None, gt=0, le=86_400)
    """Seconds after which the solve is stopped."""
    memory_limit_mb: int | None = Field(None, ge=256, le=1 << 20)


class RunIn(RequestBody):
    """What to do with the scenario."""

    model_config = with_example({"options": {"time_limit_s": 60}, "priority": 0})

    options: RunOptions = RunOptions()
    priority: int = Field(0, ge=-100, le=100)
    """Higher goes first among the organisation's runs."""


class RunsIn(RequestBody):
    """Scenarios to solve together."""

    model_config = with_example({"scenarios": ["scn_06A1B2C3D4E5F6G7H8J9K0M1N2"], "priority": 0})

    scenarios: list[str] = Field(min_length=1, max_length=100)
    """Ids; each at its newest version."""
    options: RunOptions = RunOptions()
    priority: int = Field(0, ge=-100, le=100)


class RunView(View):
    """A run. It goes queued → running → succeeded, infeasible, failed, cancelled or expired."""

    model_config = with_example(_EXAMPLE)

    id: str
    scenario: str | None = Field(validation_alias="scenario_id")
    """Null for an analysis."""
    scenario_version: int | None
    analysis: str | None
    """The analysis by its name, where it takes long and so became a run; null for the solve of a scenario."""
    state: State
    termination: str | None
    """The solver's own verdict: optimal, infeasible, time_limit, error; null for an analysis."""
    reason: str | None
    """Why it failed, expired or was given up."""
    findings: Annotated[list[FindingView], BeforeValidator(lambda found: found or [])]
    """What was wrong with the input, when that is why it failed."""
    stage: str | None
    share: float | None
    """How much is done, 0 to 1."""
    attempt: int
    cancel_requested: bool
    priority: int
    options: dict[str, Any]
    """As they are in effect."""
    usage: dict[str, Any] | None
    versions: dict[str, Any] | None
    submitted_by: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    expires_at: datetime
    """A run that still waits then is given up."""


class RunList(Listed[RunView]):
    """Runs, newest first."""

    model_config = with_example({"items": [_EXAMPLE], "next_cursor": None})


class SubmittedRuns(View):
    """Runs that were submitted together, in the order of the request."""

    model_config = with_example({"items": [_EXAMPLE]})

    items: list[RunView]


class LogView(View):
    """Lines that the solve said."""

    model_config = with_example({"entries": [{"sequence": 4, "lines": ["…"]}], "next_after": 4})

    entries: list[dict[str, Any]]
    next_after: int
    """Pass as `after` for what comes later."""


class RunPath(Parameters):
    """Which run."""

    run_id: str


class ScenarioRunPath(Parameters):
    """Which scenario."""

    scenario_id: str


class RunsQuery(PageQuery):
    """Which runs."""

    scenario: str | None = Field(None, max_length=100, description="Only runs of this scenario.")
    state: State | None = Field(None, description="Only runs in this state.")


class LogQuery(Parameters):
    """From where on."""

    after: int = Field(0, ge=0, le=2**31)


class Submitting(Once):
    """Doing a thing once, and waiting for it."""

    prefer: str | None = Field(
        None,
        alias="Prefer",
        max_length=200,
        description="`wait=10`: answer 200 with the finished run if it is done in time.",
    )


class Resuming(Headers):
    """Where a stream goes on."""

    last_event_id: str | None = Field(
        None, alias="Last-Event-ID", description="The id of the last event that was seen."
    )
