"""Linting: doubts about rules, reported where they stand in every scenario that has the rule."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from api.analysis.request import Request
from api.output.document import Document
from api.output.findings import Findings, finding_parts
from api.output.numbers import counted
from api.output.progress import Progress, silent
from api.output.solve_state import State
from rules.incentives import read_incentives, scored_and_paid
from rules.key_results import objective_doubts, read_objectives
from rules.load import Loaded, load, scenario_file
from scenarios import Finding, Place, Refused, Report
from solver import Allocation, allocate
from solver.incentives.cliffs import cliffs
from solver.questions.lint import Doubt, lint

Key = tuple[str, str]
"""The file and line of a rule, and its name."""
LintState = State | Literal["refused", "unsolved"]


class LintRequest(Request):
    """Rules that match no one, never bind, are implied by others, are repeated or can never hold."""

    solve: bool = True
    """Look also at what binds in the answers."""


class LintedScenario(Document):
    """What became of one scenario."""

    file: str
    state: LintState
    """refused: there are mistakes; unsolved: it was not asked for; else of its solve."""
    reason: str | None
    """Why its rules are judged by the other scenarios alone."""


class LintDocument(Findings):
    """Doubts about rules, and the scenarios that they were found in."""

    scenarios: tuple[LintedScenario, ...]


@dataclass(frozen=True, eq=False)
class Linted:
    """What became of one scenario."""

    path: Path
    """Its file."""
    findings: tuple[Finding, ...]
    """What reading found."""
    loaded: Loaded | None = None
    """None where it has mistakes."""
    allocation: Allocation | None = None
    """Its answer; None where it was not solved."""
    doubts: tuple[Doubt, ...] = ()
    """What is doubtful about its rules, without solving."""

    @property
    def state(self) -> LintState:
        """refused, unsolved, or the state of its allocation."""
        if self.loaded is None:
            return "refused"
        return "unsolved" if self.allocation is None else self.allocation.state

    @property
    def is_sound(self) -> bool:
        """Whether its rules can hold, so that doubts about single ones make sense."""
        return self.state in ("unsolved", "succeeded")

    def keys(self) -> dict[str, Key]:
        """The name of each rule of its files to its key; adjustments are no one's rules."""
        if self.loaded is None:
            return {}
        entries = (*self.loaded.scenario.targets, *self.loaded.scenario.rules)
        return {entry.name: (str(_from_here(self.path, entry.place)), entry.name) for entry in entries}

    def inactive(self) -> Iterator[str]:
        """The rules that have rows and that its answer shows without effect."""
        if self.allocation is None:
            return
        for effect, rows in zip(self.allocation.effects, self.allocation.book.rows, strict=True):
            if effect.held and not effect.binding and len(rows):
                yield effect.rule


def lint_scenarios(paths: Sequence[Path], request: LintRequest, progress: Progress = silent) -> LintDocument:
    """The doubts about the rules of the scenarios in files, each scenario once."""
    found: list[Linted] = []
    files = dict.fromkeys(map(scenario_file, paths))
    for number, path in enumerate(files):
        progress(path.name, number / len(files))
        found.append(_linted(path, request))
    return LintDocument(
        findings=finding_parts(_findings(found)),
        scenarios=tuple(
            LintedScenario(file=str(each.path), state=each.state, reason=_reason(each)) for each in found
        ),
    )


def _linted(path: Path, request: LintRequest) -> Linted:
    try:
        loaded = load(path, as_of=request.as_of)
    except Refused as refused:
        return Linted(path, _placed(path, refused.findings))
    allocation = allocate(loaded.scenario, loaded.book) if request.solve else None
    findings = (*loaded.findings, *_of_goals(loaded))
    return Linted(path, _placed(path, findings), loaded, allocation, lint(loaded.book))


def _of_goals(loaded: Loaded) -> Iterator[Finding]:
    """Doubts about objectives and incentives."""
    scenario, frame, known = loaded.scenario, loaded.book.frame.year, Report()
    objectives = read_objectives(scenario, frame, known)
    yield from objective_doubts(objectives, frame)
    if incentives := read_incentives(scenario, frame, known):
        yield from cliffs(incentives)
        yield from scored_and_paid(incentives, objectives)


def _reason(linted: Linted) -> str | None:
    return {"infeasible": "the rules conflict", "failed": "the solve failed"}.get(linted.state)


def _findings(linted: Sequence[Linted]) -> tuple[Finding, ...]:
    """In file order: what reading found, and doubts that stand wherever the rule does."""
    report = Report()
    for each in linted:
        for finding in each.findings:
            report.add(finding)
    for finding in _doubts([each for each in linted if each.is_sound]):
        report.add(finding)
    return report.findings


def _doubts(linted: Sequence[Linted]) -> Iterator[Finding]:
    places = {key: place for each in linted for key, place in _places(each).items()}
    for key, place in places.items():
        having = [each for each in linted if key in each.keys().values()]
        found = [next((d for d in each.doubts if d.rule == key[1]), None) for each in having]
        codes = {doubt.code if doubt else "" for doubt in found}
        if found[0] and len(codes) == 1:
            yield Finding(found[0].code, place, found[0].message, found[0].remedy, "warning")
        elif not any(found) and all(key[1] in each.inactive() for each in having):
            yield _never_bound(key[1], place, len(having))


def _never_bound(name: str, place: Place, scenarios: int) -> Finding:
    where = "this scenario" if scenarios == 1 else f"any of {counted(scenarios, 'scenario')}"
    message = f"{name!r} binds no partner in {where}"
    return Finding("rule-never-bound", place, message, "Ask whether it is still needed.", "warning")


def _places(linted: Linted) -> dict[Key, Place]:
    if linted.loaded is None:
        return {}
    places = linted.loaded.book.places
    return {key: _from_here(linted.path, places[name]) for name, key in linted.keys().items()}


def _placed(path: Path, found: Sequence[Finding]) -> tuple[Finding, ...]:
    return tuple(replace(finding, place=_from_here(path, finding.place)) for finding in found)


def _from_here(path: Path, place: Place) -> Place:
    """The place as seen from where the command runs, so that scenarios of several folders go together."""
    shipped = place.file.startswith("library:")
    return place if shipped else replace(place, file=str(path.parent / place.file))
