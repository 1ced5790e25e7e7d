"""Results: a run's result.json, and its tables in small parts that are read by position or by partner."""

import csv
import io
import json
import zlib
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, Select, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from api.store.base import Base, now, ordered_text
from api.store.errors import NotFound
from api.store.runs import Run

TABLES = ("allocation", "receipts")
PARTNERS = "partners"
"""The parts that say where a partner's rows stand; sorted by partner."""


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


@dataclass(frozen=True)
class PackedPart:
    """A part before it has a run."""

    name: str
    start: int
    key: str | None
    body: bytes


@dataclass(frozen=True)
class Packed:
    """A whole result, ready to be stored in one go."""

    document: bytes
    columns: dict[str, list[str]]
    rows: dict[str, int]
    parts: tuple[PackedPart, ...]


@dataclass(frozen=True)
class PartnerRows:
    """One partner's rows of the tables, in their order."""

    allocation: tuple[dict[str, str], ...]
    receipts: tuple[dict[str, str], ...]


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


def get(session: Session, org_id: str, run_id: str) -> Result:
    """What is known of the run's result; raises NotFound while there is none."""
    query = select(Result).join(Run).where(Run.id == run_id, Run.org_id == org_id)
    found = session.scalar(query)
    if found is None:
        raise NotFound("result", run_id)
    return found


def document_bytes(session: Session, org_id: str, run_id: str) -> bytes:
    """result.json as the solve wrote it; raises NotFound."""
    query = select(Result.document).join(Run).where(Run.id == run_id, Run.org_id == org_id)
    found = session.scalar(query)
    if found is None:
        raise NotFound("result", run_id)
    return zlib.decompress(found)


def document(session: Session, org_id: str, run_id: str) -> dict[str, Any]:
    """result.json read, numbers with a point as text so that no digit is lost; raises NotFound."""
    found: dict[str, Any] = json.loads(document_bytes(session, org_id, run_id), parse_float=str)
    return found


def rows(
    session: Session, org_id: str, run_id: str, name: str, *, start: int = 0, limit: int = 50
) -> tuple[dict[str, str], ...]:
    """Rows `start` to `start + limit` of the table, column to text; raises NotFound.

    Amounts are the exact decimal text of the solve. The position is a stable key: a result never changes.
    """
    header = _header(session, org_id, run_id, name)
    return _rows(session, run_id, name, header, start=start, limit=limit)


def partner(session: Session, org_id: str, run_id: str, partner_id: str) -> PartnerRows:
    """The partner's targets and receipts; raises NotFound for the run and for the partner."""
    header = _header(session, org_id, run_id, None)
    spans = _spans(session, run_id, partner_id)
    if spans is None:
        raise NotFound("partner", partner_id)
    found = {
        name: _rows(session, run_id, name, header[name], start=start, limit=count)
        for name, (start, count) in spans.items()
    }
    return PartnerRows(found["allocation"], found["receipts"])


def table_csv(session: Session, org_id: str, run_id: str, name: str) -> Iterator[bytes]:
    """The table as the solve wrote it, header first, in pieces; raises NotFound at the first piece."""
    yield csv_line(_header(session, org_id, run_id, name))
    query = select(Part.body).where(Part.run_id == run_id, Part.name == name).order_by(Part.start)
    with closing(session.scalars(query.execution_options(yield_per=64))) as bodies:
        for body in bodies:
            yield zlib.decompress(body)


def csv_line(cells: list[str]) -> bytes:
    """One line of CSV."""
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(cells)
    return line.getvalue().encode()


def plain(cell: str) -> str:
    """The cell without the quote our CSV puts before what a spreadsheet would take for a formula."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in _FORMULA else cell


_FORMULA = frozenset("=+-@\t\r＝＋－＠")


def _header(session: Session, org_id: str, run_id: str, name: str | None) -> Any:
    query = select(Result.columns).join(Run).where(Run.id == run_id, Run.org_id == org_id)
    columns = session.scalar(query)
    if columns is None:
        raise NotFound("result", run_id)
    if name is None:
        return {table: columns.get(table, []) for table in TABLES}
    return columns.get(name, [])


def _rows(
    session: Session, run_id: str, name: str, header: list[str], *, start: int, limit: int
) -> tuple[dict[str, str], ...]:
    found: list[dict[str, str]] = []
    for first, body in session.execute(_parts_at(run_id, name, start, limit)):
        lines = list(_read(body))
        wanted = lines[max(0, start - first) : max(0, start + limit - first)]
        found += [dict(zip(header, map(plain, line), strict=True)) for line in wanted]
    return tuple(found)


def _parts_at(run_id: str, name: str, start: int, limit: int) -> Select[int, bytes]:
    mine = (Part.run_id == run_id, Part.name == name)
    first = select(Part.start).where(*mine, Part.start <= start).order_by(Part.start.desc()).limit(1)
    span = (Part.start >= first.scalar_subquery(), Part.start < start + limit)
    return select(Part.start, Part.body).where(*mine, *span).order_by(Part.start)


def _spans(session: Session, run_id: str, partner_id: str) -> dict[str, tuple[int, int]] | None:
    """Table to first row and number of rows of the partner."""
    query = select(Part.body).where(Part.run_id == run_id, Part.name == PARTNERS, Part.key <= partner_id)
    body = session.scalar(query.order_by(Part.key.desc()).limit(1))
    lines = list(_read(body)) if body else []
    place = bisect_left(lines, partner_id, key=lambda line: line[0])
    if place == len(lines) or lines[place][0] != partner_id:
        return None
    numbers = [int(number) for number in lines[place][1:]]
    return {name: (numbers[2 * i], numbers[2 * i + 1]) for i, name in enumerate(TABLES)}


def _read(body: bytes) -> Iterator[list[str]]:
    return csv.reader(zlib.decompress(body).decode().splitlines(keepends=True))
