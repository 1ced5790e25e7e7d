"""Datasets: partner tables as they were uploaded, never changed; the same content is the same dataset."""

from datetime import datetime

from sqlalchemy import ForeignKey, ForeignKeyConstraint, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from api.db.column_types import Base, now
from api.db.ids import new_id
from api.db.paging import Page, page
from api.db.tables import blobs
from api.db.tenant_scope import alone, fetch


class Dataset(Base):
    """One partner table."""

    __tablename__ = "datasets"
    __table_args__ = (
        ForeignKeyConstraint(["org_id", "sha256"], ["blobs.org_id", "blobs.sha256"]),
        UniqueConstraint("org_id", "name", "sha256"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    org_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"))
    name: Mapped[str]
    format: Mapped[str]
    """The ending that the file gets in a run's folder, such as `csv`, `csv.gz` or `xlsx`."""
    sha256: Mapped[str]
    size: Mapped[int]
    """Bytes as uploaded."""
    partners: Mapped[int]
    columns: Mapped[list[str]]
    created_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=now)


def put(
    session: Session,
    org_id: str,
    *,
    name: str,
    format: str,  # noqa: A002 - the word of the resource
    content: bytes,
    partners: int,
    columns: list[str],
    created_by: str,
) -> tuple[Dataset, bool]:
    """The dataset of this name and content, and whether it is new."""
    alone(session, org_id, "dataset", name)
    sha256 = blobs.put(session, org_id, content)
    same = select(Dataset).where(Dataset.org_id == org_id, Dataset.name == name, Dataset.sha256 == sha256)
    known = session.scalar(same)
    if known:
        return known, False
    dataset = Dataset(
        id=new_id("ds"),
        org_id=org_id,
        name=name,
        format=format,
        sha256=sha256,
        size=len(content),
        partners=partners,
        columns=columns,
        created_by=created_by,
    )
    session.add(dataset)
    session.flush()
    return dataset, True


def get(session: Session, org_id: str, dataset_id: str) -> Dataset:
    """The dataset; raises NotFound."""
    return fetch(session, Dataset, org_id, dataset_id)


def listed(session: Session, org_id: str, *, after: str | None = None, limit: int = 50) -> Page[Dataset]:
    """The organisation's datasets, newest first."""
    query = select(Dataset).where(Dataset.org_id == org_id)
    return page(session, query, Dataset.id, after=after, limit=limit)


def content(session: Session, org_id: str, dataset_id: str) -> bytes:
    """The file as uploaded; raises NotFound."""
    return blobs.read(session, org_id, get(session, org_id, dataset_id).sha256)
