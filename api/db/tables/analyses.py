"""Analyses that are runs: the question, and the files it is about; erased some time after their end."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from api.db.column_types import Base
from api.db.tables import blobs
from api.db.tables.runs import Run


class Analysis(Base):
    """What a run that solves no scenario is to find out."""

    __tablename__ = "analyses"

    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    question: Mapped[dict[str, Any]]
    """The analysis by its name, the fields of its request, and which of the files are meant."""


class AnalysisFile(Base):
    """One file that an analysis reads."""

    __tablename__ = "analysis_files"
    __table_args__ = (
        ForeignKeyConstraint(["org_id", "sha256"], ["blobs.org_id", "blobs.sha256"]),
        Index("ix_analysis_files_org_id_sha256", "org_id", "sha256"),
    )

    run_id: Mapped[str] = mapped_column(ForeignKey("analyses.run_id", ondelete="CASCADE"), primary_key=True)
    path: Mapped[str] = mapped_column(primary_key=True)
    """Relative, with `/` between its parts."""
    org_id: Mapped[str]
    sha256: Mapped[str]


def add(session: Session, run: Run, question: Mapping[str, Any], files: Mapping[str, bytes]) -> None:
    """Keep what the run is to find out."""
    session.add(Analysis(run_id=run.id, question=dict(question)))
    session.flush()
    session.add_all(
        AnalysisFile(
            run_id=run.id, path=path, org_id=run.org_id, sha256=blobs.put(session, run.org_id, content)
        )
        for path, content in files.items()
    )
    session.flush()


def question(session: Session, run: Run) -> dict[str, Any]:
    """What the run is to find out."""
    return session.get_one(Analysis, run.id).question


def contents(session: Session, run: Run) -> dict[str, bytes]:
    """Paths to the bytes of the files."""
    query = select(AnalysisFile.path, AnalysisFile.sha256).where(AnalysisFile.run_id == run.id)
    files = session.execute(query.order_by(AnalysisFile.path)).all()
    return {path: blobs.read(session, run.org_id, sha256) for path, sha256 in files}
