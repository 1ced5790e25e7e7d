"""Renewal: the next period's folder solves as it stands, and ratchet, personal best and baselines read what happened.

acme, birch and cedar of `small`: 115, 230 and 315 were asked for.
"""

import csv
import io
import json
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from small import PARTNERS, RULES, SCENARIO, write_small

from api.analysis.renew.next_period import next_calendar, next_name
from api.cli.main import cascade
from scenarios.actuals.calendar import Calendar, months_later

PAST = """\
  - {name: the bar stays, kind: ratchet, last_target: last, last_actual: last}
  - {name: better than ever, kind: personal_best, where: {region: North}, columns: [last], margin: 2%}
  - {name: large ones, kind: growth_cap, where: {last: {min: 250}}, growth_max: 20%}
"""
ACTUALS = "partner_id,metric,amount\nacme,revenue,120\nbirch,revenue,200\ncedar,revenue,340.5\n"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cascade, list(map(str, arguments)))


def renewed(folder: Path, *arguments: str, actuals: str = ACTUALS) -> Result:
    (folder / "actuals.csv").write_text(actuals)
    return run("renew", folder / "plan/scenario.yaml", folder / "actuals.csv", *arguments)


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    growing = "growth: 10%}\n  - {name: the north, metric: revenue, where: {region: North}, total_min: 400}"
    scenario = SCENARIO.replace("total: 660}", growing) + (
        "calendar: {from: 2027-01-01, FY2027: 2027-12-31}\n"
        "adjustments:\n"
        "  - {partner: acme, metric: revenue, target: 115, by: desk, reason: agreed}\n"
        "  - {partner: birch, metric: revenue, target: 230, by: desk, reason: contract, until: 2028-06-30}\n"
    )
    write_small(tmp_path / "plan", scenario=scenario, rules=RULES + PAST)
    return tmp_path


def test_the_next_period_reads_what_was_asked_and_done(plan: Path) -> None:
    done = renewed(plan, "--as-of", "2028-01-10", "-o", str(plan / "next"))
    assert done.exit_code == 0, done.output
    rows = list(csv.DictReader(io.StringIO((plan / "next/partners.csv").read_text())))
    assert [(row["partner_id"], row["revenue_fy2027"], row["revenue_target_fy2027"]) for row in rows] == [
        ("birch", "200", "230"),
        ("acme", "120", "115"),
        ("cedar", "340.5", "315"),
    ]
    text = (plan / "next/scenario.yaml").read_text()
    for line in (
        "scenario: small-next",
        "period: FY2028",
        "calendar: {from: 2028-01-01, FY2028: 2028-12-31}",
        "    last_target: revenue_target_fy2027",
        "    columns: [last, revenue_fy2027]",
        "      revenue_fy2027: {min: 250}",
    ):
        assert line.strip() in text, text


def test_the_folder_is_solved_as_it_stands(plan: Path) -> None:
    """Ten percent on 660.5 are asked; birch missed its 230, which the ratchet keeps, as does the decision until June."""
    assert renewed(plan, "--as-of", "2028-01-10", "-o", str(plan / "next")).exit_code == 0
    solved = run("solve", plan / "next", "--json")
    assert solved.exit_code == 0, solved.output
    found = json.loads(solved.output)
    assert [each["partner"] for each in found["adjustments"]] == ["birch"]
    explained = json.loads(run("explain", plan / "next", "cedar", "--json").output)
    assert explained["scenario"] == "small-next"


def test_what_is_left_to_people_is_listed(plan: Path) -> None:
    document = json.loads(renewed(plan, "--as-of", "2028-01-10", "--json").output)
    assert [(each["name"], each["value"]) for each in document["stated"]] == [("the north", "400")]
    assert [each["partner"] for each in document["ended_adjustments"]] == ["acme"]
    assert [each["partner"] for each in document["kept_adjustments"]] == ["birch"]
    assert document["findings"] == []


def test_rules_that_still_are_of_the_period_before_are_doubted(tmp_path: Path) -> None:
    """Plans met in full leave no room below what partners can carry: the doubt names the number to look at."""
    rules = RULES + (
        "  - {name: people to sell it, kind: capacity_limit, uses: {revenue: 1}, capacity: {staff: 60}}\n"
        "  - {name: own business, kind: headroom, column: own, share_max: 50%}\n"
        "  - {name: all grow, kind: growth_floor, growth_min: 1%}\n"
        "  - {name: a wish, kind: tier_minimum, tier: region, minimum: {North: 100, South: 50}, priority: 1}\n"
    )
    table = PARTNERS.replace("last", "last,staff,own").replace("200\n", "200,4,700\n")
    table = table.replace("100\n", "100,2,700\n").replace("300\n", "300,6,700\n")
    write_small(tmp_path / "plan", rules=rules, partners=table)
    found = renewed(tmp_path, "--json", actuals=ACTUALS)
    document = json.loads(found.output)
    assert [(each["name"], each["field"], each["value"]) for each in document["stated"]] == [
        ("company target", "total", "660"),
        ("people to sell it", "capacity.staff", "60"),
        ("a wish", "minimum.North", "100"),
        ("a wish", "minimum.South", "50"),
    ]
    assert [(each["code"], each["line"], each["message"]) for each in document["findings"]] == [
        (
            "not-renewed",
            7,
            "people to sell it is not renewed: capacity.staff still is 60, staff holds what it held",
        ),
        ("not-renewed", 8, "own business is not renewed: share_max still is 50%, own holds what it held"),
    ]
    assert "rules.yaml:7" in renewed(tmp_path, actuals=ACTUALS).output


def test_a_period_that_is_not_over_is_doubted(plan: Path) -> None:
    document = json.loads(renewed(plan, "--as-of", "2027-12-01", "--json").output)
    assert [each["code"] for each in document["findings"]] == ["period-not-over"]


def test_nothing_is_written_over(plan: Path) -> None:
    refused = renewed(plan, "-o", str(plan / "plan"))
    assert (refused.exit_code, "is not empty" in refused.output) == (2, True)
    again = renewed(plan, "--as-of", "2028-01-10", "-o", str(plan / "next"))
    assert again.exit_code == 0
    assert renewed(plan, "--as-of", "2028-01-10", "-o", str(plan / "next")).exit_code == 2


def test_a_folder_that_cannot_be_written_is_said(plan: Path) -> None:
    file = plan / "a file"
    file.write_text("")
    failed = renewed(plan, "--as-of", "2028-01-10", "-o", str(file / "next"))
    assert (failed.exit_code, "cannot write to" in failed.output) == (4, True), failed.output


def test_a_partner_without_actuals_is_a_finding_unless_that_means_nothing(plan: Path) -> None:
    some = ACTUALS.replace("acme,revenue,120\n", "")
    assert renewed(plan, "--as-of", "2028-01-10", actuals=some).exit_code == 1
    document = json.loads(
        renewed(plan, "--as-of", "2028-01-10", "--missing", "zero", "--json", actuals=some).output
    )
    assert document["columns"][0]["total"] == "540.5"


def test_a_record_is_renewed_like_its_scenario(plan: Path) -> None:
    assert run("solve", plan / "plan", "-o", plan / "out").exit_code == 0
    renewed(plan, "--as-of", "2028-01-10", "-o", str(plan / "next"))
    of_record = run(
        "renew", plan / "out", plan / "actuals.csv", "--as-of", "2028-01-10", "-o", plan / "other"
    )
    assert of_record.exit_code == 0, of_record.output
    for file in ("scenario.yaml", "partners.csv", "before/rules.yaml"):
        assert (plan / "next" / file).read_text() == (plan / "other" / file).read_text()


def test_a_re_plan_is_renewed_without_the_rules_of_its_rest(tmp_path: Path) -> None:
    scenario = SCENARIO.replace("rules: [rules.yaml]", "periods: [H1, H2]\nrules: [rules.yaml]")
    write_small(tmp_path / "plan", scenario=scenario)
    assert run("solve", tmp_path / "plan", "-o", tmp_path / "plan/out").exit_code == 0
    half = "partner_id,metric,period,amount\nacme,revenue,H1,60\nbirch,revenue,H1,100\ncedar,revenue,H1,150\n"
    (tmp_path / "plan/h1.csv").write_text(half)
    (tmp_path / "plan/rest.yaml").write_text(
        "scenario: rest\nextends: scenario.yaml\nreplan: {plan: out/record.zip, done: [H1]}\n"
        "actuals: {file: h1.csv}\nadd:\n"
        "  - {name: near, kind: hold_harmless, period: rest, plan: published, drop_max: 0%, priority: 1}\n"
        "  - {name: its own miss, kind: catch_up, where: {last: {min: 150}}, share_min: 10%, priority: 2}\n"
    )
    assert run("solve", tmp_path / "plan/rest.yaml", "-o", tmp_path / "out").exit_code == 0
    (tmp_path / "actuals.csv").write_text(half + half.partition("\n")[2].replace("H1", "H2"))
    given = ("renew", tmp_path / "out", tmp_path / "actuals.csv", "--done", "H1", "--done", "H2")
    made = run(*given, "-o", tmp_path / "next")
    assert made.exit_code == 0, made.output
    assert "left out, being about rest alone: replan, actuals, near, its own miss" in made.output
    solved = run("solve", tmp_path / "next")
    assert solved.exit_code == 0, solved.output


def test_two_metrics_may_grow_from_one_column(tmp_path: Path) -> None:
    scenario = SCENARIO.replace(
        "  revenue: {unit: USD, round_to: 1, baseline: last}\n",
        "  revenue: {unit: USD, round_to: 1, baseline: last}\n  deals: {unit: deals, baseline: last}\n",
    )
    scenario = scenario.replace("total: 660}", "total: 660}\n  - {name: deals, metric: deals, total: 660}")
    rules = RULES.replace("kind: growth_cap", "kind: growth_cap\n    metric: revenue")
    write_small(tmp_path / "plan", scenario=scenario, rules=rules)
    actuals = ACTUALS + "acme,deals,1\nbirch,deals,2\ncedar,deals,3\n"
    assert renewed(tmp_path, "-o", str(tmp_path / "next"), actuals=actuals).exit_code == 0
    text = (tmp_path / "next/scenario.yaml").read_text()
    assert "baseline: revenue_fy2027" in text
    assert "baseline: deals_fy2027" in text


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("FY2027", "FY2028"),
        ("fy2027-channel", "fy2028-channel"),
        ("2027/28", "2028/29"),
        ("FY27", "FY28"),
        ("Q3 2027", "Q4 2027"),
        ("2027-Q4", "2028-Q1"),
        ("H2 2027", "H1 2028"),
        ("small", None),
        ("Q3", None),
    ],
    ids=lambda value: str(value).replace("/", "-"),
)
def test_a_period_is_followed_by_the_next(text: str, after: str | None) -> None:
    assert next_name(text) == after


def test_calendars_go_on_by_months_or_by_weeks() -> None:
    halves = Calendar(date(2027, 3, 1), {"H1": date(2027, 8, 31), "H2": date(2028, 2, 29)})
    assert next_calendar(halves) == {
        "from": date(2028, 3, 1),
        "H1": date(2028, 8, 31),
        "H2": date(2029, 2, 28),
    }
    retail = Calendar(date(2026, 2, 1), {"year": date(2027, 1, 30)})
    assert next_calendar(retail) == {"from": date(2027, 1, 31), "year": date(2028, 1, 29)}


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        pytest.param("2027-01-01", 12, "2028-01-01", id="a year"),
        pytest.param("2027-11-15", 3, "2028-02-15", id="over the turn of the year"),
        pytest.param("2027-01-31", 1, "2027-02-28", id="a shorter month"),
        pytest.param("2028-02-29", 12, "2029-02-28", id="from a leap day"),
    ],
)
def test_months_later_is_the_same_day_or_the_last(day: str, months: int, later: str) -> None:
    assert months_later(date.fromisoformat(day), months) == date.fromisoformat(later)
