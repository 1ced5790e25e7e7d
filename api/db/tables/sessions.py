"""Sessions of browsers: whoever holds the token of one is logged in, until it ends here."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, ForeignKey, Index, LargeBinary, and_, delete, not_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from api.db.column_types import Base, now
from api.db.ids import new_id
from api.db.statements import changed

_SEEN_EVERY = timedelta(minutes=1)


class BrowserSession(Base):
    """One login of one browser; of its token only the SHA-256 is here. A session that has ended is deleted."""

    __tablename__ = "sessions"
    __table_args__ = (Index("ix_sessions_actor", "org_id", "actor"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    org_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"))
    actor: Mapped[str]
    """The person, or the API key that was logged in with."""
    digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    address: Mapped[str]
    """Where the login came from."""
    agent: Mapped[str]
    """What the browser calls itself."""
    created_at: Mapped[datetime] = mapped_column(default=now)
    seen_at: Mapped[datetime] = mapped_column(default=now, index=True)
    """To the minute."""
    expires_at: Mapped[datetime]

    def seen_is_stale(self) -> bool:
        """Whether the use is worth recording again."""
        return now() - self.seen_at > _SEEN_EVERY


@dataclass(frozen=True)
class Lasting:
    """How long a session lasts."""

    unused: timedelta
    """It ends after so long without a request."""
    in_all: timedelta
    """It ends after so long, whatever happens."""


def begin(
    session: Session, org_id: str, actor: str, *, address: str, agent: str, lasting: Lasting
) -> tuple[BrowserSession, str]:
    """A new session and its token."""
    token = secrets.token_urlsafe(32)
    made = BrowserSession(
        id=new_id("ses"),
        org_id=org_id,
        actor=actor,
        digest=_digest(token),
        address=address[:100],
        agent=agent[:200],
        expires_at=now() + lasting.in_all,
    )
    session.add(made)
    session.flush()
    return made, token


def find(session: Session, token: str, lasting: Lasting) -> BrowserSession | None:
    """The session of the token, while it lasts."""
    return session.scalar(
        select(BrowserSession).where(BrowserSession.digest == _digest(token), *_lasts(lasting))
    )


def note_use(session: Session, session_id: str) -> None:
    """Record that the session was used just now."""
    session.execute(update(BrowserSession).where(BrowserSession.id == session_id).values(seen_at=now()))


def listed(session: Session, org_id: str, actor: str, lasting: Lasting) -> tuple[BrowserSession, ...]:
    """The actor's sessions that last, the latest used first."""
    query = select(BrowserSession).where(
        BrowserSession.org_id == org_id,
        BrowserSession.actor == actor,
        *_lasts(lasting),
    )
    return tuple(session.scalars(query.order_by(BrowserSession.seen_at.desc())))


def familiar(session: Session, actor: str, address: str, lasting: Lasting) -> bool:
    """Whether the actor is logged in from the address elsewhere already."""
    query = select(BrowserSession.id).where(
        BrowserSession.actor == actor, BrowserSession.address == address, *_lasts(lasting)
    )
    return session.scalar(query.limit(1)) is not None


def end(session: Session, org_id: str, actor: str, *, only: str | None = None, but: str | None = None) -> int:
    """End the actor's sessions: all, only one, or all but one; returns how many."""
    ending = delete(BrowserSession).where(BrowserSession.org_id == org_id, BrowserSession.actor == actor)
    if only is not None:
        ending = ending.where(BrowserSession.id == only)
    if but is not None:
        ending = ending.where(BrowserSession.id != but)
    return changed(session, ending)


def end_by_token(session: Session, token: str) -> None:
    """End the session of the token, if there is one."""
    session.execute(delete(BrowserSession).where(BrowserSession.digest == _digest(token)))


def forget_ended(session: Session, lasting: Lasting) -> int:
    """Delete the sessions that are over; returns how many."""
    return changed(session, delete(BrowserSession).where(not_(and_(*_lasts(lasting)))))


def _lasts(lasting: Lasting) -> tuple[ColumnElement[bool], ...]:
    """What holds of a session that is not over."""
    return BrowserSession.expires_at > now(), BrowserSession.seen_at > now() - lasting.unused


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
