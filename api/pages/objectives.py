"""The page of a plan's objectives: the tree of their scores, who answers for each key result, and check-ins."""

from flask import Response, make_response, redirect, request
from pydantic import ValidationError

from api.analysis.objectives.document import ObjectivesDocument
from api.db.scopes import Scope
from api.db.tables import plans
from api.pages.page import Data, blueprint, page
from api.pages.visitor import check_form, enter
from api.resources.objectives import service as steps
from api.resources.objectives.schemas import CheckInIn, ObjectivesQuery
from api.resources.plans.schemas import PlanView
from api.web.context import caller, service
from api.web.problems import HttpProblem

MOST = 200
"""Nodes of one objective that the page lists; it says how many there are, and where all of them are."""


@page("/plans/<plan_id>/objectives", "objectives.html")
def objectives_of_plan(plan_id: str) -> Data:
    """How far a plan's objectives are"""
    with service().store.read() as session:
        plan = plans.get(session, caller().org_id, plan_id)
    view = PlanView.model_validate(plan).model_dump(mode="json")
    asked = {name: request.args[name] for name in ("as_of", "done", "to") if request.args.get(name)}
    fields = {"plan": view, "asked": asked, "may_check_in": caller().may(Scope.ACTUALS_WRITE), "most": MOST}
    try:
        text = steps.objectives_text(plan_id, ObjectivesQuery(**asked))
    except HttpProblem as problem:
        return {**fields, "refused": problem.detail, "document": None}
    except ValidationError:
        raise HttpProblem("bad-request", "There is no such day or level.") from None
    return {**fields, "refused": None, "document": ObjectivesDocument.model_validate_json(text).data()}


@blueprint.post("/plans/<plan_id>/objectives")
def check_in_by_form(plan_id: str) -> Response:
    """Check in with a key result, and look at the page again"""
    away = enter(Scope.ACTUALS_WRITE)
    if away is not None:
        return make_response(away)
    check_form()
    names = ("objective", "key_result", "on", "now", "by", "note")
    try:
        body = CheckInIn.model_validate(
            {name: request.form[name] for name in names if request.form.get(name)}
        )
    except ValidationError:
        raise HttpProblem("bad-request", "Say the day and the number, as 2027-06-30 and 0.06.") from None
    steps.check_stated(plan_id, body)
    with service().store.write() as session:
        steps.keep(session, plan_id, body)
    return make_response(redirect(f"/plans/{plan_id}/objectives", 303))
