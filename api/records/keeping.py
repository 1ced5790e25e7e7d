"""Keeping a record: one compact file, the same bytes for the same input, day and versions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from api.exits import Failed
from api.outputs.lines import csv_text
from api.outputs.tables import targets_table
from api.records.record import ANSWER, DOCUMENT, SHIPPED, TARGETS, Document, Options, inside, without_times
from api.records.resolved import resolved
from rules import library
from scenarios import Scenario
from solver import Allocation

_LEVEL = 1
_UNIX = 3
_MODE = 0o644 << 16


def keep(path: Path, allocation: Allocation, result: Mapping[str, Any]) -> None:
    """Write the record of a run; `result` is what its result.json says.

    Raises Failed if a file that was read is no longer what it was, OSError if the record cannot be written.
    """
    with ZipFile(path, "w", ZIP_DEFLATED, compresslevel=_LEVEL) as record:
        for name, content in _contents(allocation, result):
            entry = ZipInfo(name)
            entry.compress_type, entry.create_system, entry.external_attr = ZIP_DEFLATED, _UNIX, _MODE
            record.writestr(entry, content)


def _contents(allocation: Allocation, result: Mapping[str, Any]) -> Iterator[tuple[str, str | bytes]]:
    from api.outputs.result import result_text

    document = _document(allocation.scenario, result)
    yield DOCUMENT, result_text(document.model_dump(mode="json"))
    yield ANSWER, result_text(without_times(result))
    if allocation.rounded is not None:
        yield TARGETS, csv_text(targets_table(allocation))
    for name, digest in sorted(allocation.scenario.inputs.items()):
        yield inside(name), _as_read(allocation.scenario, name, digest)


def _document(scenario: Scenario, result: Mapping[str, Any]) -> Document:
    return Document(
        format=1,
        scenario=next(iter(scenario.inputs)),
        day=result["times"]["as_of"],
        options=Options(as_of=result["options"]["as_of"]),
        state=result["state"],
        versions=result["versions"],
        engines=result["engines"],
        inputs=result["inputs"],
        outputs=result["outputs"],
        resolved=resolved(scenario),
    )


def _as_read(scenario: Scenario, name: str, digest: str) -> bytes:
    shipped = library(name.removeprefix(SHIPPED)) if name.startswith(SHIPPED) else None
    try:
        content = (shipped or scenario.root / name).read_bytes()
    except OSError:
        content = b""
    if sha256(content).hexdigest() != digest:
        raise Failed(f"{name} has changed while it was solved; solve again")
    return content
