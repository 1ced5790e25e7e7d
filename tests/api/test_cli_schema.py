"""`cascade schema`: schemas that accept what is read and refuse nothing else."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from api.cli.main import cascade
from api.reference.json_schema import SCHEMAS
from rules import KINDS
from rules.load import load as read
from scenarios import Refused, Report
from scenarios.yaml.parse import read_yaml

ROOT = Path(__file__).parents[2]
SOUND = [
    *ROOT.glob("scenarios/examples/*/*.yaml"),
    *ROOT.glob("rules/library/*.yaml"),
    *ROOT.glob("api/starters/*/*.yaml"),
    *ROOT.glob("tests/cases/*.yaml"),
]
BROKEN = sorted(ROOT.glob("tests/broken/*/*.yaml"))


@cache
def schema(sort: str) -> Any:
    return json.loads(CliRunner().invoke(cascade, ["schema", sort]).stdout)


def objections(path: Path) -> list[str]:
    """What the schema says against a file; nothing if it is not even YAML."""
    data = read_yaml(path, Report(), name=path.name)
    if data is None:
        return []
    cases = path.stem.endswith(".cases") or path.parent.name == "cases"
    rules = "rules" in path.stem or path.parent.name == "library"
    sort = "cases" if cases else "rules" if rules else "scenario"
    return [error.message for error in Draft202012Validator(schema(sort)).iter_errors(data)]


@pytest.mark.parametrize("sort", SCHEMAS)
def test_it_is_a_schema(sort: str) -> None:
    Draft202012Validator.check_schema(schema(sort))


@pytest.mark.parametrize("path", SOUND, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_shipped_file_fits(path: Path) -> None:
    assert objections(path) == []


@pytest.mark.parametrize("path", BROKEN, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_what_the_schema_refuses_is_refused_when_read(path: Path) -> None:
    if objections(path):
        with pytest.raises(Refused):
            read(path.parent / "scenario.yaml")


def test_it_sees_misspelt_fields_and_kinds() -> None:
    found = [
        objections(ROOT / "tests/broken" / name / "rules.yaml")
        for name in ("kind-misspelt", "field-unknown-in-rule")
    ]
    assert "is not one of" in found[0][0]
    assert "unexpected" in found[1][0]


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_of_a_kind_says_what_it_is(kind: str) -> None:
    properties = schema("rules")["$defs"][kind]["properties"]
    assert [name for name in properties if name != "kind" and "description" not in properties[name]] == []


def test_a_case_needs_a_name_and_a_rule() -> None:
    check = Draft202012Validator(schema("cases"))
    case = {"name": "a", "rule": "everyone grows", "beside": ["within reach"], "binds": []}
    assert check.is_valid({"cases": [case]})
    assert not check.is_valid({"cases": [{**case, "rule": 3}]})
    assert not check.is_valid({"cases": [{"name": "a", "binds": []}]})
    assert not check.is_valid({"cases": [{**case, "expects": []}]})


def test_every_field_of_a_scenario_says_what_it_is() -> None:
    properties = schema("scenario")["properties"]
    assert [name for name in properties if "description" not in properties[name]] == []
