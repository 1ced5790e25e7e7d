"""The runs table, the truth about every solve, and how to read it; `api.runs` alone changes it."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from api.store.base import Base, now
from api.store.paging import Page, page
from api.store.scoped import fetch


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
    """One solve of one version of a scenario."""

    __tablename__ = "runs"
    __table_args__ = (
        ForeignKeyConstraint(
            ["scenario_id", "scenario_version"],
            ["scenario_versions.scenario_id", "scenario_versions.version"],
        ),
        Index("ix_runs_org_id_id", "org_id", "id"),
        Index("ix_runs_org_id_scenario_id", "org_id", "scenario_id", "id"),
        Index("ix_runs_batch_id", "batch_id"),
        Index("ix_runs_state", "state", "org_id", "id"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    org_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"))
    scenario_id: Mapped[str]
    scenario_version: Mapped[int]
    batch_id: Mapped[str | None] = mapped_column(ForeignKey("batches.id"))
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
    beats: Mapped[int] = mapped_column(default=0)
    """Grows while the claim is alive."""
    cancel_requested: Mapped[bool] = mapped_column(default=False)
    started_at: Mapped[datetime | None]
    """Of the newest attempt."""
    finished_at: Mapped[datetime | None]
    usage: Mapped[dict[str, Any] | None]
    """wall_s, cpu_s and peak_rss_bytes of the solve."""
    versions: Mapped[dict[str, Any] | None]
    """Of the program and its solvers, as the solve told."""


class Batch(Base):
    """Runs that were submitted together."""

    __tablename__ = "batches"

    id: Mapped[str] = mapped_column(primary_key=True)
    org_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"))
    created_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=now)


def get(session: Session, org_id: str, run_id: str) -> Run:
    """The run; raises NotFound."""
    return fetch(session, Run, org_id, run_id)


def listed(
    session: Session,
    org_id: str,
    *,
    scenario_id: str | None = None,
    states: Iterable[str] = (),
    batch_id: str | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Page[Run]:
    """The organisation's runs, newest first."""
    query = select(Run).where(Run.org_id == org_id)
    if scenario_id is not None:
        query = query.where(Run.scenario_id == scenario_id)
    if batch_id is not None:
        query = query.where(Run.batch_id == batch_id)
    if wanted := tuple(states):
        query = query.where(Run.state.in_(wanted))
    return page(session, query, Run.id, after=after, limit=limit)


def batch(session: Session, org_id: str, batch_id: str) -> Batch:
    """The batch; raises NotFound."""
    return fetch(session, Batch, org_id, batch_id)


def counts(session: Session) -> dict[str, int]:
    """How many runs are queued and running over all organisations, for the gauges."""
    query = select(Run.state, func.count()).where(Run.state.in_([State.QUEUED, State.RUNNING]))
    found = dict(session.execute(query.group_by(Run.state)).all())
    return {state: found.get(state, 0) for state in (State.QUEUED, State.RUNNING)}
