"""Actuals: what partners have done, as it was uploaded; never changed, restated by what is uploaded later."""

from datetime import datetime

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, Select, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from api.db.column_types import Base, now
from api.db.ids import new_id
from api.db.paging import Page, page
from api.db.tables import blobs
from api.db.tenant_scope import alone, fetch


class ActualsUpload(Base):
    """One file of actuals."""

    __tablename__ = "actuals"
    __table_args__ = (
        ForeignKeyConstraint(["org_id", "sha256"], ["blobs.org_id", "blobs.sha256"]),
        Index("ix_actuals_org_id_plan_period", "org_id", "plan", "period", "id"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    org_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"))
    plan: Mapped[str]
    """The name of the plans that it is about, whatever their version."""
    period: Mapped[str]
    """Their period."""
    format: Mapped[str]
    """The ending of the file: csv, xlsx, parquet."""
    sha256: Mapped[str]
    size: Mapped[int]
    """Bytes as uploaded."""
    rows: Mapped[int]
    created_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=now)


def put(
    session: Session,
    org_id: str,
    *,
    plan: str,
    period: str,
    format: str,  # noqa: A002 - the word of the resource
    content: bytes,
    rows: int,
    created_by: str,
) -> tuple[ActualsUpload, bool]:
    """The upload, and whether it is new: the same content as the newest of the plan and period is that one."""
    alone(session, org_id, "actuals", plan, period)
    sha256 = blobs.put(session, org_id, content)
    newest = newest_of(session, org_id, plan, period)
    if newest is not None and newest.sha256 == sha256:
        return newest, False
    upload = ActualsUpload(
        id=new_id("act"),
        org_id=org_id,
        plan=plan,
        period=period,
        format=format,
        sha256=sha256,
        size=len(content),
        rows=rows,
        created_by=created_by,
    )
    session.add(upload)
    session.flush()
    return upload, True


def get(session: Session, org_id: str, actuals_id: str) -> ActualsUpload:
    """The upload; raises NotFound."""
    return fetch(session, ActualsUpload, org_id, actuals_id)


def listed(
    session: Session,
    org_id: str,
    *,
    plan: str | None = None,
    period: str | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Page[ActualsUpload]:
    """The organisation's uploads, newest first."""
    query = select(ActualsUpload).where(ActualsUpload.org_id == org_id)
    for column, wanted in ((ActualsUpload.plan, plan), (ActualsUpload.period, period)):
        if wanted is not None:
            query = query.where(column == wanted)
    return page(session, query, ActualsUpload.id, after=after, limit=limit)


def all_of(session: Session, org_id: str, plan: str, period: str) -> list[ActualsUpload]:
    """Every upload about a plan's period, oldest first: later ones restate earlier ones."""
    return list(session.scalars(_of(org_id, plan, period).order_by(ActualsUpload.id)))


def newest_of(session: Session, org_id: str, plan: str, period: str) -> ActualsUpload | None:
    """The last upload about a plan's period; None where there is none."""
    return session.scalar(_of(org_id, plan, period).order_by(ActualsUpload.id.desc()).limit(1))


def content(session: Session, org_id: str, actuals_id: str) -> bytes:
    """The file as uploaded; raises NotFound."""
    return blobs.read(session, org_id, get(session, org_id, actuals_id).sha256)


def _of(org_id: str, plan: str, period: str) -> Select[ActualsUpload]:
    return select(ActualsUpload).where(
        ActualsUpload.org_id == org_id, ActualsUpload.plan == plan, ActualsUpload.period == period
    )
