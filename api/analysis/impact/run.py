"""The impact of new rules: each scenario that lists the rule file, solved under the old and the new one."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

import numpy as np

from api.analysis.compare.build import against_part, side_part
from api.analysis.compare.comparison import Against, Moves, Side
from api.analysis.compare.run import Source, compared
from api.analysis.errors import InvalidRequest
from api.analysis.impact.document import BeyondPart, ImpactDocument, ImpactRequest, ScenarioImpact
from api.analysis.request import Context, Pool
from rules import library
from rules.load import Loaded, load, scenario_file
from scenarios import Finding, Refused, Report, Scenario, read_scenario, read_yaml
from scenarios.diff.blend_tables import portable

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
    old: Loaded
    """Under the old rules."""
    new: Loaded
    """Under the new ones."""


@dataclass(frozen=True, eq=False)
class Matched:
    """What new rules are tried on."""

    old: Path
    new: Path
    concerned: tuple[Concerned, ...]
    """Scenarios that list the rules."""
    others: tuple[Path, ...]
    """Those that do not."""
    findings: tuple[Finding, ...]
    """The doubts about any version of any of them."""


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


def impact(
    old: Path, new: Path, scenarios: Sequence[Path], request: ImpactRequest, context: Context
) -> ImpactDocument:
    """What new rules do to the scenarios in files.

    Raises InvalidRequest where none of them lists the rules, Refused for mistakes in any version of any.
    """
    return impact_document(impacts(match(old, new, scenarios, request), request, context), request)


def match(old: Path, new: Path, scenarios: Sequence[Path], request: ImpactRequest) -> Matched:
    """The scenarios that list the rules. Raises InvalidRequest if there are none, Refused for mistakes."""
    paths, files = tuple(dict.fromkeys(map(scenario_file, scenarios))), swaps(old, new)
    found = [versions(path, files, as_of=request.as_of) for path in paths]
    findings = tuple(dict.fromkeys(each for _, its in found for each in its))
    if any(finding.severity == "error" for finding in findings):
        raise Refused(findings)
    concerned = tuple(each for each, _ in found if each is not None)
    if not concerned:
        names = " or ".join(str(each.name) for each in files)
        raise InvalidRequest("", f"none of the scenarios lists {names}.")
    known = {each.path for each in concerned}
    return Matched(old, new, concerned, tuple(path for path in paths if path not in known), findings)


@dataclass(frozen=True, eq=False)
class Impacts:
    """What new rules do to several scenarios."""

    matched: Matched
    found: tuple[Impact, ...]
    """In the order of the scenarios."""


def impacts(matched: Matched, request: ImpactRequest, context: Context) -> Impacts:
    """What the new rules do to each scenario that lists them."""
    found = (
        impact_on(each, context.pool, gate=request.max_move, why=request.why) for each in matched.concerned
    )
    return Impacts(matched, tuple(found))


def impact_document(impacts: Impacts, request: ImpactRequest) -> ImpactDocument:
    """The impacts as a document."""
    return ImpactDocument(
        old=str(impacts.matched.old),
        new=str(impacts.matched.new),
        max_move=None if request.max_move is None else float(request.max_move),
        tripped=any(each.over for each in impacts.found),
        scenarios=tuple(_scenario(each, request.most) for each in impacts.found),
        not_concerned=tuple(map(str, impacts.matched.others)),
    )


def _scenario(found: Impact, most: int | None) -> ScenarioImpact:
    moved, after = found.against.moves, found.against.side
    names = found.before.names.and_of(after.names)
    return ScenarioImpact(
        file=str(found.path),
        scenario=after.name,
        before=side_part(found.before),
        after=side_part(after),
        beyond_the_gate=()
        if moved is None
        else tuple(
            BeyondPart(
                **names.of(moved.partner[row]), metric=moved.metric[row], period=moved.period[row] or None
            )
            for row in found.over
        ),
        moved=against_part(found.against, found.before, most=most),
    )


def swaps(old: Path, new: Path) -> list[Swap]:
    """The rule files of two versions: two files, or the files of two folders by their paths within.

    Raises UsageError where there are none.
    """
    for path in (old, new):
        if not path.exists():
            raise InvalidRequest("", f"there is no {path}.")
    if old.is_dir() != new.is_dir():
        raise InvalidRequest("", "OLD and NEW are two rule files, or two folders of them.")
    if not old.is_dir():
        return [Swap(PurePosixPath(old.name), old, new)]
    inside = {path.relative_to(at) for at in (old, new) for path in at.rglob("*") if path.suffix in _YAML}
    if not inside:
        raise InvalidRequest("", f"neither {old} nor {new} holds a rule file.")
    return [Swap(PurePosixPath(path.as_posix()), old / path, new / path) for path in sorted(inside)]


def versions(
    path: Path, swaps: Sequence[Swap], *, as_of: date | None
) -> tuple[Concerned | None, tuple[Finding, ...]]:
    """The scenario under old and new rules, None if it lists neither or has mistakes; and its findings."""
    report = Report()
    scenario = read_scenario(path, report, library=library, as_of=as_of)
    if scenario is None:
        return None, report.findings
    swapped = _listed(scenario, swaps)
    if not swapped:
        return None, ()
    found: dict[Finding, None] = {}
    loaded = []
    for newer in (False, True):
        files = {name: swap.new if newer else swap.old for name, swap in swapped.items()}
        each, findings = _read(path, scenario, files, as_of)
        found |= dict.fromkeys(findings)
        loaded += [replace(each, scenario=portable(each.scenario))] if each else []
    return Concerned(path, *loaded) if len(loaded) == 2 else None, tuple(found)


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
    data = read_yaml(path, Report(), name=path.name) if path.suffix in _YAML else {"scenario": ""}
    return data is None or "scenario" not in data


def _read(
    path: Path, scenario: Scenario, files: Mapping[str, Path], as_of: date | None
) -> tuple[Loaded | None, tuple[Finding, ...]]:
    """The scenario with other files in the places of some of its own; findings name these."""
    with TemporaryDirectory(prefix="cascade-impact-") as folder:
        for name in scenario.inputs:
            source = files.get(name, scenario.root / name)
            if not name.startswith("library:") and source.is_file():
                (Path(folder) / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, Path(folder) / name)
        try:
            loaded = load(Path(folder) / path.name, as_of=as_of)
        except Refused as refused:
            return None, tuple(_placed(path, finding, files) for finding in refused.findings)
    return loaded, tuple(_placed(path, finding, files) for finding in loaded.findings)


def _placed(path: Path, finding: Finding, files: Mapping[str, Path]) -> Finding:
    """The finding with its file as seen from here."""
    file = files.get(finding.place.file, path.parent / finding.place.file)
    return replace(finding, place=replace(finding.place, file=str(file)))


def impact_on(concerned: Concerned, pool: Pool, *, gate: Fraction | None, why: bool) -> Impact:
    """What the new rules do to a scenario, and which of its targets move beyond the gate."""
    sources = [Source("old rules", concerned.old), Source("new rules", concerned.new)]
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
