"""Keeping a record: one compact file, the same bytes for the same input, day and versions."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from api.output.document import json_text
from api.output.errors import OutputError
from api.output.record import ANSWER, DOCUMENT, SHIPPED, TARGETS, Document, Options, inside, without_times
from api.output.resolved_scenario import resolved
from api.output.result_parts import ResultDocument
from rules import library
from scenarios import Scenario

_LEVEL = 1
"""Of deflating: a sixth of the work of the usual level, for a fifth more bytes."""
_UNIX = 3
_MODE = 0o644 << 16


def keep(path: Path, scenario: Scenario, result: ResultDocument, targets: bytes | None) -> None:
    """Write the record of a run: what its result.json says, and targets.csv where there are targets.

    Raises OutputError if a file that was read is no longer what it was, OSError if the record cannot be written.
    """
    begin(path, scenario, targets)
    finish(path, scenario, result)


def begin(path: Path, scenario: Scenario, targets: bytes | None) -> None:
    """Write what a record holds of files, which takes longest and waits for nothing that is reported of the run."""
    with ZipFile(path, "w") as record:
        if targets is not None:
            _add(record, TARGETS, targets)
        for name, digest in sorted(scenario.inputs.items()):
            _add(record, inside(name), _as_read(scenario, name, digest))


def finish(path: Path, scenario: Scenario, result: ResultDocument) -> None:
    """Add to a record that was begun what is reported of the run."""
    with ZipFile(path, "a") as record:
        document = _document(scenario, result).model_dump(mode="json")
        _add(record, DOCUMENT, json_text(document))
        _add(record, ANSWER, json_text(without_times(result.data())))


def _add(record: ZipFile, name: str, content: bytes | str) -> None:
    entry = ZipInfo(name)
    entry.create_system, entry.external_attr = _UNIX, _MODE
    # An entry of one's own has no level of the file's: it has to be given with the content.
    record.writestr(entry, content, ZIP_DEFLATED, _LEVEL)


def _document(scenario: Scenario, result: ResultDocument) -> Document:
    return Document(
        format=1,
        scenario=next(iter(scenario.inputs)),
        day=result.times.as_of,
        options=Options(as_of=result.options.as_of),
        state=result.state,
        versions=result.versions,
        engines=result.engines,
        inputs=result.inputs,
        outputs=result.outputs,
        resolved=resolved(scenario),
    )


def _as_read(scenario: Scenario, name: str, digest: str) -> bytes:
    if name in scenario.snapshots:
        return scenario.snapshots[name]
    shipped = library(name.removeprefix(SHIPPED)) if name.startswith(SHIPPED) else None
    try:
        content = (shipped or scenario.root / name).read_bytes()
    except OSError:
        content = b""
    if sha256(content).hexdigest() != digest:
        raise OutputError(f"{name} has changed while it was solved; solve again")
    return content
