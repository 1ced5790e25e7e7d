"""Allocations: the targets of a run, in pages of JSON, as CSV or as a workbook."""

from collections.abc import Mapping
from typing import Any

from flask import Response, request
from pydantic import Field
from pydantic_core import to_json

from api.exports.workbook import allocation_workbook
from api.http.answers import Answer
from api.http.looking import look_in_store
from api.http.paging import Listed, PageQuery
from api.http.routes import Routes
from api.http.service import caller, service
from api.http.shapes import View, shown
from api.keys import Scope
from api.problems import Problem
from api.resources.files import CSV, XLSX, attachment
from api.resources.run_views import RunPath
from api.resources.tables import csv_of, page_of
from api.results import allocated, partner_of

OFFERS = ("application/json", CSV, XLSX)

_EXAMPLE: dict[str, object] = {
    "partner": "P0001",
    "metric": "revenue",
    "period": None,
    "baseline": "19976.66",
    "fair_share": "23023.193102",
    "floor": "20575.9598",
    "cap": "44000",
    "unrounded": "22797.030257",
    "target": "23000",
    "assigned": None,
    "growth": "0.151344",
    "stretch": "-0.001007",
    "binding": [],
}


class TargetView(View):
    """One target. Amounts are decimal strings in the metric's unit; null where there is none."""

    model_config = shown(_EXAMPLE)

    partner: str
    metric: str
    period: str | None = None
    baseline: str | None = None
    fair_share: str | None = None
    floor: str | None = None
    cap: str | None = None
    unrounded: str | None = None
    target: str
    assigned: str | None = None
    """The padded number that the partner is told, where the scenario pads partners."""
    growth: str | None = None
    """target / baseline - 1."""
    stretch: str | None = None
    """target / fair share - 1."""
    binding: list[str] = Field(default_factory=list)
    """Names of the rules that this target stands at or that pull it."""


class TargetList(Listed[TargetView]):
    """Targets, partner by partner."""

    model_config = shown({"items": [_EXAMPLE], "next_cursor": None})


class PartnerTargets(View):
    """All targets of one partner."""

    model_config = shown({"partner": "P0001", "targets": [_EXAMPLE]})

    partner: str
    targets: list[TargetView]


class PartnerPath(RunPath):
    """Which partner of which run."""

    partner: str


routes = Routes("allocations", "The targets of a run.")


@routes.get(
    "/runs/<run_id>/allocations",
    scope=Scope.RUNS_READ,
    answers={200: TargetList, 304: None},
    problems=("no-result", "bad-cursor"),
    offers=OFFERS,
)
def get_allocations(path: RunPath, query: PageQuery) -> Response:
    """Fetch the targets of a run

    JSON in pages; with `Accept: text/csv` or XLSX the whole table in one piece.
    """
    return targets_of(path.run_id, query)


@routes.get(
    "/runs/<run_id>/allocations/<path:partner>",
    scope=Scope.RUNS_READ,
    answers={200: PartnerTargets},
    problems=("no-result",),
)
def get_partner_allocation(path: PartnerPath) -> Response:
    """Fetch the targets of one partner"""
    return targets_of_partner(path.run_id, path.partner)


def targets_of(run_id: str, query: PageQuery, form: str | None = None) -> Response:
    """The run's targets, in the format given or else asked for; the caller's right to them is settled."""
    best = form or (request.accept_mimetypes.best_match(OFFERS) if "Accept" in request.headers else OFFERS[0])
    if best == CSV:
        return csv_of(run_id, "allocation")
    return _xlsx(run_id) if best == XLSX else page_of(run_id, "allocation", query, target)


def targets_of_partner(run_id: str, partner: str) -> Response:
    """The partner's targets; the caller's right to them is settled."""
    org_id = caller().org_id
    with service().store.look() as session:
        found = partner_of(session, org_id, run_id, partner).allocation
    return Answer(200, to_json({"partner": partner, "targets": list(map(target, found))}).decode()).response()


def target(row: Mapping[str, str]) -> dict[str, Any]:
    """A row of the allocation in the shape of TargetView; plain, because a page has many."""
    told: dict[str, Any] = {name: row.get(name) or None for name in TargetView.model_fields}
    told["binding"] = [name.strip() for name in row.get("binding", "").split(";") if name.strip()]
    return told


def _xlsx(run_id: str) -> Response:
    org_id = caller().org_id
    with service().store.read() as session:
        rows, limit = allocated(session, org_id, run_id), service().config.limits.xlsx_rows
    if rows > limit:
        raise Problem("not-acceptable", f"{rows:,} rows are too many for XLSX; fetch text/csv.")
    content = look_in_store(rows, allocation_workbook, org_id, run_id, rows)
    return attachment(content, XLSX, f"{run_id}-allocation.xlsx")
