"""Variants of a run, compared with it from what was read before: to the byte what the files themselves give."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from builders import scenario_file

from api.analysis.answer import Answered, answer
from api.analysis.compare.variants import VariantQuestion, VariantSolver
from api.output.result_json import Circumstances
from api.output.write import write_outputs
from rules.load import load
from solver import allocate

TABLE = "partner_id,region,last,load\n" + "".join(
    f"P{number:02d},{'north' if number % 3 else 'south'},{40 + 7 * number % 90},{90 + 3 * number}\n"
    for number in range(24)
)
RULES = [
    {"name": "grow", "kind": "growth_floor", "growth_min": "12%", "priority": 1, "reason": "Programme"},
    {"name": "south counts", "kind": "group_limit", "where": {"region": "south"}, "share_min": "50%", "priority": 2},
    {"name": "within reach", "kind": "growth_cap", "growth_max": "10%", "priority": 3},
    {"name": "load", "kind": "capacity_limit", "uses": {"revenue": 1}, "capacity": {"load": 1}},
]  # fmt: skip
CHANGES: list[dict[str, Any]] = [
    {"grow": {"growth_min": "14%"}},
    {"grow": {"growth_min": "12%"}},
    {"south counts": {"share_min": "20%"}, "grow": {"growth_min": "3%"}},
    {"company target": {"total": "2000"}},
    {"company target": {"total": "99000"}},
    {"load": {"uses": {"revenue": "2"}}},
    {"within reach": {"growth_max": "-10%", "priority": None}},
    {"grow": {"where": {"region": "north"}}},
]
MISTAKES: list[dict[str, Any]] = [
    {"grow": {"growth_min": "much"}},
    {"shrink": {"growth_min": "3%"}},
    {"grow": {"name": "shrink"}},
    {"grow": {"allowance": None}},
    {"within reach": {"kind": "growth_floor"}},
    {"company target": {"metric": "licences"}},
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    metrics = {"revenue": {"unit": "USD", "round_to": 1, "baseline": "last", "fair_share": {"last": 1}}}
    targets = [{"name": "company target", "metric": "revenue", "total": 2150}]
    path = scenario_file(
        tmp_path, TABLE, rules=RULES, partner_id="partner_id", metrics=metrics, targets=targets
    )
    loaded = load(path)
    solved = allocate(loaded.scenario, loaded.book)
    write_outputs(solved, Circumstances(loaded.findings), tmp_path / "run")
    return tmp_path


def question(change: Mapping[str, Any], key: str = "run", **fields: Any) -> VariantQuestion:
    variant = {
        "scenario": "what-if",
        "title": "Tried",
        "extends": "scenario.yaml",
        "change": change,
        **fields,
    }
    return VariantQuestion(key, "run", "scenario.yaml", "what-if.yaml", json.dumps(variant).encode(), 10)


def from_files(folder: Path, asked: VariantQuestion) -> Answered:
    (folder / asked.name).write_bytes(asked.variant)
    return answer(folder, asked.on_files())


def test_answers_are_those_of_the_files_whatever_was_tried_before(folder: Path) -> None:
    solver = VariantSolver()
    assert solver(question(CHANGES[0])) is None
    assert solver(question(CHANGES[0]), folder) == from_files(folder, question(CHANGES[0]))
    expected = [(change, from_files(folder, question(change))) for change in CHANGES]
    for change, of_files in [*expected, *reversed(expected)]:
        found = solver(question(change))
        assert found is not None, change
        assert found.text
        assert found == of_files, change


@pytest.mark.parametrize("change", MISTAKES)
def test_mistakes_are_those_of_the_files(folder: Path, change: dict[str, Any]) -> None:
    solver = VariantSolver()
    assert solver(question(CHANGES[0]), folder)
    assert solver(question(change)) is None
    found = solver(question(change), _with(folder, question(change)))
    assert found == from_files(folder, question(change))
    assert solver(question(CHANGES[1])) == from_files(folder, question(CHANGES[1]))


def test_what_says_more_than_changes_is_read_from_the_files(folder: Path) -> None:
    asked = question({}, remove=["grow"])
    solver = VariantSolver()
    assert solver(question(CHANGES[0]), folder)
    assert solver(asked) is None
    assert solver(asked, _with(folder, asked)) == from_files(folder, asked)


def test_runs_are_kept_while_there_is_room_and_let_go_when_asked(folder: Path) -> None:
    solver = VariantSolver(most_cells=50)
    for key in ("first", "second", "third"):
        assert solver(question(CHANGES[0], key), folder)
    assert [solver(question(CHANGES[1], key)) is None for key in ("first", "second", "third")] == [
        True,
        False,
        False,
    ]
    solver.forget()
    assert solver(question(CHANGES[1], "third")) is None


def test_a_run_that_is_too_large_is_answered_and_not_kept(folder: Path) -> None:
    solver = VariantSolver(most_cells=23)
    assert solver(question(CHANGES[0]), folder)
    assert solver(question(CHANGES[0])) is None


def _with(folder: Path, asked: VariantQuestion) -> Path:
    (folder / asked.name).write_bytes(asked.variant)
    return folder
