"""Comparisons that were kept: which runs stood side by side, and what came out."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from api.store import runs
from api.store.base import Base, now
from api.store.ids import new_id
from api.store.paging import Page, page
from api.store.scoped import fetch


class Comparison(Base):
    """Runs side by side."""

    __tablename__ = "comparisons"

    id: Mapped[str] = mapped_column(primary_key=True)
    org_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"))
    run_ids: Mapped[list[str]]
    document: Mapped[dict[str, Any]]
    created_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=now)


def keep(
    session: Session, org_id: str, *, run_ids: list[str], document: dict[str, Any], created_by: str
) -> Comparison:
    """The kept comparison; raises NotFound when a run is not the organisation's."""
    for run_id in run_ids:
        runs.get(session, org_id, run_id)
    comparison = Comparison(
        id=new_id("cmp"), org_id=org_id, run_ids=run_ids, document=document, created_by=created_by
    )
    session.add(comparison)
    session.flush()
    return comparison


def get(session: Session, org_id: str, comparison_id: str) -> Comparison:
    """The comparison; raises NotFound."""
    return fetch(session, Comparison, org_id, comparison_id)


def listed(session: Session, org_id: str, *, after: str | None = None, limit: int = 50) -> Page[Comparison]:
    """The organisation's comparisons, newest first."""
    query = select(Comparison).where(Comparison.org_id == org_id)
    return page(session, query, Comparison.id, after=after, limit=limit)
