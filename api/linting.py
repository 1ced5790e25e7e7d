"""Linting: doubts about rules over several scenarios, told where they stand in all that have the rule."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from api.asking import Asked, read
from api.outputs.layout import counted
from scenarios import Finding, Place, Refused, Report
from solver import Allocation, allocate
from solver.lint import Doubt, lint

Key = tuple[str, str]
"""The file and line of a rule, and its name."""


@dataclass(frozen=True, eq=False)
class Looked:
    """What became of one scenario."""

    path: Path
    """Its file."""
    findings: tuple[Finding, ...]
    """What reading found."""
    asked: Asked | None = None
    """What it asks; None where it has mistakes."""
    allocation: Allocation | None = None
    """Its answer; None where it was not solved."""
    doubts: tuple[Doubt, ...] = ()
    """What is doubtful about its rules, without solving."""

    @property
    def state(self) -> str:
        """refused, unsolved, or the state of its allocation."""
        if self.asked is None:
            return "refused"
        return "unsolved" if self.allocation is None else self.allocation.state

    @property
    def is_sound(self) -> bool:
        """Whether its rules can hold, so that doubts about single ones make sense."""
        return self.state in ("unsolved", "succeeded")

    def keys(self) -> dict[str, Key]:
        """The name of each rule of its files to its key; adjustments are nobody's rules."""
        if self.asked is None:
            return {}
        entries = (*self.asked.scenario.targets, *self.asked.scenario.rules)
        return {entry.name: (str(_shown(self.path, entry.place)), entry.name) for entry in entries}

    def idle(self) -> Iterator[str]:
        """The rules that ask something and that its answer shows without effect."""
        if self.allocation is None:
            return
        for effect, rows in zip(self.allocation.effects, self.allocation.book.rows, strict=True):
            if effect.held and not effect.binding and len(rows):
                yield effect.rule


def look(path: Path, *, as_of: date | None, solve: bool) -> Looked:
    """What there is to say about the scenario in a file."""
    try:
        asked = read(path, as_of=as_of)
    except Refused as refused:
        return Looked(path, _placed(path, refused.findings))
    allocation = allocate(asked.scenario, asked.book) if solve else None
    return Looked(path, _placed(path, asked.findings), asked, allocation, lint(asked.book))


def findings(looked: Sequence[Looked]) -> tuple[Finding, ...]:
    """Everything found, in file order: what reading found, and doubts that stand wherever the rule does."""
    report = Report()
    for each in looked:
        for finding in each.findings:
            report.add(finding)
    for finding in _doubts([each for each in looked if each.is_sound]):
        report.add(finding)
    return report.findings


def lines_on_conflicts(looked: Sequence[Looked]) -> Iterator[str]:
    """What is to be said of scenarios whose rules were not looked at."""
    for each in looked:
        if each.state in ("infeasible", "failed"):
            said = "the rules conflict" if each.state == "infeasible" else "the solve failed"
            yield f"{each.path}: {said}; its rules are judged by the other scenarios alone"


def document(looked: Sequence[Looked]) -> list[dict[str, Any]]:
    """The scenarios, as --json names them."""
    return [{"file": str(each.path), "state": each.state} for each in looked]


def _doubts(looked: Sequence[Looked]) -> Iterator[Finding]:
    places = {key: place for each in looked for key, place in _places(each).items()}
    for key, place in places.items():
        having = [each for each in looked if key in each.keys().values()]
        found = [next((d for d in each.doubts if d.rule == key[1]), None) for each in having]
        codes = {doubt.code if doubt else "" for doubt in found}
        if found[0] and len(codes) == 1:
            yield Finding(found[0].code, place, found[0].message, found[0].remedy, "warning")
        elif not any(found) and all(key[1] in each.idle() for each in having):
            yield _never_bound(key[1], place, len(having))


def _never_bound(name: str, place: Place, scenarios: int) -> Finding:
    where = "this scenario" if scenarios == 1 else f"any of {counted(scenarios, 'scenario')}"
    message = f"{name!r} binds nobody in {where}"
    return Finding("rule-never-bound", place, message, "Ask whether it is still needed.", "warning")


def _places(looked: Looked) -> dict[Key, Place]:
    keys = looked.keys()
    return (
        {}
        if looked.asked is None
        else {key: _shown(looked.path, looked.asked.book.places[name]) for name, key in keys.items()}
    )


def _placed(path: Path, found: Sequence[Finding]) -> tuple[Finding, ...]:
    return tuple(replace(finding, place=_shown(path, finding.place)) for finding in found)


def _shown(path: Path, place: Place) -> Place:
    """The place as seen from where the command runs, so that scenarios of several folders go together."""
    shipped = place.file.startswith("library:")
    return place if shipped else replace(place, file=str(path.parent / place.file))
