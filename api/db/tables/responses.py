"""Responses: what partners say to the targets of a published plan, and what planners decided about it."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from api.db.column_types import Base, now
from api.db.errors import Stale, WrongStage
from api.db.paging import Page, page
from api.db.tenant_scope import alone, fetch


class ResponseState(StrEnum):
    """Where a response stands."""

    OPEN = "open"
    """A counter or an appeal that waits for a decision."""
    NOTED = "noted"
    """The target was accepted: there is nothing to decide."""
    ACCEPTED = "accepted"
    REFUSED = "refused"
    REPLACED = "replaced"
    """A later response is about the same target."""


class PlanResponse(Base):
    """What one partner says to one target."""

    __tablename__ = "responses"
    __table_args__ = (Index("ix_responses_org_id_plan_id", "org_id", "plan_id", "id"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    org_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"))
    plan_id: Mapped[str] = mapped_column(ForeignKey("plans.id"))
    partner: Mapped[str]
    metric: Mapped[str]
    period: Mapped[str | None]
    """None: the whole."""
    says: Mapped[str]
    """accept, counter, appeal."""
    target: Mapped[str | None]
    """What a counter asks for, exactly."""
    made_by: Mapped[str]
    """Who said it, on whose behalf."""
    made_on: Mapped[str | None]
    """The day, as 2027-01-20."""
    reason: Mapped[str]
    state: Mapped[str]
    accepted_target: Mapped[str | None]
    """The target that a planner accepted."""
    answer: Mapped[str | None]
    """Why it was decided so."""
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    scenario_id: Mapped[str | None] = mapped_column(ForeignKey("scenarios.id"))
    scenario_version: Mapped[int | None]
    """The version of the scenario with the adjustment that it became."""
    version: Mapped[int] = mapped_column(default=1)
    """The entity tag."""
    created_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=now)


def get(session: Session, org_id: str, response_id: str) -> PlanResponse:
    """The response; raises NotFound."""
    return fetch(session, PlanResponse, org_id, response_id)


def to_decide(session: Session, org_id: str, response_id: str, expected: int | None) -> PlanResponse:
    """The response, its row ours until the commit; raises NotFound, Stale, and WrongStage where it is decided."""
    found = fetch(session, PlanResponse, org_id, response_id, lock=True)
    if expected is not None and found.version != expected:
        raise Stale(response_id, found.version)
    if found.state != ResponseState.OPEN:
        raise WrongStage(f"{response_id} is {found.state}, not open.")
    return found


def listed(
    session: Session,
    org_id: str,
    plan_id: str,
    *,
    state: str | None = None,
    partner: str | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Page[PlanResponse]:
    """The responses to a plan, newest first."""
    query = select(PlanResponse).where(PlanResponse.org_id == org_id, PlanResponse.plan_id == plan_id)
    for column, wanted in ((PlanResponse.state, state), (PlanResponse.partner, partner)):
        if wanted is not None:
            query = query.where(column == wanted)
    return page(session, query, PlanResponse.id, after=after, limit=limit)


def open_counters(session: Session, org_id: str, plan_id: str) -> list[PlanResponse]:
    """The counters that wait for a decision, oldest first."""
    query = select(PlanResponse).where(
        PlanResponse.org_id == org_id,
        PlanResponse.plan_id == plan_id,
        PlanResponse.state == ResponseState.OPEN,
        PlanResponse.says == "counter",
    )
    return list(session.scalars(query.order_by(PlanResponse.id)))


def replace_open(
    session: Session, org_id: str, plan_id: str, partner: str, metric: str, period: str | None
) -> None:
    """Let go of the open response about a target: a later one is there."""
    alone(session, org_id, "responses", plan_id, partner)
    query = select(PlanResponse).where(
        PlanResponse.org_id == org_id,
        PlanResponse.plan_id == plan_id,
        PlanResponse.state == ResponseState.OPEN,
        PlanResponse.partner == partner,
        PlanResponse.metric == metric,
        PlanResponse.period == period if period is not None else PlanResponse.period.is_(None),
    )
    for each in session.scalars(query.with_for_update()):
        each.state = ResponseState.REPLACED
        each.version += 1
