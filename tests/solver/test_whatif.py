"""What if: answers come from solving again and agree with solving by hand."""

from fractions import Fraction
from pathlib import Path

import builders
import pytest

from rules.tunable import revised
from solver import Allocation, Engines, allocate, at_work, instead, ways, why
from solver.questions.what_if import moves

TABLE = """partner_id,region,baseline,business
acme,north,100,130
bolt,north,200,900
cube,south,300,900
dune,south,400,900
"""
RULES = [
    {
        "name": "own business",
        "kind": "headroom",
        "metric": "revenue",
        "column": "business",
        "share_max": "90%",
    },
    {
        "name": "north counts",
        "kind": "group_limit",
        "metric": "revenue",
        "where": {"region": "north"},
        "share_min": "35%",
    },
    {"name": "growth", "kind": "growth_floor", "metric": "revenue", "growth_min": "5%", "priority": 1},
]
ENGINES = Engines()


@pytest.fixture
def answer(tmp_path: Path) -> Allocation:
    """North must have 350 of 1000; acme may have 117, so bolt has 233; cube and dune share 650 as 3 to 4."""
    path = builders.scenario_file(
        tmp_path,
        TABLE,
        rules=RULES,
        partner_id="partner_id",
        metrics={"revenue": {"unit": "USD", "round_to": 1, "baseline": "baseline"}},
        targets=[{"name": "target", "metric": "revenue", "total": 1000}],
    )
    allocation = allocate(*builders.read(path))
    assert allocation.state == "succeeded", allocation.reason
    return allocation


def test_the_rules_at_work_are_those_of_the_receipt(answer: Allocation) -> None:
    assert (
        at_work(answer, "acme", "revenue") == ["growth", "north counts", "target"]
        or at_work(answer, "acme", "revenue")[-1] == "target"
    )


def test_without_a_rule_the_target_is_what_a_solve_without_it_says(answer: Allocation) -> None:
    found = {one.rule: one.target for one in why(answer, "bolt", "revenue", ENGINES)}
    assert "north counts" in found
    for name, target in found.items():
        again = allocate(answer.scenario, revised(answer.book, without=[name]))
        assert target == pytest.approx(again.unrounded[1])


def test_another_target_within_the_rules_says_who_moves(answer: Allocation) -> None:
    found = instead(answer, "dune", "revenue", Fraction(380), ENGINES)
    assert found.broken is None
    assert found.answer.target.tolist()[3] == 380
    assert "dune" in {move.partner for move in found.moves}
    assert sum(move.by for move in found.moves) == 0
    assert found.unevenness[1] >= found.unevenness[0]


def test_another_target_against_a_hard_rule_names_it(answer: Allocation) -> None:
    found = instead(answer, "acme", "revenue", Fraction(150), ENGINES)
    assert found.broken is not None
    assert "own business" in found.broken.rules
    offered = [each.rule for each in (*found.broken.repairs, *found.broken.each[0].repairs)]
    assert any(rule.startswith("instead") for rule in offered)  # the nearest target that can be
    assert any(not rule.startswith("instead") for rule in offered)


def test_an_elastic_rule_that_pays_is_named_with_its_amounts(answer: Allocation) -> None:
    found = instead(answer, "cube", "revenue", Fraction(200), ENGINES)
    paying = {rule: (before, after) for rule, before, after in found.paying}
    assert paying["growth"][1] > paying["growth"][0]


def test_ways_to_a_target_are_true_and_least(answer: Allocation) -> None:
    found = ways(answer, "bolt", "revenue", Fraction(250), ENGINES)
    assert found
    assert all(way.target >= 250 - 1e-6 for way in found)
    assert [way.moved for way in found] == sorted(way.moved for way in found)
    assert all(way.sentence.startswith(("raise", "lower")) for way in found)


def test_metrics_take_turns_among_the_furthest_moves(tmp_path: Path) -> None:
    """Neither moves of thousands nor those of another unit crowd the others out of the first ones."""

    def allocation(*decided: tuple[str, int]) -> Allocation:
        adjustments = [
            {"partner": "acme", "metric": metric, "target": target, "by": "me", "reason": "agreed"}
            for metric, target in decided
        ]
        path = builders.scenario_file(
            tmp_path,
            "partner_id,baseline,seats\nacme,500,50\nbolt,500,50\n",
            partner_id="partner_id",
            metrics={
                "revenue": {"unit": "USD", "round_to": 1, "baseline": "baseline"},
                "seats": {"unit": "seats", "round_to": 1, "baseline": "seats"},
            },
            targets=[
                {"name": "target", "metric": "revenue", "total": 1000},
                {"name": "places", "metric": "seats", "total": 100},
            ],
            adjustments=adjustments,
        )
        return allocate(*builders.read(path))

    before = allocation()
    after = allocation(("revenue", 520), ("seats", 53))
    assert [(move.metric, move.partner, move.by) for move in moves(before, after)] == [
        ("revenue", "acme", 20),
        ("seats", "acme", 3),
        ("revenue", "bolt", -20),
        ("seats", "bolt", -3),
    ]
