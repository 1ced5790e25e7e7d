"""Rule sets: rule files in numbered versions that never change; the same content is the same version."""

from datetime import datetime

from sqlalchemy import ForeignKey, ForeignKeyConstraint, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from api.db.column_types import Base, now
from api.db.ids import new_id
from api.db.paging import Page, page
from api.db.tables import blobs
from api.db.tenant_scope import alone, fetch


class Ruleset(Base):
    """One version of a rule file."""

    __tablename__ = "rulesets"
    __table_args__ = (
        ForeignKeyConstraint(["org_id", "sha256"], ["blobs.org_id", "blobs.sha256"]),
        UniqueConstraint("org_id", "name", "version"),
        UniqueConstraint("org_id", "name", "sha256"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    org_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"))
    name: Mapped[str]
    version: Mapped[int]
    """1, 2, 3… within the name."""
    sha256: Mapped[str]
    size: Mapped[int]
    created_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=now)


def put(session: Session, org_id: str, *, name: str, content: bytes, created_by: str) -> tuple[Ruleset, bool]:
    """The version of this name and content, and whether it is new."""
    alone(session, org_id, "ruleset", name)
    sha256 = blobs.put(session, org_id, content)
    mine = select(Ruleset).where(Ruleset.org_id == org_id, Ruleset.name == name)
    known = session.scalar(mine.where(Ruleset.sha256 == sha256))
    if known:
        return known, False
    newest = select(func.max(Ruleset.version)).where(Ruleset.org_id == org_id, Ruleset.name == name)
    ruleset = Ruleset(
        id=new_id("rs"),
        org_id=org_id,
        name=name,
        version=(session.scalar(newest) or 0) + 1,
        sha256=sha256,
        size=len(content),
        created_by=created_by,
    )
    session.add(ruleset)
    session.flush()
    return ruleset, True


def get(session: Session, org_id: str, ruleset_id: str) -> Ruleset:
    """The version; raises NotFound."""
    return fetch(session, Ruleset, org_id, ruleset_id)


def listed(
    session: Session, org_id: str, *, name: str | None = None, after: str | None = None, limit: int = 50
) -> Page[Ruleset]:
    """The organisation's versions (of one name), newest first."""
    query = select(Ruleset).where(Ruleset.org_id == org_id)
    if name is not None:
        query = query.where(Ruleset.name == name)
    return page(session, query, Ruleset.id, after=after, limit=limit)


def content(session: Session, org_id: str, ruleset_id: str) -> bytes:
    """The rule file as uploaded; raises NotFound."""
    return blobs.read(session, org_id, get(session, org_id, ruleset_id).sha256)
