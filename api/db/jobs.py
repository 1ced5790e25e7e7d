"""Jobs: what is to be done outside the request, added in the transaction that makes it necessary.

On PostgreSQL they are Procrastinate's; the embedded database needs none, since the one process that has it finds
in our own rows what is to be done, and is notified by the task's name.
"""

from collections import Counter
from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from api.db.notifications import notify

_ADDED = "cascade.jobs"


class Task(StrEnum):
    """What a job does."""

    SOLVE = "cascade.solve"
    """Solve the run whose turn it is then; the job names none, so that who goes next is decided at the last moment."""
    DELIVER = "cascade.deliver"
    """Send messages as long as one may be tried; the job names none, for the same reason."""


Jobs = Counter[tuple[Task, datetime | None]]
"""How many of each task, not before a time or now."""


def add(session: Session, task: Task, *, at: datetime | None = None) -> None:
    """Add a job along with the session's transaction."""
    session.info.setdefault(_ADDED, Counter())[task, at] += 1
    notify(session, task)


def added(session: Session) -> Jobs:
    """The jobs that the session's transaction adds."""
    return Counter(session.info.get(_ADDED))
