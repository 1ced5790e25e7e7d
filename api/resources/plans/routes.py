"""Plans: a run becomes what holds for a period, by submit, approve and publish; others see published ones."""

from collections.abc import Callable

from flask import Response
from sqlalchemy.orm import Session

from api.analysis.compare.document import TargetMove
from api.db.scopes import Scope
from api.db.tables import plans
from api.db.tables.plans import Plan, Stage
from api.resources.exports.export import OFFERS as EXPORT_OFFERS
from api.resources.exports.export import ExportQuery, ExportView, exported
from api.resources.plans import service as steps
from api.resources.plans.holding import holding
from api.resources.plans.moves import MoveList, MoveView, moves_of
from api.resources.plans.schemas import (
    HistoryView,
    HoldingQuery,
    PartnerPath,
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
from api.resources.plans.visible import visible_plan
from api.resources.results.allocations import OFFERS, targets_of, targets_of_partner
from api.resources.results.service import allocated
from api.resources.results.target_view import HeldTargets, PartnerTargets, TargetList
from api.web.context import caller, service
from api.web.etags import etag, expected_version, unchanged
from api.web.idempotency import once
from api.web.last_used import LastUsed
from api.web.offload import read_in_store
from api.web.pagination import PageQuery, listed, page_answer
from api.web.responses import Answer, answer
from api.web.routing import PREFIX, Routes
from api.web.schemas import Once, StepOnVersion

_KEPT = 4
"""Plans whose changes are kept in memory while their pages are fetched."""
_CACHE: LastUsed[list[TargetMove]] = LastUsed(_KEPT)

published_routes = Routes("published plans", "The targets that hold for a period.")
routes = Routes("plans", "From a run to the plan of a period: submitted, approved, published, superseded.")


def _run_of(plan_id: str) -> str:
    with service().store.read() as session:
        return visible_plan(session, plan_id).run_id


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


@published_routes.get(
    "/plans/published", scope=Scope.PLANS_READ, answers={200: PlanView}, problems=("not-found",)
)
def get_published_plan(query: PublishedQuery) -> Response:
    """Read the plan that holds for a period now"""
    with service().store.read() as session:
        plan = plans.published(session, caller().org_id, name=query.name, period=query.period)
    return answer(PlanView.model_validate(plan)).response(ETag=etag(plan.version))


@published_routes.get("/plans/<plan_id>", scope=Scope.PLANS_READ, answers={200: PlanView, 304: None})
def get_plan(path: PlanPath) -> Response:
    """Read a plan"""
    with service().store.read() as session:
        plan = visible_plan(session, path.plan_id)
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


@published_routes.get(
    "/plans/<plan_id>/targets",
    scope=Scope.PLANS_READ,
    answers={200: TargetList, 304: None},
    problems=("no-result", "bad-cursor"),
    offers=OFFERS,
)
def get_plan_targets(path: PlanPath, query: PageQuery) -> Response:
    """Fetch the targets of a plan, in pages, as CSV or XLSX"""
    return targets_of(_run_of(path.plan_id), query)


@published_routes.get(
    "/plans/<plan_id>/targets/<path:partner>",
    scope=Scope.PLANS_READ,
    answers={200: PartnerTargets},
    problems=("no-result",),
)
def get_plan_partner_targets(path: PlanPartnerPath) -> Response:
    """Fetch the targets of one partner in a plan, each with its receipt"""
    return targets_of_partner(_run_of(path.plan_id), path.partner)


@published_routes.get(
    "/plans/<plan_id>/exports/<format>",
    scope=Scope.PLANS_READ,
    answers={200: ExportView},
    problems=("no-result", "bad-cursor"),
    offers=EXPORT_OFFERS,
)
def export_plan(path: PlanExportPath, query: ExportQuery) -> Response:
    """Export the targets of a plan to a CRM"""
    return exported(path.plan_id, _run_of(path.plan_id), path.format, query)


@published_routes.get(
    "/targets/<path:partner>", scope=Scope.PLANS_READ, answers={200: HeldTargets}, problems=("no-result",)
)
def get_partner_targets(path: PartnerPath, query: HoldingQuery) -> Response:
    """Fetch the targets of one partner in the plan that holds now, each with its receipt"""
    with service().store.read_latest() as session:
        plan = holding(session, caller().org_id, query.name, query.period)
    return targets_of_partner(plan.run_id, path.partner, plan=plan.id, period=plan.period)


@published_routes.get(
    "/plans/<plan_id>/changes", scope=Scope.PLANS_READ, answers={200: MoveList}, problems=("bad-cursor",)
)
def get_plan_changes(path: PlanPath, query: PageQuery) -> Response:
    """Fetch what a plan changed against the one it superseded, the largest change first

    The first plan of a period supersedes none: nothing is listed.
    """
    first, moves = int(query.after() or 0), _moves(path.plan_id)
    stop = first + query.limit
    views = [MoveView.model_validate(move) for move in moves[first:stop]]
    return page_answer(views, str(stop) if len(moves) > stop else None)


def _moves(plan_id: str) -> list[TargetMove]:
    org_id = caller().org_id
    with service().store.read() as session:
        plan = visible_plan(session, plan_id)
        if plan.supersedes is None:
            return []
        before = plans.get(session, org_id, plan.supersedes)
        size = sum(allocated(session, org_id, run_id) for run_id in (before.run_id, plan.run_id))
    key = (before.run_id, plan.run_id)
    found = _CACHE.get(key)
    return _CACHE.put(key, read_in_store(size, moves_of, org_id, *key)) if found is None else found
