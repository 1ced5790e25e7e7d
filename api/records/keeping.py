"""Keeping a record: one compact file, the same bytes for the same input, day and versions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from api.exits import Failed
from api.records.record import ANSWER, DOCUMENT, SHIPPED, TARGETS, Document, Options, inside, without_times
from api.records.resolved import resolved
from rules import library
from scenarios import Scenario

_LEVEL = 1
_UNIX = 3
_MODE = 0o644 << 16


def keep(path: Path, scenario: Scenario, result: Mapping[str, Any], targets: bytes | None) -> None:
    """Write the record of a run: what its result.json says, and targets.csv where there are targets.

    Raises Failed if a file that was read is no longer what it was, OSError if the record cannot be written.
    """
    with ZipFile(path, "w", ZIP_DEFLATED, compresslevel=_LEVEL) as record:
        for name, content in _contents(scenario, result, targets):
            entry = ZipInfo(name)
            entry.compress_type, entry.create_system, entry.external_attr = ZIP_DEFLATED, _UNIX, _MODE
            record.writestr(entry, content)


def _contents(
    scenario: Scenario, result: Mapping[str, Any], targets: bytes | None
) -> Iterator[tuple[str, str | bytes]]:
    from api.outputs.result import result_text

    yield DOCUMENT, result_text(_document(scenario, result).model_dump(mode="json"))
    yield ANSWER, result_text(without_times(result))
    if targets is not None:
        yield TARGETS, targets
    for name, digest in sorted(scenario.inputs.items()):
        yield inside(name), _as_read(scenario, name, digest)


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
