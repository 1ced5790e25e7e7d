"""The next period of a plan: what it takes from this one and what is to be decided, then kept and solved."""

from collections.abc import Mapping

from flask import Response, make_response, redirect, request
from pydantic import ValidationError

from api.db.errors import Taken
from api.db.scopes import Scope
from api.db.tables import actuals, renewals
from api.pages.page import Data, blueprint, html, page
from api.pages.visitor import check_form, enter
from api.resources.plans.schemas import PlanView
from api.resources.plans.visible import visible_plan
from api.resources.renewals import schedule
from api.resources.renewals.schemas import RenewalIn, RenewalScheduleIn
from api.resources.renewals.service import document_of, renewal_of
from api.resources.runs.schemas import RunOptions
from api.resources.runs.service import submit
from api.web.context import service
from api.web.problems import HttpProblem

_ON_THE_PAGE = ("findings", "invalid", "too-long", "no-result")
"""Problems that the page tells beside what was filled in."""
_FIELDS = ("period", "scenario", "title", "missing")


@page("/plans/<plan_id>/next", "next_period.html", scope=Scope.INPUTS_WRITE)
def next_period_of_plan(plan_id: str) -> Data:
    """What the next period of a plan takes from this one"""
    return _page(plan_id, {"missing": request.args.get("missing", "")})


@blueprint.post("/plans/<plan_id>/next")
def make_next_period(plan_id: str) -> Response:
    """Keep the next period as a scenario, and solve it"""
    away = enter(Scope.INPUTS_WRITE)
    if away is not None:
        return make_response(away)
    check_form()
    given = {field: request.form.get(field, "").strip()[:200] for field in _FIELDS}
    try:
        return make_response(redirect(f"/runs/{_made(plan_id, given)}", 303))
    except Taken:
        detail = f"There is a scenario called {given['scenario']!r} already. Choose another name."
        problem = HttpProblem("invalid", detail)
    except HttpProblem as found:
        if found.code not in _ON_THE_PAGE:
            raise
        problem = found
    return html("next_period.html", _page(plan_id, given, problem), problem.status)


@blueprint.post("/plans/<plan_id>/renewal-schedule")
def schedule_next_period(plan_id: str) -> Response:
    """Have the next period prepared so many days before this one ends, or no more where none are said"""
    away = enter(Scope.INPUTS_WRITE)
    if away is not None:
        return make_response(away)
    check_form()
    days = request.form.get("days_before", "").strip()
    if not days:
        schedule.end_schedule(plan_id)
        return make_response(redirect(f"/plans/{plan_id}", 303))
    try:
        asked = RenewalScheduleIn.model_validate({"days_before": days})
    except ValidationError:
        raise HttpProblem("bad-request", "Say how many days, from 0 to 366.") from None
    schedule.set_schedule(plan_id, asked)
    return make_response(redirect(f"/plans/{plan_id}", 303))


def _made(plan_id: str, given: Mapping[str, str]) -> str:
    """The id of the run that solves the new scenario; raises NotFound, Taken and HttpProblem."""
    renewal = renewal_of(document_of(plan_id, _asked(given)))
    with service().store.write() as session:
        plan = visible_plan(session, plan_id)
        scenario = renewal.keep(session, plan)
        run = submit(session, scenario.id, RunOptions())
        renewals.made(session, plan, scenario.id, run.id)
        session.flush()
        return run.id


def _asked(given: Mapping[str, str]) -> RenewalIn:
    try:
        return RenewalIn.model_validate({field: text for field, text in given.items() if text})
    except ValidationError as error:
        first = error.errors()[0]
        raise HttpProblem("invalid", f"The {first['loc'][0]} cannot be: {first['msg']}.") from None


def _page(plan_id: str, given: Mapping[str, str], problem: HttpProblem | None = None) -> Data:
    with service().store.read() as session:
        plan = visible_plan(session, plan_id)
        uploads = actuals.all_of(session, plan.org_id, plan.name, plan.period)
        view = PlanView.model_validate(plan).model_dump(mode="json")
    document = None
    if uploads:
        try:
            counted = {"missing": given.get("missing", "")}
            document = document_of(plan_id, _asked(given if problem is None else counted))
        except HttpProblem as found:
            if found.code not in _ON_THE_PAGE:
                raise
            problem = problem or found
    return {
        "plan": view,
        "uploads": len(uploads),
        "next": document.data() if document else None,
        "given": given,
        "problem": problem.document("") if problem else None,
    }
