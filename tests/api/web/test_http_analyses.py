"""Analyses over HTTP: the document of the command line, to the byte, and nothing left behind."""

import contextlib
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from api_client import ApiClient
from click.testing import CliRunner
from small import PARTNERS, RULES, SCENARIO
from world import inputs

from api.analysis.registry import ANALYSES
from api.cli.main import cascade

CASES = """\
scenario:
  metrics: {revenue: {unit: USD, round_to: 1, baseline: last}}
  targets: [{name: company target, total: 660}]
partners: |
  partner_id  last
  acme        100
  birch       200
  cedar       300
cases:
  - name: cedar stays within reach
    rule: within reach
    target: {cedar: 315}
"""
GOAL = "goals:\n  - {stay_close_to: last}\n"
YEAR = """\
scenario: year
period: FY2027
periods: [H1, H2]
partners: partners.csv
metrics: {revenue: {unit: USD, round_to: 1, baseline: last}}
targets: [{name: company target, total: 660}]
calendar: {from: 2027-01-01, H1: 2027-06-30, H2: 2027-12-31}
"""
TIERS = (
    SCENARIO.replace("partners.csv", "tiers.csv")
    + """\
requirements:
  - {tier: Silver}
  - {tier: Gold, needs: {revenue: 240}}
"""
)
TIERED = "partner_id,name,tier,last\nacme,Acme,Silver,100\nbirch,Birch,Silver,200\ncedar,Cedar,Gold,300\n"
FADING = (
    SCENARIO.replace("partners.csv", "fading.csv")
    + """\
goals:
  - {maximise: {uplift: 1}, half_at: half}
"""
)
FADED = "partner_id,last,uplift,half\nacme,100,900,100\nbirch,200,800,200\ncedar,300,700,300\n"
OBJECTIVES = """\
objectives:
  - name: growth
    cascade: [partner]
    key_results:
      - {name: revenue, of: company target}
      - {name: partners won, from: 0, to: 10, now: 4, on: 2027-05-02}
"""
EARLIER = "".join(
    f"{who},FY{2023 + number}/{part},{amount + number * (number - 3)}\n"
    for number in range(4)
    for part in ("H1", "H2")
    for who, amount in (("acme", 50), ("birch", 100), ("cedar", 150))
)
RESPONSES = [
    {
        "partner": "acme",
        "metric": "revenue",
        "says": "counter",
        "target": 90,
        "by": "CEO",
        "reason": "one customer",
    },
    {"partner": "birch", "metric": "revenue", "says": "accept", "by": "CEO", "on": "2027-01-18"},
]
FILES = {
    "responses.yaml": json.dumps({"responses": RESPONSES}),
    "answered.yaml": YEAR + "actuals: {file: actuals.csv, missing: zero}\n",
    "scenario.yaml": SCENARIO,
    "other.yaml": SCENARIO.replace("660", "650").replace("scenario: small", "scenario: other"),
    "aiming.yaml": SCENARIO.replace("scenario: small", "scenario: aiming") + GOAL,
    "cascaded.yaml": SCENARIO.replace("scenario: small", "scenario: cascaded") + "cascade: [region]\n",
    "tiers.yaml": TIERS,
    "tiers.csv": TIERED,
    "fading.yaml": FADING,
    "fading.csv": FADED,
    "partners.csv": PARTNERS,
    "rules.yaml": RULES,
    "rules.cases.yaml": CASES,
    "new/rules.yaml": RULES.replace("5%", "8%"),
    "infeasible.yaml": SCENARIO.replace("660", "99999").replace("rules.yaml", "tight.yaml"),
    "bottom-up.yaml": SCENARIO.replace("660", "99999").replace("rules.yaml", "tight.yaml")
    + "cascade: [region]\n",
    "year.yaml": YEAR,
    "goals.yaml": YEAR + "objectives: objectives.yaml\nincentives: incentives.yaml\n",
    "objectives.yaml": OBJECTIVES,
    "incentives.yaml": "incentives: [{name: rebate, rates: {0%: 2%, 100%: 4%}}]\nbudget: 15\n",
    "actuals.csv": "partner_id,period,amount\nacme,H1,40\nbirch,H1,120\n" + EARLIER,
    "tight.yaml": "rules:\n  - {name: within reach, kind: growth_cap, growth_max: 5%}\n",
}
SMALL = ["scenario.yaml"]
ASKED: dict[str, tuple[list[str], dict[str, Any]]] = {
    "check": (["check", *SMALL], {"scenarios": SMALL}),
    "check of an infeasible one": (["check", "infeasible.yaml"], {"scenarios": ["infeasible.yaml"]}),
    "explain": (["explain", *SMALL, "acme"], {"scenarios": SMALL, "partner": "acme"}),
    "explain without": (
        ["explain", *SMALL, "acme", "--without", "within reach"],
        {"scenarios": SMALL, "partner": "acme", "without": ["within reach"]},
    ),
    "explain instead": (
        ["explain", *SMALL, "acme", "--instead", "120"],
        {"scenarios": SMALL, "partner": "acme", "instead": "120"},
    ),
    "explain where it is infeasible": (
        ["explain", "infeasible.yaml", "acme"],
        {"scenarios": ["infeasible.yaml"], "partner": "acme"},
    ),
    "numbers": (["numbers", *SMALL], {"scenarios": SMALL}),
    "levels": (["levels", "cascaded.yaml"], {"scenarios": ["cascaded.yaml"]}),
    "levels of an infeasible one": (["levels", "bottom-up.yaml"], {"scenarios": ["bottom-up.yaml"]}),
    "compare": (
        ["compare", *SMALL, "other.yaml"],
        {"scenarios": [*SMALL, "other.yaml"]},
    ),
    "sweep": (
        ["sweep", *SMALL, "--set", "within reach.growth_max=5%,8%", "--jobs", "1"],
        {"scenarios": SMALL, "parameters": ["within reach.growth_max=5%,8%"]},
    ),
    "frontier": (
        ["frontier", "aiming.yaml", "--give-up", "0%,5%", "--jobs", "1"],
        {"scenarios": ["aiming.yaml"], "give_up": "0%,5%"},
    ),
    "impact": (
        ["impact", "rules.yaml", "new/rules.yaml", *SMALL, "--jobs", "1"],
        {"scenarios": SMALL, "rules": ["rules.yaml", "new/rules.yaml"]},
    ),
    "lint": (["lint", *SMALL, "other.yaml"], {"scenarios": [*SMALL, "other.yaml"]}),
    "forecast": (
        ["forecast", "year.yaml", "actuals.csv", "--as-of", "2027-06-30", "--missing", "zero"],
        {"missing": "zero", "scenarios": ["year.yaml"], "actuals": ["actuals.csv"], "as_of": "2027-06-30"},
    ),
    "responses": (
        [
            "explain",
            "answered.yaml",
            "--responses",
            "responses.yaml",
            "--actuals",
            "actuals.csv",
            "--as-of",
            "2027-06-30",
        ],
        {
            "scenarios": ["answered.yaml"],
            "actuals": ["actuals.csv"],
            "as_of": "2027-06-30",
            "responses": RESPONSES,
        },
    ),
    "gaps": (["gaps", "tiers.yaml"], {"scenarios": ["tiers.yaml"]}),
    "gaps of a partner": (
        ["gaps", "tiers.yaml", "--partner", "birch"],
        {"scenarios": ["tiers.yaml"], "partner": "birch"},
    ),
    "returns": (["returns", "fading.yaml"], {"scenarios": ["fading.yaml"]}),
    "objectives": (
        ["objectives", "goals.yaml", "actuals.csv", "--as-of", "2027-06-30", "--missing", "zero"],
        {"missing": "zero", "scenarios": ["goals.yaml"], "actuals": ["actuals.csv"], "as_of": "2027-06-30"},
    ),
    "incentives": (
        [
            "incentives",
            "goals.yaml",
            "actuals.csv",
            "--as-of",
            "2027-06-30",
            "--missing",
            "zero",
            "--to",
            "partner",
        ],
        {
            "missing": "zero",
            "scenarios": ["goals.yaml"],
            "actuals": ["actuals.csv"],
            "as_of": "2027-06-30",
            "to": "partner",
        },
    ),
    "review": (
        ["review", "answered.yaml", "acme", "--actuals", "actuals.csv", "--as-of", "2027-06-30"],
        {
            "scenarios": ["answered.yaml"],
            "actuals": ["actuals.csv"],
            "as_of": "2027-06-30",
            "partner": "acme",
        },
    ),
    "renew": (
        ["renew", "year.yaml", "actuals.csv", "--as-of", "2027-06-30", "--missing", "zero"],
        {"missing": "zero", "scenarios": ["year.yaml"], "actuals": ["actuals.csv"], "as_of": "2027-06-30"},
    ),
    "rule_tests": (["test", "rules.yaml"], {"rules": ["rules.yaml"]}),
}
"""What is asked on the command line, and the same over HTTP."""
ELSEWHERE = {
    "solve": "its times differ",
    "adjust": "its workbook is made by a solve",
    "replay": "its record is made by a run",
    "standing": "its actuals are written by the tests of the command",
}
"""Analyses that are compared with the command in tests of their own, and why."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return tmp_path


def ask(
    admin: ApiClient,
    question: dict[str, Any],
    headers: Mapping[str, str] | None = None,
    files: Mapping[str, str] = FILES,
) -> Any:
    """The answer to the question about the files."""
    parts = [(io.BytesIO(text.encode()), name) for name, text in files.items()]
    form = {"question": json.dumps(question), "files": parts}
    return admin.post("/analyses", data=form, content_type="multipart/form-data", headers=dict(headers or {}))


def printed(folder: Path, command: Sequence[str]) -> str:
    with contextlib.chdir(folder):
        return CliRunner().invoke(cascade, [*command, "--json"]).stdout


@pytest.mark.parametrize("name", ASKED)
def test_the_answer_is_what_the_command_prints(admin: ApiClient, folder: Path, name: str) -> None:
    command, question = ASKED[name]
    answer = ask(admin, {"analysis": name.partition(" ")[0], **question})
    assert answer.status_code == 200, answer.json
    assert answer.get_data(as_text=True) == printed(folder, command)


def test_every_analysis_is_compared_with_its_command() -> None:
    assert {name.partition(" ")[0] for name in ASKED} | set(ELSEWHERE) == set(ANALYSES)


def test_overrides_in_an_uploaded_workbook_are_priced(admin: ApiClient, folder: Path) -> None:
    """The form holds the workbook beside the scenario; the answer is that of `cascade adjust --json`."""
    printed(folder, ["solve", *SMALL, "-o", "out", "--xlsx"])
    book = openpyxl.load_workbook(folder / "out" / "allocation.xlsx")
    page = book["Targets"]
    heads = {cell.value: cell.column for cell in page[1]}
    page.cell(3, heads["Override"]).value = 130
    page.cell(3, heads["Reason"]).value = "opens a second shop"
    book.save(folder / "filled.xlsx")
    parts = [(io.BytesIO(text.encode()), name) for name, text in FILES.items()]
    parts.append((io.BytesIO((folder / "filled.xlsx").read_bytes()), "filled.xlsx"))
    question = {"analysis": "adjust", "scenarios": SMALL, "workbook": "filled.xlsx", "by": "me"}
    answer = admin.post(
        "/analyses",
        data={"question": json.dumps(question), "files": parts},
        content_type="multipart/form-data",
    )
    assert answer.status_code == 200, answer.json
    assert answer.get_data(as_text=True) == printed(folder, ["adjust", "filled.xlsx", *SMALL, "--by", "me"])
    assert [(one["partner"], one["target"]) for one in answer.json["overrides"]] == [("acme", "130")]


def test_a_try_is_solved_and_nothing_is_left_of_it(admin: ApiClient, folder: Path) -> None:
    answer = ask(admin, {"analysis": "solve", "scenarios": SMALL})
    expected = json.loads(printed(folder, ["solve", *SMALL]))
    assert {**answer.json, "times": None} == {**expected, "times": None}
    for path in ("/scenarios", "/datasets", "/rulesets", "/runs"):
        assert admin.get(path).json["items"] == []


def test_what_is_stored_is_asked_about_by_id(admin: ApiClient) -> None:
    ids = inputs(admin)
    question = {"analysis": "explain", "scenarios": [ids["scenario_id"]], "partner": "acme"}
    answer = admin.post("/analyses", question)
    assert (answer.status_code, answer.json["targets"][0]["target"]) == (200, "115")
    changed = admin.post(
        "/rulesets?name=small", data=RULES.replace("5%", "8%"), content_type="application/yaml"
    )
    rules = [ids["ruleset_id"], changed.json["id"]]
    moved = admin.post("/analyses", {"analysis": "impact", "scenarios": [ids["scenario_id"]], "rules": rules})
    assert moved.status_code == 200, moved.json


def test_questions_that_cannot_be_answered_are_refused(admin: ApiClient) -> None:
    refused = {
        "unknown": {"analysis": "guess"},
        "no partner": {"analysis": "explain", "scenarios": SMALL},
        "no such partner": {"analysis": "explain", "scenarios": SMALL, "partner": "no one"},
        "an extra field": {"analysis": "check", "scenarios": SMALL, "colour": "red"},
        "no scenario": {"analysis": "check"},
        "a file that is not there": {"analysis": "check", "scenarios": ["../x.yaml"]},
        "no record": {"analysis": "replay"},
        "a folder of the server": {"analysis": "replay", "record": "scenario.yaml", "beside": "/"},
    }
    for name, question in refused.items():
        answer = ask(admin, question)
        assert (answer.status_code, answer.json["code"]) == (422, "invalid"), name
    missing = admin.post("/analyses", {"analysis": "check", "scenarios": ["scn_none"]})
    assert missing.status_code == 404
