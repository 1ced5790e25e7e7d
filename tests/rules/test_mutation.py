"""Mutation: every rule removed, loosened and tightened is tried, and what no one notices survives."""

from fractions import Fraction
from pathlib import Path

import pytest
from suites import mutants, runs, suite

from api.analysis.rule_tests import solve_case as solve
from rules import KINDS
from rules.describe import describe
from rules.testing import Mutant, mutate
from rules.testing.compare import edited
from rules.testing.edits import list_edits, number_edits, where_edits
from scenarios import Report
from scenarios.yaml.parse import parse_yaml

CAP = "  - {name: cap, kind: growth_cap, where: {tier: [Gold, Silver]}, growth_max: 20%, allowance: 60}\n"
STATED = """\
  - name: all caps
    rule: cap
    rows: |
      acme: x[revenue] <= 120
      borealis: x[revenue] <= 72
      cumulus: x[revenue] <= 60
"""
BINDS = "  - {name: cap it, rule: cap, binds: []}\n"


def outcomes(found: tuple[Mutant, ...]) -> list[tuple[str, str, bool]]:
    return [(mutant.change, mutant.effect, mutant.noticed_by is not None) for mutant in found]


def test_rows_written_out_notice_every_change_that_reaches_somebody(tmp_path: Path) -> None:
    assert outcomes(mutants(tmp_path, CAP, STATED)) == [
        ("removed", "removed", True),
        ("growth_max 20% → 22%", "looser", True),
        ("growth_max 20% → 18%", "tighter", True),
        ("allowance 60 → 66", "looser", True),
        ("allowance 60 → 54", "tighter", True),
        ("without where tier", "changed", False),  # there is no one of another tier
        ("where tier without Gold", "looser", True),
        ("where tier without Silver", "looser", True),
    ]


def test_a_case_that_does_not_bind_notices_nothing(tmp_path: Path) -> None:
    assert {mutant.noticed_by for mutant in mutants(tmp_path, CAP, BINDS)} == {None}


def test_the_first_case_to_notice_is_named(tmp_path: Path) -> None:
    found = mutants(tmp_path, CAP, BINDS + STATED)
    assert found[0].noticed_by == "all caps"
    assert str(found[0].place) == f"{tmp_path}/rules.yaml:2:5"


def test_a_target_notices_what_moves_it(tmp_path: Path) -> None:
    cases = "  - {name: acme at its cap, rule: cap, target: {acme: 105}}\n"
    rule = CAP.replace("20%", "5%").replace("[Gold, Silver]", "Gold").replace(", allowance: 60", "")
    found = {change: noticed for change, _, noticed in outcomes(mutants(tmp_path, rule, cases))}
    assert found["removed"]
    assert found["growth_max 5% → 5.5%"]
    assert found["growth_max 5% → 4.5%"]


def test_cases_that_fail_are_not_asked(tmp_path: Path) -> None:
    wrong = STATED.replace("<= 120", "<= 121")
    assert {mutant.noticed_by for mutant in mutants(tmp_path, CAP, wrong)} == {None}


def test_a_company_target_is_tried_too(tmp_path: Path) -> None:
    rule = "  - {name: grown, kind: company_target, growth: 10%}\n"
    cases = """\
  - name: ten percent more
    rule: grown
    scenario: {targets: []}
    target: {acme: 110}
"""
    found = outcomes(mutants(tmp_path, rule, cases))
    assert found == [
        ("removed", "removed", True),
        ("growth 10% → 11%", "changed", True),
        ("growth 10% → 9%", "changed", True),
    ]


def test_the_share_done_is_reported(tmp_path: Path) -> None:
    of = suite(tmp_path, CAP + CAP.replace("name: cap", "name: second"), BINDS)
    shares: list[float] = []
    mutate(of, runs(of), solve, report=shares.append)
    assert shares == [0, 0.5]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"kind": "growth_floor", "growth_min": "3%"}, ["growth_min 3% → 3.3%", "growth_min 3% → 2.7%"]),
        ({"kind": "growth_floor", "growth_min": "0%"}, ["growth_min 0% → 1%", "growth_min 0% → -1%"]),
        ({"kind": "lock", "target": 0}, ["target 0 → 1", "target 0 → -1"]),
        (
            {"kind": "tier_minimum", "minimum": {"Gold": 10}},
            ["minimum.Gold 10 → 11", "minimum.Gold 10 → 9"],
        ),
        (
            {"kind": "ramp", "months": "m", "ramp": {"0": "50%"}},
            ["ramp.0 50% → 55%", "ramp.0 50% → 45%"],
        ),
    ],
)
def test_numbers_move_by_a_tenth(data: dict[str, object], expected: list[str]) -> None:
    whole = {"name": "a", **data}
    rule = KINDS[str(data["kind"])].model_validate(whole)
    assert [edit.description for edit in number_edits(whole, rule, Fraction(1, 10))] == expected


def test_rank_is_no_number_of_the_rule() -> None:
    data = {
        "name": "a",
        "kind": "ratchet",
        "last_target": "t",
        "last_actual": "a",
        "priority": 1,
        "weight": 2,
    }
    rule = KINDS["ratchet"].model_validate(data)
    assert list(number_edits(data, rule, Fraction(1, 10))) == []


def test_lists_lose_one_entry_each() -> None:
    data = {"name": "a", "kind": "personal_best", "columns": ["x", "y"]}
    rule = KINDS["personal_best"].model_validate(data)
    assert [edit.data["columns"] for edit in list_edits(data, rule)] == [["y"], ["x"]]


def test_where_loses_one_part_each() -> None:
    where = {"tier": ["Gold", "Silver"], "last": {"min": 1, "max": 2}, "not": {"region": "south"}}
    edits = list(where_edits({"where": where}))

    assert [(edit.description, edit.widens) for edit in edits] == [
        ("without where tier", True),
        ("where tier without Gold", False),
        ("where tier without Silver", False),
        ("without where last", True),
        ("where last without min", True),
        ("where last without max", True),
        ("without where not", True),
    ]
    assert edits[4].data["where"] == {**where, "last": {"max": 2}}


def test_a_where_that_loses_all_is_left_out() -> None:
    (edit,) = where_edits({"name": "a", "where": {"tier": "Gold"}})
    assert edit.data == {"name": "a"}


def test_every_kind_has_an_edit_that_is_a_rule() -> None:
    tried = {}
    for kind, model in KINDS.items():
        data = parse_yaml(describe(model).example, Report(), name=kind)
        assert data is not None
        rule = model.model_validate(data)
        edits = (*number_edits(data, rule, Fraction(1, 10)), *list_edits(data, rule), *where_edits(data))
        tried[kind] = any(edited(rule, edit) for edit in edits)

    assert [kind for kind, made in tried.items() if not made] == ["ratchet"]  # which has no numbers
