"""Results, read: the document, rows by position, rows by partner, whole tables."""

import csv
import io
import json
import zlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Table, bindparam, select
from sqlalchemy.orm import Session

from api.db.errors import NotFound
from api.db.tables.result_parts import Part, Result
from api.db.tables.runs import Run
from api.output.result_bundle import LEVELS, PARTNERS, TABLES
from scenarios.tables.formula_guard import unguarded

_ALL = 1 << 31

_parts = cast(Table, Part.__table__).c
_results = cast(Table, Result.__table__).c
_runs = cast(Table, Run.__table__).c

# Prepared once: putting a statement together costs more than running it.
_of_run = (
    _results.run_id == bindparam("run_id"),
    _runs.id == _results.run_id,
    _runs.org_id == bindparam("org_id"),
)
_of_scenario_run = (*_of_run, _runs.analysis.is_(None))
_of_table = _parts.run_id == bindparam("run_id"), _parts.name == bindparam("name")
_HEADER = select(_results.columns).where(*_of_scenario_run)
_DOCUMENT = select(_results.document).where(*_of_scenario_run)
_ANY_DOCUMENT = select(_results.document).where(*_of_run)
_FIRST = select(_parts.start).where(*_of_table, _parts.start <= bindparam("start"))
_SPAN = (
    select(_parts.start, _parts.body)
    .where(
        *_of_table,
        _parts.start >= _FIRST.order_by(_parts.start.desc()).limit(1).scalar_subquery(),
        _parts.start < bindparam("stop"),
    )
    .order_by(_parts.start)
)
_WHOLE = select(_parts.body).where(*_of_table).order_by(_parts.start).execution_options(yield_per=64)
_PLACE = (
    select(_parts.body)
    .where(*_of_table, _parts.key <= bindparam("partner"))
    .order_by(_parts.key.desc())
    .limit(1)
)


@dataclass(frozen=True)
class PartnerRows:
    """One partner's rows of the tables, in their order."""

    allocation: tuple[dict[str, str], ...]
    receipts: tuple[dict[str, str], ...]


def get(session: Session, org_id: str, run_id: str) -> Result:
    """What is known of the run's result; raises NotFound while there is none."""
    found = session.scalar(select(Result).where(*_of_scenario_run), {"run_id": run_id, "org_id": org_id})
    if found is None:
        raise NotFound("result", run_id)
    return found


def document_bytes(session: Session, org_id: str, run_id: str) -> bytes:
    """result.json as the solve wrote it; raises NotFound."""
    found = session.scalar(_DOCUMENT, {"run_id": run_id, "org_id": org_id})
    if found is None:
        raise NotFound("result", run_id)
    return zlib.decompress(found)


def any_document_bytes(session: Session, org_id: str, run_id: str) -> bytes:
    """The same, or the document of an analysis; raises NotFound."""
    found = session.scalar(_ANY_DOCUMENT, {"run_id": run_id, "org_id": org_id})
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
    header = _headers(session, org_id, run_id)[name]
    return _rows(session, run_id, name, header, start=start, limit=limit)


def partner(session: Session, org_id: str, run_id: str, partner_id: str) -> PartnerRows:
    """The partner's targets and receipts; raises NotFound for the run and for the partner."""
    headers = _headers(session, org_id, run_id)
    spans = _spans(session, run_id, partner_id)
    found = {
        name: _rows(session, run_id, name, headers[name], start=start, limit=count)
        for name, (start, count) in spans.items()
    }
    return PartnerRows(found["allocation"], found["receipts"])


def table_csv(session: Session, org_id: str, run_id: str, name: str) -> Iterator[bytes]:
    """The table as the solve wrote it, header first, in pieces; raises NotFound at the first piece."""
    yield _line(_headers(session, org_id, run_id)[name])
    with closing(session.scalars(_WHOLE, {"run_id": run_id, "name": name})) as bodies:
        for some in bodies.partitions():
            yield b"".join(map(zlib.decompress, some))


def _line(cells: list[str]) -> bytes:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(cells)
    return line.getvalue().encode()


def _headers(session: Session, org_id: str, run_id: str) -> dict[str, list[str]]:
    """Column names per table; this is where the organisation is asked for."""
    columns: dict[str, list[str]] | None = session.scalar(_HEADER, {"run_id": run_id, "org_id": org_id})
    if columns is None:
        raise NotFound("result", run_id)
    return {table: columns.get(table, []) for table in (*TABLES, LEVELS)}


def _rows(
    session: Session, run_id: str, name: str, header: list[str], *, start: int, limit: int
) -> tuple[dict[str, str], ...]:
    found: list[dict[str, str]] = []
    span = {"run_id": run_id, "name": name, "start": start, "stop": start + limit}
    for first, body in session.execute(_SPAN, span):
        text = _text(body)
        wanted = _records(text, max(0, start - first), max(0, start + limit - first))
        if "'" in text:
            wanted = [list(map(unguarded, cells)) for cells in wanted]
        found += [dict(zip(header, cells, strict=True)) for cells in wanted]
    return tuple(found)


def _text(body: bytes) -> str:
    return zlib.decompress(body).decode()


def _records(text: str, left: int, right: int) -> list[list[str]]:
    """The cells of the part's records `left` to `right`."""
    if '"' in text:
        return list(csv.reader(io.StringIO(text, newline="")))[left:right]
    return [line.split(",") for line in text.split("\n")[left:right] if line]


def _spans(session: Session, run_id: str, partner_id: str) -> dict[str, tuple[int, int]]:
    """Table to first row and number of rows of the partner; raises NotFound."""
    body = session.scalar(_PLACE, {"run_id": run_id, "name": PARTNERS, "partner": partner_id})
    for partner_key, *numbers in _records(_text(body), 0, _ALL) if body else []:
        if partner_key == partner_id:
            return {name: (int(numbers[2 * i]), int(numbers[2 * i + 1])) for i, name in enumerate(TABLES)}
    raise NotFound("partner", partner_id)
