"""What a page links to: tables to save."""

from flask import Response, make_response

from api.db.scopes import Scope
from api.pages.page import blueprint
from api.pages.visitor import enter
from api.resources.results.allocations import targets_of
from api.resources.results.records import record_to_save
from api.web.attachments import CSV, XLSX
from api.web.pagination import PageQuery

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
