"""Responses: a partner accepts, counters or appeals; counters are priced before a planner decides."""

from flask import Response
from sqlalchemy.orm import Session

from api.analysis.answer import seconds_needed
from api.db.scopes import Scope
from api.db.tables import responses
from api.processes.work_process import TooMuch
from api.resources.analyses.as_run import submitted
from api.resources.analyses.service import document_text
from api.resources.plans.schemas import PlanPath
from api.resources.responses import service as steps
from api.resources.responses.schemas import (
    DecideIn,
    PartnerResponseIn,
    PricedView,
    PriceIn,
    ResponseList,
    ResponsePath,
    ResponsesQuery,
    ResponseView,
)
from api.resources.runs.schemas import RunView
from api.resources.scenarios.uploads import heaviness
from api.web.context import caller, service
from api.web.etags import etag, expected_version, unchanged
from api.web.idempotency import once
from api.web.pagination import listed
from api.web.responses import Answer, answer
from api.web.routing import PREFIX, Routes
from api.web.schemas import Once, StepOnVersion

routes = Routes("responses", "What partners say to their targets, and what planners decide.")


@routes.post(
    "/plans/<plan_id>/responses",
    scope=Scope.RESPONSES_WRITE,
    answers={201: ResponseView},
    problems=("wrong-stage", "findings", "no-result"),
)
def create_response(path: PlanPath, header: Once, body: PartnerResponseIn) -> Response:  # noqa: ARG001
    """Answer a target of a published plan, for a partner

    It accepts the target, counters with another one, or appeals without naming one. A later response about the same
    target takes the place of one that is still open.
    """

    def effect(session: Session) -> Answer:
        found = steps.receive(session, path.plan_id, body)
        headers = {"Location": f"{PREFIX}/responses/{found.id}", "ETag": etag(found.version)}
        return answer(ResponseView.model_validate(found), 201, headers)

    return once(effect)


@routes.get(
    "/plans/<plan_id>/responses",
    scope=Scope.PLANS_READ,
    answers={200: ResponseList},
    problems=("bad-cursor",),
)
def list_responses(path: PlanPath, query: ResponsesQuery) -> Response:
    """List the responses to a plan, newest first"""
    with service().store.read() as session:
        plan = steps.answered_plan(session, path.plan_id)
        page = responses.listed(
            session,
            plan.org_id,
            plan.id,
            state=query.state,
            partner=query.partner,
            after=query.after(),
            limit=query.limit,
        )
    return listed(page, ResponseView.model_validate)


@routes.get("/responses/<response_id>", scope=Scope.PLANS_READ, answers={200: ResponseView, 304: None})
def get_response(path: ResponsePath) -> Response:
    """Read a response, and what was decided"""
    with service().store.read() as session:
        found = responses.get(session, caller().org_id, path.response_id)
    tag = etag(found.version)
    return unchanged(tag) or answer(ResponseView.model_validate(found)).response(ETag=tag)


@routes.post(
    "/plans/<plan_id>/responses/price",
    scope=Scope.RUNS_WRITE,
    answers={200: PricedView, 202: RunView},
    problems=("findings", "no-result", "queue-full"),
)
def price_responses(path: PlanPath, header: Once, body: PriceIn) -> Response:  # noqa: ARG001
    """Price the counters that are open, each alone and all together

    Who pays for it, which rules give way, and by what was uploaded what it does to the odds that the company's
    totals are met: the document that `cascade explain --responses` prints with --json. What takes long becomes a
    run: 202 with its Location.
    """
    question, sources = steps.pricing(path.plan_id, body)
    if seconds_needed(question, heaviness(sources.files)) > service().config.limits.answer_s:
        return submitted(question, sources.files)
    try:
        return Response(document_text(question, sources), content_type="application/json")
    except TooMuch:
        return submitted(question, sources.files)


@routes.post(
    "/responses/<response_id>/decide",
    scope=Scope.PLANS_SUBMIT,
    answers={200: ResponseView},
    problems=("wrong-stage", "infeasible", "findings", "too-long", "stale", "if-match-required"),
)
def decide_response(path: ResponsePath, header: StepOnVersion, body: DecideIn) -> Response:  # noqa: ARG001
    """Accept a counter or an appeal, or refuse it with a reason

    What is accepted becomes an adjustment in the next version of the plan's scenario, with who asked, why, and who
    approved it. No published target moves by it: a run of that version is solved and published like any other.
    """
    expected = expected_version()
    found = steps.acceptance_of(path.response_id, body)

    def effect(session: Session) -> Answer:
        decided = steps.decide(session, path.response_id, body, found, expected=expected)
        return answer(ResponseView.model_validate(decided), 200, {"ETag": etag(decided.version)})

    return once(effect)
