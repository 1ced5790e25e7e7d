"""`cascade lint`: doubts about rules, by arithmetic and by what the answers show."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from small import RULES, SCENARIO, write_conflict, write_small

from api.cli.main import cascade

# Birch is held to 223 of 660, a little below its even 230; stretches stay close to one another.
NEVER_BINDS = (
    RULES
    + """\
  - {name: nobody too large, kind: concentration, where: {partner_id: birch}, share_max: 33.8%}
  - {name: near the middle, kind: even_within, band: 90%}
"""
)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cascade, ["lint", *map(str, arguments)])


def printed(result: Result, folder: Path) -> list[str]:
    return [line.replace(f"{folder}/", "") for line in result.stdout.splitlines()]


def test_rules_without_a_doubt(tmp_path: Path) -> None:
    result = run(write_small(tmp_path))
    assert (result.exit_code, result.stdout, result.stderr) == (0, "no findings\n", "")


def test_doubts_have_places_and_fail(tmp_path: Path) -> None:
    result = run(write_small(tmp_path, rules=NEVER_BINDS))
    assert result.exit_code == 1
    assert printed(result, tmp_path) == [
        "1 warning",
        "rules.yaml:8:5: rule-never-bound: 'near the middle' binds no partner in this scenario. "
        "Ask whether it is still needed.",
    ]


def test_a_folder_is_for_its_scenario_and_counts_once(tmp_path: Path) -> None:
    path = write_small(tmp_path, rules=NEVER_BINDS)
    assert run(tmp_path, path).stdout == run(path).stdout


def test_without_solving_only_arithmetic_speaks(tmp_path: Path) -> None:
    path = write_small(tmp_path, rules=NEVER_BINDS.replace("33.8%", "195%"))
    result = run(path, "--no-solve")
    assert [line.split(": ")[1] for line in printed(result, tmp_path)[1:]] == ["rule-never-binds"]


def test_what_reading_finds_is_reported_too(tmp_path: Path) -> None:
    result = run(write_small(tmp_path, rules=RULES.replace("partner_id: cedar", "region: West")))
    assert result.exit_code == 1
    assert "rules.yaml:4:13: where-nobody" in printed(result, tmp_path)[1]


def test_mistakes_do_not_hide_the_other_scenarios(tmp_path: Path) -> None:
    wrong = write_small(tmp_path / "wrong", rules=RULES.replace("growth_cap", "growth_cup"))
    result = run(wrong, write_small(tmp_path / "right", rules=NEVER_BINDS))
    assert result.exit_code == 1
    assert [line.split(": ")[1] for line in result.stdout.splitlines() if ": " in line] == [
        "unknown-kind",
        "rule-never-bound",
    ]


def test_a_doubt_must_stand_in_every_scenario_that_has_the_rule(tmp_path: Path) -> None:
    path = write_small(tmp_path, rules=NEVER_BINDS)
    other = tmp_path / "other.yaml"
    other.write_text(
        "scenario: other\nextends: scenario.yaml\nchange: {nobody too large: {share_max: 60%}}\n"
    )
    without = tmp_path / "without.yaml"
    without.write_text("scenario: without\nextends: scenario.yaml\nremove: [near the middle]\n")

    assert "nobody too large" not in run(path, other).stdout
    assert "'near the middle' binds no partner in any of 2 scenarios" in run(path, other, without).stdout


def test_a_conflict_is_reported_and_its_scenario_set_aside(tmp_path: Path) -> None:
    result = run(write_conflict(tmp_path))
    assert result.exit_code == 3
    assert result.stdout == "no findings\n"
    assert "the rules conflict" in result.stderr


def test_json_names_the_scenarios_and_how_they_end(tmp_path: Path) -> None:
    path, conflict = write_small(tmp_path / "a", rules=NEVER_BINDS), write_conflict(tmp_path / "b")
    result = run(path, conflict, "--json")
    document = json.loads(result.stdout)

    assert result.exit_code == 1
    assert [each["state"] for each in document["scenarios"]] == ["succeeded", "infeasible"]
    assert document["findings"][-1]["code"] == "rule-never-bound"
    assert document["findings"][-1]["severity"] == "warning"


def test_decisions_of_people_are_not_doubted(tmp_path: Path) -> None:
    decided = "adjustments: [{partner: acme, metric: revenue, target: 115, by: desk, reason: asked for}]\n"
    result = run(write_small(tmp_path, scenario=SCENARIO + decided))
    assert result.exit_code == 0


@pytest.mark.parametrize("arguments", [[], ["--no-such"]])
def test_usage(arguments: list[str]) -> None:
    assert run(*arguments).exit_code == 2
