"""The record of a run made later, from what was kept of it; the same bytes as if it had been made then."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from api.output.columns import TARGETS
from api.output.record import FILE
from api.output.record_writer import keep
from api.output.result_parts import ResultDocument
from rules.load import load


def record_of(folder: Path, result: bytes, allocation: bytes | None) -> bytes:
    """The record of the scenario in the folder, which had this result.json and this allocation.csv.

    Raises Refused if this version finds mistakes in what was solved then.
    """
    document = ResultDocument.model_validate_json(result)
    scenario = load(folder, as_of=document.times.as_of).scenario
    keep(folder / FILE, scenario, document, _targets(allocation) if allocation else None)
    return (folder / FILE).read_bytes()


def _targets(allocation: bytes) -> bytes:
    """The columns of the allocation that say what is asked of whom."""
    header, *rows = csv.reader(io.StringIO(allocation.decode(), newline=""))
    wanted = [header.index(column.name) for column in TARGETS if column.name in header]
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([row[i] for i in wanted] for row in (header, *rows))
    return text.getvalue().encode()
