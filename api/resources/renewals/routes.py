"""Renewals: the next period's scenario, made from a plan and what was done."""

from flask import Response
from sqlalchemy.orm import Session

from api.db.scopes import Scope
from api.resources.plans.schemas import PlanPath
from api.resources.plans.visible import visible_plan
from api.resources.renewals import schedule
from api.resources.renewals.schemas import (
    RenewalIn,
    RenewalScheduleIn,
    RenewalScheduleView,
    RenewalView,
)
from api.resources.renewals.service import document_of, renewal_of
from api.resources.scenarios.schemas import ScenarioItem
from api.web.context import service
from api.web.idempotency import once
from api.web.responses import NOTHING, Answer, answer
from api.web.routing import PREFIX, Routes
from api.web.schemas import Once

routes = Routes("renewals", "The next period, from this one's plan and what was done.")


@routes.post(
    "/plans/<plan_id>/renewals",
    scope=Scope.INPUTS_WRITE,
    answers={201: RenewalView},
    problems=("findings", "name-taken", "no-actuals", "no-result", "too-long"),
)
def create_renewal(path: PlanPath, header: Once, body: RenewalIn) -> Response:  # noqa: ARG001
    """Prepare the next period of a plan

    A variant of the plan's scenario, over its partner table with the targets and the actuals of this period in new
    columns: baselines, ratchets and personal bests read them. What the document lists under `stated` and `unchanged`
    is for people to decide before it is solved.
    """
    document = document_of(path.plan_id, body)
    renewal = renewal_of(document)

    def effect(session: Session) -> Answer:
        scenario = renewal.keep(session, visible_plan(session, path.plan_id))
        view = RenewalView(scenario=ScenarioItem.model_validate(scenario), renewal=document)
        return answer(view, 201, {"Location": f"{PREFIX}/scenarios/{scenario.id}"})

    return once(effect)


@routes.get("/plans/<plan_id>/renewal-schedule", scope=Scope.RUNS_READ, answers={200: RenewalScheduleView})
def get_renewal_schedule(path: PlanPath) -> Response:
    """Read by when a plan's next period is prepared, and what came of it"""
    with service().store.read() as session:
        return answer(schedule.view_of(session, visible_plan(session, path.plan_id))).response()


@routes.change(
    "put",
    "/plans/<plan_id>/renewal-schedule",
    scope=Scope.INPUTS_WRITE,
    answers={200: RenewalScheduleView},
    problems=("wrong-stage",),
)
def set_renewal_schedule(path: PlanPath, body: RenewalScheduleIn) -> Response:
    """Have the next period prepared so many days before this one ends

    For this plan and those that follow under its name. On the day, or once actuals are known, the service does what
    `POST /plans/{plan_id}/renewals` does, once for each period, solves it, and sends `renewal.prepared`;
    where it cannot, `renewal.failed`, and it is tried again with newer actuals. It acts for the key that set it, which
    needs the scope `runs:write`, too.
    """
    return answer(schedule.set_schedule(path.plan_id, body)).response()


@routes.change("delete", "/plans/<plan_id>/renewal-schedule", scope=Scope.INPUTS_WRITE, answers={204: None})
def end_renewal_schedule(path: PlanPath) -> Response:
    """Prepare no next period by itself any more"""
    schedule.end_schedule(path.plan_id)
    return NOTHING.response()
