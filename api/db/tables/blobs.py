"""Blobs: the bytes of every file that was uploaded, kept once per organisation, never changed."""

import hashlib
import zlib
from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from api.db.column_types import Base, now
from api.db.errors import NotFound
from api.db.statements import insert_if_new


class Blob(Base):
    """One file's content, compressed."""

    __tablename__ = "blobs"

    org_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"), primary_key=True)
    sha256: Mapped[str] = mapped_column(primary_key=True)
    """Of the content as it was uploaded, in hexadecimal."""
    size: Mapped[int]
    """Bytes as uploaded."""
    body: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    created_at: Mapped[datetime] = mapped_column(default=now)


def put(session: Session, org_id: str, content: bytes) -> str:
    """Keep the content (once) and return its SHA-256."""
    sha256 = hashlib.sha256(content).hexdigest()
    if session.get(Blob, (org_id, sha256)) is None:
        body = zlib.compress(content, 1)
        values = {"org_id": org_id, "sha256": sha256, "size": len(content), "body": body, "created_at": now()}
        insert_if_new(session, Blob, values)
    return sha256


def read(session: Session, org_id: str, sha256: str) -> bytes:
    """The content as it was uploaded; raises NotFound."""
    query = select(Blob.body).where(Blob.org_id == org_id, Blob.sha256 == sha256)
    body = session.scalar(query)
    if body is None:
        raise NotFound("content", sha256)
    return zlib.decompress(body)
