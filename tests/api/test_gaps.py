"""Gaps to tiers: what lacks, which tier is nearest, whether targets carry partners there, and what it would take."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from api.analysis.errors import InvalidRequest
from api.analysis.gaps.document import GapsRequest
from api.analysis.gaps.run import Gaps, gaps
from api.cli.main import cascade
from rules.load import load
from scenarios import Refused

PARTNERS = """partner_id,name,tier,revenue_2026,certified
acme,Acme,Silver,120000,3
birch,Birch,Gold,140000,9
cedar,Cedar,Registered,30000,1
dogwood,Dogwood,Platinum,900000,15
"""
SCENARIO = """\
scenario: tiers
period: FY2027
partners: partners.csv
metrics:
  revenue: {unit: USD, round_to: 1000, baseline: revenue_2026}
targets: [{name: company target, metric: revenue, growth: 25%}]
rules: [rules.yaml]
requirements:
  - {tier: Registered}
  - {tier: Silver, needs: {revenue: 50000}}
  - {tier: Gold, needs: {revenue: 150000, certified: 4}}
  - {tier: Platinum, needs: {revenue: 600000, certified: 12}}
"""
RULES = "rules:\n  - {name: within reach, kind: growth_cap, where: {partner_id: acme}, growth_max: 10%}\n"


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    (tmp_path / "partners.csv").write_text(PARTNERS)
    (tmp_path / "rules.yaml").write_text(RULES)
    path = tmp_path / "scenario.yaml"
    path.write_text(SCENARIO)
    return path


def asked(path: Path, **request: Any) -> dict[str, Any]:
    return gaps(load(path), GapsRequest(**request)).data()


def test_each_partner_is_measured_against_the_nearest_tier_above(scenario: Path) -> None:
    """acme lacks 30,000 of 150,000 and one of four certified for Gold: a quarter at most."""
    found = {each["partner"]: each for each in asked(scenario)["gaps"]}
    assert {who: each["nearest"] for who, each in found.items()} == {
        "acme": "Gold", "birch": "Platinum", "cedar": "Silver", "dogwood": None
    }  # fmt: skip
    assert found["acme"]["distance"] == 0.25
    assert found["acme"]["needs"] == [
        {"name": "revenue", "unit": "USD", "need": "150000", "has": "120000", "lacks": "30000",
         "target": "132000", "lacks_then": "18000"},
        {"name": "certified", "unit": None, "need": "4", "has": "3", "lacks": "1",
         "target": None, "lacks_then": "1"},
    ]  # fmt: skip
    assert [each["name"] for each in found["birch"]["short_of_own"]] == ["revenue"]


def test_the_nearest_tier_need_not_be_the_next_one(scenario: Path) -> None:
    """Without Gold's need for four certified, and with Platinum's lowered, the least largest gap decides."""
    scenario.write_text(SCENARIO.replace("revenue: 600000, certified: 12", "revenue: 125000, certified: 3"))
    found = {each["partner"]: each for each in asked(scenario)["gaps"]}
    assert found["acme"]["nearest"] == "Platinum"


def test_targets_carry_some_there_and_tiers_count_them(scenario: Path) -> None:
    scenario.write_text(SCENARIO.replace("revenue: 50000", "revenue: 38000"))
    found = asked(scenario)
    silver = next(tier for tier in found["tiers"] if tier["tier"] == "Silver")
    assert silver == {
        "tier": "Silver", "needs": {"revenue": "38000"}, "partners": 1, "short": 0, "nearest": 1, "carried": 1
    }  # fmt: skip
    assert next(each for each in found["gaps"] if each["partner"] == "cedar")["carried"]


def test_for_one_partner_what_it_would_take_is_solved(scenario: Path) -> None:
    """acme's cap of 10 % is what keeps it from 150,000: it must be 25 %."""
    found = asked(scenario, partner="acme")
    assert [each["partner"] for each in found["gaps"]] == ["acme"]
    (reach,) = found["what_it_takes"]
    assert (reach["metric"], reach["target"]) == ("revenue", "150000")
    assert any(way["rule"] == "within reach" and way["to"] == "25%" for way in reach["ways"])


def test_the_typed_function_needs_no_solve(scenario: Path) -> None:
    loaded = load(scenario)
    from solver import allocate

    allocation = allocate(loaded.scenario, loaded.book)
    found = Gaps(loaded.scenario, allocation.frame.whole, allocation.target)
    assert [who for who, _ in found.each()] == ["acme", "birch", "cedar", "dogwood"]
    assert found.at(0) == dict(found.each())["acme"]


def test_parts_of_the_period_count_together(scenario: Path) -> None:
    scenario.write_text(SCENARIO.replace("period: FY2027\n", "period: FY2027\nperiods: [H1, H2]\n"))
    found = {each["partner"]: each for each in asked(scenario)["gaps"]}
    assert found["acme"]["needs"][0]["has"] == "120000"
    assert found["acme"]["needs"][0]["target"] == "132000"


def test_an_infeasible_scenario_is_an_answer(scenario: Path) -> None:
    scenario.write_text(SCENARIO.replace("growth: 25%", "growth: 900%").replace("rules.yaml", "tight.yaml"))
    (scenario.parent / "tight.yaml").write_text(RULES.replace("where: {partner_id: acme}, ", ""))
    found = asked(scenario)
    assert found["state"] == "infeasible"
    assert found["tiers"] == found["gaps"] == []
    done = CliRunner().invoke(cascade, ["gaps", str(scenario)])
    assert done.exit_code == 3


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("{tier: Silver, needs", "{tier: Gold, needs", "duplicate-name"),
        ("certified: 4", "certifed: 4", "unknown-column"),
        ("  - {tier: Registered}\n", "", "unknown-name"),
        ("revenue: 150000", "revenue: -1", "negative-amount"),
    ],
)
def test_requirements_that_cannot_be_meant_are_findings(
    scenario: Path, old: str, new: str, code: str
) -> None:
    scenario.write_text(SCENARIO.replace(old, new))
    with pytest.raises(Refused) as caught:
        load(scenario)
    assert code in {finding.code for finding in caught.value.findings}


def test_what_is_not_there_is_a_mistake(scenario: Path) -> None:
    for request in ({"tier": "Diamond"}, {"partner": "elm"}):
        with pytest.raises(InvalidRequest):
            asked(scenario, **request)
    scenario.write_text(SCENARIO.partition("requirements:")[0])
    with pytest.raises(InvalidRequest, match="states no requirements"):
        asked(scenario)


def test_the_command_prints_and_writes_them(scenario: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(
        cascade, ["gaps", str(scenario), "--most", "1", "-o", str(tmp_path / "gaps.csv")]
    )
    assert done.exit_code == 0, done.output
    assert "and 3 more" in done.output
    assert (tmp_path / "gaps.csv").read_text().count("\n") == 6
    one = CliRunner().invoke(cascade, ["gaps", str(scenario), "--partner", "acme"])
    assert "nearest: Gold, at most 25.0 % away; its targets do not carry it there" in one.output
    found = json.loads(
        CliRunner().invoke(cascade, ["gaps", str(scenario), "--tier", "Gold", "--json"]).output
    )
    assert [each["partner"] for each in found["gaps"]] == ["acme"]


def test_the_review_of_a_partner_has_what_lacks(scenario: Path) -> None:
    scenario.write_text(SCENARIO.replace("period: FY2027\n", "period: FY2027\nperiods: [H1, H2]\n"))
    rows = "".join(f"{who},H1,50000\n" for who in ("acme", "birch", "cedar", "dogwood"))
    actuals = scenario.parent / "actuals.csv"
    actuals.write_text(f"partner_id,period,amount\n{rows}")
    done = CliRunner().invoke(
        cascade, ["review", str(scenario), "acme", "--actuals", str(actuals), "--done", "H1"]
    )
    assert done.exit_code == 0, done.output
    assert "What lacks to Gold" in done.output
    assert "revenue: 30,000 of 150,000, and 18,000 once its target is met" in done.output
    assert "certified: 1 of 4" in done.output
