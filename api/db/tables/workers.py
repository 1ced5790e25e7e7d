"""Workers that said they are there, for readiness and for the operator to see."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from api.db.column_types import Base, now
from api.db.statements import changed


class Worker(Base):
    """One worker process."""

    __tablename__ = "workers"

    id: Mapped[str] = mapped_column(primary_key=True)
    host: Mapped[str]
    pid: Mapped[int]
    version: Mapped[str]
    slots: Mapped[int]
    started_at: Mapped[datetime] = mapped_column(default=now)
    seen_at: Mapped[datetime] = mapped_column(default=now)


def arrive(session: Session, worker: Worker) -> None:
    """Enter the worker."""
    session.add(worker)


def seen(session: Session, worker_id: str) -> bool:
    """Note that the worker is alive; False when it was deregistered meanwhile."""
    statement = update(Worker).where(Worker.id == worker_id).values(seen_at=now())
    return changed(session, statement) == 1


def leave(session: Session, worker_id: str) -> None:
    """Strike the worker off."""
    session.execute(delete(Worker).where(Worker.id == worker_id))


def deregister_unseen(session: Session, *, for_longer_than: timedelta) -> None:
    """Deregister the workers that have not been seen for so long."""
    session.execute(delete(Worker).where(Worker.seen_at < now() - for_longer_than))


def present(session: Session) -> tuple[Worker, ...]:
    """The workers, the one seen last first."""
    return tuple(session.scalars(select(Worker).order_by(Worker.seen_at.desc())))
