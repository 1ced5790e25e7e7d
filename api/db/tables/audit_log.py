"""The audit log: who did what to which thing, and when; only ever added to."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from api.db.column_types import Base, now
from api.db.ids import new_id
from api.db.paging import Page, page


class AuditEntry(Base):
    """One deed."""

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_org_id_id", "org_id", "id"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    org_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"))
    at: Mapped[datetime] = mapped_column(default=now)
    actor: Mapped[str]
    """The API key's id, or `operator` for commands on the host."""
    action: Mapped[str]
    """Thing and deed: `plan.approve`, `key.revoke`."""
    subject: Mapped[str]
    detail: Mapped[dict[str, Any]]
    request_id: Mapped[str | None]


def record(
    session: Session,
    org_id: str,
    *,
    actor: str,
    action: str,
    subject: str,
    detail: dict[str, Any] | None = None,
    request_id: str | None = None,
) -> None:
    """Note the deed in the transaction that does it."""
    session.add(
        AuditEntry(
            id=new_id("aud"),
            org_id=org_id,
            actor=actor,
            action=action,
            subject=subject,
            detail=detail or {},
            request_id=request_id,
        )
    )


def listed(
    session: Session, org_id: str, *, subject: str | None = None, after: str | None = None, limit: int = 50
) -> Page[AuditEntry]:
    """The organisation's entries, newest first."""
    query = select(AuditEntry).where(AuditEntry.org_id == org_id)
    if subject is not None:
        query = query.where(AuditEntry.subject == subject)
    return page(session, query, AuditEntry.id, after=after, limit=limit)
