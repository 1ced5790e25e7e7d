"""`cascade test`: failures with their difference, coverage, changes that no case notices."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from api.cli.main import cascade

RULES = """\
rules:
  - name: programme minimum
    kind: tier_minimum
    minimum: {Gold: 100, Silver: 50}
  - name: within reach
    kind: growth_cap
    growth_max: 20%
"""
CASES = """\
scenario:
  metrics: {revenue: {unit: USD, round_to: 0.001, baseline: last}}
  targets: [{name: company target, metric: revenue, total: 220}]
partners: |
  partner_id  tier    last
  acme        Gold    100
  borealis    Silver  60
  cumulus     Silver  40
cases:
  - name: the smallest is lifted
    rule: programme minimum
    target: {cumulus: 50}
"""
WRONG = """\
  - name: caps by hand
    rule: within reach
    rows: |
      acme: x[revenue] <= 120
      borealis: x[revenue] <= 71
      cumulus: x[revenue] <= 48
  - name: a target by hand
    rule: programme minimum
    target: {acme: 106}
"""
WHOLE = """\
  - name: each its minimum
    rule: programme minimum
    rows: |
      acme: x[revenue] >= 100
      borealis: x[revenue] >= 50
      cumulus: x[revenue] >= 50
  - name: caps
    rule: within reach
    rows: |
      acme: x[revenue] <= 120
      borealis: x[revenue] <= 72
      cumulus: x[revenue] <= 48
"""


def run(folder: Path, *options: str, cases: str = CASES, rules: str = RULES) -> Result:
    (folder / "rules.yaml").write_text(rules, encoding="utf-8")
    (folder / "rules.cases.yaml").write_text(cases, encoding="utf-8")
    return CliRunner().invoke(cascade, ["test", str(folder / "rules.yaml"), *options])


def printed(result: Result, folder: Path) -> str:
    return result.stdout.replace(f"{folder}/", "")


def test_coverage_is_shown_and_forgiven(tmp_path: Path) -> None:
    result = run(tmp_path)
    assert result.exit_code == 0
    assert (
        printed(result, tmp_path)
        == """\
rule               cases  branches  no case exercises
programme minimum      1    1 of 2  minimum.Gold
within reach           0    0 of 1  growth_max

1 case, 0 failed; 1 of 3 branches exercised
"""
    )


def test_a_failure_shows_the_difference_and_fails(tmp_path: Path) -> None:
    result = run(tmp_path, cases=CASES + WRONG)
    assert result.exit_code == 1
    assert printed(result, tmp_path).startswith("""\
rules.cases.yaml:13:5: caps by hand
  rows: - expected, + found
      acme: x[revenue] <= 120
    - borealis: x[revenue] <= 71
    + borealis: x[revenue] <= 72
      cumulus: x[revenue] <= 48

rules.cases.yaml:19:5: a target by hand
  target of acme: expected 106, found 106.25

rule """)


def test_changes_that_no_one_notices_are_listed(tmp_path: Path) -> None:
    result = run(tmp_path, "--mutate")
    assert result.exit_code == 0
    expected_text = printed(result, tmp_path)
    assert (
        "changes that no case notices\n  rules.yaml:2:5: programme minimum: minimum.Gold 100 → 110"
        in expected_text
    )
    assert "\n  rules.yaml:5:5: within reach: removed\n" in expected_text
    assert expected_text.endswith("1 of 3 branches exercised; 3 of 8 changes noticed\n")


def test_strict_asks_for_every_branch_and_every_change(tmp_path: Path) -> None:
    assert run(tmp_path, "--strict").exit_code == 1
    assert run(tmp_path, "--strict", cases=CASES + WHOLE).exit_code == 0
    assert run(tmp_path, "--strict", "--mutate", cases=CASES + WHOLE).exit_code == 0
    weak = RULES + "  - {name: bar, kind: ratchet, last_target: last, last_actual: zero}\n"
    assert run(tmp_path, "--strict", "--mutate", cases=CASES + WHOLE, rules=weak).exit_code == 1


def test_json_says_all_of_it(tmp_path: Path) -> None:
    result = run(tmp_path, "--json", "--mutate", cases=CASES + WRONG)
    document = json.loads(printed(result, tmp_path))

    assert result.exit_code == 1
    assert (document["passed"], document["whole"]) == (False, False)
    assert document["cases"][2] == {
        "name": "a target by hand",
        "rule": "programme minimum",
        "file": "rules.cases.yaml",
        "line": 19,
        "column": 5,
        "passed": False,
        "differences": [{"what": "target of acme", "expected": "106", "found": "106.25"}],
    }
    assert document["coverage"][1] == {
        "rule": "within reach",
        "file": "rules.yaml",
        "line": 5,
        "cases": 1,
        "branches": [{"branch": "growth_max", "cases": 1}],
    }
    assert document["mutants"][0] == {
        "rule": "programme minimum",
        "file": "rules.yaml",
        "line": 2,
        "column": 5,
        "change": "removed",
        "effect": "removed",
        "noticed_by": "the smallest is lifted",
    }


def test_without_changes_json_has_none(tmp_path: Path) -> None:
    assert json.loads(run(tmp_path, "--json").stdout)["mutants"] is None


def test_mistakes_are_findings(tmp_path: Path) -> None:
    result = run(tmp_path, "--json", rules=RULES.replace("growth_cap", "growth_cup"))
    assert result.exit_code == 1
    assert [each["code"] for each in json.loads(result.stdout)["findings"]] == ["unknown-kind"]
    assert "Did you mean 'growth_cap'?" in result.stderr


def test_a_rule_file_that_is_not_there_is_a_finding(tmp_path: Path) -> None:
    result = CliRunner().invoke(cascade, ["test", str(tmp_path / "none.yaml")])
    assert result.exit_code == 1
    assert "missing-file" in result.stderr


SCENARIO = "scenario: small\npartners: partners.csv\nrules: [rules.yaml]\n"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (
            ["rules.cases.yaml"],
            "holds cases of rules that are in another file. Name the rule file: `cascade test ",
        ),
        (["rules.cases.yaml", "--cases", "rules.yaml"], "holds cases of rules that are in another file"),
        (["rules.yaml", "--cases", "rules.yaml"], "holds rules, where a file of cases is due"),
        (["small.yaml"], "is a scenario, where a rule file is due. Name the rule file, such as rules.yaml."),
        (["rules.yaml", "--cases", "small.yaml"], "is a scenario, where a file of cases is due"),
    ],
    ids=["cases alone", "the two exchanged", "rules as cases", "a scenario", "a scenario as cases"],
)
def test_another_file_than_is_due_is_named(tmp_path: Path, arguments: list[str], says: str) -> None:
    for name, text in (("rules", RULES), ("rules.cases", CASES), ("small", SCENARIO)):
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    given = [str(tmp_path / each) if each.endswith(".yaml") else each for each in arguments]
    result = CliRunner().invoke(cascade, ["test", *given])
    assert result.exit_code == 1
    assert result.stderr.startswith("1 finding\n")
    assert f"wrong-file: this file {says}" in result.stderr


def test_cases_may_stand_elsewhere(tmp_path: Path) -> None:
    elsewhere = tmp_path / "other.yaml"
    elsewhere.write_text(CASES, encoding="utf-8")
    result = run(tmp_path, "--cases", str(elsewhere), cases="")
    assert (result.exit_code, "1 case, 0 failed" in result.stdout) == (0, True)


def test_cases_that_write_their_rules_out_stand_alone() -> None:
    path = Path(__file__).parents[1] / "cases" / "growth_cap.yaml"
    result = CliRunner().invoke(cascade, ["test", str(path)])
    assert (result.exit_code, result.stdout) == (0, "5 cases, 0 failed\n")


def test_the_rules_of_the_shipped_example_are_whole() -> None:
    """Every branch is exercised, and every change noticed."""
    path = Path(__file__).parents[2] / "scenarios" / "examples" / "channel" / "rules.yaml"
    result = CliRunner().invoke(cascade, ["test", str(path), "--mutate", "--strict"])
    assert result.exit_code == 0, result.stdout
