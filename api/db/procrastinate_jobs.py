"""Jobs on PostgreSQL: added to Procrastinate's tables, and what those say about who is alive."""

from collections import deque
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import procrastinate
from procrastinate.exceptions import ConnectorException
from sqlalchemy import text
from sqlalchemy.orm import Session

from api.db import jobs
from api.db.column_types import now
from api.db.errors import StoreUnavailable
from api.db.jobs import Task
from api.db.tables import deliveries

QUEUES = {Task.SOLVE: "solves", Task.DELIVER: "messages"}
"""Where the jobs of each task wait."""

_APP = procrastinate.App(connector=procrastinate.SyncPsycopgConnector())
"""Adds jobs over the connections of our own transactions; it opens none."""


def put(session: Session) -> None:
    """Write the session's jobs in its transaction; raises StoreUnavailable."""
    raw: Any = session.connection().connection.driver_connection
    for (task, at), number in jobs.added(session).items():
        added = _APP.configure_task(task, queue=QUEUES[task], schedule_at=at, connection=raw)
        try:
            added.batch_defer(*[{}] * number)
        except ConnectorException as error:
            raise StoreUnavailable(f"The database does not answer. Try again shortly. ({error})") from error


def heartbeats(session: Session) -> dict[int, datetime]:
    """Each of Procrastinate's workers, and when it beat last by the database's clock."""
    rows = session.execute(text("SELECT id, last_heartbeat FROM procrastinate_workers"))
    return {row.id: row.last_heartbeat for row in rows}


def beat(session: Session, workers: Collection[int]) -> None:
    """Note that these of Procrastinate's workers are alive."""
    alive = text(
        "SELECT procrastinate_update_heartbeat_v1(id) FROM procrastinate_workers WHERE id = ANY(:ids)"
    )
    session.execute(alive, {"ids": list(workers)})


def erase(session: Session, finished: Collection[int]) -> None:
    """Erase those of these jobs that count as being done still."""
    if finished:
        still = text("DELETE FROM procrastinate_jobs WHERE status = 'doing' AND id = ANY(:ids)")
        session.execute(still, {"ids": list(finished)})


def remove_workers(session: Session, dead: Mapping[int, datetime]) -> None:
    """Remove those of Procrastinate's workers that have not beaten since; their jobs have no owner then."""
    gone = text("DELETE FROM procrastinate_workers WHERE id = :id AND last_heartbeat = :at")
    for worker, at in dead.items():
        session.execute(gone, {"id": worker, "at": at})


_ABANDONED = text(
    "SELECT runs.id, runs.attempt FROM runs"
    " LEFT JOIN procrastinate_jobs job ON job.id = runs.job_id AND job.status = 'doing'"
    " WHERE runs.state = 'running' AND (job.worker_id IS NULL OR runs.worker_id = ANY(:dead))"
)


def abandoned(session: Session, dead: Collection[str]) -> list[tuple[str, int]]:
    """Id and attempt of the running runs that no job stands for any more, or that these dead workers have."""
    return [(run_id, attempt) for run_id, attempt in session.execute(_ABANDONED, {"dead": list(dead)})]


_SOLVES = text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = :solve AND status = 'todo'")
_SENDING = text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = :deliver AND status = 'doing'")
_DELIVERIES = text(
    "SELECT coalesce(scheduled_at, now()) FROM procrastinate_jobs WHERE task_name = :deliver AND status = 'todo'"
    " ORDER BY 1 LIMIT :most"
)
_SOON = timedelta(seconds=2)
"""A job that comes so much later is soon enough."""
_DELIVERIES_MOST = 32
"""Jobs that are added for messages at once: each goes on as long as there are any to send."""


_LET_GO = text(
    "UPDATE deliveries SET held_until = NULL FROM procrastinate_jobs job"
    " WHERE held_until > now() AND job.id = deliveries.job_id AND job.status = 'doing' AND job.worker_id IS NULL"
)


def drop_abandoned(session: Session) -> int:
    """Erase the jobs that died with their worker, and let go of the messages they had; returns how many jobs."""
    session.execute(_LET_GO)
    gone = text("DELETE FROM procrastinate_jobs WHERE status = 'doing' AND worker_id IS NULL RETURNING id")
    return len(session.execute(gone).all())


def refill(session: Session, ready: int) -> None:
    """Add the jobs that so many ready runs and the messages lack.

    As after a job was lost, a backup restored, or a webhook enabled again.
    """
    for _ in range(ready - session.execute(_SOLVES, {"solve": Task.SOLVE}).scalar_one()):
        jobs.add(session, Task.SOLVE)
    wanted = [max(at, now()) for _, at in deliveries.waiting(session, _DELIVERIES_MOST)]
    sending = session.execute(_SENDING, {"deliver": Task.DELIVER}).scalar_one()
    wanted += deliveries.under_way(session)[sending:]
    found = session.scalars(_DELIVERIES, {"deliver": Task.DELIVER, "most": _DELIVERIES_MOST})
    for at in _without_job(sorted(wanted), list(found)):
        jobs.add(session, Task.DELIVER, at=at)


def _without_job(wanted: Sequence[datetime], jobs_at: Sequence[datetime]) -> list[datetime]:
    """The times for which no job is left that comes by then, both in order."""
    left = deque(jobs_at)
    missing = []
    for at in wanted:
        if left and left[0] <= at + _SOON:
            left.popleft()
        else:
            missing.append(at)
    return missing
