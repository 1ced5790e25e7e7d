"""Tables that lie in no file beside the scenario: what a query gives, and standard input."""

from __future__ import annotations

import os
import re
import sys
from io import BytesIO
from typing import TYPE_CHECKING, Any, Protocol

from scenarios.tables.cells import MAX_BYTES, Unreadable
from scenarios.values.quoting import quoted

if TYPE_CHECKING:
    from sqlalchemy.engine import CursorResult

CODE = "outside-table"
STREAM = "-"
"""What `partners` says for standard input."""
QUERY_NAME, STREAM_NAME = "partners (query).feather", "partners (standard input)"
"""How findings, results and records call such a table."""

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_READS = re.compile(r"(\s|--[^\n]*\n|\()*(select|with|values|table)\b", re.IGNORECASE)
"""How statements begin that only read; others are refused before a database hears of them."""
_BATCH_ROWS = 10_000
"""Rows fetched at once: a query of a whole database is noticed before it fills the memory."""
_MAGIC = {
    b"PK": ".xlsx",
    b"\xd0\xcf\x11\xe0": ".xls",
    b"PAR1": ".parquet",
    b"ARROW1": ".feather",
    b"\x1f\x8b": ".csv.gz",
}
"""How files begin that are no text."""


class Outside(Protocol):
    """Where tables outside the folder come from; who is given none reads none."""

    def query(self, sql: str, url: str) -> bytes:
        """A Feather file of what the query gives; `url` names the variable with the database's address."""

    def stream(self) -> bytes:
        """What comes in on standard input."""


def ending_of_stream(content: bytes) -> str:
    """The ending that a file with this content would have."""
    return next((ending for magic, ending in _MAGIC.items() if content.startswith(magic)), ".csv")


class ThisMachine:
    """Databases that the environment names, and standard input: for the command line, never for a service."""

    def query(self, sql: str, url: str) -> bytes:
        """A Feather file of what the query gives, in a transaction that is rolled back. Raises Unreadable."""
        if not _READS.match(sql):
            raise Unreadable(CODE, "the statement is no query", "Write one that begins with select or with.")
        address = os.environ.get(url, "") if _VARIABLE.fullmatch(url) else ""
        if not address:
            message = f"the environment variable {quoted(url)} is not set"
            remedy = "Write the variable's name in url:, and set it to an address such as sqlite:///crm.db."
            raise Unreadable(CODE, message, remedy)
        return _fetched(sql, address, url)

    def stream(self) -> bytes:
        """What comes in on standard input. Raises Unreadable."""
        if sys.stdin is None or sys.stdin.isatty():
            message = "partners are to come from standard input, and nothing does"
            raise Unreadable(CODE, message, "Pipe a table in: cascade solve scenario.yaml < partners.csv")
        content: bytes = sys.stdin.buffer.read(MAX_BYTES + 1)
        return content


def _fetched(sql: str, address: str, variable: str) -> bytes:
    from sqlalchemy import create_engine, text
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError, SQLAlchemyError

    try:
        url = make_url(address)
        engine = create_engine(url)
    except (ArgumentError, SQLAlchemyError):
        message = f"the variable {quoted(variable)} holds no database address"
        raise Unreadable(CODE, message, "Write one as dialect://user:password@host/name.") from None
    except ImportError as error:
        message = f"the database's driver is not installed: {error}"
        raise Unreadable(CODE, message, "pip install 'goal-cascade[sql]', or the driver itself.") from None
    try:
        with engine.connect() as connection:
            return _feather(connection.execution_options(stream_results=True).execute(text(sql)))
    except SQLAlchemyError as error:
        message = f"the query failed: {_reason(error, url.password)}"
        raise Unreadable(CODE, message, "Try it in the database's own client.") from None
    finally:
        engine.dispose()


def _reason(error: Exception, password: object) -> str:
    """The first line of what the driver says, without the password."""
    first_line = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
    return first_line.replace(str(password), "***") if password else first_line


def _feather(found: CursorResult[Any]) -> bytes:
    import pyarrow as pa
    from pyarrow import feather

    if not found.returns_rows:
        raise Unreadable(CODE, "the statement gives no rows", "Write a select.")
    names, rows = list(found.keys()), list[Any]()
    for batch in found.partitions(_BATCH_ROWS):
        rows += batch
        if len(rows) * max(1, len(names)) > MAX_BYTES:
            raise Unreadable("too-large", "the query gives too many rows", "Select fewer.")
    columns = [_column([row[at] for row in rows]) for at in range(len(names))]
    out = BytesIO()
    feather.write_feather(pa.Table.from_arrays(columns, names), out, compression="uncompressed")
    return out.getvalue()


def _column(cells: list[Any]) -> Any:
    """The cells as an Arrow column; those that no one type holds as texts."""
    import pyarrow as pa

    try:
        return pa.array(cells)
    except (pa.ArrowException, OverflowError):
        return pa.array([None if cell is None else str(cell) for cell in cells], pa.string())
