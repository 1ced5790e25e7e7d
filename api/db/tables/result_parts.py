"""The tables of results: a run's result.json, and its tables cut into small parts of compressed CSV."""

import zlib
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from api.db.column_types import Base, now, ordered_text
from api.output.result_bundle import Packed


class Result(Base):
    """What a finished run answered."""

    __tablename__ = "results"

    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True)
    attempt: Mapped[int]
    """The attempt that wrote it."""
    document: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    """result.json, compressed."""
    columns: Mapped[dict[str, Any]]
    """Table to its column names."""
    rows: Mapped[dict[str, Any]]
    """Table to its number of rows."""
    created_at: Mapped[datetime] = mapped_column(default=now)


class Part(Base):
    """Some successive rows of a table, as compressed CSV without the header."""

    __tablename__ = "result_parts"
    __table_args__ = (Index("ix_result_parts_run_id_name_key", "run_id", "name", "key"),)

    run_id: Mapped[str] = mapped_column(ForeignKey("results.run_id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    start: Mapped[int] = mapped_column(primary_key=True)
    """Number of the first row, from 0."""
    key: Mapped[str | None] = mapped_column(ordered_text())
    """The first partner, in the parts that say where partners stand."""
    body: Mapped[bytes] = mapped_column(LargeBinary)


def store(session: Session, run_id: str, attempt: int, packed: Packed) -> None:
    """Write the result; the caller has fenced the attempt in the same transaction."""
    session.execute(
        insert(Result).values(
            run_id=run_id,
            attempt=attempt,
            document=zlib.compress(packed.document, 1),
            columns=packed.columns,
            rows=packed.rows,
        )
    )
    if packed.parts:
        session.execute(
            insert(Part),
            [
                {"run_id": run_id, "name": p.name, "start": p.start, "key": p.key, "body": p.body}
                for p in packed.parts
            ],
        )
