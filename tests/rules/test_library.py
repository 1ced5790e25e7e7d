"""The rule sets that ship: each rule is sound, and each column it uses is reported in the file's head."""

from pathlib import Path

import pytest
from builders import names_of

from rules import KINDS, Rule, library
from scenarios import Report
from scenarios.findings.validate import validate
from scenarios.yaml.parse import Map, read_yaml

NAMES = sorted(path.stem for path in (Path(__file__).parents[2] / "rules" / "library").glob("*.yaml"))
sets = pytest.mark.parametrize("name", NAMES)


def rules_of(name: str) -> list[Rule]:
    path, report = library(name), Report()
    assert path is not None
    data = read_yaml(path, report, name=path.name)
    assert data is not None
    found = [_rule(fields, report) for fields in data["rules"]]
    assert report.findings == ()
    return found


def _rule(fields: Map, report: Report) -> Rule:
    rule = validate(KINDS[fields["kind"]], fields, report, what=fields["kind"])
    assert rule is not None
    return rule


@sets
def test_every_rule_is_sound_and_has_a_name_and_a_reason(name: str) -> None:
    rules = rules_of(name)

    assert len({rule.name for rule in rules}) == len(rules) > 5
    assert all(rule.reason for rule in rules)


@sets
def test_its_head_names_every_column_and_metric(name: str) -> None:
    path = library(name)
    assert path is not None
    head = path.read_text().partition("\nrules:")[0]
    columns = names_of(*rules_of(name), to="number") | names_of(*rules_of(name), to="text")
    asked = {condition.column for rule in rules_of(name) for _, condition in rule.where.all_conditions()}

    assert {column for column in columns | asked if f"#   {column} " not in head} == set()
    assert {m for m in names_of(*rules_of(name), to="metric") if m not in head} == set()


def test_only_names_that_ship_are_found() -> None:
    assert NAMES == ["distributor", "msp", "reseller"]
    assert library("no_such_set") is None
    assert library("../kinds/mix") is None
    assert library("") is None
