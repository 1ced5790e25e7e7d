"""Revising: a variant of changes alone gives the scenario that its files give, without reading them again."""

import json
from pathlib import Path
from typing import Any

import pytest
from scenario_files import folder, sound

from scenarios import Scenario
from scenarios.read.revise import revise


def variant(**fields: Any) -> bytes:
    return json.dumps(
        {"scenario": "other", "title": " Tried ", "extends": "scenario.yaml", **fields}
    ).encode()


def revised(at: Path, content: bytes) -> Scenario | None:
    return revise(sound(folder(at)), content, "other.yaml")


def test_a_revised_scenario_is_the_one_that_the_files_give(tmp_path: Path) -> None:
    before = sound(folder(tmp_path))
    name = before.rules[0].name
    content = variant(change={name: {"reason": "Tried"}})
    found = revise(before, content, "other.yaml")
    (tmp_path / "other.yaml").write_bytes(content)
    wanted = sound(tmp_path, "other.yaml")
    assert found is not None
    assert (found.name, found.title, found.inputs) == (wanted.name, wanted.title, wanted.inputs)
    for mine, others in ((found.targets, wanted.targets), (found.rules, wanted.rules)):
        assert [(each.name, dict(each.data), each.place) for each in mine] == [
            (each.name, dict(each.data), each.place) for each in others
        ]
    assert all(mine is old for mine, old in zip(found.rules[1:], before.rules[1:], strict=True))
    assert found.table is before.table


@pytest.mark.parametrize(
    "fields",
    [
        {"change": {}, "add": []},
        {"change": {}, "period": "FY2027"},
        {"change": {"no such rule": {"growth_min": "3%"}}},
        {"change": "all"},
        {"change": {}, "extends": "base.yaml"},
        {"change": {}, "title": ["Tried"]},
    ],
)
def test_what_is_more_or_mistaken_is_left_to_reading_the_files(
    tmp_path: Path, fields: dict[str, Any]
) -> None:
    assert revised(tmp_path, variant(**fields)) is None
    assert revised(tmp_path, b"- no mapping") is None
