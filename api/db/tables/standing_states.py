"""States that were last reported of a plan's partners: a change is reported once."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import ColumnElement, ForeignKey, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from api.db.column_types import Base, now


class StandingState(Base):
    """The last state of one partner in one metric of a plan."""

    __tablename__ = "standing_states"

    plan_id: Mapped[str] = mapped_column(ForeignKey("plans.id"), primary_key=True)
    partner: Mapped[str] = mapped_column(primary_key=True)
    metric: Mapped[str] = mapped_column(primary_key=True)
    org_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"))
    state: Mapped[str]
    before: Mapped[str | None]
    """The state before; None for the first one that is known."""
    as_of: Mapped[str]
    """The day of the actuals that it came with."""
    changed_at: Mapped[datetime] = mapped_column(default=now)


Key = tuple[str, str]
"""Partner and metric."""


def last_of(session: Session, org_id: str, plan_id: str) -> dict[Key, StandingState]:
    """The last states of a plan's partners."""
    query = select(StandingState).where(StandingState.org_id == org_id, StandingState.plan_id == plan_id)
    return {(each.partner, each.metric): each for each in session.scalars(query)}


def begin(session: Session, org_id: str, plan_id: str, states: Mapping[Key, str], as_of: str) -> None:
    """Keep the first states that are known."""
    session.add_all(
        StandingState(
            plan_id=plan_id, partner=who, metric=metric, org_id=org_id, state=state, before=None, as_of=as_of
        )
        for (who, metric), state in states.items()
    )


def changed_lately(
    session: Session, org_id: str, plan_id: str, metric: str, *, limit: int
) -> Iterable[StandingState]:
    """Those of a metric that changed, the latest first."""
    query = select(StandingState).where(*_changed(org_id, plan_id, metric))
    order = (StandingState.changed_at.desc(), StandingState.partner)
    return session.scalars(query.order_by(*order).limit(limit)).all()


def how_many_changed(session: Session, org_id: str, plan_id: str, metric: str) -> int:
    """The number of states of a metric that changed."""
    query = select(func.count()).select_from(StandingState).where(*_changed(org_id, plan_id, metric))
    return session.scalar(query) or 0


def _changed(org_id: str, plan_id: str, metric: str) -> tuple[ColumnElement[bool], ...]:
    return (
        StandingState.org_id == org_id,
        StandingState.plan_id == plan_id,
        StandingState.metric == metric,
        StandingState.before.is_not(None),
    )
