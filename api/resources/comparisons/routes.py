"""Comparisons: runs side by side."""

from typing import Any

from flask import Response
from pydantic import Field

from api.analysis.compare.document import CompareDocument
from api.db.scopes import Scope
from api.resources.comparisons.service import compare_stored, rows
from api.web.context import caller, service
from api.web.offload import read_in_store
from api.web.problems import invalid_value
from api.web.routing import Routes
from api.web.schemas import Parameters, View, with_example

_RUNS = ["run_06A1B2C3D4E5F6G7H8J9K0M1N2", "run_06A1B2C3D4E5F6G7H8J9K0M1N3"]
_EXTENT = {"unit": "USD", "targets": 240, "targets_raised": 83, "partners_raised": 83, "up": "774000"}
_EXAMPLE: dict[str, Any] = {
    "sides": [{"name": run, "title": "FY2027 base plan", "state": "succeeded", "totals": {}} for run in _RUNS],
    "spread": [],
    "rules": [],
    "against_first": [{"side": _RUNS[1], "files": ["scenario.yaml"], "metrics": {"revenue": _EXTENT}, "moves": []}],
}  # fmt: skip


class ComparisonView(View):
    """Runs side by side, as `cascade compare --json` prints it; a run whose rules conflict has no targets."""

    model_config = with_example(_EXAMPLE, extra="allow")

    sides: list[dict[str, Any]]
    """The runs; each is called by its id."""
    spread: list[dict[str, Any]]
    """How stretch is spread in each."""
    rules: list[dict[str, Any]]
    """What became of each rule in each."""
    against_first: list[dict[str, Any]]
    """What moved from the first to each other: `targets_raised` counts targets, `partners_raised` partners."""


class RunsQuery(Parameters):
    """Which runs."""

    runs: str = Field(min_length=3, max_length=500, description="Ids of two to five runs, `,` between.")
    most: int | None = Field(None, ge=0, description="At most so many moves of each; all if left out.")


routes = Routes("comparisons", "Runs side by side, and why they differ.")


@routes.get(
    "/comparisons", scope=Scope.RUNS_READ, answers={200: ComparisonView}, problems=("no-result", "not-found")
)
def compare_runs(query: RunsQuery) -> Response:
    """Compare runs"""
    found = comparison_of(compared(query.runs.split(",")), query.most)
    return Response(found.text(), content_type="application/json")


def comparison_of(run_ids: list[str], most: int | None) -> CompareDocument:
    """The runs side by side; raises NotFound and HttpProblem."""
    org_id = caller().org_id
    with service().store.read() as session:
        size = sum(rows(session, org_id, run_id) for run_id in run_ids)
    return read_in_store(size, compare_stored, org_id, run_ids, most)


def compared(run_ids: list[str]) -> list[str]:
    """The ids, each once; raises HttpProblem for too few or too many."""
    wanted = list(dict.fromkeys(run_id.strip() for run_id in run_ids))
    most = service().config.limits.compared_runs
    if not 2 <= len(wanted) <= most:
        raise invalid_value("/runs", f"Name two to {most} runs.")
    return wanted
