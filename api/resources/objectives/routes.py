"""Objectives: how far those of a plan are, and check-ins of key results that state their own numbers."""

from flask import Response
from sqlalchemy.orm import Session

from api.analysis.objectives.document import ObjectivesDocument
from api.analysis.objectives.tables import key_results_sheet
from api.db.scopes import Scope
from api.db.tables import check_ins
from api.resources.actuals.as_wanted import as_wanted
from api.resources.objectives import service as steps
from api.resources.objectives.schemas import (
    CheckInIn,
    CheckInList,
    CheckInView,
    ObjectivesQuery,
    ObjectivesView,
)
from api.resources.plans.schemas import PlanPath
from api.resources.plans.visible import visible_plan
from api.web.attachments import CSV
from api.web.context import service
from api.web.idempotency import once
from api.web.pagination import PageQuery, listed
from api.web.request import JSON
from api.web.responses import Answer, answer
from api.web.routing import Routes
from api.web.schemas import Once

routes = Routes("objectives", "How far the objectives of plans are.")


@routes.get(
    "/plans/<plan_id>/objectives",
    scope=Scope.PLANS_READ,
    answers={200: ObjectivesView},
    problems=("findings", "no-result", "invalid", "too-long"),
    offers=(JSON, CSV),
)
def get_objectives(path: PlanPath, query: ObjectivesQuery) -> Response:
    """Score the objectives of a plan by what was uploaded about it

    Key results by the plan and its actuals, or by their check-ins, from 0 to 1 at every node: the document that
    `cascade objectives` prints with --json, or its key results as CSV.
    """
    text = steps.objectives_text(path.plan_id, query)
    return as_wanted(
        text,
        lambda: key_results_sheet(ObjectivesDocument.model_validate_json(text)),
        f"{path.plan_id}-objectives.csv",
    )


@routes.post(
    "/plans/<plan_id>/check-ins",
    scope=Scope.ACTUALS_WRITE,
    answers={201: CheckInView},
    problems=("findings", "no-result", "invalid", "too-long"),
)
def create_check_in(path: PlanPath, header: Once, body: CheckInIn) -> Response:  # noqa: ARG001
    """Check in: say what a key result has come to

    For all versions of the plan's period, of a key result that states its own numbers. Every check-in is kept; the
    last one by the day asked for counts.
    """
    steps.check_stated(path.plan_id, body)

    def effect(session: Session) -> Answer:
        return answer(steps.view_of(steps.keep(session, path.plan_id, body)), 201)

    return once(effect)


@routes.get(
    "/plans/<plan_id>/check-ins",
    scope=Scope.PLANS_READ,
    answers={200: CheckInList},
    problems=("bad-cursor",),
)
def list_check_ins(path: PlanPath, query: PageQuery) -> Response:
    """List the check-ins of a plan's period, newest first"""
    with service().store.read() as session:
        plan = visible_plan(session, path.plan_id)
        page = check_ins.listed(
            session, plan.org_id, plan.name, plan.period, after=query.after(), limit=query.limit
        )
    return listed(page, steps.view_of)
