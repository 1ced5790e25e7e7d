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
    if data is None or not _is_no_scenario(data, report, due="a rule file"):
        return None
    alone = _holds_cases(data)
    if alone and (cases is not None or _names_rules(data)):
        remedy = f"Name the rule file: `cascade test {_rules_beside(path)}`, with --cases {path} if it is not beside it."
        report.error(
            "wrong-file", data.place, "this file holds cases of rules that are in another file", remedy
        )
        return None
    rules = {} if alone else _rules(data, report)
    if report.has_errors:
        return None
    beside = path if alone else cases or cases_beside(path)
    if not beside.is_file():
        remedy = f"Write {beside.name}; `cascade test --help` shows how one begins."
        report.error("missing-file", Place(str(path)), f"there are no cases in {beside}", remedy)
        return None
    if not alone and not _are_cases(beside, report):
        return None
    named = {name: dict(tested.data) for name, tested in rules.items()}
    placed = read_placed_cases(beside, report, rules=named, name=str(beside))
    return None if report.has_errors else Suite(rules, tuple(Example(*each) for each in placed))


def _holds_cases(data: Map) -> bool:
    return "cases" in data and "rules" not in data


def _names_rules(data: Map) -> bool:
    """Whether a case names a rule that is not written out."""
    found = data["cases"] if isinstance(data["cases"], List) else []
    asked = [(case.get("rule"), case.get("beside")) for case in found if isinstance(case, Map)]
    beside = [each for _, several in asked if isinstance(several, List) for each in several]
    return any(isinstance(each, str) for each in [*(rule for rule, _ in asked), *beside])


def _rules_beside(path: Path) -> str:
    """The rule file that cases in this file are about: `rules.yaml` for `rules.cases.yaml`."""
    stem = path.name.removesuffix(f".cases{path.suffix}")
    return str(path.with_name(f"{stem}{path.suffix}")) if stem != path.name else "RULES"


def _is_no_scenario(data: Map, report: Report, *, due: str) -> bool:
    """Whether the file is none that names a scenario; reports it where it is."""
    if not isinstance(data.get("scenario"), str):
        return True
    files = ", ".join(each for each in _listed(data.get("rules")) if isinstance(each, str))
    remedy = f"Name the rule file{f', such as {files}' if files else ''}."
    report.error("wrong-file", data.place, f"this file is a scenario, where {due} is due", remedy)
    return False


def _are_cases(path: Path, report: Report) -> bool:
    """Whether the file is one of cases, as far as can be seen; reports rules and scenarios in their place."""
    data = read_yaml(path, Report(), name=str(path))
    if data is None:
        return True
    if not _is_no_scenario(data, report, due="a file of cases"):
        return False
    if "rules" in data and "cases" not in data:
        remedy = f"Name the file of its cases, such as {cases_beside(path).name}."
        report.error("wrong-file", data.place, "this file holds rules, where a file of cases is due", remedy)
        return False
    return True


def _listed(value: object) -> List | tuple[()]:
    return value if isinstance(value, List) else ()


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
