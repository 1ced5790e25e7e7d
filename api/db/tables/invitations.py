"""Invitations: one-time links by which a person chooses a password, for the first time or anew."""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, LargeBinary, delete, or_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from api.db.column_types import Base, now
from api.db.ids import new_id
from api.db.paging import Page, page
from api.db.statements import changed
from api.db.tenant_scope import fetch

VALID = timedelta(days=7)


class Invitation(Base):
    """A link that was given out; of its secret part only the SHA-256 is here."""

    __tablename__ = "invitations"

    id: Mapped[str] = mapped_column(primary_key=True)
    org_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"), index=True)
    email: Mapped[str]
    name: Mapped[str]
    role: Mapped[str]
    digest: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    user_id: Mapped[str | None]
    """The person who chooses a new password by it; None before there is one."""
    created_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    @property
    def open(self) -> bool:
        """Whether the link is still good."""
        return self.accepted_at is None and self.revoked_at is None and self.expires_at > now()


def create(
    session: Session,
    org_id: str,
    *,
    email: str,
    name: str,
    role: str,
    created_by: str,
    user_id: str | None = None,
) -> tuple[Invitation, str]:
    """A new invitation and the secret part of its link; links to the same address are good no more."""
    revoke_open(session, org_id, email)
    token = secrets.token_urlsafe(32)
    made = Invitation(
        id=new_id("inv"),
        org_id=org_id,
        email=email,
        name=name,
        role=role,
        digest=_digest(token),
        user_id=user_id,
        created_by=created_by,
        expires_at=now() + VALID,
    )
    session.add(made)
    session.flush()
    return made, token


def by_token(session: Session, token: str) -> Invitation | None:
    """The invitation whose link is still good."""
    found = session.scalar(select(Invitation).where(Invitation.digest == _digest(token)).with_for_update())
    return found if found and found.open else None


def revoke_open(session: Session, org_id: str, email: str) -> None:
    """Make every open link to the address good for nothing."""
    query = select(Invitation).where(
        Invitation.org_id == org_id,
        Invitation.email == email,
        Invitation.accepted_at.is_(None),
        Invitation.revoked_at.is_(None),
    )
    for each in session.scalars(query):
        each.revoked_at = now()


def get(session: Session, org_id: str, invitation_id: str) -> Invitation:
    """The invitation; raises NotFound."""
    return fetch(session, Invitation, org_id, invitation_id)


def listed(session: Session, org_id: str, *, after: str | None = None, limit: int = 50) -> Page[Invitation]:
    """The organisation's invitations, newest first."""
    query = select(Invitation).where(Invitation.org_id == org_id)
    return page(session, query, Invitation.id, after=after, limit=limit)


def forget_closed(session: Session, *, kept: timedelta) -> int:
    """Delete those whose link has been good for nothing for so long; returns how many."""
    before = now() - kept
    closed = or_(
        Invitation.accepted_at < before, Invitation.revoked_at < before, Invitation.expires_at < before
    )
    return changed(session, delete(Invitation).where(closed))


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
