"""Events: what happened to a run, numbered from 1 without gaps, only ever added to."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from api.db.column_types import Base, now
from api.db.notifications import notify
from api.db.tables.runs import Run


class Event(Base):
    """One thing that happened to a run."""

    __tablename__ = "events"

    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    """queued, started, progress, log, requeued, cancel_requested, or the final state."""
    data: Mapped[dict[str, Any]]
    at: Mapped[datetime] = mapped_column(default=now)


def since(
    session: Session, org_id: str, run_id: str, after: int, *, kind: str | None = None, limit: int = 500
) -> tuple[Event, ...]:
    """The run's events after that number, in order; none for another organisation's run."""
    query = (
        select(Event)
        .join(Run, Run.id == Event.run_id)
        .where(Run.org_id == org_id, Event.run_id == run_id, Event.sequence > after)
    )
    if kind is not None:
        query = query.where(Event.kind == kind)
    return tuple(session.scalars(query.order_by(Event.sequence).limit(limit)))


def record(session: Session, run: Run, kind: str, data: dict[str, Any] | None = None) -> None:
    """What happened to the run, under its next revision; whoever follows the run hears of it after the commit."""
    run.revision += 1
    session.add(Event(run_id=run.id, sequence=run.revision, kind=str(kind), data=data or {}))
    notify(session, run.id)
