"""The table of API keys; of a key's secret only its SHA-256 is here."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, bindparam, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from api.db.column_types import Base, now
from api.db.paging import Page, page
from api.db.tenant_scope import fetch


class ApiKey(Base):
    """Who may ask, for which organisation, and for what."""

    __tablename__ = "api_keys"

    id: Mapped[str] = mapped_column(primary_key=True)
    org_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"), index=True)
    name: Mapped[str]
    prefix: Mapped[str] = mapped_column(unique=True)
    """The part before the point; it may be shown and logged."""
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    """SHA-256 of the part after the point."""
    role: Mapped[str]
    scopes: Mapped[list[str] | None]
    """Fewer scopes than the role's; None for all of them."""
    machine: Mapped[bool] = mapped_column(default=False)
    """Used by a program, which must send an Idempotency-Key with its runs."""
    user_id: Mapped[str | None]
    """The person whose key it is; None for keys made by the operator or by a key that is no person's."""
    created_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    """To the minute."""


def get(session: Session, org_id: str, key_id: str) -> ApiKey:
    """The key; raises NotFound."""
    return fetch(session, ApiKey, org_id, key_id)


def by_prefix(session: Session, prefix: str) -> ApiKey | None:
    """The key with that public part, of any organisation: this is how the caller's organisation is found."""
    return session.scalar(_BY_PREFIX, {"wanted": prefix})


_BY_PREFIX = select(ApiKey).where(ApiKey.prefix == bindparam("wanted"))


def of_person(session: Session, org_id: str, user_id: str) -> tuple[ApiKey, ...]:
    """The person's keys that are not revoked."""
    query = select(ApiKey).where(
        ApiKey.org_id == org_id, ApiKey.user_id == user_id, ApiKey.revoked_at.is_(None)
    )
    return tuple(session.scalars(query))


def listed(session: Session, org_id: str, *, after: str | None = None, limit: int = 50) -> Page[ApiKey]:
    """The organisation's keys, newest first."""
    query = select(ApiKey).where(ApiKey.org_id == org_id)
    return page(session, query, ApiKey.id, after=after, limit=limit)


def note_use(session: Session, org_id: str, key_id: str) -> None:
    """Record that the key was used just now."""
    mine = update(ApiKey).where(ApiKey.id == key_id, ApiKey.org_id == org_id)
    session.execute(mine.values(last_used_at=now()))
