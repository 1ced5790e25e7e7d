"""Comparisons: runs side by side, looked at or kept."""

from datetime import datetime
from typing import Any

from flask import Response
from pydantic import Field
from sqlalchemy.orm import Session

from api.contrast import contrast
from api.http.answers import Answer, answer
from api.http.idempotency import once
from api.http.looking import look_in_store
from api.http.paging import Listed, PageQuery, listed
from api.http.routes import PREFIX, Routes
from api.http.service import caller, service
from api.http.shapes import Asked, Once, Parameters, View, shown
from api.keys import Scope
from api.problems import Problem
from api.results import allocated
from api.store import comparisons
from api.store.comparisons import Comparison

_RUNS = ["run_06A1B2C3D4E5F6G7H8J9K0M1N2", "run_06A1B2C3D4E5F6G7H8J9K0M1N3"]
_MOVES = {
    "total_before": "40226000",
    "total_after": "41000000",
    "raised": 310,
    "lowered": 12,
    "new": 0,
    "gone": 0,
    "largest": [{"partner": "P0073", "before": "1249000", "after": "1642000"}],
}
_CONTRAST: dict[str, Any] = {
    "runs": [{"id": run, "title": "FY2027 base plan", "state": "succeeded", "totals": {}} for run in _RUNS],
    "against_first": [
        {"run": _RUNS[1], "moves": {"revenue": _MOVES}, "rules": [], "inputs": ["scenario.yaml"]}
    ],
}
_ITEM = {
    "id": "cmp_06A1B2C3D4E5F6G7H8J9K0M1N2",
    "run_ids": _RUNS,
    "created_by": "key_06A1B2C3D4E5F6G7H8J9K0M1N2",
    "created_at": "2026-10-01T08:00:00Z",
}


class ContrastView(View):
    """Runs side by side; each later one against the first."""

    model_config = shown(_CONTRAST)

    runs: list[dict[str, Any]]
    against_first: list[dict[str, Any]]
    """Totals and largest moves per metric, the rules that came out otherwise, the input files that differ."""


class ComparisonItem(View):
    """A kept comparison in a list."""

    id: str
    run_ids: list[str]
    created_by: str
    created_at: datetime


class ComparisonView(ComparisonItem):
    """A kept comparison."""

    model_config = shown({**_ITEM, "document": _CONTRAST})

    document: ContrastView


class ComparisonList(Listed[ComparisonItem]):
    """Kept comparisons, newest first."""

    model_config = shown({"items": [_ITEM], "next_cursor": None})


class ComparisonIn(Asked):
    """Which runs to keep side by side."""

    model_config = shown({"runs": _RUNS})

    runs: list[str] = Field(min_length=2, max_length=5)


class RunsQuery(Parameters):
    """Which runs."""

    runs: str = Field(min_length=3, max_length=500, description="Ids of two to five runs, `,` between.")


class ComparisonPath(Parameters):
    """Which comparison."""

    comparison_id: str


routes = Routes("comparisons", "Runs side by side, and why they differ.")


@routes.get(
    "/comparisons", scope=Scope.RUNS_READ, answers={200: ContrastView}, problems=("no-result", "not-found")
)
def compare_runs(query: RunsQuery) -> Response:
    """Compare runs"""
    found = contrasted(compared(query.runs.split(",")))
    return answer(ContrastView.model_validate(found)).response()


def contrasted(run_ids: list[str]) -> dict[str, Any]:
    """The runs side by side; raises NotFound and Problem."""
    org_id = caller().org_id
    with service().store.read() as session:
        rows = sum(allocated(session, org_id, run_id) for run_id in run_ids)
    return look_in_store(rows, contrast, org_id, run_ids)


def compared(run_ids: list[str]) -> list[str]:
    """The ids, each once; raises Problem for too few or too many."""
    wanted = list(dict.fromkeys(run_id.strip() for run_id in run_ids))
    most = service().config.limits.compared_runs
    if not 2 <= len(wanted) <= most:
        raise Problem("invalid", f"/runs: Name two to {most} runs.")
    return wanted


@routes.post(
    "/comparisons",
    scope=Scope.RUNS_WRITE,
    answers={201: ComparisonView},
    problems=("no-result", "not-found"),
)
def keep_comparison(header: Once, body: ComparisonIn) -> Response:  # noqa: ARG001
    """Keep a comparison"""
    who = caller()
    run_ids = compared(body.runs)
    found = contrasted(run_ids)

    def effect(session: Session) -> Answer:
        kept = comparisons.keep(session, who.org_id, run_ids=run_ids, document=found, created_by=who.key_id)
        return answer(_view(kept), 201, {"Location": f"{PREFIX}/comparisons/{kept.id}"})

    return once(effect)


def _view(kept: Comparison) -> ComparisonView:
    return ComparisonView.model_validate(kept)


@routes.get(
    "/comparisons/kept", scope=Scope.RUNS_READ, answers={200: ComparisonList}, problems=("bad-cursor",)
)
def list_comparisons(query: PageQuery) -> Response:
    """List kept comparisons"""
    with service().store.read() as session:
        page = comparisons.listed(session, caller().org_id, after=query.after(), limit=query.limit)
    return listed(page, ComparisonItem.model_validate)


@routes.get("/comparisons/<comparison_id>", scope=Scope.RUNS_READ, answers={200: ComparisonView})
def get_comparison(path: ComparisonPath) -> Response:
    """Read a kept comparison"""
    with service().store.read() as session:
        kept = comparisons.get(session, caller().org_id, path.comparison_id)
    return answer(_view(kept)).response()
