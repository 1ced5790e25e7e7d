"""What pyarrow reads is memory that Python has no part in: its threads may let go of it after the interpreter has ended."""

from io import BytesIO
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import csv, feather, parquet

from scenarios.tables import columnar, delimited
from scenarios.tables.arrow import readable
from scenarios.tables.options import TableOptions

TABLE = pa.table({"partner_id": ["acme", "birch"], "last_year": ["100", "200"]})


def test_the_bytes_are_copied_out_of_python() -> None:
    pool = pa.system_memory_pool()
    before = pool.bytes_allocated()
    reader = readable(b"partner_id\n" * 1_000)
    assert pool.bytes_allocated() - before >= 11_000
    assert reader.read() == b"partner_id\n" * 1_000
    assert readable(b"").read() == b""


def _parquet() -> bytes:
    file = BytesIO()
    parquet.write_table(TABLE, file)
    return file.getvalue()


def _feather() -> bytes:
    file = BytesIO()
    feather.write_feather(TABLE, file)
    return file.getvalue()


@pytest.mark.parametrize("kind", [pytest.param(kind, id=kind) for kind in ("csv", "parquet", "feather")])
def test_tables_are_read_from_there(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sources: list[Any] = []

    def spied(read: Any) -> Any:
        return lambda source, *rest, **options: sources.append(source) or read(source, *rest, **options)

    monkeypatch.setattr(csv, "read_csv", spied(csv.read_csv))
    monkeypatch.setattr(parquet, "ParquetFile", spied(parquet.ParquetFile))
    monkeypatch.setattr(feather, "read_table", spied(feather.read_table))
    cells = {
        "csv": lambda: delimited.read_csv(b"partner_id,last_year\nacme,100\nbirch,200\n", TableOptions()),
        "parquet": lambda: columnar.read_parquet(_parquet()),
        "feather": lambda: columnar.read_feather(_feather()),
    }[kind]()
    assert cells.texts[0].to_pylist() == ["acme", "birch"]
    assert sources
    assert all(isinstance(source, pa.BufferReader) for source in sources)
