"""Jobs: what is to be done outside the request, added in the transaction that makes it necessary.

On PostgreSQL they are Procrastinate's; the embedded database needs none, since the one process that has it finds
in our own rows what is to be done, and is notified by the task's name.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from api.db.notifications import notify

_ADDED = "cascade.jobs"


class Task(StrEnum):
    """What a job does."""

    SOLVE = "cascade.solve"
    """Solve the run whose turn it is then; the job names none, so that who goes next is decided at the last moment."""
    DELIVER = "cascade.deliver"
    """Send messages as long as one may be tried; the job names none, for the same reason."""


@dataclass(frozen=True)
class Job:
    """A job that is to be added."""

    task: Task
    at: datetime | None = None
    """Not before; None for now."""
    arguments: Mapping[str, Any] = field(default_factory=dict)


def add(session: Session, task: Task, *, at: datetime | None = None, **arguments: str) -> None:
    """Add a job along with the session's transaction."""
    session.info.setdefault(_ADDED, []).append(Job(task, at, arguments))
    notify(session, task)


def added(session: Session) -> tuple[Job, ...]:
    """The jobs that the session's transaction adds."""
    return tuple(session.info.get(_ADDED, ()))
