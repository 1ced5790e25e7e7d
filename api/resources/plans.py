"""Plans: a run becomes what holds for a period, by submit, approve and publish; others see published ones."""

from collections.abc import Callable

from flask import Response
from sqlalchemy.orm import Session

from api import plans as steps
from api.http.answers import Answer, answer
from api.http.etags import etag, expected_version, unchanged
from api.http.idempotency import once
from api.http.paging import PageQuery, listed
from api.http.routes import PREFIX, Routes
from api.http.service import caller, service
from api.http.shapes import Once, StepOnVersion
from api.keys import Scope
from api.resources.allocations import OFFERS, PartnerTargets, TargetList, targets_of, targets_of_partner
from api.resources.exports import OFFERS as EXPORT_OFFERS
from api.resources.exports import ExportQuery, ExportView, exported
from api.resources.plan_views import (
    HistoryView,
    PlanExportPath,
    PlanIn,
    PlanList,
    PlanPartnerPath,
    PlanPath,
    PlansQuery,
    PlanView,
    PublishedQuery,
    RejectIn,
    StepIn,
    StepView,
)
from api.resources.receipts import PartnerReceipts, receipts_of
from api.store import NotFound, plans
from api.store.plans import Plan, Stage

routes = Routes(
    "plans", "What holds for a period: submitted, approved, published, never changed, only superseded."
)


def _visible(session: Session, plan_id: str) -> Plan:
    """The plan, if the caller may see it: PRM keys see published ones. Raises NotFound."""
    plan = plans.get(session, caller().org_id, plan_id)
    if plan.stage != Stage.PUBLISHED and not caller().may(Scope.RUNS_READ):
        raise NotFound("plan", plan_id)
    return plan


def _run_of(plan_id: str) -> str:
    with service().store.read() as session:
        return _visible(session, plan_id).run_id


@routes.post(
    "/plans", scope=Scope.PLANS_SUBMIT, answers={201: PlanView}, problems=("not-publishable", "not-found")
)
def submit_plan(header: Once, body: PlanIn) -> Response:  # noqa: ARG001
    """Propose a run as the plan of a period"""
    who = caller()

    def effect(session: Session) -> Answer:
        plan = steps.submit(
            session,
            who.org_id,
            run_id=body.run,
            name=body.name,
            period=body.period,
            actor=who.key_id,
            reason=body.reason,
        )
        headers = {"Location": f"{PREFIX}/plans/{plan.id}", "ETag": etag(plan.version)}
        return answer(PlanView.model_validate(plan), 201, headers)

    return once(effect)


@routes.get("/plans", scope=Scope.PLANS_READ, answers={200: PlanList}, problems=("bad-cursor",))
def list_plans(query: PlansQuery) -> Response:
    """List plans; a PRM key sees the published ones"""
    stage = query.stage if caller().may(Scope.RUNS_READ) else Stage.PUBLISHED
    with service().store.read() as session:
        page = plans.listed(
            session,
            caller().org_id,
            name=query.name,
            period=query.period,
            stage=stage,
            after=query.after(),
            limit=query.limit,
        )
    return listed(page, PlanView.model_validate)


@routes.get("/plans/published", scope=Scope.PLANS_READ, answers={200: PlanView}, problems=("not-found",))
def get_published_plan(query: PublishedQuery) -> Response:
    """Read the plan that holds for a period now"""
    with service().store.read() as session:
        plan = plans.published(session, caller().org_id, name=query.name, period=query.period)
    return answer(PlanView.model_validate(plan)).response(ETag=etag(plan.version))


@routes.get("/plans/<plan_id>", scope=Scope.PLANS_READ, answers={200: PlanView, 304: None})
def get_plan(path: PlanPath) -> Response:
    """Read a plan"""
    with service().store.read() as session:
        plan = _visible(session, path.plan_id)
    tag = etag(plan.version)
    return unchanged(tag) or answer(PlanView.model_validate(plan)).response(ETag=tag)


@routes.get("/plans/<plan_id>/history", scope=Scope.RUNS_READ, answers={200: HistoryView})
def get_plan_history(path: PlanPath) -> Response:
    """Read who did what to a plan, when and why, and what moved"""
    with service().store.read() as session:
        found = plans.history(session, caller().org_id, path.plan_id)
    return answer(HistoryView(steps=[StepView.model_validate(step) for step in found])).response()


@routes.post(
    "/plans/<plan_id>/approve",
    scope=Scope.PLANS_APPROVE,
    answers={200: PlanView},
    problems=("wrong-stage", "same-actor", "stale", "if-match-required"),
)
def approve_plan(path: PlanPath, header: StepOnVersion, body: StepIn) -> Response:  # noqa: ARG001
    """Approve a submitted plan"""
    return _stepped(steps.approve, path.plan_id, body.reason)


@routes.post(
    "/plans/<plan_id>/reject",
    scope=Scope.PLANS_APPROVE,
    answers={200: PlanView},
    problems=("wrong-stage", "stale", "if-match-required"),
)
def reject_plan(path: PlanPath, header: StepOnVersion, body: RejectIn) -> Response:  # noqa: ARG001
    """Reject a plan for good, with a reason"""
    return _stepped(steps.reject, path.plan_id, body.reason)


@routes.post(
    "/plans/<plan_id>/withdraw",
    scope=Scope.PLANS_SUBMIT,
    answers={200: PlanView},
    problems=("wrong-stage", "stale", "if-match-required"),
)
def withdraw_plan(path: PlanPath, header: StepOnVersion, body: StepIn) -> Response:  # noqa: ARG001
    """Take a plan back before it is published"""
    return _stepped(steps.withdraw, path.plan_id, body.reason)


@routes.post(
    "/plans/<plan_id>/publish",
    scope=Scope.PLANS_APPROVE,
    answers={200: PlanView},
    problems=("wrong-stage", "stale", "if-match-required"),
)
def publish_plan(path: PlanPath, header: StepOnVersion, body: StepIn) -> Response:  # noqa: ARG001
    """Publish an approved plan

    It holds for its period from now on; the one before it is superseded in the same moment.
    """
    return _stepped(steps.publish, path.plan_id, body.reason)


def _stepped(step: Callable[..., Plan], plan_id: str, reason: str) -> Response:
    who, expected = caller(), expected_version()

    def effect(session: Session) -> Answer:
        plan = step(session, who.org_id, plan_id, expected=expected, actor=who.key_id, reason=reason)
        session.flush()
        return answer(PlanView.model_validate(plan), 200, {"ETag": etag(plan.version)})

    return once(effect)


@routes.get(
    "/plans/<plan_id>/targets",
    scope=Scope.PLANS_READ,
    answers={200: TargetList, 304: None},
    problems=("no-result", "bad-cursor"),
    offers=OFFERS,
)
def get_plan_targets(path: PlanPath, query: PageQuery) -> Response:
    """Fetch the targets of a plan, in pages, as CSV or XLSX"""
    return targets_of(_run_of(path.plan_id), query)


@routes.get(
    "/plans/<plan_id>/targets/<path:partner>",
    scope=Scope.PLANS_READ,
    answers={200: PartnerTargets},
    problems=("no-result",),
)
def get_plan_partner_targets(path: PlanPartnerPath) -> Response:
    """Fetch the targets of one partner in a plan"""
    return targets_of_partner(_run_of(path.plan_id), path.partner)


@routes.get(
    "/plans/<plan_id>/receipts/<path:partner>",
    scope=Scope.PLANS_READ,
    answers={200: PartnerReceipts},
    problems=("no-result",),
)
def get_plan_receipt(path: PlanPartnerPath) -> Response:
    """Fetch how the targets of one partner in a plan were made"""
    return receipts_of(_run_of(path.plan_id), path.partner)


@routes.get(
    "/plans/<plan_id>/exports/<format>",
    scope=Scope.PLANS_READ,
    answers={200: ExportView},
    problems=("no-result", "bad-cursor"),
    offers=EXPORT_OFFERS,
)
def export_plan(path: PlanExportPath, query: ExportQuery) -> Response:
    """Export the targets of a plan to a CRM"""
    return exported(path.plan_id, _run_of(path.plan_id), path.format, query)
