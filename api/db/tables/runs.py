"""The runs table, the truth about every solve, and how to read it; `run_submission` and `run_lifecycle` alone change it."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, ForeignKeyConstraint, Index, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from api.db.column_types import Base, now
from api.db.errors import NotFound
from api.db.paging import Page, page
from api.db.tenant_scope import fetch


class State(StrEnum):
    """Where a run stands; it only ever moves down this list (and back to queued when a solve is lost)."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    INFEASIBLE = "infeasible"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"

    @property
    def final(self) -> bool:
        """Whether nothing changes any more."""
        return self not in (State.QUEUED, State.RUNNING)


class Run(Base):
    """One solve of one version of a scenario, or an analysis that takes long."""

    __tablename__ = "runs"
    __table_args__ = (
        ForeignKeyConstraint(
            ["scenario_id", "scenario_version"],
            ["scenario_versions.scenario_id", "scenario_versions.version"],
        ),
        Index("ix_runs_org_id_id", "org_id", "id"),
        Index("ix_runs_org_id_scenario_id", "org_id", "scenario_id", "id"),
        Index("ix_runs_state", "state", "org_id", "id"),
        Index("ix_runs_finished_at", "finished_at"),
        Index("ix_runs_parent_id", "parent_id", "state"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    org_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"))
    scenario_id: Mapped[str | None]
    """None for an analysis."""
    scenario_version: Mapped[int | None]
    analysis: Mapped[str | None]
    """The name of the analysis; None for the solve of a scenario."""
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"))
    """The analysis that this is a part of."""
    part: Mapped[int | None]
    """Which part, from 0."""
    parts: Mapped[int] = mapped_column(default=0, server_default="0")
    """Into how many the analysis is divided; 0 for one that is not."""
    options: Mapped[dict[str, Any]]
    """What was asked for, with the defaults filled in."""
    priority: Mapped[int] = mapped_column(default=0)
    """Higher goes first within the organisation."""
    submitted_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    """A run still queued then is given up."""

    state: Mapped[str] = mapped_column(default=State.QUEUED)
    termination: Mapped[str | None]
    """The solver's own verdict: optimal, infeasible, time_limit, error."""
    reason: Mapped[str | None]
    """Why it failed or was given up: findings, crashed, lost, memory_limit, time_limit, solve_failed, …"""
    findings: Mapped[list[dict[str, Any]] | None]
    revision: Mapped[int] = mapped_column(default=0)
    """Number of its newest event; the entity tag."""
    stage: Mapped[str | None]
    share: Mapped[float | None]
    """How much of the stage is done, 0 to 1."""

    attempt: Mapped[int] = mapped_column(default=0)
    """How often it was claimed; a claim writes only under its own number."""
    strikes: Mapped[int] = mapped_column(default=0)
    """How many of the attempts were lost to a crash."""
    worker_id: Mapped[str | None]
    """Who holds the claim."""
    job_id: Mapped[int | None] = mapped_column(BigInteger)
    """Procrastinate's job that holds it; None on the embedded database."""
    cancel_requested: Mapped[bool] = mapped_column(default=False)
    started_at: Mapped[datetime | None]
    """Of the newest attempt."""
    finished_at: Mapped[datetime | None]
    usage: Mapped[dict[str, Any] | None]
    """wall_s, cpu_s and peak_rss_bytes of the solve."""
    versions: Mapped[dict[str, Any] | None]
    """Of the program and its solvers, as the solve reported."""

    @property
    def joins(self) -> bool:
        """Whether it puts together what its parts have found."""
        return self.parts > 0 and self.parent_id is None

    @property
    def solved(self) -> tuple[str, int]:
        """Scenario and version; there is none of an analysis."""
        assert self.scenario_id is not None
        assert self.scenario_version is not None
        return self.scenario_id, self.scenario_version


def get(session: Session, org_id: str, run_id: str) -> Run:
    """The run of a scenario; raises NotFound, for an analysis too."""
    run = get_any(session, org_id, run_id)
    if run.analysis is not None:
        raise NotFound("run", run_id)
    return run


def get_any(session: Session, org_id: str, run_id: str) -> Run:
    """The run, which may be an analysis; raises NotFound."""
    return fetch(session, Run, org_id, run_id)


def parts(session: Session, whole: Run) -> tuple[Run, ...]:
    """The parts of an analysis, in their order."""
    return tuple(session.scalars(select(Run).where(Run.parent_id == whole.id).order_by(Run.part)))


def listed(
    session: Session,
    org_id: str,
    *,
    scenario_id: str | None = None,
    states: Iterable[str] = (),
    after: str | None = None,
    limit: int = 50,
) -> Page[Run]:
    """The organisation's runs of scenarios, newest first."""
    query = select(Run).where(Run.org_id == org_id, Run.analysis.is_(None))
    if scenario_id is not None:
        query = query.where(Run.scenario_id == scenario_id)
    if wanted := tuple(states):
        query = query.where(Run.state.in_(wanted))
    return page(session, query, Run.id, after=after, limit=limit)


def counts(session: Session) -> dict[str, int]:
    """How many runs are queued and running over all organisations, for the gauges."""
    query = select(Run.state, func.count()).where(Run.state.in_([State.QUEUED, State.RUNNING]))
    found = dict(session.execute(query.group_by(Run.state)).all())
    return {state: found.get(state, 0) for state in (State.QUEUED, State.RUNNING)}


def revisions(session: Session, run_ids: Iterable[str]) -> dict[str, int]:
    """Run to the number of its newest event; without those that are not there."""
    query = select(Run.id, Run.revision).where(Run.id.in_(tuple(run_ids)))
    return dict(session.execute(query).all())


def oldest_queued(session: Session) -> datetime | None:
    """When the run was submitted that waits longest, over all organisations."""
    return session.scalar(select(func.min(Run.created_at)).where(Run.state == State.QUEUED))


def ended_since(session: Session, moment: datetime) -> tuple[Run, ...]:
    """The runs of all organisations that ended at that moment or later, the first first."""
    return tuple(session.scalars(select(Run).where(Run.finished_at >= moment).order_by(Run.finished_at)))
