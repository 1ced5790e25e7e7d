"""Allocations: the targets of a run, in pages of JSON, as CSV or as a workbook."""

from flask import Response, request
from pydantic_core import to_json

from api.db.scopes import Scope
from api.resources.results.receipts import receipts
from api.resources.results.service import partner_of
from api.resources.results.table_pages import csv_of, page_of
from api.resources.results.target_view import PartnerTargets, TargetList, target
from api.resources.results.xlsx import workbook
from api.resources.runs.schemas import RunPath
from api.web.attachments import CSV, XLSX
from api.web.context import caller, service
from api.web.pagination import PageQuery
from api.web.responses import Answer
from api.web.routing import Routes

OFFERS = ("application/json", CSV, XLSX)


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

    JSON in pages; with `Accept: text/csv` the whole table in one piece. As XLSX it is the workbook that
    `cascade solve --xlsx` writes, with a place for overrides that an adjustment reads back.
    """
    return targets_of(path.run_id, query)


@routes.get(
    "/runs/<run_id>/allocations/<path:partner>",
    scope=Scope.RUNS_READ,
    answers={200: PartnerTargets},
    problems=("no-result",),
)
def get_partner_allocation(path: PartnerPath) -> Response:
    """Fetch the targets of one partner, each with its receipt"""
    return targets_of_partner(path.run_id, path.partner)


def targets_of(run_id: str, query: PageQuery, form: str | None = None) -> Response:
    """The run's targets, in the format given or else asked for; the caller's right to them is settled."""
    best = form or (request.accept_mimetypes.best_match(OFFERS) if "Accept" in request.headers else OFFERS[0])
    if best == CSV:
        return csv_of(run_id, "allocation")
    return workbook(run_id) if best == XLSX else page_of(run_id, "allocation", query, target)


def targets_of_partner(run_id: str, partner: str, **plan: str) -> Response:
    """The partner's targets, and the plan they are of; the caller's right to them is settled."""
    org_id = caller().org_id
    with service().store.read_latest() as session:
        found = partner_of(session, org_id, run_id, partner)
    explained = zip(found.allocation, receipts(found), strict=True)
    targets = [{**target(row), "receipt": receipt.items} for row, receipt in explained]
    return Answer(200, to_json({"partner": partner, **plan, "targets": targets}).decode()).response()
