"""What a page links to: tables to save, and charts."""

from flask import Response, make_response, request

from api.http.etags import etag, unchanged
from api.http.paging import PageQuery
from api.http.service import caller, service
from api.keys import Scope
from api.pages.charts import stretch_chart
from api.pages.page import blueprint
from api.pages.visitor import enter
from api.problems import Problem
from api.resources.allocations import targets_of
from api.resources.files import CSV, XLSX
from api.resources.records import record_to_save
from api.results import document

_FORMATS = {"csv": CSV, "xlsx": XLSX}


@blueprint.get("/runs/<run_id>/allocation.<any(csv, xlsx):form>")
def allocation_file(run_id: str, form: str) -> Response:
    """The targets of a run, to save"""
    away = enter(Scope.RUNS_READ)
    if away is not None:
        return make_response(away)
    return targets_of(run_id, PageQuery(limit=1), _FORMATS[form])


@blueprint.get("/runs/<run_id>/record.zip")
def record_file(run_id: str) -> Response:
    """All it takes to solve a run again, to save"""
    away = enter(Scope.RUNS_READ)
    return make_response(away) if away is not None else record_to_save(run_id)


@blueprint.get("/runs/<run_id>/stretch.svg")
def stretch_picture(run_id: str) -> Response:
    """How stretch is spread over the partners, for one metric"""
    away = enter(Scope.RUNS_READ)
    if away is not None:
        return make_response(away)
    metric = request.args.get("metric", "")
    tag = etag(f"{run_id}.stretch")
    with service().store.read() as session:
        spread = document(session, caller().org_id, run_id).get("spread")
    if not isinstance(spread, dict) or metric not in spread:
        raise Problem("not-found", "There is no such chart.")
    same = unchanged(tag)
    if same is not None:
        return same
    headers = {"ETag": tag, "Cache-Control": "private, max-age=3600"}
    return Response(stretch_chart(metric, spread[metric]), headers=headers, content_type="image/svg+xml")
