"""What partners are called, as far as the partner table of a run says so."""

import functools
import io
from typing import Any

from sqlalchemy.orm import Session

from api.db.tables import blobs, scenarios
from api.db.tables.runs import Run

_COLUMNS = ("name", "partner_name", "partner", "company", "company_name", "account_name")


def names(session: Session, run: Run) -> dict[str, str]:
    """Partner id to name; empty when the table is no CSV or has no such column."""
    version = (session, run.org_id, *run.solved)
    files = scenarios.files(*version)
    tables = [sha256 for path, sha256 in files.items() if path.endswith(".csv")]
    if len(tables) != 1:
        return {}
    id_column = str(scenarios.document(*version).get("partner_id") or "partner_id")
    return _names(_Content(blobs.read(session, run.org_id, tables[0]), tables[0]), id_column)


class _Content(bytes):
    """A file that is remembered by its hash."""

    sha256: str

    def __new__(cls, content: bytes, sha256: str) -> "_Content":
        made = super().__new__(cls, content)
        made.sha256 = sha256
        return made

    def __hash__(self) -> int:
        return hash(self.sha256)


@functools.lru_cache(maxsize=2)
def _names(content: _Content, id_column: str) -> dict[str, str]:
    import pyarrow as pa
    from pyarrow import csv

    parsing = csv.ParseOptions(newlines_in_values=True)
    with csv.open_csv(io.BytesIO(content), parse_options=parsing) as opened:
        columns = opened.schema.names
    named = next((column for column in _COLUMNS if column in columns and column != id_column), None)
    if id_column not in columns or named is None:
        return {}
    wanted: dict[str, Any] = {id_column: pa.string(), named: pa.string()}
    options = csv.ConvertOptions(include_columns=list(wanted), column_types=wanted)
    table = csv.read_csv(io.BytesIO(content), parse_options=parsing, convert_options=options)
    return dict(zip(table[id_column].to_pylist(), table[named].to_pylist(), strict=True))
