"""From a partner's response to a planner's decision: received, priced, then refused or written as an adjustment."""

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sqlalchemy.orm import Session

from api.analysis.answer import Question
from api.analysis.responses.document import ResponsesDocument
from api.db import NotFound
from api.db.column_types import now
from api.db.errors import WrongStage
from api.db.ids import new_id
from api.db.scopes import Scope
from api.db.tables import audit_log, deliveries, plans, responses, runs, scenarios
from api.db.tables.plans import Plan, Stage
from api.db.tables.responses import PlanResponse, ResponseState
from api.db.tables.scenarios import ENTRY
from api.output.findings import finding_part
from api.resources.actuals.service import plan_sources
from api.resources.analyses.service import document_of
from api.resources.analyses.sources import Sources
from api.resources.responses.schemas import DecideIn, PartnerResponseIn, PriceIn
from api.resources.results.service import partner_of
from api.resources.scenarios.compose import ResolvedDraft
from api.resources.scenarios.draft import findings_problem
from api.resources.scenarios.overrides import keep, prepared
from api.web.context import caller, service
from api.web.problems import HttpProblem, invalid_value
from scenarios import Adjustment, Finding, Place, did_you_mean
from scenarios.responses import MOST
from scenarios.values.parse_number import parse_number
from scenarios.values.rational_array import decimal_text

_PLACE = Place("response")


def answered_plan(session: Session, plan_id: str) -> Plan:
    """The plan, which is published, or was; others are for those who may see them. Raises NotFound."""
    plan = plans.get(session, caller().org_id, plan_id)
    if plan.stage not in (Stage.PUBLISHED, Stage.SUPERSEDED) and not caller().may(Scope.RUNS_READ):
        raise NotFound("plan", plan_id)
    return plan


def receive(session: Session, plan_id: str, body: PartnerResponseIn) -> PlanResponse:
    """The response, kept; an open one about the same target is replaced by it.

    Raises NotFound, WrongStage for a plan that is not published, HttpProblem for a target that it does not have.
    """
    who, plan = caller(), answered_plan(session, plan_id)
    _published(plan)
    _check(session, plan, body)
    responses.replace_open(session, who.org_id, plan_id, body.partner, body.metric, body.period)
    response = PlanResponse(
        id=new_id("rsp"),
        org_id=who.org_id,
        plan_id=plan_id,
        partner=body.partner,
        metric=body.metric,
        period=body.period,
        says=body.says,
        target=None if body.target is None else decimal_text(body.target),
        made_by=body.by,
        made_on=body.on.isoformat() if body.on else None,
        reason=body.reason,
        state=ResponseState.NOTED if body.says == "accept" else ResponseState.OPEN,
        created_by=who.key_id,
    )
    session.add(response)
    session.flush()
    _report(session, response, "response.received")
    return response


def _published(plan: Plan) -> None:
    if plan.stage != Stage.PUBLISHED:
        newer = f" {plan.superseded_by} took its place." if plan.superseded_by else ""
        raise WrongStage(f"{plan.id} is {plan.stage}: a response is about the plan that is published.{newer}")


def _check(session: Session, plan: Plan, body: PartnerResponseIn) -> None:
    """Raises HttpProblem with a finding for a target that the plan does not have, or that is asked for already."""
    try:
        rows = partner_of(session, plan.org_id, plan.run_id, body.partner).allocation
    except NotFound:
        raise _refusal("unknown-partner", f"no partner {body.partner!r}", "Send an id of the plan.") from None
    metrics = dict.fromkeys(row["metric"] for row in rows)
    if body.metric not in metrics:
        there = did_you_mean(body.metric, metrics) or f"There are: {', '.join(metrics)}."
        raise _refusal("unknown-metric", f"no metric {body.metric!r}", there)
    mine = [row for row in rows if row["metric"] == body.metric and body.period in (None, row.get("period"))]
    if not mine:
        periods = dict.fromkeys(str(row["period"]) for row in rows if row.get("period"))
        there = did_you_mean(str(body.period), periods) or f"There are: {', '.join(periods) or 'none'}."
        raise _refusal("unknown-period", f"no period {body.period!r}", there)
    target = sum((Fraction(parse_number(row["target"])) for row in mine), Fraction(0))
    if body.target == target:
        message = f"{body.metric} of {body.partner} is {decimal_text(target)} already"
        raise _refusal("no-change", message, "Accept it, or ask for another target.")


def _refusal(code: str, message: str, remedy: str) -> HttpProblem:
    part = finding_part(Finding(code, _PLACE, message, remedy))
    return findings_problem([{**part.data(), "pointer": None, "snippet": None}])


def pricing(plan_id: str, body: PriceIn) -> tuple[Question, Sources]:
    """The question what the open counters come to, by all that was uploaded; raises NotFound and HttpProblem."""
    with service().store.read() as session:
        plan = answered_plan(session, plan_id)
        counters = _wanted(responses.open_counters(session, plan.org_id, plan_id), body.responses)
        if not counters:
            raise HttpProblem("no-result", f"No counter to {plan_id} is open.")
        sources = plan_sources(session, plan)
    asked = body.model_dump(mode="json", exclude={"responses"})
    fields = {**asked, "responses": [_fields(each) for each in counters]}
    return sources.question("responses", fields), sources


def _wanted(found: list[PlanResponse], ids: list[str] | None) -> list[PlanResponse]:
    """The counters that are named, or all; raises HttpProblem for one that is not open, and for too many."""
    wanted = [each for each in found if ids is None or each.id in ids]
    if lost := set(ids or ()) - {each.id for each in wanted}:
        raise invalid_value("/responses", f"{min(lost)} is no open counter to this plan.")
    if len(wanted) > MOST:
        raise invalid_value("/responses", f"{len(wanted)} counters are open. Name {MOST} at most.")
    return wanted


def _fields(response: PlanResponse) -> dict[str, Any]:
    return {
        "partner": response.partner,
        "metric": response.metric,
        "period": response.period,
        "says": response.says,
        "target": response.target,
        "by": response.made_by,
        "on": response.made_on,
        "reason": response.reason,
    }


@dataclass(frozen=True)
class Acceptance:
    """A decision, ready to be written: the rules can hold with it."""

    scenario_id: str
    expected: int
    """The scenario's version that it was tried on."""
    draft: ResolvedDraft
    decision: Adjustment


def acceptance_of(response_id: str, body: DecideIn) -> Acceptance | None:
    """What accepting the response writes; None where it cannot be decided any more, or is refused.

    Raises NotFound, and HttpProblem where a target lacks or the rules cannot hold with it.
    """
    if body.decision == "refuse":
        if not body.reason.strip():
            raise invalid_value("/reason", "Say why: the partner reads it.")
        return None
    org_id = caller().org_id
    with service().store.read() as session:
        response = responses.get(session, org_id, response_id)
        plan = plans.get(session, org_id, response.plan_id)
        if response.state != ResponseState.OPEN or plan.stage != Stage.PUBLISHED:
            return None
        run = runs.get(session, org_id, plan.run_id)
        scenario = scenarios.get(session, org_id, run.solved[0])
        files = scenarios.contents(session, org_id, scenario.id, scenario.version)
    decision = _decision(response, body)
    _try(files, response, decision)
    draft = prepared(scenario.id, [decision], expected=scenario.version)
    return Acceptance(scenario.id, scenario.version, draft, decision)


def _decision(response: PlanResponse, body: DecideIn) -> Adjustment:
    target = body.target if body.target is not None else response.target and parse_number(response.target)
    if target is None or target == "":
        raise invalid_value("/target", "An appeal names no target: say which one is accepted.")
    return Adjustment(
        partner=response.partner,
        metric=response.metric,
        target=Fraction(target),
        by=response.made_by,
        reason=response.reason,
        until=None,
        period=response.period,
        place=_PLACE,
        approved_by=caller().name,
        approved_on=now().date(),
    )


def _try(files: dict[str, bytes], response: PlanResponse, decision: Adjustment) -> None:
    """Raises HttpProblem where the rules cannot hold with the decision."""
    asked = {**_fields(response), "says": "counter", "target": decimal_text(decision.target)}
    found = document_of("responses", {"responses": [asked]}, Sources(dict(files), [ENTRY]))
    assert isinstance(found, ResponsesDocument)
    alone = found.responses[0].alone
    assert alone is not None, "a counter has a price"
    if alone.state != "succeeded":
        why = " ".join(alone.conflict.sentences) if alone.conflict else alone.reason
        raise HttpProblem("infeasible", f"{why} Nothing was written.")


def decide(
    session: Session, response_id: str, body: DecideIn, found: Acceptance | None, *, expected: int | None
) -> PlanResponse:
    """The response, decided; one that is accepted is an adjustment of the scenario's next version.

    Raises NotFound, Stale, and WrongStage where it is decided or its plan superseded.
    """
    who = caller()
    response = responses.to_decide(session, who.org_id, response_id, expected)
    _published(plans.get(session, who.org_id, response.plan_id))
    if found is not None:
        scenario = keep(session, found.scenario_id, found.draft, [found.decision], expected=found.expected)
        response.scenario_id, response.scenario_version = scenario.id, scenario.version
        response.accepted_target = decimal_text(found.decision.target)
    response.state = ResponseState.REFUSED if body.decision == "refuse" else ResponseState.ACCEPTED
    response.answer, response.decided_by, response.decided_at = body.reason, who.key_id, now()
    response.version += 1
    session.flush()
    _report(session, response, "response.decided")
    return response


def _report(session: Session, response: PlanResponse, event: str) -> None:
    """Note what was done, and message those who want to know."""
    who = caller()
    data = {
        "id": response.id,
        "plan": response.plan_id,
        "partner": response.partner,
        "metric": response.metric,
        "says": response.says,
        "state": response.state,
    }
    deliveries.enqueue(session, who.org_id, event, data)
    audit_log.record(session, who.org_id, actor=who.key_id, action=event, subject=response.id, detail=data)
