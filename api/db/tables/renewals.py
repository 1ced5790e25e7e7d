"""Renewals: by when the next period of plans is to be prepared, and what came of it, once for each period."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import ForeignKey, and_, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from api.db.column_types import Base, now
from api.db.tables.plans import Plan, Stage
from api.db.tenant_scope import alone


class RenewalSchedule(Base):
    """How long before a period ends the next one is prepared, for all plans of one name."""

    __tablename__ = "renewal_schedules"

    org_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"), primary_key=True)
    plan: Mapped[str] = mapped_column(primary_key=True)
    """The name of the plans, whatever their period and version."""
    days_before: Mapped[int]
    since: Mapped[str]
    """The last day of the period at which it was set: those before it are not renewed."""
    set_by: Mapped[str]
    """In whose name the next period is made."""
    set_at: Mapped[datetime] = mapped_column(default=now)


class RenewalState(StrEnum):
    """How far the next period of a plan is."""

    WAITING = "waiting"
    PREPARED = "prepared"
    FAILED = "failed"


class Renewal(Base):
    """The next period of a plan's period: when this one ends, and what was made of it."""

    __tablename__ = "renewals"

    org_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"), primary_key=True)
    plan: Mapped[str] = mapped_column(primary_key=True)
    """The name of the plans, whatever their version."""
    period: Mapped[str] = mapped_column(primary_key=True)
    """The one that ends."""
    plan_id: Mapped[str] = mapped_column(ForeignKey("plans.id"))
    """The version of the plan that was looked at last."""
    last_day: Mapped[str | None]
    """The last day of the period, as 2027-12-31; None without a calendar."""
    scenario_id: Mapped[str | None] = mapped_column(ForeignKey("scenarios.id"))
    run_id: Mapped[str | None] = mapped_column(ForeignKey("runs.id", ondelete="SET NULL"), index=True)
    """The run that solves the scenario."""
    problem: Mapped[str | None]
    """Why it could not be made."""
    actuals_id: Mapped[str | None]
    """The newest actuals when it could not be made; it is tried again by newer ones."""
    changed_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)

    @property
    def state(self) -> RenewalState:
        """How far it is."""
        if self.scenario_id is not None:
            return RenewalState.PREPARED
        return RenewalState.WAITING if self.problem is None else RenewalState.FAILED


@dataclass(frozen=True)
class Scheduled:
    """A plan that holds and whose next period is to be prepared, with what is known of it."""

    schedule: RenewalSchedule
    plan: Plan
    renewal: Renewal | None


def due_on(schedule: RenewalSchedule, renewal: Renewal | None) -> date | None:
    """The day on which the next period is to be prepared; None where no last day is known, or one before its time."""
    if renewal is None or renewal.last_day is None or renewal.last_day < schedule.since:
        return None
    return date.fromisoformat(renewal.last_day) - timedelta(days=schedule.days_before)


def schedule_of(session: Session, plan: Plan) -> RenewalSchedule | None:
    """The schedule of the plans of this one's name; None where there is none."""
    return session.get(RenewalSchedule, (plan.org_id, plan.name))


def put_schedule(
    session: Session, plan: Plan, *, days_before: int, since: date, set_by: str
) -> RenewalSchedule:
    """The schedule of the plans of this one's name, which takes the place of the one before."""
    alone(session, plan.org_id, "renewal schedule", plan.name)
    schedule = RenewalSchedule(
        org_id=plan.org_id,
        plan=plan.name,
        days_before=days_before,
        since=since.isoformat(),
        set_by=set_by,
        set_at=now(),
    )
    return session.merge(schedule)


def of_plan(session: Session, plan: Plan) -> Renewal | None:
    """What is known of the next period of a plan, whatever its version; None where nothing is."""
    return session.get(Renewal, (plan.org_id, plan.name, plan.period))


def begin(session: Session, plan: Plan) -> Renewal:
    """What is known of the next period of a plan, a new row where nothing is; others wait until the commit."""
    alone(session, plan.org_id, "renewal", plan.name, plan.period)
    found = of_plan(session, plan)
    if found is None:
        found = Renewal(org_id=plan.org_id, plan=plan.name, period=plan.period, plan_id=plan.id)
        session.add(found)
    return found


def made(session: Session, plan: Plan, scenario_id: str, run_id: str | None = None) -> None:
    """Note what the next period of a plan is, the last one where several are made."""
    found = begin(session, plan)
    found.plan_id, found.scenario_id, found.run_id = plan.id, scenario_id, run_id
    found.problem, found.actuals_id = None, None


def scheduled(session: Session) -> Sequence[Scheduled]:
    """The plans of all organisations that hold, whose next period is to be prepared and is not yet."""
    same_name = and_(RenewalSchedule.org_id == Plan.org_id, RenewalSchedule.plan == Plan.name)
    same_period = and_(
        Renewal.org_id == Plan.org_id, Renewal.plan == Plan.name, Renewal.period == Plan.period
    )
    query = (
        select(RenewalSchedule, Plan, Renewal)
        .join(Plan, same_name)
        .outerjoin(Renewal, same_period)
        .where(Plan.stage == Stage.PUBLISHED, Renewal.scenario_id.is_(None))
        .order_by(Plan.id)
    )
    return [Scheduled(*row) for row in session.execute(query)]
