"""The life of a queued run: claim, report, finish, give back, cancel, expire; each is one fenced transaction.

A claim is a run's id and the number of the attempt. Whoever holds a claim writes only while the row still
stands at that attempt, so a worker that comes back from the dead changes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from api.db import jobs
from api.db.column_types import now
from api.db.erasure import drop_unused
from api.db.errors import InUse, RunFinished, RunNotFinished
from api.db.jobs import Task
from api.db.queue_policy import DEFAULT, Policy
from api.db.tables import deliveries, organisations, result_parts, run_events
from api.db.tables.organisations import Organisation
from api.db.tables.plans import Plan
from api.db.tables.runs import Run, State
from api.db.tenant_scope import fetch
from api.output.result_bundle import Packed


@dataclass(frozen=True)
class Claim:
    """The right to write one attempt of one run."""

    run_id: str
    attempt: int


class Order(Enum):
    """What the holder of a claim is to do."""

    GO_ON = "go on"
    CANCEL = "cancel"
    LOST = "lost"
    """The claim is somebody else's, or the run is over."""


@dataclass(frozen=True)
class Outcome:
    """How a solve ended."""

    state: State
    termination: str | None = None
    reason: str | None = None
    findings: tuple[Mapping[str, Any], ...] = ()
    usage: Mapping[str, Any] | None = None
    versions: Mapping[str, Any] | None = None


def claim(
    session: Session, worker_id: str, policy: Policy = DEFAULT, *, job_id: int | None = None
) -> Run | None:
    """The run to solve next, now running and ours (by this job on PostgreSQL); None when none may begin.

    The organisation with the fewest running solves goes first; of several, the one whose last turn is the longest ago;
    within it priority, then age.
    """
    run = session.scalar(_next(policy))
    if run is None:
        return None
    run.state, run.attempt, run.worker_id, run.job_id = State.RUNNING, run.attempt + 1, worker_id, job_id
    run.stage, run.share, run.started_at = None, None, now()
    organisations.take_turn(session, run.org_id)
    run_events.record(session, run, "started", {"attempt": run.attempt})
    return run


def _next(policy: Policy) -> Select[Run]:
    running = (
        select(Run.org_id, func.count().label("solves"))
        .where(Run.state == State.RUNNING)
        .group_by(Run.org_id)
        .subquery()
    )
    solves = func.coalesce(running.c.solves, 0)
    query = (
        select(Run)
        .join(Organisation, Organisation.id == Run.org_id)
        .outerjoin(running, running.c.org_id == Run.org_id)
        .where(*_ready())
    )
    if policy.org_running_limit is not None:
        query = query.where(solves < policy.org_running_limit)
    order = (solves, Organisation.turn, Run.priority.desc(), Run.id)
    return query.order_by(*order).limit(1).with_for_update(of=Run, skip_locked=True)


def _ready() -> tuple[ColumnElement[bool], ...]:
    """What holds of a run that may begin: it is queued, and not for its parts."""
    part = aliased(Run)
    unfinished = exists().where(part.parent_id == Run.id, part.state.in_([State.QUEUED, State.RUNNING]))
    return Run.state == State.QUEUED, or_(Run.parts == 0, Run.parent_id.is_not(None), ~unfinished)


def report(session: Session, claim: Claim, *, stage: str, share: float | None) -> Order:
    """Note the progress; tells whether to go on."""
    run = _held(session, claim)
    if run is None:
        return Order.LOST
    if run.cancel_requested:
        return Order.CANCEL
    if (stage, share) != (run.stage, run.share):
        run.stage, run.share = stage, share
        run_events.record(session, run, "progress", {"stage": stage, "share": share})
    return Order.GO_ON


def check_claim(session: Session, claim: Claim) -> Order:
    """Whether to go on, without writing; a part does not when the whole is over."""
    whole = aliased(Run)
    over = exists().where(whole.id == Run.parent_id, whole.state.not_in([State.QUEUED, State.RUNNING]))
    mine = select(or_(Run.cancel_requested, over)).where(
        Run.id == claim.run_id, Run.attempt == claim.attempt, Run.state == State.RUNNING
    )
    answer = session.scalar(mine)
    if answer is None:
        return Order.LOST
    return Order.CANCEL if answer else Order.GO_ON


def waiting(session: Session) -> bool:
    """Whether a run is queued that may begin."""
    return session.scalar(select(Run.id).where(*_ready()).limit(1)) is not None


def ready(session: Session) -> int:
    """How many queued runs may begin."""
    return session.scalar(select(func.count()).where(*_ready())) or 0


def log(session: Session, claim: Claim, lines: tuple[str, ...]) -> bool:
    """Add lines of the solve's own words to the run's events; False when the claim is lost."""
    run = _held(session, claim)
    if run is None:
        return False
    run_events.record(session, run, "log", {"lines": list(lines)})
    return True


def finish(session: Session, claim: Claim, outcome: Outcome, packed: Packed | None = None) -> bool:
    """Write how the solve ended, with its result; False (and nothing written) when the claim is lost."""
    run = _held(session, claim)
    if run is None:
        return False
    if packed is not None:
        result_parts.store(session, run.id, claim.attempt, packed)
    _end(session, run, outcome)
    return True


def give_back(
    session: Session, claim: Claim, *, reason: str, strike: bool, policy: Policy = DEFAULT
) -> State | None:
    """Put the run back in the queue, or end it when it was cancelled or lost too often.

    A strike counts against the run: its solve crashed or its worker died. Returns the run's state now, None
    when the claim was lost already.
    """
    run = _held(session, claim)
    return _return(session, run, reason, strike, policy) if run else None


def lapse(session: Session, claim: Claim, policy: Policy = DEFAULT) -> State | None:
    """Take the run from a worker that is dead; None when the claim is no more."""
    return give_back(session, claim, reason="lost", strike=True, policy=policy)


def _return(session: Session, run: Run, reason: str, strike: bool, policy: Policy) -> State:
    run.strikes += strike
    if run.cancel_requested:
        _end(session, run, Outcome(State.CANCELLED))
    elif run.strikes >= policy.strikes_max or run.attempt >= policy.attempts_max:
        _end(session, run, Outcome(State.FAILED, termination="error", reason=reason))
    else:
        run.state, run.worker_id, run.job_id = State.QUEUED, None, None
        run.stage, run.share = None, None
        run_events.record(session, run, "requeued", {"reason": reason, "strikes": run.strikes})
        jobs.add(session, Task.SOLVE)
    return State(run.state)


def cancel(session: Session, org_id: str, run_id: str) -> Run:
    """The run, cancelled or about to be; raises NotFound, and RunFinished when it ended otherwise."""
    run = fetch(session, Run, org_id, run_id, lock=True)
    if run.state == State.QUEUED:
        _end(session, run, Outcome(State.CANCELLED))
    elif run.state == State.RUNNING and not run.cancel_requested:
        run.cancel_requested = True
        run_events.record(session, run, "cancel_requested")
    elif run.state not in (State.RUNNING, State.CANCELLED):
        raise RunFinished(f"{run.id} has {run.state} already.")
    return run


def expire(session: Session, *, limit: int = 200) -> int:
    """Give up the runs that waited too long; returns how many."""
    late = select(Run).where(*_ready(), Run.expires_at < now())
    found = session.scalars(late.limit(limit).with_for_update(of=Run, skip_locked=True)).all()
    expired = 0
    for run in found:
        if (
            run.state == State.QUEUED
        ):  # the end of a part ends its whole, and with it parts that come later here
            _end(session, run, Outcome(State.EXPIRED, reason="waited_too_long"))
            expired += 1
    return expired


def claims(session: Session) -> list[Claim]:
    """Every claim that is out."""
    query = select(Run.id, Run.attempt).where(Run.state == State.RUNNING)
    return [Claim(run_id, attempt) for run_id, attempt in session.execute(query)]


def remove(session: Session, org_id: str, run_id: str) -> None:
    """Erase a finished run with its result; raises NotFound, RunNotFinished, and InUse under a plan."""
    run = fetch(session, Run, org_id, run_id, lock=True)
    if not State(run.state).final:
        raise RunNotFinished(f"{run_id} is {run.state}. Cancel it first.")
    plan = session.scalar(select(Plan.id).where(Plan.run_id == run_id).limit(1))
    if plan:
        raise InUse(f"{run_id} is what {plan} is built on.")
    session.delete(run)
    if run.analysis is not None:
        session.flush()
        drop_unused(session, org_id)


def _held(session: Session, claim: Claim) -> Run | None:
    mine = select(Run).where(Run.id == claim.run_id, Run.attempt == claim.attempt, Run.state == State.RUNNING)
    return session.scalar(mine.with_for_update())


def _end(session: Session, run: Run, outcome: Outcome) -> None:
    run.state, run.termination, run.reason = outcome.state, outcome.termination, outcome.reason
    run.findings = [dict(finding) for finding in outcome.findings] or None
    run.usage = dict(outcome.usage) if outcome.usage else None
    run.versions = dict(outcome.versions) if outcome.versions else None
    run.worker_id, run.job_id, run.finished_at = None, None, now()
    run_events.record(session, run, outcome.state, {"reason": outcome.reason} if outcome.reason else None)
    if run.analysis is None:  # webhooks are for those who take up targets
        deliveries.enqueue(session, run.org_id, f"run.{outcome.state}", {"id": run.id})
    elif run.joins:
        _end_parts(session, run)
    elif run.parent_id:
        _part_ended(session, run, outcome)


def _end_parts(session: Session, whole: Run) -> None:
    """Cancel the parts that wait; those that are being done are stopped by who does them."""
    queued = select(Run).where(Run.parent_id == whole.id, Run.state == State.QUEUED)
    for part in session.scalars(queued.with_for_update(skip_locked=True)).all():
        _end(session, part, Outcome(State.CANCELLED))


def _part_ended(session: Session, part: Run, outcome: Outcome) -> None:
    """Note the progress of the whole, which may begin after its last part, and ends with one that has failed."""
    whole = session.scalar(select(Run).where(Run.id == part.parent_id).with_for_update())
    if whole is None or State(whole.state).final:
        return
    if outcome.state is not State.SUCCEEDED:
        _end(session, whole, replace(outcome, usage=None))
        return
    session.flush()
    unfinished = select(func.count()).where(
        Run.parent_id == whole.id, Run.state.in_([State.QUEUED, State.RUNNING])
    )
    left = session.scalar(unfinished) or 0
    whole.stage, whole.share = "parts", round(1 - left / whole.parts, 3)
    run_events.record(session, whole, "progress", {"stage": whole.stage, "share": whole.share})
    if left == 0:  # it has waited for its parts, not for its turn
        whole.expires_at = now() + (whole.expires_at - whole.created_at)
        jobs.add(session, Task.SOLVE)
