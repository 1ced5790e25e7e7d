"""Idempotency: a request's key and answer, kept in the same transaction as what the request did."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ForeignKey, Index, delete
from sqlalchemy.orm import Mapped, Session, mapped_column

from api.db.column_types import Base, now
from api.db.keyring import keyring_of
from api.db.statements import changed, insert_if_new


class Answer(Base):
    """The answer that a key stands for."""

    __tablename__ = "idempotency"
    __table_args__ = (Index("ix_idempotency_created_at", "created_at"),)

    org_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"), primary_key=True)
    caller: Mapped[str] = mapped_column(primary_key=True)
    """The API key's id."""
    route: Mapped[str] = mapped_column(primary_key=True)
    """Method and path template or path: one key may be used once per route."""
    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]
    """Hash of what was asked."""
    status: Mapped[int | None]
    headers: Mapped[dict[str, str] | None]
    body: Mapped[str | None]
    """Encrypted: it may hold a secret that is given once."""
    created_at: Mapped[datetime] = mapped_column(default=now)


class KeyReused(Exception):  # noqa: N818
    """The key was used for another request before."""


@dataclass(frozen=True)
class Request:
    """What identifies a request that may come again."""

    org_id: str
    caller: str
    route: str
    key: str
    fingerprint: str


def reserve(session: Session, request: Request) -> Answer | None:
    """None when the request is new and now ours to do; else the answer it got. Raises KeyReused.

    On PostgreSQL this waits for a twin in flight, at most the busy time (then StoreBusy).
    """
    key: dict[str, Any] = {
        "org_id": request.org_id,
        "caller": request.caller,
        "route": request.route,
        "key": request.key,
    }
    row = {**key, "fingerprint": request.fingerprint, "created_at": now()}
    if insert_if_new(session, Answer, row):
        return None
    answer = session.get_one(Answer, tuple(key.values()))
    if answer.fingerprint != request.fingerprint:
        raise KeyReused(request.key)
    return answer


def remember(session: Session, request: Request, *, status: int, headers: dict[str, str], body: str) -> None:
    """Keep the answer under the reserved key, in the transaction that reserved it."""
    answer = session.get_one(Answer, (request.org_id, request.caller, request.route, request.key))
    answer.status, answer.headers = status, headers
    answer.body = keyring_of(session).seal(body.encode()).decode()


def body_of(session: Session, answer: Answer) -> str:
    """The body that was kept."""
    return keyring_of(session).unseal(answer.body.encode()).decode() if answer.body else ""


def forget_old(session: Session, *, keep: timedelta = timedelta(hours=48)) -> int:
    """Drop answers older than `keep`; returns how many."""
    old = delete(Answer).where(Answer.created_at < now() - keep)
    return changed(session, old)
