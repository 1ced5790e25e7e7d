"""A suite: a rule file, and the cases that stand beside it in `NAME.cases.yaml`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rules.cases import Case, read_placed_cases
from rules.read import read_rule
from rules.rule import Rule
from scenarios import Entry, Place, Report
from scenarios.findings.validate import validate
from scenarios.forms import RuleFileForm
from scenarios.yaml.parse import List, Map, read_yaml

_ANY = ("the only metric",)
"""A rule may leave its metric to the case's scenario."""


@dataclass(frozen=True)
class RuleUnderTest:
    """A rule of the file under test."""

    data: Mapping[str, Any]
    """Its fields as written."""
    rule: Rule
    """The same, validated; its metric may be left open."""
    place: Place
    """Where it begins."""


@dataclass(frozen=True)
class Example:
    """A case with its place."""

    case: Case
    """What is expected."""
    place: Place
    """Where it begins."""


@dataclass(frozen=True)
class Suite:
    """Rules and the cases that put them under test."""

    rules: Mapping[str, RuleUnderTest]
    """By name, in the order of the file."""
    examples: tuple[Example, ...]
    """In the order of the file."""


def cases_beside(path: Path) -> Path:
    """Where the cases of a rule file stand: `rules.cases.yaml` for `rules.yaml`."""
    return path.with_name(f"{path.stem}.cases{path.suffix}")


def read_suite(path: Path, report: Report, *, cases: Path | None = None) -> Suite | None:
    """The rules in a file with their cases, beside it or in the file given; None after reporting mistakes.

    A file that holds cases itself is a suite whose cases write their rules out.
    """
    data = read_yaml(path, report, name=str(path))
    if data is None:
        return None
    alone = "cases" in data and "rules" not in data
    rules = {} if alone else _rules(data, report)
    if report.has_errors:
        return None
    beside = path if alone else cases or cases_beside(path)
    if not beside.is_file():
        remedy = f"Write {beside.name}; `cascade test --help` shows how one begins."
        report.error("missing-file", Place(str(path)), f"there are no cases in {beside}", remedy)
        return None
    named = {name: dict(tested.data) for name, tested in rules.items()}
    placed = read_placed_cases(beside, report, rules=named, name=str(beside))
    return None if report.has_errors else Suite(rules, tuple(Example(*each) for each in placed))


def _rules(data: Map, report: Report) -> dict[str, RuleUnderTest]:
    found: dict[str, RuleUnderTest] = {}
    validate(RuleFileForm, data, report, what="a rule file")
    for entry in _entries(data.get("rules"), report):
        if entry.name in found:
            message = f"{entry.name!r} is defined at {found[entry.name].place} already"
            report.error("duplicate-name", entry.data.value_places["name"], message, "Rename one of them.")
        elif rule := read_rule(entry, _ANY, report):
            found[entry.name] = RuleUnderTest(entry.data, rule, entry.place)
    return found


def _entries(items: object, report: Report) -> Iterator[Entry]:
    if not isinstance(items, List):
        return
    for item, place in zip(items, items.places, strict=True):
        if not isinstance(item, Map) or not isinstance(item.get("name"), str):
            remedy = "Write name: and the fields of its kind."
            report.error("missing-field", place, "a rule has no name", remedy)
        else:
            yield Entry(item["name"], item, place, "rule")
