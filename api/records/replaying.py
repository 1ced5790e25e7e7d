"""Replaying a record: solve again from its own copies, and compare the answer with the one it holds."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from api.asking import read
from api.outputs.result import result_text
from api.records.opening import unpack
from api.records.record import LIBRARY, OUTSIDE, Record

if TYPE_CHECKING:
    from solver import Allocation

_TOLD_ELSEWHERE = (*OUTSIDE, "outputs")
_NUMBERS = ("target", "assigned")


@dataclass(frozen=True)
class Differing:
    """A target that is another now."""

    partner: str
    metric: str
    period: str
    """Empty where there are no periods."""
    column: str
    """`target`, or `assigned`."""
    then: str | None
    now: str | None
    """None where there is none."""


@dataclass(frozen=True, eq=False)
class Replay:
    """What solving again came to."""

    record: Record
    outputs: Mapping[str, str]
    """SHA-256 of every file that was made now."""
    versions: Mapping[str, str]
    """Of all that computes, now."""
    answer: tuple[str, ...]
    """Keys of result.json that differ; times and versions aside."""
    targets: tuple[Differing, ...]
    """Every target that differs."""

    @property
    def files(self) -> dict[str, bool]:
        """Every file of then and now, and whether its bytes are the same."""
        then = self.record.document.outputs
        names = dict.fromkeys((*then, *self.outputs))
        return {name: then.get(name) == self.outputs.get(name) for name in names}

    @property
    def same(self) -> bool:
        """Whether all is the same to the byte; times and versions aside."""
        return all(self.files.values()) and not self.answer

    @property
    def other_versions(self) -> dict[str, tuple[str | None, str | None]]:
        """What computes in another version now than then: both."""
        then = {**self.record.document.versions, **self.record.document.engines}
        names = dict.fromkeys((*then, *self.versions))
        pairs = {name: (then.get(name), self.versions.get(name)) for name in names}
        return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def replay(record: Record) -> Replay:
    """The replay. Raises Refused if this version finds mistakes in what was asked, OSError for want of room."""
    from api.outputs import Circumstances, write_outputs
    from api.outputs.write import WORKBOOK
    from solver import allocate

    told = record.document
    with TemporaryDirectory(prefix="cascade-replay-") as name:
        folder = Path(name)
        asked = read(unpack(record, folder), as_of=told.day, library=partial(_shipped, folder))
        allocation = allocate(asked.scenario, asked.book)
        circumstances = Circumstances(asked.findings, told.options.as_of)
        with_workbook = WORKBOOK in told.outputs
        made = write_outputs(allocation, circumstances, folder / "out", workbook=with_workbook, record=False)
    return Replay(
        record=record,
        outputs=made["outputs"],
        versions={**made["versions"], **made["engines"]},
        answer=tuple(_differing(record.answer, json.loads(result_text(made)))),
        targets=() if made["outputs"] == told.outputs else tuple(_moved(record.targets, _now(allocation))),
    )


def _shipped(folder: Path, name: str) -> Path | None:
    """A rule set as it shipped then."""
    path = folder / LIBRARY / f"{name}.yaml"
    return path if name.isidentifier() and path.is_file() else None


def _differing(then: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    """The keys under which two answers differ."""
    for key in dict.fromkeys((*then, *now)):
        if key not in _TOLD_ELSEWHERE and (key in then, then.get(key)) != (key in now, now.get(key)):
            yield key


def _now(allocation: Allocation) -> bytes | None:
    from api.outputs.lines import csv_text
    from api.outputs.tables import targets_table

    return None if allocation.rounded is None else csv_text(targets_table(allocation))


def _moved(then: bytes | None, now: bytes | None) -> Iterator[Differing]:
    """Every target that differs, in the order of then; those that are new last."""
    if then == now:
        return
    was, became = _cells(then), _cells(now)
    for key in dict.fromkeys((*was, *became)):
        if was.get(key) != became.get(key):
            yield Differing(*key, was.get(key), became.get(key))


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
