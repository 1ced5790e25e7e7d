"""Opening a record, which may come from anywhere: nothing in it is believed before it is checked."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Any
from zipfile import BadZipFile, ZipFile

from pydantic import ValidationError

from api.analysis.errors import InvalidRequest
from api.output.record import ANSWER, DOCUMENT, FILE, TARGETS, Document, Record, inside
from scenarios.tables.outside import QUERY_NAME, STREAM_NAME

_MOST_FILES = 1_000
_MOST_BYTES = 1_000_000_000
_FAULTS = (
    BadZipFile,
    zlib.error,
    KeyError,
    ValueError,
    EOFError,
    NotImplementedError,
    RuntimeError,
    RecursionError,
)
_MADE = "`cascade solve -o` makes one"


def find(path: Path) -> Path:
    """The record in a folder, or the path itself. Raises InvalidRequest if there is none."""
    file = path / FILE if path.is_dir() else path
    if not file.is_file():
        raise InvalidRequest("", f"there is no {file}; {_MADE}.")
    return file


def open_record(file: Path) -> Record:
    """What the record holds. Raises InvalidRequest if it is no record, or not whole."""
    with _refusing(file), ZipFile(file) as found:
        entries = found.infolist()
        if len(entries) > _MOST_FILES or sum(entry.file_size for entry in entries) > _MOST_BYTES:
            raise ValueError("too large")
        names = {entry.filename for entry in entries}
        document = Document.model_validate_json(found.read(DOCUMENT))
        if document.scenario not in document.inputs:
            raise ValueError("no scenario")
        answer = _mapping(found.read(ANSWER))
        targets = found.read(TARGETS) if TARGETS in names else None
        inputs = {name: found.read(inside(_harmless(name))) for name in document.inputs}
    for name, content in inputs.items():
        if sha256(content).hexdigest() != document.inputs[name]:
            raise InvalidRequest("", f"{file} is damaged: {name} in it is not what the run has read.")
    return Record(document, answer, targets, inputs)


@contextmanager
def _refusing(file: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InvalidRequest("", f"{file} cannot be read: {error.strerror or error}.") from None
    except (*_FAULTS, ValidationError):
        raise InvalidRequest("", f"{file} is not a record that this version reads; {_MADE}.") from None


def _mapping(content: bytes) -> dict[str, Any]:
    found = json.loads(content)
    if not isinstance(found, dict):
        raise ValueError("not a mapping")
    return found


def _harmless(name: str) -> str:
    """The name, if it leads nowhere but down. Raises ValueError."""
    path = PurePosixPath(inside(name))
    if path.is_absolute() or ".." in path.parts or "\\" in name or "\0" in name or str(path) != inside(name):
        raise ValueError(f"{name!r} leads out of the record")
    return name


class Recorded:
    """The table that a run had from a query or standard input, as its record has kept it."""

    def __init__(self, record: Record) -> None:
        self._inputs = record.inputs

    def query(self, sql: str, url: str) -> bytes:  # noqa: ARG002
        """What the query gave."""
        return self._inputs[QUERY_NAME]

    def stream(self) -> bytes:
        """What came in."""
        return next(content for name, content in self._inputs.items() if name.startswith(STREAM_NAME))


def unpack(record: Record, folder: Path) -> Path:
    """Write the files that the run has read into a folder; returns the scenario file."""
    for name, content in record.inputs.items():
        file = folder / inside(name)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return folder / inside(record.document.scenario)
