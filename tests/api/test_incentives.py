"""Incentives: the price of a plan by hand, beside its budget, by group and partner, and what is wrong with a file."""

from __future__ import annotations

import json
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner
from test_forecast import ALL
from test_standing import H1, HALF, HEAD, SCENARIO

from api.analysis.errors import InvalidRequest
from api.analysis.incentives.document import IncentivesDocument, IncentivesRequest
from api.analysis.incentives.run import incentives
from api.analysis.plan import Plan, read_plan
from api.cli.main import cascade
from scenarios import Refused
from scenarios.actuals.facts import ActualsFile

PARTNERS = "partner_id,region,tier,last\nacme,north,Gold,100\nbirch,north,Silver,200\ncedar,south,Gold,300\n"
STATED = """\
incentives:
  - name: rebate
    where: {tier: Gold}
    rates: {0%: 2%, 100%: 4%}
    cap: 150%
    reason: growth
  - {name: bonus, points: {0%: 0, 100%: 10, 150%: 20}}
budget: 40
"""


def plan_of(folder: Path, stated: str, more: str = "") -> Plan:
    """The plan of the three partners with incentives: 110, 220 and 330."""
    (folder / "scenario.yaml").write_text(f"{SCENARIO}incentives: incentives.yaml\n{more}")
    (folder / "partners.csv").write_text(PARTNERS)
    (folder / "incentives.yaml").write_text(stated)
    return read_plan(folder / "scenario.yaml")


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    return plan_of(tmp_path_factory.mktemp("plan"), STATED)


def found(plan: Plan, *files: str, day: date | None = HALF, **request: Any) -> IncentivesDocument:
    named = [ActualsFile((HEAD + text).encode(), f"{n}.csv", f"{n}.csv") for n, text in enumerate(files)]
    return incentives(plan, named, IncentivesRequest(as_of=day, **request))


def codes(document: IncentivesDocument) -> list[str]:
    return [each.code for each in document.findings]


def test_the_price_at_target_needs_no_actuals(plan: Plan) -> None:
    """2 % of 110 and 330 for the gold ones, and 10 for each of three."""
    document = found(plan)
    assert [each.price.at_target for each in document.incentives] == ["8.8", "30"]
    assert (document.price.at_target, document.unit, document.as_of) == ("38.8", "USD", None)
    assert (document.price.at_forecast, document.price.expected) == (None, None)
    assert document.left is not None
    assert document.left.at_target == "1.2"
    assert [(each.group, each.partners, each.price.at_target) for each in document.groups] == [
        ("Gold", 2, "28.8"),
        ("Silver", 1, "10"),
    ]


def test_the_price_at_forecast_is_that_of_what_each_comes_to(plan: Plan) -> None:
    """87.5 of 110, 235 of 220 and 307.5 of 330 without earlier years, which keep half of the pace."""
    document = found(plan, H1)
    rebate = Fraction("0.02") * (Fraction("87.5") + Fraction("307.5"))
    bonus = 10 * Fraction("87.5") / 110 + 10 + 20 * Fraction(15, 220) + 10 * Fraction("307.5") / 330
    assert document.price.at_forecast is not None
    assert float(document.price.at_forecast) == pytest.approx(float(rebate + bonus), abs=1e-5)
    assert document.price.expected is None
    assert codes(document) == ["too-little-history"]


def test_with_earlier_years_the_price_is_averaged_over_what_may_come(plan: Plan) -> None:
    document = found(plan, ALL + H1, to="partner")
    assert document.price.expected is not None
    parts = [float(each.price.expected or "nan") for each in document.partner_prices]
    assert sum(parts) == pytest.approx(float(document.price.expected), abs=1e-5)
    assert sum(float(each.price.expected or "nan") for each in document.groups) == pytest.approx(
        sum(parts), abs=1e-5
    )
    assert document.price.expected != document.price.at_forecast
    assert not document.findings


def test_what_is_over_is_priced_as_it_is(plan: Plan) -> None:
    both = H1 + "acme,revenue,H2,70,\nbirch,revenue,H2,100,\ncedar,revenue,H2,180,\n"
    document = found(plan, both, day=date(2027, 12, 31))
    assert document.price.expected == document.price.at_forecast == "38.8"


def test_each_partner_sees_what_it_would_earn(plan: Plan) -> None:
    document = found(plan, to="partner")
    earned = {each.partner: [one.payout for one in each.payouts] for each in document.partner_prices}
    assert earned == {
        "acme": ["9.76", "12.2", "17.08"],  # 88 · 2 % + 8; 110 · 2 % + 10; 2.2 + 22 · 4 % + 14
        "birch": ["8", "10", "14"],
        "cedar": ["13.28", "16.6", "23.24"],
    }
    assert [one.attainment for one in document.partner_prices[0].payouts] == ["0.8", "1", "1.2"]
    assert found(plan).partner_prices == ()


def test_groups_are_of_any_column(plan: Plan) -> None:
    assert [each.group for each in found(plan, by="region").groups] == ["north", "south"]
    for wrong in ({"by": "country"}, {"to": "region"}):
        with pytest.raises(InvalidRequest):
            found(plan, **wrong)


def test_jumps_are_doubted_and_metrics_that_are_scored_and_paid(tmp_path: Path) -> None:
    scored = "objectives: {objectives: [{name: o, key_results: [{name: k, of: company target}]}]}\n"
    document = found(
        plan_of(tmp_path, "incentives: [{name: b, points: {80%: 5, 100%: 10}}]\nunit: USD\n", scored)
    )
    assert codes(document) == ["payout-cliff", "scored-and-paid"]
    steps = "incentives: [{name: b, pays: whole, rates: {0%: 2%, 50%: 2.2%, 100%: 4%}}]\n"
    assert codes(found(plan_of(tmp_path, steps))) == []


def test_amounts_are_by_what_was_done(tmp_path: Path) -> None:
    document = found(plan_of(tmp_path, "incentives: [{name: b, amounts: {0: 1%, 200: 10%}}]\n"))
    assert document.price.at_target == "20.1"  # 1.1 + (2 + 2) + (2 + 13)


@pytest.mark.parametrize(
    ("table", "code"),
    [
        ("rates: {50%: 2%}", "bad-value"),
        ("rates: {0%: 2%, 50%: 3%, 20%: 4%}", "bad-value"),
        ("rates: {0%: 2%}, points: {0%: 0}", "bad-value"),
        ("reason: none", "bad-value"),
        ("points: {0%: 5, 50%: 4}", "bad-value"),
        ("points: {0%: 5}, pays: whole", "bad-value"),
        ("amounts: {0: 5%}, pays: whole", "bad-value"),
        ("rates: {100%: 5%}, pays: whole", "bad-value"),
        ("rates: {0%: 5%, 50%: 4%}, pays: whole", "bad-value"),
        ("rates: {0%: 5%, 0.0: 4%}", "bad-value"),
        ("rates: {}", "out-of-range"),
        ("rates: {0%: 2%}, metric: margin", "unknown-metric"),
        ("rates: {0%: 2%}, where: {tier: Bronze}", "where-nobody"),
        ("rates: {0%: 2%}, where: {size: Bronze}", "unknown-column"),
        ("points: {0%: 5}", "missing-field"),
    ],
)
def test_mistakes_are_refused(tmp_path: Path, table: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        plan_of(tmp_path, f"incentives: [{{name: b, {table}}}]\n")
    assert [each.code for each in refused.value.findings if each.severity == "error"] == [code]


def test_names_are_unique_and_what_is_paid_is_one_thing(tmp_path: Path) -> None:
    twice = "incentives: [{name: b, rates: {0%: 2%}}, {name: b, rates: {0%: 2%}}]\n"
    with pytest.raises(Refused, match="duplicate-name"):
        plan_of(tmp_path, twice)
    with pytest.raises(Refused, match="mixed-currency"):
        plan_of(tmp_path, "incentives: [{name: b, rates: {0%: 2%}}]\nunit: EUR\n")
    (tmp_path / "scenario.yaml").write_text(SCENARIO)
    with pytest.raises(InvalidRequest, match="no incentives"):
        found(read_plan(tmp_path / "scenario.yaml"))


def test_the_command_prints_and_writes(plan: Plan, tmp_path: Path) -> None:
    plan_of(tmp_path, STATED)
    (tmp_path / "actuals.csv").write_text(HEAD + ALL + H1)
    words = [
        "incentives",
        str(tmp_path / "scenario.yaml"),
        str(tmp_path / "actuals.csv"),
        "--as-of",
        "2027-06-30",
    ]
    printed = CliRunner().invoke(cascade, words)
    assert printed.exit_code == 0, printed.output
    assert "left of 40" in printed.output
    assert (
        "rebate (revenue, 2 partners), marginal: 2.0 % from 0.0 %, 4.0 % from 100.0 %, no more from"
        in printed.output
    )
    assert json.loads(CliRunner().invoke(cascade, [*words, "--json"]).stdout) == found(plan, ALL + H1).data()
    for name in ("i.csv", "i.json", "i.xlsx"):
        run = CliRunner().invoke(cascade, [*words, "--to", "partner", "-o", str(tmp_path / name)])
        assert run.exit_code == 0, run.output
    assert openpyxl.load_workbook(tmp_path / "i.xlsx").sheetnames == ["Groups", "Partners", "Incentives"]
