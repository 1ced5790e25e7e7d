"""The one number per metric that fair shares divide."""

from fractions import Fraction
from typing import Any

import pytest
from builders import frame, partners, rule

from rules.totals import company_totals

TABLE = partners("acme Gold north 100 150", "borealis Silver north 60 80", "cumulus Silver south 40 50")
HALVES = ("H1", "H2")


def totals(*targets: dict[str, Any], periods: tuple[str, ...] = ()) -> Fraction:
    rules = [rule("company_target", **target) for target in targets]
    return company_totals(rules, frame(TABLE, periods=periods))[0]["revenue"]


@pytest.mark.parametrize(
    ("targets", "total"),
    [
        ([{"total": 220}], 220),
        ([{"growth": "10%"}], 220),
        ([{"growth": "10.1%"}], 220),
        ([{"total_min": 150}], 150),
        ([{"total_max": 250}], 250),
        ([{"total_min": 150, "total_max": 250}], 150),
        ([{"total_min": 150}, {"total": 220, "priority": 1}], 220),
        ([{"total": 240, "priority": 1}, {"total": 220}], 220),
        ([{"where": {"region": "north"}, "total": 300}, {"total": 220}], 220),
        ([{"where": {"region": "north"}, "total": 180}, {"where": {"region": "south"}, "total": 50}], 230),
        ([{"where": {"region": "north"}, "total": 180}], 220),
        ([{"where": {"region": "north"}, "total": 180}, {"where": {"tier": "Silver"}, "total": 900}], 220),
        ([], 200),
    ],
)
def test_the_company_target(targets: list[dict[str, Any]], total: int) -> None:
    """The baselines are 160 in the north and 40 in the south; whoever no one speaks of keeps the baseline."""
    assert totals(*targets) == total


def test_parts_of_the_period_make_up_the_whole() -> None:
    halves = [{"period": "H1", "total": 100}, {"period": "H2", "growth": "20%"}]

    assert totals(*halves, periods=HALVES) == 220
    assert totals({"period": "each", "total": 70}, periods=HALVES) == 140
    assert totals({"period": "H1", "total": 100}, periods=HALVES) == 200


def test_a_part_knows_its_own_target() -> None:
    rules = [rule("company_target", total=220), rule("company_target", period="H2", total=130)]

    assert company_totals(rules, frame(TABLE, periods=HALVES))[1] == {("revenue", "H2"): 130}
