"""Pages about plans: what holds, what is proposed, and the steps that people take."""

from collections.abc import Callable

from flask import Response, make_response, redirect, request

from api.db.scopes import Scope
from api.db.tables import organisations, plans, users
from api.db.tables.plans import Plan
from api.pages.page import Data, blueprint, page
from api.pages.publish import ROWS, moved
from api.pages.run_page import page_number
from api.pages.visitor import check_form, enter, form_version
from api.resources.plans import service as steps
from api.resources.plans.changes import changes_of
from api.resources.plans.schemas import PlanView, StepView
from api.resources.renewals import schedule
from api.web.context import caller, service
from api.web.problems import HttpProblem

_STEPS: dict[str, tuple[Callable[..., Plan], Scope]] = {
    "approve": (steps.approve, Scope.PLANS_APPROVE),
    "reject": (steps.reject, Scope.PLANS_APPROVE),
    "publish": (steps.publish, Scope.PLANS_APPROVE),
    "withdraw": (steps.withdraw, Scope.PLANS_SUBMIT),
}


@page("/plans", "plans.html")
def list_of_plans() -> Data:
    """All plans, newest first"""
    with service().store.read() as session:
        found = plans.listed(session, caller().org_id, limit=100)
    return {"plans": [PlanView.model_validate(plan).model_dump(mode="json") for plan in found.items]}


@page("/plans/<plan_id>", "plan.html")
def one_plan(plan_id: str) -> Data:
    """One plan with its history"""
    with service().store.read() as session:
        plan = plans.get(session, caller().org_id, plan_id)
        history = plans.history(session, caller().org_id, plan_id)
        called = {step.actor: users.name_of(session, caller().org_id, step.actor) for step in history}
        submitter = users.person_of(session, caller().org_id, plan.submitted_by)
        four_eyes = organisations.get(session, caller().org_id).four_eyes
        renewal = schedule.view_of(session, plan).model_dump(mode="json")
    view = PlanView.model_validate(plan).model_dump(mode="json")
    may = [step for step, (_, scope) in _STEPS.items() if caller().may(scope)]
    nexts = {"submitted": ("approve", "reject", "withdraw"), "approved": ("publish", "reject", "withdraw")}
    changes = moved(
        changes_of(plan.run_id, name=plan.name, period=plan.period, plan=plan, most=page_number() * ROWS)
    )
    return {
        "plan": view,
        **changes,
        "four_eyes": four_eyes and view["stage"] == "submitted",
        "mine": submitter == (caller().user_id or caller().key_id),
        "steps": [
            {**StepView.model_validate(step).model_dump(mode="json"), "who": called[step.actor]}
            for step in history
        ],
        "renewal": renewal,
        "may_schedule": view["stage"] == "published" and caller().may(Scope.INPUTS_WRITE),
        "actions": [step for step in nexts.get(view["stage"], ()) if step in may],
    }


@blueprint.post("/plans/<plan_id>/<step>")
def take_step(plan_id: str, step: str) -> Response:
    """Approve, reject, publish or withdraw the plan, at the version that the page showed"""
    known = _STEPS.get(step)
    if known is None:
        raise HttpProblem("not-found", "There is no such step.")
    taking, scope = known
    away = enter(scope)
    if away is not None:
        return make_response(away)
    check_form()
    version, reason = form_version(), request.form.get("reason", "").strip()[:2000]
    if step == "reject" and not reason:
        raise HttpProblem("bad-request", "A rejection needs a reason.")
    who = caller()
    with service().store.write() as session:
        taking(session, who.org_id, plan_id, expected=version, actor=who.key_id, reason=reason)
    return make_response(redirect(f"/plans/{plan_id}", 303))


@blueprint.post("/runs/<run_id>/plan")
def propose(run_id: str) -> Response:
    """Propose the run as the plan of a period"""
    away = enter(Scope.PLANS_SUBMIT)
    if away is not None:
        return make_response(away)
    check_form()
    period, who = request.form.get("period", "").strip()[:200], caller()
    if not period:
        raise HttpProblem("bad-request", "Say for which period.")
    reason = request.form.get("reason", "").strip()[:2000]
    with service().store.write() as session:
        plan = steps.submit(
            session, who.org_id, run_id=run_id, name="channel", period=period, actor=who.key_id, reason=reason
        )
    return make_response(redirect(f"/plans/{plan.id}", 303))
