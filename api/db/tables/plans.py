"""Plans and every step they took: how to read them; `api.resources.plans.service` alone changes them."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from api.db.column_types import Base, now
from api.db.errors import NotFound
from api.db.paging import Page, page
from api.db.tenant_scope import fetch


class Stage(StrEnum):
    """Where a plan stands."""

    SUBMITTED = "submitted"
    APPROVED = "approved"
    PUBLISHED = "published"
    SUPERSEDED = "superseded"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


def _another_plan() -> ForeignKey:
    """Checked at the commit, as two plans may name each other."""
    return ForeignKey("plans.id", deferrable=True, initially="DEFERRED")


class Plan(Base):
    """A run proposed, or published, as the plan of a period."""

    __tablename__ = "plans"
    __table_args__ = (
        Index("ix_plans_org_id_name_period", "org_id", "name", "period", "id"),
        Index(
            "uq_plans_org_id_name_period_published",
            "org_id",
            "name",
            "period",
            unique=True,
            sqlite_where=text("stage = 'published'"),
            postgresql_where=text("stage = 'published'"),
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    org_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"))
    name: Mapped[str]
    """Which of the organisation's plans it is; `channel` when there is but one."""
    period: Mapped[str]
    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id"), index=True)
    stage: Mapped[str]
    version: Mapped[int] = mapped_column(default=1)
    """Number of its newest step; the entity tag."""
    supersedes: Mapped[str | None] = mapped_column(_another_plan())
    superseded_by: Mapped[str | None] = mapped_column(_another_plan())
    submitted_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=now)
    published_at: Mapped[datetime | None]


class PlanStep(Base):
    """Who did what to a plan, when and why, and what moved by it."""

    __tablename__ = "plan_steps"

    plan_id: Mapped[str] = mapped_column(ForeignKey("plans.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    action: Mapped[str]
    """submit, approve, reject, withdraw, publish, supersede."""
    actor: Mapped[str]
    reason: Mapped[str]
    moved: Mapped[dict[str, Any] | None]
    """On publishing over another plan: what its targets were and became."""
    at: Mapped[datetime] = mapped_column(default=now)


def get(session: Session, org_id: str, plan_id: str) -> Plan:
    """The plan; raises NotFound."""
    return fetch(session, Plan, org_id, plan_id)


def published(session: Session, org_id: str, *, name: str, period: str) -> Plan:
    """The plan that holds for the period now; raises NotFound."""
    query = select(Plan).where(
        Plan.org_id == org_id, Plan.name == name, Plan.period == period, Plan.stage == Stage.PUBLISHED
    )
    found = session.scalar(query)
    if found is None:
        raise NotFound("published plan", f"{name}/{period}")
    return found


def published_of(session: Session, org_id: str, run_id: str) -> Plan | None:
    """The plan that holds by the targets of the run; None where none does."""
    query = select(Plan).where(Plan.org_id == org_id, Plan.run_id == run_id, Plan.stage == Stage.PUBLISHED)
    return session.scalars(query.order_by(Plan.id.desc())).first()


def periods(session: Session, org_id: str, name: str) -> tuple[str, ...]:
    """The periods for which a plan of the name holds now."""
    query = select(Plan.period).where(Plan.org_id == org_id, Plan.name == name, Plan.stage == Stage.PUBLISHED)
    return tuple(session.scalars(query.order_by(Plan.period)))


def listed(
    session: Session,
    org_id: str,
    *,
    name: str | None = None,
    period: str | None = None,
    stage: str | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Page[Plan]:
    """The organisation's plans, newest first."""
    query = select(Plan).where(Plan.org_id == org_id)
    for column, wanted in ((Plan.name, name), (Plan.period, period), (Plan.stage, stage)):
        if wanted is not None:
            query = query.where(column == wanted)
    return page(session, query, Plan.id, after=after, limit=limit)


def history(session: Session, org_id: str, plan_id: str) -> tuple[PlanStep, ...]:
    """The plan's steps, oldest first; raises NotFound."""
    get(session, org_id, plan_id)
    query = select(PlanStep).where(PlanStep.plan_id == plan_id)
    return tuple(session.scalars(query.order_by(PlanStep.number)))
