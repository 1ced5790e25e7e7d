"""A replay for people and programs: the same or not, and what differs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import click

from api.outputs.layout import aligned, counted
from api.records.replaying import Differing, Replay
from api.records.since import RESULT, Fate

MOST = 10
"""How many differing targets a terminal gets to see."""


@dataclass(frozen=True, eq=False)
class Told:
    """A replay, with what has become of the files of its run."""

    replay: Replay
    written: Mapping[str, Fate]
    """Files of the run that are no longer as it wrote them."""
    read: Mapping[str, Fate] | None
    """Files that the run has read which are no longer what they were; None where nobody can say."""

    @property
    def same(self) -> bool:
        """Whether solving again gives what lies there, to the byte."""
        return self.replay.same and not self.written


def replay_document(told: Told) -> dict[str, Any]:
    """The replay as JSON."""
    replay, document = told.replay, told.replay.record.document
    return {
        "same": told.same,
        "scenario": document.resolved.get("scenario"),
        "state": document.state,
        "files": {
            name: {"same": same, "then": document.outputs.get(name), "now": replay.outputs.get(name)}
            for name, same in replay.files.items()
        },
        "result": list(replay.answer),
        "targets": {"differ": len(replay.targets), "which": [vars(each) for each in replay.targets]},
        "versions": {name: {"then": pair[0], "now": pair[1]} for name, pair in replay.other_versions.items()},
        "written_since": dict(told.written),
        "read_since": None if told.read is None else dict(told.read),
    }


def replay_lines(told: Told, *, folder: str) -> Iterator[str]:
    """The lines to print; `folder` is how people call the folder in which files read were looked for."""
    replay = told.replay
    name = str(replay.record.document.resolved.get("scenario"))
    yield click.style(f"{name}: {'the same to the byte' if told.same else 'not the same'}", bold=True)
    yield from aligned(_files(told), indent=2)
    if replay.answer:
        yield f"  in {RESULT}: {', '.join(replay.answer)}"
    yield from _targets(replay)
    yield from _versions(replay)
    yield from _since(told, folder)


def _files(told: Told) -> Iterator[tuple[str, str]]:
    """Every file of the run, and what is to be said of it."""
    files = {**told.replay.files, RESULT: not told.replay.answer}
    for name, same in files.items():
        made = "the same" if same else "differs"
        fate = told.written.get(name)
        yield name, made if fate is None else f"{made}, but {fate} since it was written"


def _targets(replay: Replay) -> Iterator[str]:
    if not replay.targets:
        return
    differ = "differs" if len(replay.targets) == 1 else "differ"
    yield ""
    yield click.style(f"{counted(len(replay.targets), 'target')} {differ}", bold=True)
    yield from aligned(
        [("partner", "metric", "", "then", "now"), *map(_target, replay.targets[:MOST])], right=(3, 4)
    )
    if len(replay.targets) > MOST:
        yield f"  … and {len(replay.targets) - MOST:,} more; --json names all of them"


def _target(target: Differing) -> tuple[str, ...]:
    kind = " ".join(
        part for part in (target.period, target.column if target.column != "target" else "") if part
    )
    return target.partner, target.metric, kind, target.then or "-", target.now or "-"


def _versions(replay: Replay) -> Iterator[str]:
    found = replay.other_versions
    if found:
        yield ""
        yield click.style("Solved by other versions", bold=True)
        rows = [(name, then or "-", now or "-") for name, (then, now) in found.items()]
        yield from aligned([("", "then", "now"), *rows])


def _since(told: Told, folder: str) -> Iterator[str]:
    scenario = told.replay.record.document.scenario
    yield ""
    if told.read is None:
        yield f"{scenario} is not in {folder}; name its folder with --beside to learn what has changed since."
    elif not told.read:
        yield f"Nothing that was read has changed in {folder} since."
    else:
        yield click.style(f"Changed in {folder} since, which the record does not follow", bold=True)
        yield from aligned(list(told.read.items()))
        yield "  cascade compare says what that moves"
