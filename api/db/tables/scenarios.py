"""Scenarios: what is asked, in numbered versions; a version is a folder of files that never changes."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from api.db.column_types import Base, now
from api.db.errors import NotFound, Stale, Taken
from api.db.ids import new_id
from api.db.paging import Page, page
from api.db.tables import blobs
from api.db.tenant_scope import alone, fetch

ENTRY = "scenario.yaml"
"""The file of a version that the solve starts from."""


class Scenario(Base):
    """A scenario by its name; `version` is its newest version and its entity tag."""

    __tablename__ = "scenarios"
    __table_args__ = (
        Index(
            "uq_scenarios_org_id_name_kept",
            "org_id",
            "name",
            unique=True,
            sqlite_where=text("archived_at IS NULL"),
            postgresql_where=text("archived_at IS NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    org_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"))
    name: Mapped[str]
    title: Mapped[str]
    version: Mapped[int]
    created_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now)
    archived_at: Mapped[datetime | None]
    """Set when it was deleted; its runs stay."""


class ScenarioVersion(Base):
    """What a scenario said at one time."""

    __tablename__ = "scenario_versions"

    scenario_id: Mapped[str] = mapped_column(ForeignKey("scenarios.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    document: Mapped[dict[str, Any]]
    """The scenario as the caller gave it, for answering in the same words."""
    created_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=now)


class ScenarioFile(Base):
    """One file of a version's folder."""

    __tablename__ = "scenario_files"
    __table_args__ = (
        ForeignKeyConstraint(
            ["scenario_id", "version"], ["scenario_versions.scenario_id", "scenario_versions.version"]
        ),
        ForeignKeyConstraint(["org_id", "sha256"], ["blobs.org_id", "blobs.sha256"]),
        Index("ix_scenario_files_org_id_sha256", "org_id", "sha256"),
    )

    scenario_id: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    path: Mapped[str] = mapped_column(primary_key=True)
    """Relative, with `/` between its parts."""
    org_id: Mapped[str]
    sha256: Mapped[str]


def create(
    session: Session,
    org_id: str,
    *,
    name: str,
    title: str,
    document: dict[str, Any],
    files: Mapping[str, str],
    created_by: str,
) -> Scenario:
    """A new scenario at version 1; `files` are paths to content hashes and hold ENTRY. Raises Taken."""
    alone(session, org_id, "scenario", name)
    taken = select(Scenario.id).where(
        Scenario.org_id == org_id, Scenario.name == name, Scenario.archived_at.is_(None)
    )
    if session.scalar(taken):
        raise Taken(f"There is a scenario '{name}' already.")
    scenario = Scenario(
        id=new_id("scn"), org_id=org_id, name=name, title=title, version=1, created_by=created_by
    )
    session.add(scenario)
    _add_version(session, scenario, document, files, created_by)
    return scenario


def revise(
    session: Session,
    org_id: str,
    scenario_id: str,
    *,
    expected: int | None,
    title: str,
    document: dict[str, Any],
    files: Mapping[str, str],
    revised_by: str,
) -> Scenario:
    """The scenario at its next version; raises NotFound, and Stale when it is not at `expected` any more."""
    scenario = _at(session, org_id, scenario_id, expected)
    scenario.version += 1
    scenario.title, scenario.updated_at = title, now()
    _add_version(session, scenario, document, files, revised_by)
    return scenario


def archive(session: Session, org_id: str, scenario_id: str, *, expected: int | None) -> Scenario:
    """Delete the scenario from the lists; its runs stay. Raises NotFound and Stale."""
    scenario = _at(session, org_id, scenario_id, expected)
    scenario.archived_at = now()
    return scenario


def get(session: Session, org_id: str, scenario_id: str) -> Scenario:
    """The scenario, unless archived; raises NotFound."""
    scenario = fetch(session, Scenario, org_id, scenario_id)
    if scenario.archived_at:
        raise NotFound("scenario", scenario_id)
    return scenario


def listed(
    session: Session,
    org_id: str,
    *,
    name: str | None = None,
    search: str = "",
    after: str | None = None,
    limit: int = 50,
) -> Page[Scenario]:
    """The organisation's scenarios, newest first; `search` is a part of the title."""
    query = select(Scenario).where(Scenario.org_id == org_id, Scenario.archived_at.is_(None))
    if name is not None:
        query = query.where(Scenario.name == name)
    if search:
        query = query.where(Scenario.title.icontains(search, autoescape=True))
    return page(session, query, Scenario.id, after=after, limit=limit)


def document(session: Session, org_id: str, scenario_id: str, version: int) -> dict[str, Any]:
    """What the caller gave for that version; raises NotFound."""
    query = (
        select(ScenarioVersion.document)
        .join(Scenario, Scenario.id == ScenarioVersion.scenario_id)
        .where(Scenario.org_id == org_id, Scenario.id == scenario_id, ScenarioVersion.version == version)
    )
    found: dict[str, Any] | None = session.scalar(query)
    if found is None:
        raise NotFound("scenario version", f"{scenario_id}/{version}")
    return found


def files(session: Session, org_id: str, scenario_id: str, version: int) -> dict[str, str]:
    """Paths to content hashes of that version's folder."""
    query = select(ScenarioFile.path, ScenarioFile.sha256).where(
        ScenarioFile.org_id == org_id,
        ScenarioFile.scenario_id == scenario_id,
        ScenarioFile.version == version,
    )
    return dict(session.execute(query.order_by(ScenarioFile.path)).all())


def contents(session: Session, org_id: str, scenario_id: str, version: int) -> dict[str, bytes]:
    """Paths to the bytes of that version's folder."""
    folder = files(session, org_id, scenario_id, version)
    return {path: blobs.read(session, org_id, sha256) for path, sha256 in folder.items()}


def _at(session: Session, org_id: str, scenario_id: str, expected: int | None) -> Scenario:
    scenario = fetch(session, Scenario, org_id, scenario_id, lock=True)
    if scenario.archived_at:
        raise NotFound("scenario", scenario_id)
    if expected is not None and scenario.version != expected:
        raise Stale(scenario_id, scenario.version)
    return scenario


def _add_version(
    session: Session, scenario: Scenario, document: dict[str, Any], folder: Mapping[str, str], author: str
) -> None:
    if ENTRY not in folder:
        raise ValueError(f"a scenario's files need {ENTRY}")
    key = {"scenario_id": scenario.id, "version": scenario.version}
    session.flush()
    session.add(ScenarioVersion(**key, document=document, created_by=author))
    session.flush()
    session.add_all(
        ScenarioFile(**key, path=path, org_id=scenario.org_id, sha256=sha256)
        for path, sha256 in folder.items()
    )
    session.flush()
