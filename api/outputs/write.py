"""Writing a run's files: all of them at once, or only result.json where there are no targets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from time import perf_counter
from typing import Any

from api.atomic import together
from api.outputs.levels import levels_table
from api.outputs.lines import csv_text
from api.outputs.result import Circumstances, result_document, result_text
from api.outputs.tables import allocation_table, receipts_table, targets_table
from api.records.record import FILE as RECORD
from solver import Allocation

RESULT, WORKBOOK, LEVELS = "result.json", "allocation.xlsx", "levels.csv"
TABLES: dict[str, Callable[[Allocation], Any]] = {
    "allocation.csv": allocation_table,
    "receipts.csv": receipts_table,
    LEVELS: levels_table,
}
"""Name of each table's file to what makes it; levels only where the scenario has a cascade."""
FAMILY = (*TABLES, WORKBOOK, RECORD, RESULT)
"""Every file that a run may write."""


def write_outputs(
    allocation: Allocation,
    circumstances: Circumstances,
    folder: Path,
    *,
    workbook: bool = False,
    record: bool = True,
) -> dict[str, Any]:
    """Write the run's files into the folder, its record too, and return what result.json says.

    Raises OSError if they cannot be written, Failed if a file that was read has changed since; the folder is
    then as it was.
    """
    with together(folder, last=RESULT, family=FAMILY) as making:
        hashes, begun = {}, perf_counter()
        if allocation.state == "succeeded":
            hashes = _write_tables(allocation, making)
            if workbook:
                hashes[WORKBOOK] = _write_workbook(allocation, making / WORKBOOK)
        seconds = {**circumstances.seconds, "write": round(perf_counter() - begun, 6)}
        document = result_document(allocation, replace(circumstances, seconds=seconds), outputs=hashes)
        if record:
            _keep(making / RECORD, allocation, document)
        (making / RESULT).write_text(result_text(document), encoding="utf-8")
    return document


def _keep(path: Path, allocation: Allocation, document: dict[str, Any]) -> None:
    from api.records.keeping import keep

    targets = None if allocation.rounded is None else csv_text(targets_table(allocation))
    keep(path, allocation.scenario, document, targets)


def _write_tables(allocation: Allocation, folder: Path) -> dict[str, str]:
    hashes = {}
    for name, make in TABLES.items():
        if name == LEVELS and not allocation.scenario.cascade:
            continue
        text = csv_text(make(allocation))
        hashes[name] = sha256(text).hexdigest()
        (folder / name).write_bytes(text)
    return hashes


def _write_workbook(allocation: Allocation, path: Path) -> str:
    from api.outputs.workbook import write_workbook

    write_workbook(allocation, path)
    return sha256(path.read_bytes()).hexdigest()
