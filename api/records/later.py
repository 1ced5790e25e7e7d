"""The record of a run made later, from what was kept of it; the same bytes as if it had been made then."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from pathlib import Path

from api.records.keeping import keep
from api.records.record import FILE

_TARGET_COLUMNS = ("partner", "metric", "period", "target", "assigned")


def record_of(folder: Path, result: bytes, allocation: bytes | None) -> bytes:
    """The record of the scenario in the folder, which had this result.json and this allocation.csv.

    Raises Refused if this version finds mistakes in what was solved then.
    """
    from api.asking import read

    told = json.loads(result)
    day = date.fromisoformat(told["times"]["as_of"])
    keep(folder / FILE, read(folder, as_of=day).scenario, told, _targets(allocation) if allocation else None)
    return (folder / FILE).read_bytes()


def _targets(allocation: bytes) -> bytes:
    """The columns of the allocation that say what is asked of whom."""
    header, *rows = csv.reader(io.StringIO(allocation.decode(), newline=""))
    wanted = [header.index(name) for name in _TARGET_COLUMNS if name in header]
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([row[i] for i in wanted] for row in (header, *rows))
    return text.getvalue().encode()
