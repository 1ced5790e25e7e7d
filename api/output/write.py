"""Writing a run's files: all of them at once, or only result.json where there are no targets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from time import perf_counter
from typing import Any

from api.output.atomic_files import together
from api.output.csv import csv_text
from api.output.levels_table import levels_table
from api.output.record import FILE as RECORD
from api.output.result_json import Circumstances, result_document
from api.output.result_parts import ResultDocument
from api.output.tables import allocation_table, receipts_table, targets_table
from scenarios import Scenario
from solver import Allocation

RESULT, WORKBOOK, LEVELS = "result.json", "allocation.xlsx", "levels.csv"
Make = Callable[[Allocation], Any]
"""What makes an Arrow table."""
TABLES: dict[str, Make] = {
    "allocation.csv": allocation_table,
    "receipts.csv": receipts_table,
    LEVELS: levels_table,
}
"""Name of each table's file to what makes it; levels only where the scenario has a cascade or a split."""
_FILES = len(TABLES) + 1
"""Files that are made beside one another: the tables and the record."""
FAMILY = (*TABLES, WORKBOOK, RECORD, RESULT)
"""Every file that a run may write."""


def write_outputs(
    allocation: Allocation,
    circumstances: Circumstances,
    folder: Path,
    *,
    workbook: bool = False,
    record: bool = True,
) -> ResultDocument:
    """Write the run's files into the folder, its record too, and return what result.json says.

    Raises OSError if they cannot be written, OutputError if a file that was read has changed since; the folder is
    then as it was.
    """
    with together(folder, last=RESULT, family=FAMILY) as making, ThreadPoolExecutor(_FILES) as beside:
        begun = perf_counter()
        kept = beside.submit(_begin_record, making / RECORD, allocation) if record else None
        writing = {
            name: beside.submit(_write_table, making / name, make, allocation)
            for name, make in _making(allocation).items()
        }
        document = result_document(allocation, circumstances, outputs={})
        tables = {name: each.result() for name, each in writing.items()}
        hashes = {name: each.sha256 for name, each in tables.items()}
        if workbook and tables:
            hashes[WORKBOOK] = _write_workbook(allocation, document, tables, making / WORKBOOK)
        seconds = {**document.times.seconds, "write": round(perf_counter() - begun, 6)}
        times = document.times.model_copy(update={"seconds": seconds})
        document = document.model_copy(update={"outputs": hashes, "times": times})
        if kept:
            _finish_record(kept.result(), allocation, document)
        (making / RESULT).write_text(document.text(), encoding="utf-8")
    return document


def _begin_record(path: Path, allocation: Allocation) -> Path:
    """Deflating does not hold up what is written meanwhile."""
    from api.output.record_writer import begin

    targets = None if allocation.rounded is None else csv_text(targets_table(allocation))
    begin(path, allocation.scenario, targets)
    return path


def _finish_record(path: Path, allocation: Allocation, document: ResultDocument) -> None:
    from api.output.record_writer import finish

    finish(path, allocation.scenario, document)


def has_levels(scenario: Scenario) -> bool:
    """Whether there is anything between the company and the partners."""
    return bool(scenario.cascade or scenario.shares)


def _making(allocation: Allocation) -> dict[str, Make]:
    """File name to what makes it of every table that an allocation has."""
    if allocation.state != "succeeded":
        return {}
    return {name: make for name, make in TABLES.items() if name != LEVELS or has_levels(allocation.scenario)}


def table_texts(allocation: Allocation) -> dict[str, bytes]:
    """File name to CSV of every table of an allocation that has targets."""
    making = _making(allocation)
    with ThreadPoolExecutor(_FILES) as pool:  # Arrow writes without holding the others up
        return dict(
            zip(making, pool.map(lambda make: csv_text(make(allocation)), making.values()), strict=True)
        )


@dataclass(frozen=True)
class _TableFile:
    """A table that is in its file."""

    table: Any
    sha256: str


def _write_table(path: Path, make: Make, allocation: Allocation) -> _TableFile:
    """From the allocation to the file: Arrow, hashing and writing do not hold the other files up."""
    table = make(allocation)
    text = csv_text(table)
    path.write_bytes(text)
    return _TableFile(table, sha256(text).hexdigest())


def hashes_of(texts: Mapping[str, bytes]) -> dict[str, str]:
    """File name to SHA-256."""
    return {name: sha256(text).hexdigest() for name, text in texts.items()}


def _write_workbook(
    allocation: Allocation, document: ResultDocument, tables: Mapping[str, _TableFile], path: Path
) -> str:
    from api.output.workbook.book import workbook_bytes
    from api.output.workbook.contents import Tables, contents_of

    made = Tables(*(tables[name].table if name in tables else None for name in TABLES))
    content = workbook_bytes(contents_of(allocation.scenario, allocation.book, document, made))
    path.write_bytes(content)
    return sha256(content).hexdigest()
