"""From run to plan: submit, approve, publish; a published plan never changes, it is only superseded."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.db.column_types import now
from api.db.errors import NotPublishable, SameActor, Stale, WrongStage
from api.db.ids import new_id
from api.db.tables import audit_log, deliveries, organisations, results, runs, users
from api.db.tables.plans import Plan, PlanStep, Stage
from api.db.tables.runs import State
from api.db.tenant_scope import alone, fetch
from api.resources.comparisons.service import moved_between
from api.resources.plans.moves import IN_MESSAGE, in_history, message


def submit(
    session: Session, org_id: str, *, run_id: str, name: str, period: str, actor: str, reason: str = ""
) -> Plan:
    """The run, proposed as the plan of the period; raises NotFound and NotPublishable."""
    run = runs.get(session, org_id, run_id)
    if run.state != State.SUCCEEDED:
        raise NotPublishable(f"{run_id} is {run.state}; only a run that succeeded can become a plan.")
    if not _verified(results.document(session, org_id, run_id)):
        raise NotPublishable(f"The audit of {run_id} did not verify every hard rule.")
    plan = Plan(
        id=new_id("plan"),
        org_id=org_id,
        name=name,
        period=period,
        run_id=run_id,
        stage=Stage.SUBMITTED,
        version=0,
        submitted_by=actor,
    )
    session.add(plan)
    session.flush()
    _step(session, plan, "submit", actor, reason)
    return plan


def approve(
    session: Session, org_id: str, plan_id: str, *, expected: int | None, actor: str, reason: str = ""
) -> Plan:
    """The plan, approved; raises NotFound, Stale, WrongStage and SameActor."""
    plan = _at(session, org_id, plan_id, expected, Stage.SUBMITTED)
    if organisations.get(session, org_id).four_eyes and _same_person(session, plan, actor):
        raise SameActor("The plan must be approved by somebody else than who submitted it.")
    plan.stage = Stage.APPROVED
    _step(session, plan, "approve", actor, reason)
    return plan


def _same_person(session: Session, plan: Plan, actor: str) -> bool:
    """Whether it is the submitter, also with another key of theirs."""
    return users.person_of(session, plan.org_id, plan.submitted_by) == users.person_of(
        session, plan.org_id, actor
    )


def reject(
    session: Session, org_id: str, plan_id: str, *, expected: int | None, actor: str, reason: str
) -> Plan:
    """The plan, rejected for good; raises NotFound, Stale and WrongStage."""
    return _leave(session, org_id, plan_id, expected, Stage.REJECTED, "reject", actor, reason)


def withdraw(
    session: Session, org_id: str, plan_id: str, *, expected: int | None, actor: str, reason: str = ""
) -> Plan:
    """The plan, taken back before it was published; raises NotFound, Stale and WrongStage."""
    return _leave(session, org_id, plan_id, expected, Stage.WITHDRAWN, "withdraw", actor, reason)


def publish(
    session: Session, org_id: str, plan_id: str, *, expected: int | None, actor: str, reason: str = ""
) -> Plan:
    """The plan, holding for its period from now on; the one before it is superseded in the same moment.

    Raises NotFound, Stale and WrongStage. The step says what moved against the plan before.
    """
    plan = _at(session, org_id, plan_id, expected, Stage.APPROVED)
    alone(session, org_id, "publish", plan.name, plan.period)
    before = _published(session, plan)
    moved = moved_between(session, org_id, before.run_id, plan.run_id, most=IN_MESSAGE) if before else {}
    if before:
        before.stage, before.superseded_by = Stage.SUPERSEDED, plan.id
        _step(session, before, "supersede", actor, reason)
        session.flush()
        plan.supersedes = before.id
    plan.stage, plan.published_at = Stage.PUBLISHED, now()
    _step(session, plan, "publish", actor, reason, in_history(moved) if before else None)
    deliveries.enqueue(session, org_id, "plan.published", message(plan, moved))
    return plan


def _leave(
    session: Session,
    org_id: str,
    plan_id: str,
    expected: int | None,
    stage: Stage,
    action: str,
    actor: str,
    reason: str,
) -> Plan:
    plan = _at(session, org_id, plan_id, expected, Stage.SUBMITTED, Stage.APPROVED)
    plan.stage = stage
    _step(session, plan, action, actor, reason)
    return plan


def _at(session: Session, org_id: str, plan_id: str, expected: int | None, *stages: Stage) -> Plan:
    plan = fetch(session, Plan, org_id, plan_id, lock=True)
    if expected is not None and plan.version != expected:
        raise Stale(plan_id, plan.version)
    if plan.stage not in stages:
        raise WrongStage(f"{plan_id} is {plan.stage}, not {' or '.join(stages)}.")
    return plan


def _published(session: Session, plan: Plan) -> Plan | None:
    query = select(Plan).where(
        Plan.org_id == plan.org_id,
        Plan.name == plan.name,
        Plan.period == plan.period,
        Plan.stage == Stage.PUBLISHED,
    )
    return session.scalar(query.with_for_update())


def _verified(result: dict[str, Any]) -> bool:
    audited = result.get("audit")
    return bool(result.get("verified", audited.get("verified") if isinstance(audited, dict) else False))


def _step(
    session: Session, plan: Plan, action: str, actor: str, reason: str, moved: dict[str, Any] | None = None
) -> None:
    plan.version += 1
    session.add(
        PlanStep(plan_id=plan.id, number=plan.version, action=action, actor=actor, reason=reason, moved=moved)
    )
    detail = {"period": plan.period, "run": plan.run_id, "reason": reason}
    audit_log.record(
        session, plan.org_id, actor=actor, action=f"plan.{action}", subject=plan.id, detail=detail
    )
