"""Runs enter the queue: of a scenario, or of an analysis in parts; each in one transaction with its job."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.db import jobs
from api.db.column_types import now
from api.db.errors import QueueFull
from api.db.ids import new_id
from api.db.jobs import Task
from api.db.queue_policy import DEFAULT, Policy
from api.db.tables import analyses, organisations, run_events, scenarios
from api.db.tables.runs import Run, State
from api.db.tenant_scope import alone


def submit(
    session: Session,
    org_id: str,
    scenario_id: str,
    *,
    options: dict[str, Any],
    submitted_by: str,
    priority: int = 0,
    policy: Policy = DEFAULT,
) -> Run:
    """A queued run of the scenario's newest version; raises NotFound and QueueFull."""
    scenario = scenarios.get(session, org_id, scenario_id)
    _check_room(session, org_id, policy)
    what = {"scenario_id": scenario.id, "scenario_version": scenario.version, "priority": priority}
    run = _queued(session, org_id, policy, options=options, submitted_by=submitted_by, **what)
    run_events.record(session, run, "queued")
    return run


def submit_analysis(
    session: Session,
    org_id: str,
    question: Mapping[str, Any],
    files: Mapping[str, bytes],
    *,
    options: dict[str, Any],
    submitted_by: str,
    parts: int = 0,
    policy: Policy = DEFAULT,
) -> Run:
    """A queued run that answers the question about these files, in so many parts; raises QueueFull."""
    _check_room(session, org_id, policy)
    what = {"options": options, "submitted_by": submitted_by, "analysis": str(question["analysis"])}
    run = _queued(session, org_id, policy, parts=parts, **what)
    divided = [
        _queued(session, org_id, policy, parts=parts, parent_id=run.id, part=part, **what)
        for part in range(parts)
    ]
    for one in (run, *divided):
        analyses.add(session, one, question, files)
        run_events.record(session, one, "queued")
    return run


def _queued(session: Session, org_id: str, policy: Policy, **fields: Any) -> Run:
    expires_at = now() + policy.wait_max
    run = Run(
        id=new_id("run"), org_id=org_id, expires_at=expires_at, state=State.QUEUED, revision=0, **fields
    )
    session.add(run)
    session.flush()
    if not run.joins:  # its job is added when its parts have ended
        jobs.add(session, Task.SOLVE)
    return run


def _check_room(session: Session, org_id: str, policy: Policy) -> None:
    alone(session, "queue room")
    unfinished = select(func.count()).where(
        Run.state.in_([State.QUEUED, State.RUNNING]), Run.parent_id.is_(None)
    )
    own_limit = organisations.get(session, org_id).queue_limit
    limit = policy.org_queue_limit if own_limit is None else own_limit
    if (session.scalar(unfinished.where(Run.org_id == org_id)) or 0) >= limit:
        raise QueueFull("organisation", limit)
    if (session.scalar(unfinished) or 0) >= policy.queue_limit:
        raise QueueFull("server", policy.queue_limit)
