"""The inbox of a plan: what partners answer, what each counter costs, and a planner's decision."""

from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction

from flask import Response, make_response, redirect, request

from api.analysis.responses.document import ResponsesDocument
from api.db.scopes import Scope
from api.db.tables import plans, responses
from api.db.tables.responses import PlanResponse, ResponseState
from api.pages.number_format import typed_target
from api.pages.page import Data, blueprint, page
from api.pages.response_prices import asked, prices_of
from api.pages.visitor import check_form, enter, form_version
from api.resources.analyses.service import document_of
from api.resources.plans.schemas import PlanView
from api.resources.responses import service as steps
from api.resources.responses.schemas import DecideIn, ResponseView
from api.resources.results.service import partner_of
from api.web.context import caller, service
from api.web.problems import HttpProblem
from scenarios.responses import MOST as MOST_PRICED
from scenarios.values.rational_array import decimal_text

MOST = 100
"""Decided responses that the page lists; open ones are all there."""
MOVES = 5
"""Moves of a counter that the page lists; it says how many there are."""


@page("/plans/<plan_id>/responses", "responses.html")
def responses_of_plan(plan_id: str) -> Data:
    """What partners answer to a plan, with the price of the counters that are asked for"""
    with service().store.read() as session:
        plan = plans.get(session, caller().org_id, plan_id)
        open_ones = responses.listed(
            session, plan.org_id, plan_id, state=ResponseState.OPEN, limit=MOST_PRICED
        )
        closed = responses.listed(session, plan.org_id, plan_id, limit=MOST)
    wanted, pricing = request.args.get("price", ""), prices_of(plan_id)
    counters = [each.id for each in open_ones.items if each.says == "counter" and each.id == wanted]
    priced, why = _priced(plan_id, counters) if counters else (pricing.document if pricing else None, None)
    rows = _rows(plan.org_id, plan.run_id, {each.partner for each in (*open_ones.items, *closed.items)})
    parts = {} if priced is None else {(p.partner, p.metric, p.period, p.target): p for p in priced.responses}
    return {
        "plan": PlanView.model_validate(plan).model_dump(mode="json"),
        "open": [
            {**_view(each, rows[each.partner]), "price": part.data() if part else None}
            for each in open_ones.items
            for part in [parts.get((each.partner, each.metric, each.period, each.target))]
        ],
        "more_open": open_ones.next is not None,
        "closed": [
            _view(each, rows[each.partner]) for each in closed.items if each.state != ResponseState.OPEN
        ],
        "together": priced.together.data() if priced and priced.together else None,
        "odds_together": {metric: each.data() for metric, each in priced.odds_together.items()}
        if priced
        else {},
        "pricing": pricing and {"run": pricing.run, "final": pricing.final},
        "unpriced": why,
        "moves": MOVES,
        "may_decide": caller().may(Scope.PLANS_SUBMIT),
        "accepted_in": _accepted_in(closed.items),
        "as_of": request.args.get("as_of", ""),
        "counters": sum(each.says == "counter" for each in open_ones.items),
    }


def _rows(org_id: str, run_id: str, partners: Collection[str]) -> dict[str, tuple[dict[str, str], ...]]:
    """What the plan asks of each partner."""
    with service().store.read() as session:
        return {each: partner_of(session, org_id, run_id, each).allocation for each in partners}


def _view(response: PlanResponse, rows: Sequence[Mapping[str, str]]) -> Data:
    """The response with the partner's name, and the target that it is about."""
    about = [
        Fraction(row["target"])
        for row in rows
        if row["metric"] == response.metric and response.period in (None, row.get("period") or None)
    ]
    return {
        **ResponseView.model_validate(response).model_dump(mode="json"),
        "name": rows[0].get("name") if rows else "",
        "published": decimal_text(sum(about, Fraction(0))) if about else None,
    }


def _priced(plan_id: str, counters: list[str]) -> tuple[ResponsesDocument | None, str | None]:
    """What the counters come to, or why that cannot be said here."""
    try:
        body = asked(counters, request.args.get("as_of", ""))
        question, sources = steps.pricing(plan_id, body)
        document = document_of(question.analysis, question.request, sources)
    except HttpProblem as problem:
        if problem.code == "bad-request":
            raise
        return None, problem.detail
    assert isinstance(document, ResponsesDocument)
    return document, None


def _accepted_in(found: tuple[PlanResponse, ...]) -> Data | None:
    """The newest version of the scenario that has what was accepted."""
    accepted = [each for each in found if each.scenario_id and each.scenario_version]
    if not accepted:
        return None
    newest = max(accepted, key=lambda each: each.scenario_version or 0)
    return {"scenario": newest.scenario_id, "version": newest.scenario_version, "count": len(accepted)}


@blueprint.post("/responses/<response_id>/decide")
def decide_on_page(response_id: str) -> Response:
    """Accept or refuse a response, at the version that the page showed"""
    away = enter(Scope.PLANS_SUBMIT)
    if away is not None:
        return make_response(away)
    check_form()
    version = form_version()
    body = _decision()
    found = steps.acceptance_of(response_id, body)
    with service().store.write() as session:
        response = steps.decide(session, response_id, body, found, expected=version)
        plan_id = response.plan_id
    return make_response(redirect(f"/plans/{plan_id}/responses", 303))


def _decision() -> DecideIn:
    """What the form says; raises HttpProblem."""
    decision = "accept" if request.form.get("decision") == "accept" else "refuse"
    target: Fraction | None = None
    if request.form.get("target", "").strip():
        target = typed_target(request.form)
        if not target:
            raise HttpProblem("invalid", "The target is 0. Refuse the response instead.")
    reason = request.form.get("reason", "").strip()[:2000]
    return DecideIn.model_validate({"decision": decision, "reason": reason, "target": target})
