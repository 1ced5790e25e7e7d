"""Series: many solves of one scenario give what each of them gives alone, whatever was solved before it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from builders import read, scenario_file

from rules import Rows, RuleBook, read_book
from rules.reread import ReadScenario, reread_book
from scenarios import Place, Report, Scenario
from scenarios.diff.parameter_grid import Spot, Value, variant
from solver import Allocation, allocate
from solver.model.program import assemble
from solver.optimise import elastic
from solver.questions.series import Series

TABLE = "partner_id,region,last,load\n" + "".join(
    f"P{number:02d},{'north' if number % 3 else 'south'},{40 + 7 * number % 90},{90 + 3 * number}\n"
    for number in range(24)
)
RULES = [
    {"name": "grow", "kind": "growth_floor", "growth_min": "12%", "priority": 1},
    {"name": "south counts", "kind": "group_limit", "where": {"region": "south"}, "share_min": "50%", "priority": 2},
    {"name": "within reach", "kind": "growth_cap", "growth_max": "10%", "priority": 3},
    {"name": "load", "kind": "capacity_limit", "uses": {"revenue": 1}, "capacity": {"load": 1}},
]  # fmt: skip
STEPS: Sequence[tuple[str, str, Any]] = (
    ("grow", "growth_min", "14%"),
    ("grow", "growth_min", "3%"),
    ("south counts", "share_min", "20%"),
    ("within reach", "growth_max", "-90%"),
    ("company target", "total", 2000),
    ("company target", "total", 99_000),
    ("load", "uses", {"revenue": 2}),
    ("south counts", "where", {"region": "north"}),
    ("grow", "growth_min", "12%"),
    ("within reach", "priority", None),
)
"""Each from the scenario as it is written: rule, field, value; some cannot hold."""


@pytest.fixture
def scenario(tmp_path: Path) -> Scenario:
    metrics = {"revenue": {"unit": "USD", "round_to": 1, "baseline": "last", "fair_share": {"last": 1}}}
    targets = [{"name": "company target", "total": 2150}]
    path = scenario_file(
        tmp_path, TABLE, rules=RULES, partner_id="partner_id", metrics=metrics, targets=targets
    )
    return read(path)[0]


def step(scenario: Scenario, entry: str, field: str, value: Any) -> Scenario:
    return variant(scenario, {Spot(entry, (field,)): (Value("", value), Place("--set"))})


def alone(scenario: Scenario) -> Allocation:
    book = read_book(scenario, Report())
    assert book is not None
    return allocate(scenario, book)


def test_answers_do_not_depend_on_what_was_solved_before(scenario: Scenario) -> None:
    series, states = Series(), set()
    steps = [(varied, alone(varied)) for varied in (step(scenario, *change) for change in STEPS)]
    for varied, expected in (*steps, *reversed(steps)):
        found = series.solve(varied, Report())
        assert found is not None
        assert found.document() == expected.document()
        if expected.rounded:
            assert found.target.equals(expected.target).all()
        states.add(found.state)
    assert states == {"succeeded", "infeasible"}


def test_books_are_those_that_are_read_alone(scenario: Scenario) -> None:
    before = ReadScenario(scenario, _book(scenario))
    for change in STEPS:
        varied = step(scenario, *change)
        found, expected = reread_book(varied, before, Report()), _book(varied)
        assert found is not None
        assert found.rules == expected.rules
        assert found.frame.totals == expected.frame.totals
        for one, other in zip(found.rows, expected.rows, strict=True):
            assert _plain(one) == _plain(other)


def test_doubts_about_what_changed_are_those_of_reading_alone(scenario: Scenario) -> None:
    before, again, alone_ = ReadScenario(scenario, _book(scenario)), Report(), Report()
    doubtful = step(scenario, "grow", "growth_min", "10")
    reread_book(doubtful, before, again)
    read_book(doubtful, alone_)
    assert [each.code for each in again.findings] == ["percent-large"]
    assert set(again.findings) <= set(alone_.findings)


def test_what_stays_is_kept(scenario: Scenario) -> None:
    before = ReadScenario(scenario, _book(scenario))
    found = reread_book(step(scenario, "grow", "growth_min", "14%"), before, Report())

    assert found is not None
    assert found.frame is before.book.frame
    assert [one is other for one, other in zip(found.rows, before.book.rows, strict=True)] == [
        True,
        False,
        True,
        True,
        True,
    ]


def test_left_sides_that_stay_are_assembled_once(scenario: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    assembled = []
    monkeypatch.setattr(elastic, "assemble", lambda *given: assembled.append(given) or assemble(*given))
    series = Series()

    for floor in ("12%", "14%", "3%"):
        series.solve(step(scenario, "grow", "growth_min", floor), Report())
    assert len(assembled) == 1

    series.solve(step(scenario, "load", "uses", {"revenue": 2}), Report())
    assert len(assembled) == 2


@pytest.mark.parametrize(
    ("entry", "field", "value"),
    [
        ("grow", "growth_min", "many"),
        ("load", "capacity", {"lode": 1}),
        ("south counts", "where", {"regio": "south"}),
        ("company target", "total", -5),
    ],
)
def test_mistakes_are_those_of_the_scenario_alone(
    scenario: Scenario, entry: str, field: str, value: Any
) -> None:
    wrong, series = step(scenario, entry, field, value), Series()
    series.solve(scenario, Report())
    found, expected = Report(), Report()

    assert series.solve(wrong, found) is None
    assert read_book(wrong, expected) is None
    assert found.findings == expected.findings
    assert series.solve(scenario, Report()) is not None


def _book(scenario: Scenario) -> RuleBook:
    found = read_book(scenario, Report())
    assert found is not None
    return found


def _plain(rows: Rows) -> tuple[Any, ...]:
    return (
        rows.row.tolist(),
        rows.cell.tolist(),
        *(each and each.tolist() for each in (rows.coefficient, rows.lower, rows.upper)),
        rows.partner.tolist(),
        rows.label,
    )


@pytest.mark.parametrize(("entry", "field", "value"), STEPS)
def test_changes_beside_a_scenario_give_what_each_gives_alone(
    scenario: Scenario, entry: str, field: str, value: Any
) -> None:
    book = read_book(scenario, Report())
    assert book is not None
    series = Series.beside(scenario, book)
    wanted = alone(step(scenario, entry, field, value))
    for number in range(2):  # from what was read, and from what was solved
        found = series.with_changes({entry: {field: value}}, Report())
        assert found is not None, number
        assert (found.state, found.elastic is None) == (wanted.state, wanted.elastic is None)
        if wanted.rounded is not None:
            assert (found.unrounded == wanted.unrounded).all()
            assert found.target.tolist() == wanted.target.tolist()
            assert [effect.against for effect in found.effects] == [e.against for e in wanted.effects]
            assert found.receipts is not None
            assert wanted.receipts is not None
            cells = range(scenario.table.ids.size)
            assert [list(found.receipts.of(c)) for c in cells] == [list(wanted.receipts.of(c)) for c in cells]


def test_a_series_that_stands_beside_nothing_has_nothing_to_change(scenario: Scenario) -> None:
    with pytest.raises(TypeError, match="beside no scenario"):
        Series().with_changes({}, Report())
    book = read_book(scenario, Report())
    assert book is not None
    with pytest.raises(KeyError):
        Series.beside(scenario, book).with_changes({"shrink": {"growth_min": "1%"}}, Report())
