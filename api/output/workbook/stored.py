"""The workbook of a run made later, from what was kept of it: the one that `cascade solve --xlsx` writes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import csv

from api.output.columns import ALLOCATION
from api.output.csv import unguarded_column
from api.output.result_parts import ResultDocument
from api.output.workbook.book import workbook_bytes
from api.output.workbook.contents import Tables, contents_of
from rules.load import load

_TEXTS = {column.name for column in ALLOCATION if column.kind in ("text", "texts")} | {
    "item", "kind", "level", "path",
}  # fmt: skip
"""Columns of the three tables that hold words; all others hold numbers."""


def workbook_of(folder: Path, result: bytes, tables: Mapping[str, bytes]) -> bytes:
    """The workbook of the scenario in the folder, which had this result.json and these tables as CSV.

    Raises Refused if this version finds mistakes in what was solved then.
    """
    document = ResultDocument.model_validate_json(result)
    loaded = load(folder, as_of=document.times.as_of)
    made = Tables(*(_table(tables.get(name)) for name in ("allocation", "receipts", "levels")))
    return workbook_bytes(contents_of(loaded.scenario, loaded.book, document, made))


def _table(content: bytes | None) -> Any:
    """The table in a file that a run has written, its texts as they were before the formula guard."""
    if content is None:
        return None
    head = content.partition(b"\n")[0].decode().split(",")
    kinds = {name: pa.string() if name in _TEXTS else pa.float64() for name in head}
    table = csv.read_csv(
        pa.py_buffer(content),
        parse_options=csv.ParseOptions(newlines_in_values=True),
        convert_options=csv.ConvertOptions(column_types=kinds),
    )
    columns = {name: unguarded_column(table[name]) if name in _TEXTS else table[name] for name in head}
    return pa.table(columns)
