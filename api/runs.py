"""The life of a run: submit, claim, beat, finish, give back, cancel, expire; each is one fenced transaction.

A claim is a run's id and the number of the attempt. Whoever holds a claim writes only while the row still
stands at that attempt, so a worker that comes back from the dead changes nothing.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Any

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session

from api.packed import Packed
from api.store import deliveries, events, organisations, parts, scenarios
from api.store.base import now
from api.store.database import notify
from api.store.errors import InUse
from api.store.ids import new_id
from api.store.plans import Plan
from api.store.runs import Batch, Run, State, get
from api.store.scoped import alone, fetch

QUEUE = "queue"
"""The topic that is rung when there may be something to claim."""


@dataclass(frozen=True)
class Policy:
    """How much may wait, and how long and how often a run is tried."""

    queue_limit: int = 2000
    """Unfinished runs of all organisations together."""
    org_queue_limit: int = 500
    """Unfinished runs of one organisation, unless it has a limit of its own."""
    org_running_limit: int | None = None
    """Runs of one organisation that are solved at once."""
    strikes_max: int = 3
    """A run that was lost this often has failed."""
    attempts_max: int = 30
    """A run that was begun this often has failed, whatever stood in its way."""
    wait_max: timedelta = timedelta(hours=24)
    """A run that waited this long expires."""


DEFAULT = Policy()


class QueueFull(Exception):  # noqa: N818
    """Too much is waiting; `scope` is `organisation` or `server`."""

    def __init__(self, scope: str, limit: int) -> None:
        super().__init__(f"{limit} runs of this {scope} are unfinished already.")
        self.scope = scope
        self.limit = limit


class Finished(Exception):  # noqa: N818
    """The run is over, and not in the way that was asked for."""

    def __init__(self, run: Run) -> None:
        super().__init__(f"{run.id} has {run.state} already.")
        self.run = run


class NotFinished(Exception):  # noqa: N818
    """The run is still queued or running."""


@dataclass(frozen=True)
class Claim:
    """The right to write one attempt of one run."""

    run_id: str
    attempt: int


class Beat(Enum):
    """What a worker hears when it says that it is alive."""

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


def new_batch(session: Session, org_id: str, *, created_by: str) -> Batch:
    """A batch to submit runs under."""
    batch = Batch(id=new_id("bat"), org_id=org_id, created_by=created_by)
    session.add(batch)
    session.flush()
    return batch


def submit(
    session: Session,
    org_id: str,
    scenario_id: str,
    *,
    options: dict[str, Any],
    submitted_by: str,
    priority: int = 0,
    batch_id: str | None = None,
    policy: Policy = DEFAULT,
) -> Run:
    """A queued run of the scenario's newest version; raises NotFound and QueueFull."""
    scenario = scenarios.get(session, org_id, scenario_id)
    _check_room(session, org_id, policy)
    run = Run(
        id=new_id("run"),
        org_id=org_id,
        scenario_id=scenario.id,
        scenario_version=scenario.version,
        batch_id=batch_id,
        options=options,
        priority=priority,
        submitted_by=submitted_by,
        expires_at=now() + policy.wait_max,
        state=State.QUEUED,
        revision=0,
    )
    session.add(run)
    session.flush()
    _told(session, run, "queued")
    notify(session, QUEUE)
    return run


def _check_room(session: Session, org_id: str, policy: Policy) -> None:
    alone(session, "queue room")
    unfinished = select(func.count()).where(Run.state.in_([State.QUEUED, State.RUNNING]))
    own_limit = organisations.get(session, org_id).queue_limit
    limit = policy.org_queue_limit if own_limit is None else own_limit
    if (session.scalar(unfinished.where(Run.org_id == org_id)) or 0) >= limit:
        raise QueueFull("organisation", limit)
    if (session.scalar(unfinished) or 0) >= policy.queue_limit:
        raise QueueFull("server", policy.queue_limit)


def claim(session: Session, worker_id: str, policy: Policy = DEFAULT) -> Run | None:
    """The run to solve next, now running and ours; None when nothing waits.

    The organisation with the fewest running solves goes first, then priority, then age.
    """
    run = session.scalar(_next(policy))
    if run is None:
        return None
    run.state, run.attempt, run.worker_id = State.RUNNING, run.attempt + 1, worker_id
    run.beats, run.stage, run.share, run.started_at = 0, None, None, now()
    _told(session, run, "started", {"attempt": run.attempt})
    return run


def _next(policy: Policy) -> Select[Run]:
    running = (
        select(Run.org_id, func.count().label("solves"))
        .where(Run.state == State.RUNNING)
        .group_by(Run.org_id)
        .subquery()
    )
    solves = func.coalesce(running.c.solves, 0)
    query = select(Run).outerjoin(running, running.c.org_id == Run.org_id).where(Run.state == State.QUEUED)
    if policy.org_running_limit is not None:
        query = query.where(solves < policy.org_running_limit)
    order = (solves, Run.priority.desc(), Run.id)
    return query.order_by(*order).limit(1).with_for_update(of=Run, skip_locked=True)


def beat(session: Session, claim: Claim, *, stage: str | None = None, share: float | None = None) -> Beat:
    """Keep the claim alive and note the progress; tells whether to go on."""
    mine = update(Run).where(Run.id == claim.run_id, Run.attempt == claim.attempt, Run.state == State.RUNNING)
    answer = session.execute(mine.values(beats=Run.beats + 1).returning(Run.cancel_requested)).scalar()
    if answer is None:
        return Beat.LOST
    run = session.get_one(Run, claim.run_id)
    if stage is not None and (stage, share) != (run.stage, run.share):
        run.stage, run.share = stage, share
        _told(session, run, "progress", {"stage": stage, "share": share})
    return Beat.CANCEL if answer else Beat.GO_ON


def hear(session: Session, claim: Claim) -> Beat:
    """Whether to go on, without writing."""
    mine = select(Run.cancel_requested).where(
        Run.id == claim.run_id, Run.attempt == claim.attempt, Run.state == State.RUNNING
    )
    answer = session.scalar(mine)
    if answer is None:
        return Beat.LOST
    return Beat.CANCEL if answer else Beat.GO_ON


def waiting(session: Session) -> bool:
    """Whether anything is queued."""
    return session.scalar(select(Run.id).where(Run.state == State.QUEUED).limit(1)) is not None


def log(session: Session, claim: Claim, lines: tuple[str, ...]) -> bool:
    """Add lines of the solve's own words to the run's events; False when the claim is lost."""
    run = _held(session, claim)
    if run is None:
        return False
    _told(session, run, "log", {"lines": list(lines)})
    return True


def finish(session: Session, claim: Claim, outcome: Outcome, packed: Packed | None = None) -> bool:
    """Write how the solve ended, with its result; False (and nothing written) when the claim is lost."""
    run = _held(session, claim)
    if run is None:
        return False
    if packed is not None:
        parts.store(session, run.id, claim.attempt, packed)
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


def lapse(session: Session, claim: Claim, beats: int, policy: Policy = DEFAULT) -> State | None:
    """Take the run from a worker that has not beaten since `beats`; None when it has, or is done."""
    run = _held(session, claim)
    if run is None or run.beats != beats:
        return None
    return _return(session, run, "lost", True, policy)


def _return(session: Session, run: Run, reason: str, strike: bool, policy: Policy) -> State:
    run.strikes += strike
    if run.cancel_requested:
        _end(session, run, Outcome(State.CANCELLED))
    elif run.strikes >= policy.strikes_max or run.attempt >= policy.attempts_max:
        _end(session, run, Outcome(State.FAILED, termination="error", reason=reason))
    else:
        run.state, run.worker_id, run.stage, run.share = State.QUEUED, None, None, None
        _told(session, run, "requeued", {"reason": reason, "strikes": run.strikes})
        notify(session, QUEUE)
    return State(run.state)


def cancel(session: Session, org_id: str, run_id: str) -> Run:
    """The run, cancelled or about to be; raises NotFound, and Finished when it ended otherwise."""
    run = fetch(session, Run, org_id, run_id, lock=True)
    if run.state == State.QUEUED:
        _end(session, run, Outcome(State.CANCELLED))
    elif run.state == State.RUNNING and not run.cancel_requested:
        run.cancel_requested = True
        _told(session, run, "cancel_requested")
    elif run.state not in (State.RUNNING, State.CANCELLED):
        raise Finished(run)
    return run


def expire(session: Session, *, limit: int = 200) -> int:
    """Give up the runs that waited too long; returns how many."""
    late = select(Run).where(Run.state == State.QUEUED, Run.expires_at < now())
    found = session.scalars(late.limit(limit).with_for_update(skip_locked=True)).all()
    for run in found:
        _end(session, run, Outcome(State.EXPIRED, reason="waited_too_long"))
    return len(found)


def claims(session: Session, *, workers: Collection[str] | None = None) -> dict[Claim, int]:
    """Every claim that is out (of these workers), and its beats: what the watch looks at."""
    query = select(Run.id, Run.attempt, Run.beats).where(Run.state == State.RUNNING)
    if workers is not None:
        query = query.where(Run.worker_id.in_(workers))
    return {Claim(run_id, attempt): beats for run_id, attempt, beats in session.execute(query)}


def remove(session: Session, org_id: str, run_id: str) -> None:
    """Erase a finished run with its result; raises NotFound, NotFinished, and InUse under a plan."""
    run = fetch(session, Run, org_id, run_id, lock=True)
    if not State(run.state).final:
        raise NotFinished(f"{run_id} is {run.state}. Cancel it first.")
    plan = session.scalar(select(Plan.id).where(Plan.run_id == run_id).limit(1))
    if plan:
        raise InUse(f"{run_id} is what {plan} is built on.")
    session.delete(run)


def _held(session: Session, claim: Claim) -> Run | None:
    mine = select(Run).where(Run.id == claim.run_id, Run.attempt == claim.attempt, Run.state == State.RUNNING)
    return session.scalar(mine.with_for_update())


def _end(session: Session, run: Run, outcome: Outcome) -> None:
    run.state, run.termination, run.reason = outcome.state, outcome.termination, outcome.reason
    run.findings = [dict(finding) for finding in outcome.findings] or None
    run.usage = dict(outcome.usage) if outcome.usage else None
    run.versions = dict(outcome.versions) if outcome.versions else None
    run.worker_id, run.finished_at = None, now()
    _told(session, run, outcome.state, {"reason": outcome.reason} if outcome.reason else None)
    deliveries.enqueue(session, run.org_id, f"run.{outcome.state}", {"id": run.id})


def _told(session: Session, run: Run, kind: str, data: dict[str, Any] | None = None) -> None:
    run.revision += 1
    events.add(session, run, str(kind), data)
    notify(session, run.id)


__all__ = [
    "DEFAULT",
    "QUEUE",
    "Beat",
    "Claim",
    "Finished",
    "NotFinished",
    "Outcome",
    "Policy",
    "QueueFull",
    "Run",
    "State",
    "beat",
    "cancel",
    "claim",
    "claims",
    "expire",
    "finish",
    "get",
    "give_back",
    "hear",
    "lapse",
    "log",
    "new_batch",
    "remove",
    "submit",
    "waiting",
]
