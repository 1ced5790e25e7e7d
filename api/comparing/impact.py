"""The impact of new rules: each scenario that lists the rule file, solved under the old and the new one."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click
import numpy as np

from api.comparing.sides import Source, compared

if TYPE_CHECKING:
    from api.asking import Asked
    from api.comparing.pool import Pool
    from scenarios import Finding, Scenario
    from scenarios.compare import Against, Moves, Side

_YAML = (".yaml", ".yml")


@dataclass(frozen=True)
class Swap:
    """A rule file in its old and its new version."""

    name: PurePosixPath
    """How scenarios end the path by which they list it."""
    old: Path
    """Where the old one lies."""
    new: Path
    """Where the new one lies."""


@dataclass(frozen=True, eq=False)
class Concerned:
    """A scenario that lists a rule file, under its old and its new version."""

    path: Path
    """The scenario file."""
    old: Asked
    """Under the old rules."""
    new: Asked
    """Under the new ones."""


@dataclass(frozen=True, eq=False)
class Impact:
    """What the new rules do to one scenario."""

    path: Path
    """The scenario file."""
    before: Side
    """Under the old rules."""
    against: Against
    """Under the new ones, against the old."""
    over: tuple[int, ...]
    """The rows of the moves that go beyond the gate, the furthest first."""


def swaps(old: Path, new: Path) -> list[Swap]:
    """The rule files of two versions: two files, or the files of two folders by their paths within.

    Raises UsageError where there are none.
    """
    for path in (old, new):
        if not path.exists():
            raise click.UsageError(f"there is no {path}.")
    if old.is_dir() != new.is_dir():
        raise click.UsageError("OLD and NEW are two rule files, or two folders of them.")
    if not old.is_dir():
        return [Swap(PurePosixPath(old.name), old, new)]
    inside = {path.relative_to(at) for at in (old, new) for path in at.rglob("*") if path.suffix in _YAML}
    if not inside:
        raise click.UsageError(f"neither {old} nor {new} holds a rule file.")
    return [Swap(PurePosixPath(path.as_posix()), old / path, new / path) for path in sorted(inside)]


def versions(
    path: Path, swaps: Sequence[Swap], *, as_of: date | None
) -> tuple[Concerned | None, tuple[Finding, ...]]:
    """The scenario under old and new rules, None if it lists neither or has mistakes; and its findings."""
    from rules import library
    from scenarios import Report, read_scenario
    from scenarios.mixing import portable

    report = Report()
    scenario = read_scenario(path, report, library=library, as_of=as_of)
    if scenario is None:
        return None, report.findings
    swapped = _listed(scenario, swaps)
    if not swapped:
        return None, ()
    found: dict[Finding, None] = {}
    asked = []
    for newer in (False, True):
        files = {name: swap.new if newer else swap.old for name, swap in swapped.items()}
        each, findings = _read(path, scenario, files, as_of)
        found |= dict.fromkeys(findings)
        asked += [replace(each, scenario=portable(each.scenario))] if each else []
    return Concerned(path, *asked) if len(asked) == 2 else None, tuple(found)


def _listed(scenario: Scenario, swaps: Sequence[Swap]) -> dict[str, Swap]:
    """The rule files of the scenario that are swapped, by the names it has for them."""
    found = {}
    for name in scenario.inputs:
        parts = PurePosixPath(name).parts
        fitting = [swap for swap in swaps if parts[-len(swap.name.parts) :] == swap.name.parts]
        if fitting and not name.startswith("library:") and _is_rule_file(scenario.root / name):
            found[name] = max(fitting, key=lambda swap: len(swap.name.parts))
    return found


def _is_rule_file(path: Path) -> bool:
    """Whether a YAML file is no scenario."""
    from scenarios import Report
    from scenarios.source import read_yaml

    data = read_yaml(path, Report(), name=path.name) if path.suffix in _YAML else {"scenario": ""}
    return data is None or "scenario" not in data


def _read(
    path: Path, scenario: Scenario, files: Mapping[str, Path], as_of: date | None
) -> tuple[Asked | None, tuple[Finding, ...]]:
    """The scenario with other files in the places of some of its own; findings name these."""
    from api.asking import read
    from scenarios import Refused

    with TemporaryDirectory(prefix="cascade-impact-") as folder:
        for name in scenario.inputs:
            source = files.get(name, scenario.root / name)
            if not name.startswith("library:") and source.is_file():
                (Path(folder) / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, Path(folder) / name)
        try:
            asked = read(Path(folder) / path.name, as_of=as_of)
        except Refused as refused:
            return None, tuple(_placed(path, finding, files) for finding in refused.findings)
    return asked, tuple(_placed(path, finding, files) for finding in asked.findings)


def _placed(path: Path, finding: Finding, files: Mapping[str, Path]) -> Finding:
    """The finding with its file as seen from here."""
    file = files.get(finding.place.file, path.parent / finding.place.file)
    return replace(finding, place=replace(finding.place, file=str(file)))


def impact(concerned: Concerned, pool: Pool, *, gate: Fraction | None, why: bool) -> Impact:
    """What the new rules do to a scenario, and which of its targets move beyond the gate."""
    sources = [Source(Path("old rules"), concerned.old), Source(Path("new rules"), concerned.new)]
    comparison = compared(sources, pool, why=why)
    before, against = comparison.sides[0], comparison.against_first[0]
    over: tuple[int, ...] = ()
    if gate is not None and against.moves is not None:
        over = _beyond(against.moves, concerned.new.scenario, gate)
    named = replace(against, side=replace(against.side, name=concerned.new.scenario.name))
    return Impact(concerned.path, before, named, over)


def _beyond(moves: Moves, scenario: Scenario, gate: Fraction) -> tuple[int, ...]:
    """The rows that move by more than the gate allows, and by more than one unit of rounding."""
    size = moves.change.maximum(-moves.change)
    beyond = size > moves.before * gate
    for name, metric in scenario.metrics.items():
        beyond &= (size > metric.round_to) | ~moves.of(name)
    rows = np.flatnonzero(beyond)
    order = np.lexsort((moves.partner[rows].astype(str), -np.round(np.abs(moves.relative[rows]), 12)))
    return tuple(rows[order].tolist())
