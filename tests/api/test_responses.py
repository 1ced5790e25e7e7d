"""Responses: the price of each counter, its odds, and what is wrong with a file of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from test_forecast import ALL
from test_standing import H1, HEAD, PARTNERS, SCENARIO

from api.cli.main import cascade
from scenarios import Refused, Report
from scenarios.responses import read_responses

COUNTER = (
    "{partner: acme, metric: revenue, says: counter, target: 90, by: CEO, on: 2027-01-20, reason: a loss}"
)
ACCEPT = "{partner: birch, metric: revenue, says: accept, by: CEO}"
APPEAL = "{partner: cedar, metric: revenue, says: appeal, by: partner manager, reason: counted twice}"
CAP = "rules: [rules.yaml]\n"
RULES = "rules:\n  - {name: within reach, kind: growth_cap, growth_max: 20%}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three partners, 660 in all, none to grow by more than 20 %."""
    (tmp_path / "scenario.yaml").write_text(SCENARIO + CAP)
    (tmp_path / "rules.yaml").write_text(RULES)
    (tmp_path / "partners.csv").write_text(PARTNERS)
    (tmp_path / "actuals.csv").write_text(HEAD + ALL + H1)
    return tmp_path


def answer(folder: Path, *responses: str, options: tuple[str, ...] = ()) -> Any:
    """What the command prints with --json."""
    (folder / "responses.yaml").write_text(
        "responses:\n" + "".join(f"  - {each}\n" for each in responses), encoding="utf-8"
    )
    names = (str(folder / "scenario.yaml"), "--responses", str(folder / "responses.yaml"))
    return CliRunner().invoke(cascade, ["explain", *names, *options, "--json"])


def test_each_counter_is_priced_alone_and_all_together(folder: Path) -> None:
    other = "{partner: birch, metric: revenue, says: counter, target: 210, by: CEO, reason: a rival}"
    found = json.loads(answer(folder, COUNTER, other, APPEAL).stdout)
    alone = [each["alone"] for each in found["responses"]]
    # 20 less of acme are 8 and 12 more of birch and cedar; 10 less of birch 2.5 and 7.5 of the others
    moves = [
        {move["partner"]: move["change"] for move in each["moves"] if move["period"] == "H1"}
        for each in alone[:2]
    ]
    assert moves[0] == {"acme": "-10", "birch": "4", "cedar": "6"}
    assert alone[2] is None
    assert [(each["target_before"], each["change"]) for each in found["responses"]] == [
        ("110", "-20"), ("220", "-10"), ("330", None),
    ]  # fmt: skip
    together = {
        move["partner"]: move["change"] for move in found["together"]["moves"] if move["period"] == "H1"
    }
    assert together == {"acme": "-10", "birch": "-5", "cedar": "15"}
    assert found["odds_together"] == {}


def test_a_counter_beyond_what_rules_allow_names_the_rule(folder: Path) -> None:
    small = COUNTER.replace("90", "10")
    ended = answer(folder, small)
    found = json.loads(ended.stdout)["responses"][0]["alone"]
    assert (ended.exit_code, found["state"]) == (3, "infeasible")
    assert "within reach" in [rule["rule"] for rule in found["conflict"]["rules"]]


def test_actuals_say_what_counters_do_to_the_odds(folder: Path) -> None:
    options = ("--actuals", str(folder / "actuals.csv"), "--as-of", "2027-06-30")
    found = json.loads(answer(folder, COUNTER, ACCEPT, options=options).stdout)
    odds = found["responses"][0]["odds"]["revenue"]
    assert float(odds["before"]) < float(odds["after"])  # acme was slow: less is asked of it
    assert found["odds_together"]["revenue"] == odds
    assert found["responses"][1]["odds"] == {}


def test_the_terminal_says_it_in_lines(folder: Path) -> None:
    answer(folder, COUNTER, ACCEPT)
    names = [str(folder / "scenario.yaml"), "--responses", str(folder / "responses.yaml")]
    printed = CliRunner().invoke(cascade, ["explain", *names]).stdout
    assert "acme, revenue: 110 to 90 USD (-20), counter by CEO on 2027-01-20: a loss" in printed
    assert "All counters together" in printed


@pytest.mark.parametrize(
    ("wrong", "codes"),
    [
        (COUNTER.replace("acme", "akme"), ["unknown-partner"]),
        (COUNTER.replace("revenue", "revenues"), ["unknown-metric"]),
        (COUNTER.replace("says", "period: H3, says"), ["unknown-period"]),
        (COUNTER.replace("target: 90, ", ""), ["missing-field"]),
        (COUNTER.replace("target: 90", "target: 0"), ["bad-value"]),
        (COUNTER.replace("target: 90", "target: -5"), ["negative-amount"]),
        (COUNTER.replace(", reason: a loss", ""), ["missing-field"]),
        (APPEAL.replace("by", "target: 5, by"), ["bad-value"]),
        (COUNTER.replace("counter", "maybe"), ["bad-value"]),
        (COUNTER.replace("2027-01-20", "soon"), ["bad-date"]),
        (f"{COUNTER}\n  - {COUNTER}", ["duplicate-response"]),
    ],
)
def test_what_is_wrong_with_responses_is_said(folder: Path, wrong: str, codes: list[str]) -> None:
    ended = answer(folder, wrong)
    assert ended.exit_code == 1
    findings = json.loads(ended.stdout)["findings"]
    assert [each["code"] for each in findings] == codes
    assert {each["line"] for each in findings} <= {2, 3}


def test_the_same_target_is_a_doubt(folder: Path) -> None:
    found = json.loads(answer(folder, COUNTER.replace("90", "110")).stdout)
    assert [each["code"] for each in found["findings"]] == ["no-change"]


def test_a_file_that_is_not_there_is_a_finding(tmp_path: Path) -> None:
    report = Report()
    assert read_responses(tmp_path / "none.yaml", report) == ()
    with pytest.raises(Refused):
        report.stop_on_errors()


def test_options_that_do_not_go_together_are_refused(folder: Path) -> None:
    assert answer(folder, COUNTER, options=("acme",)).exit_code == 2
    scenario = str(folder / "scenario.yaml")
    assert CliRunner().invoke(cascade, ["explain", scenario]).exit_code == 2
    assert CliRunner().invoke(cascade, ["explain", scenario, "acme", "--done", "H1"]).exit_code == 2
