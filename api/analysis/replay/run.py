"""Replaying a record: solve again from its own copies, and compare the answer with the one it holds."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from api.analysis.replay import changes_since
from api.analysis.replay.document import (
    Fate,
    FileFate,
    ReplayDocument,
    TargetFate,
    VersionFate,
)
from api.analysis.replay.reader import Recorded, find, open_record, unpack
from api.output.csv import csv_text
from api.output.partner_names import PartnerNames
from api.output.record import LIBRARY, OUTSIDE, Record
from api.output.result_json import Circumstances
from api.output.result_parts import ResultDocument
from api.output.tables import targets_table
from api.output.write import WORKBOOK, write_outputs
from rules.load import load
from solver import Allocation, allocate

_COMPARED_ELSEWHERE = (*OUTSIDE, "outputs")
_NUMBERS = ("target", "assigned")


@dataclass(frozen=True, eq=False)
class Replay:
    """What solving again came to."""

    record: Record
    result: ResultDocument
    """What result.json says now."""
    answer: tuple[str, ...]
    """Keys of result.json that differ; times and versions aside."""
    targets: tuple[TargetFate, ...]
    """Every target that differs."""

    @property
    def files(self) -> dict[str, tuple[str | None, str | None]]:
        """Every file of then and now, with the SHA-256 of both."""
        then, now = self.record.document.outputs, self.result.outputs
        return {name: (then.get(name), now.get(name)) for name in dict.fromkeys((*then, *now))}

    @property
    def other_versions(self) -> dict[str, VersionFate]:
        """What computes in another version now than then."""
        then = {**self.record.document.versions, **self.record.document.engines}
        now = {**self.result.versions, **self.result.engines}
        return {
            name: VersionFate(then=then.get(name), now=now.get(name))
            for name in dict.fromkeys((*then, *now))
            if then.get(name) != now.get(name)
        }


def replay(path: Path, *, beside: Path | None = None) -> ReplayDocument:
    """The run of a record, or of the folder it lies in, solved again.

    What the run has read is looked for in the folder `beside`, in the one above the record's if left out.
    Raises InvalidRequest for what is no record, Refused if this version finds mistakes in what was solved,
    OSError for want of room.
    """
    file = find(path)
    record = open_record(file)
    where = beside or file.resolve().parent.parent
    fates = changes_since.file_fates(record, path) if path.is_dir() else {}
    return _document(solve_again(record), fates, changes_since.read(record, where))


def solve_again(record: Record) -> Replay:
    """The replay. Raises Refused if this version finds mistakes in what was solved, OSError for want of room."""
    document = record.document
    with TemporaryDirectory(prefix="cascade-replay-") as name:
        folder = Path(name)
        loaded = load(
            unpack(record, folder),
            as_of=document.day,
            library=partial(_shipped, folder),
            outside=Recorded(record),
        )
        allocation = allocate(loaded.scenario, loaded.book)
        circumstances = Circumstances(loaded.findings, document.options.as_of)
        with_workbook = WORKBOOK in document.outputs
        made = write_outputs(allocation, circumstances, folder / "out", workbook=with_workbook, record=False)
    names = PartnerNames.of_table(loaded.scenario.table)
    return Replay(
        record=record,
        result=made,
        answer=tuple(_differing(record.answer, made.data())),
        targets=()
        if made.outputs == document.outputs
        else tuple(_moved(record.targets, _now(allocation), names)),
    )


def _document(
    found: Replay, outputs_since: Mapping[str, Fate], read: Mapping[str, Fate] | None
) -> ReplayDocument:
    files = {
        name: FileFate(same=then == now, then=then, now=now, since=outputs_since.get(name))
        for name, (then, now) in found.files.items()
    }
    files[changes_since.RESULT] = FileFate(
        same=not found.answer, then=None, now=None, since=outputs_since.get(changes_since.RESULT)
    )
    return ReplayDocument(
        same=all(file.same for file in files.values()) and not outputs_since,
        scenario=found.result.scenario.name,
        file=found.record.document.scenario,
        state=found.record.document.state,
        files=files,
        result=found.answer,
        targets=found.targets,
        versions=found.other_versions,
        read_since=None if read is None else dict(read),
    )


def _shipped(folder: Path, name: str) -> Path | None:
    """A rule set as it shipped then."""
    path = folder / LIBRARY / f"{name}.yaml"
    return path if name.isidentifier() and path.is_file() else None


def _differing(then: Mapping[str, object], now: Mapping[str, object]) -> Iterator[str]:
    """The keys under which two answers differ."""
    for key in dict.fromkeys((*then, *now)):
        if key not in _COMPARED_ELSEWHERE and (key in then, then.get(key)) != (key in now, now.get(key)):
            yield key


def _now(allocation: Allocation) -> bytes | None:
    return None if allocation.rounded is None else csv_text(targets_table(allocation))


def _moved(then: bytes | None, now: bytes | None, names: PartnerNames) -> Iterator[TargetFate]:
    """Every target that differs, in the order of then; those that are new last."""
    if then == now:
        return
    was, became = _cells(then), _cells(now)
    for key in dict.fromkeys((*was, *became)):
        if was.get(key) != became.get(key):
            partner, metric, period, column = key
            yield TargetFate(
                **names.of(partner),
                metric=metric,
                period=period or None,
                column=column,
                then=was.get(key),
                now=became.get(key),
            )


def _cells(text: bytes | None) -> dict[tuple[str, str, str, str], str]:
    """What each column of numbers says of each partner, metric and period."""
    if text is None:
        return {}
    rows = csv.DictReader(io.StringIO(text.decode(), newline=""))
    return {
        (row.get("partner", ""), row.get("metric", ""), row.get("period", ""), column): str(row.get(column))
        for row in rows
        for column in _NUMBERS
        if column in row
    }
