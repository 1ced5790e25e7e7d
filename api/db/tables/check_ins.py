"""Check-ins: what key results of a plan's period came to on a day, by whom, with a note; later ones restate."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Select, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from api.db.column_types import Base, now
from api.db.paging import Page, page


class CheckIn(Base):
    """A number of one key result."""

    __tablename__ = "check_ins"
    __table_args__ = (Index("ix_check_ins_org_id_plan", "org_id", "plan", "period", "id"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    org_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"))
    plan: Mapped[str]
    """The name of the plans that it is about, whatever their version."""
    period: Mapped[str]
    objective: Mapped[str]
    key_result: Mapped[str]
    day: Mapped[str]
    """As 2027-04-02."""
    now: Mapped[str]
    """The number, exactly."""
    made_by: Mapped[str | None]
    """Who says so."""
    note: Mapped[str]
    created_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=now)


def listed(
    session: Session, org_id: str, plan: str, period: str, *, after: str | None = None, limit: int = 50
) -> Page[CheckIn]:
    """The check-ins of a plan's period, newest first."""
    return page(session, _of(org_id, plan, period), CheckIn.id, after=after, limit=limit)


def all_of(session: Session, org_id: str, plan: str, period: str) -> list[CheckIn]:
    """Every check-in of a plan's period, oldest first: of one day the last one counts."""
    return list(session.scalars(_of(org_id, plan, period).order_by(CheckIn.id)))


def _of(org_id: str, plan: str, period: str) -> Select[CheckIn]:
    return select(CheckIn).where(CheckIn.org_id == org_id, CheckIn.plan == plan, CheckIn.period == period)
