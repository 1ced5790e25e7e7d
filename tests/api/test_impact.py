"""`cascade impact`: whose targets new rules move, and the gate."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from python_calamine import CalamineWorkbook
from small import RULES, SCENARIO, write_small

from api.cli.main import cascade

NEWER = RULES.replace("5%", "4%")
PRINTED = """\
small  ({path})
  revenue: 3 of 3 targets move: 2 up by 3, 1 down by 3

What moved them, one change after the other
  within reach: growth_max 5% → 4%
     revenue: 3 of 3 targets move: 2 up by 3, 1 down by 3

The 3 largest moves
  partner                      before  after  change
  cedar    Cédar                  315    312      -3  -1.0 %
  birch    Birch & Sons, Ltd.     230    232      +2  +0.9 %
  acme     Acme                   115    116      +1  +0.9 %

{gate}

"""
CLOSED = "GATE: 1 target beyond 0.9 %: cedar (Cédar)"
OPEN = "no target moves by more than 1 % and a unit of rounding"


def impact(*arguments: object) -> Result:
    return CliRunner().invoke(cascade, ["impact", "--jobs", "1", *map(str, arguments)])


def versions(at: Path, old: str = RULES, new: str = NEWER) -> tuple[Path, Path, Path]:
    """An old rule file, a new one, and a scenario that lists a file of the old one's name."""
    (at / "before").mkdir(parents=True)
    before, after = at / "before" / "rules.yaml", at / "after.yaml"
    before.write_text(old)
    after.write_text(new)
    return before, after, write_small(at / "year")


def found(run: Result) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(run.stdout)
    return document


@pytest.mark.parametrize(("gate", "code", "message"), [("1%", 0, OPEN), ("0.009", 5, CLOSED)])
def test_a_cap_is_lowered_by_hand(tmp_path: Path, gate: str, code: int, message: str) -> None:
    """104 % of cedar's 300 is 312: three less, which is 0.95 % of 315; birch and acme carry them as two to one."""
    before, after, path = versions(tmp_path)

    run = impact(before, after, path, "--max-move", gate)

    assert run.exit_code == code, run.output
    assert run.stdout == PRINTED.format(path=path, gate=message)


def test_without_a_gate_nothing_trips(tmp_path: Path) -> None:
    run = impact(*versions(tmp_path, new=RULES.replace("5%", "0%")))

    assert run.exit_code == 0
    assert "GATE" not in run.stdout


@pytest.mark.parametrize(("gate", "code"), [("1/105", 2), ("0.95%", 5), ("0.9523%", 5), ("0.9524%", 0)])
def test_the_gate_is_exact(tmp_path: Path, gate: str, code: int) -> None:
    """3 of 315 is 0.95238... %."""
    assert impact(*versions(tmp_path), "--max-move", gate).exit_code == code


def test_a_move_of_one_unit_of_rounding_never_trips(tmp_path: Path) -> None:
    """Acme's one of 115 and birch's two of 230 are both 0.87 %; acme's is one unit."""
    run = impact(*versions(tmp_path), "--max-move", "0.5%", "--json")

    assert run.exit_code == 5
    (scenario,) = found(run)["scenarios"]
    assert [each["partner"] for each in scenario["beyond_the_gate"]] == ["cedar", "birch"]
    assert found(run)["tripped"] is True
    assert found(run)["max_move"] == 0.005


def test_the_impact_as_json(tmp_path: Path) -> None:
    before, after, path = versions(tmp_path)
    (tmp_path / "year" / "other.yaml").write_text(SCENARIO.replace("rules: [rules.yaml]", "rules: []"))

    document = found(impact(before, after, path, tmp_path / "year" / "other.yaml", "--json"))

    assert document["not_concerned"] == [str(tmp_path / "year" / "other.yaml")]
    assert (document["old"], document["new"], document["tripped"]) == (str(before), str(after), False)
    (scenario,) = document["scenarios"]
    assert (scenario["scenario"], scenario["file"]) == ("small", str(path))
    assert (scenario["before"]["state"], scenario["after"]["state"]) == ("succeeded", "succeeded")
    assert [each["sentence"] for each in scenario["moved"]["why"][0]["changes"]] == ["growth_max 5% → 4%"]
    assert {move["partner"]: move["change"] for move in scenario["moved"]["moves"]} == {
        "cedar": "-3", "birch": "2", "acme": "1"
    }  # fmt: skip


def test_the_scenarios_own_rules_do_not_matter(tmp_path: Path) -> None:
    before, after, path = versions(tmp_path)
    (path.parent / "rules.yaml").write_text(RULES.replace("5%", "-20%"))

    assert impact(before, after, path).stdout.splitlines()[1:] == PRINTED.splitlines()[1:-2]


def test_variants_are_solved_under_both_too(tmp_path: Path) -> None:
    before, after, path = versions(tmp_path)
    variant = path.parent / "variant.yaml"
    variant.write_text("scenario: variant\nextends: scenario.yaml\nchange: {company target: {total: 630}}\n")

    document = found(impact(before, after, path, variant, "--json"))

    assert [each["scenario"] for each in document["scenarios"]] == ["small", "variant"]


def test_folders_of_rules_by_their_paths(tmp_path: Path) -> None:
    scenario = SCENARIO.replace("[rules.yaml]", "[rules/emea/caps.yaml, rules/caps.yaml]")
    path = write_small(tmp_path / "year", scenario=scenario)
    for version, most in (("old", "5%"), ("new", "4%")):
        (tmp_path / version / "emea").mkdir(parents=True)
        (tmp_path / version / "emea" / "caps.yaml").write_text(RULES.replace("5%", most))
        (tmp_path / version / "caps.yaml").write_text("rules: []\n")
        (tmp_path / version / "notes.txt").write_text("not a rule file")
    (tmp_path / "year" / "rules" / "emea").mkdir(parents=True)
    for name in ("emea/caps.yaml", "caps.yaml"):
        (tmp_path / "year" / "rules" / name).write_bytes((tmp_path / "old" / name).read_bytes())

    document = found(impact(tmp_path / "old", tmp_path / "new", path, "--json"))

    (scenario_found,) = document["scenarios"]
    assert [each["sentence"] for each in scenario_found["moved"]["why"][0]["changes"]] == [
        "growth_max 5% → 4%"
    ]


def test_a_scenario_among_the_files_of_a_folder_is_not_swapped(tmp_path: Path) -> None:
    old = write_small(tmp_path / "old")
    new = write_small(tmp_path / "new", rules=NEWER, scenario=SCENARIO.replace("660", "600"))

    document = found(impact(old.parent, new.parent, old, "--json"))

    (scenario,) = document["scenarios"]
    assert [why["changes"][0]["subject"] for why in scenario["moved"]["why"]] == ["within reach"]


def test_new_rules_that_conflict_end_with_three(tmp_path: Path) -> None:
    everyone = RULES.replace("    where: {partner_id: cedar}\n", "")

    run = impact(*versions(tmp_path, new=everyone), "--max-move", "5%")

    assert run.exit_code == 3
    assert "these rules cannot all hold: company target, within reach" in run.stdout


def test_rules_that_conflicted_before_are_not_their_fault(tmp_path: Path) -> None:
    everyone = RULES.replace("    where: {partner_id: cedar}\n", "")

    assert impact(*versions(tmp_path / "still", old=everyone, new=everyone)).exit_code == 0
    assert impact(*versions(tmp_path / "mended", old=everyone)).exit_code == 0


def test_mistakes_in_the_new_rules_are_reported_where_they_stand(tmp_path: Path) -> None:
    before, after, path = versions(tmp_path, new=RULES.replace("5%", "five"))

    run = impact(before, after, path)

    assert run.exit_code == 1
    assert run.stderr.startswith(f"1 finding\n{after}:5:17: not-a-number: growth_max is 'five'.")
    (finding,) = found(impact(before, after, path, "--json"))["findings"]
    assert finding["file"] == str(after)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["before/rules.yaml", "nowhere.yaml", "year/scenario.yaml"], "there is no nowhere.yaml"),
        (["before/rules.yaml", "year", "year/scenario.yaml"], "two rule files, or two folders"),
        (["before", "year/scenario.yaml"], "Missing argument 'SCENARIO...'"),
        (["after.yaml", "before/rules.yaml", "year/scenario.yaml"], "none of the scenarios lists after.yaml"),
        (
            ["before/rules.yaml", "after.yaml", "year/scenario.yaml", "--max-move", "x"],
            "it is 'x'; write 5% or 0.05",
        ),
        (
            ["before/rules.yaml", "after.yaml", "year/scenario.yaml", "--max-move", "-1%"],
            "write zero or more",
        ),
    ],
)
def test_mistakes_in_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
) -> None:
    versions(tmp_path)
    monkeypatch.chdir(tmp_path)

    run = impact(*arguments)

    assert run.exit_code == 2
    assert message in run.stderr


def test_empty_folders_are_a_mistake_in_use(tmp_path: Path) -> None:
    _, _, path = versions(tmp_path)
    for name in ("one", "two"):
        (tmp_path / name).mkdir()

    run = impact(tmp_path / "one", tmp_path / "two", path)

    assert run.exit_code == 2
    assert "holds a rule file" in run.stderr


def test_the_files_hold_every_target_of_every_scenario(tmp_path: Path) -> None:
    before, after, path = versions(tmp_path)
    variant = path.parent / "variant.yaml"
    variant.write_text("scenario: variant\nextends: scenario.yaml\nchange: {company target: {total: 630}}\n")

    impact(before, after, path, variant, "-o", tmp_path / "moves.csv")
    impact(before, after, path, variant, "-o", tmp_path / "moves.xlsx")

    with (tmp_path / "moves.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["scenario"], row["partner"], row["change"]) for row in rows[:3]] == [
        ("small", "birch", "2"), ("small", "acme", "1"), ("small", "cedar", "-3")
    ]  # fmt: skip
    assert {row["scenario"] for row in rows} == {"small", "variant"}
    book = CalamineWorkbook.from_path(tmp_path / "moves.xlsx")
    assert book.sheet_names == ["Why", "Moves"]
    assert len(book.get_sheet_by_name("Moves").to_python()) == 7
