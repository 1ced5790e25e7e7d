"""What has changed since a run: the files that it wrote, and those that it read."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

from api.analysis.replay.document import Fate
from api.output.record import SHIPPED, Record, without_times

RESULT = "result.json"


def file_fates(record: Record, folder: Path) -> dict[str, Fate]:
    """The files in the folder of a run that are no longer what the run wrote, result.json's times aside."""
    fates = {name: _fate(folder / name, digest) for name, digest in record.document.outputs.items()}
    fates[RESULT] = _fate_of_result(record, folder / RESULT)
    return {name: fate for name, fate in fates.items() if fate}


def read(record: Record, folder: Path) -> dict[str, Fate] | None:
    """The files that a run read from the folder, and rule sets that ship, which are no longer what they were.

    None where the folder does not hold the scenario.
    """
    document = record.document
    if not (folder / document.scenario).is_file():
        return None
    fates = {name: _fate(_now(folder, name), digest) for name, digest in document.inputs.items()}
    return {name: fate for name, fate in fates.items() if fate}


def _now(folder: Path, name: str) -> Path | None:
    from rules import library

    return library(name.removeprefix(SHIPPED)) if name.startswith(SHIPPED) else folder / name


def _fate(file: Path | None, digest: str) -> Fate | None:
    try:
        content = file.read_bytes() if file else None
    except OSError:
        content = None
    if content is None:
        return "gone"
    return None if sha256(content).hexdigest() == digest else "changed"


def _fate_of_result(record: Record, file: Path) -> Fate | None:
    try:
        found = json.loads(file.read_bytes())
    except OSError:
        return "gone"
    except (ValueError, RecursionError):
        return "changed"
    same = isinstance(found, dict) and without_times(found) == record.answer
    return None if same else "changed"
