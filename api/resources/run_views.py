"""What is said about runs, coming in and going out."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, RootModel

from api.http.paging import Listed, PageQuery
from api.http.shapes import Asked, FindingView, Headers, Once, Parameters, View, shown
from api.store.runs import State

_EXAMPLE = {
    "id": "run_06A1B2C3D4E5F6G7H8J9K0M1N2",
    "scenario": "scn_06A1B2C3D4E5F6G7H8J9K0M1N2",
    "scenario_version": 1,
    "batch": None,
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


class RunOptions(Asked):
    """How a run is solved; what is left out gets the server's own limit."""

    time_limit_s: float | None = Field(None, gt=0, le=86_400)
    """Seconds after which the solve is stopped."""
    memory_limit_mb: int | None = Field(None, ge=256, le=1 << 20)


class RunIn(Asked):
    """What to do with the scenario."""

    model_config = shown({"options": {"time_limit_s": 60}, "priority": 0})

    options: RunOptions = RunOptions()
    priority: int = Field(0, ge=-100, le=100)
    """Higher goes first among the organisation's runs."""


class BatchIn(Asked):
    """Scenarios to solve together."""

    model_config = shown({"scenarios": ["scn_06A1B2C3D4E5F6G7H8J9K0M1N2"], "priority": 0})

    scenarios: list[str] = Field(min_length=1, max_length=100)
    """Ids; each at its newest version."""
    options: RunOptions = RunOptions()
    priority: int = Field(0, ge=-100, le=100)


class RunView(View):
    """A run. It goes queued → running → succeeded, infeasible, failed, cancelled or expired."""

    model_config = shown(_EXAMPLE)

    id: str
    scenario: str = Field(validation_alias="scenario_id")
    scenario_version: int
    batch: str | None = Field(validation_alias="batch_id")
    state: str
    termination: str | None
    """The solver's own verdict: optimal, infeasible, time_limit, error."""
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

    model_config = shown({"items": [_EXAMPLE], "next_cursor": None})


class DryRunView(View):
    """What a run would find wrong before it solves."""

    model_config = shown({"dry_run": True, "findings": []})

    dry_run: bool
    findings: list[FindingView]


class FinishedOrChecked(RootModel[RunView | DryRunView]):
    """The finished run; with `dry_run` the findings."""

    model_config = shown(_EXAMPLE)


class BatchView(View):
    """Runs that were submitted together."""

    model_config = shown({"id": "bat_06A1B2C3D4E5F6G7H8J9K0M1N2", "runs": [_EXAMPLE]})

    id: str
    runs: list[RunView]


class LogView(View):
    """Lines that the solve said."""

    model_config = shown({"entries": [{"sequence": 4, "lines": ["…"]}], "next_after": 4})

    entries: list[dict[str, Any]]
    next_after: int
    """Pass as `after` for what comes later."""


class RunPath(Parameters):
    """Which run."""

    run_id: str


class ScenarioRunPath(Parameters):
    """Which scenario."""

    scenario_id: str


class BatchPath(Parameters):
    """Which batch."""

    batch_id: str


class SubmitQuery(Parameters):
    """Whether it is meant."""

    dry_run: bool = Field(False, description="Only check the scenario, and tell what is wrong.")


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
