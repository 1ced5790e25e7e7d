"""Every starter: made from its seed, solved with its variant, without a doubt of lint, its cases kept and complete."""

import csv
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from api.cli.main import cascade
from scenarios.examples.starters import STARTERS as GENERATED
from scenarios.examples.starters import table

ROOT = Path(__file__).parents[2] / "api" / "starters"
STARTERS = sorted(path.parent.name for path in ROOT.glob("*/scenario.yaml"))
USES = ["co-selling", "deal-registration", "market-entry", "product-launch", "retention", "service-adoption"]


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cascade, [str(each) for each in arguments])


def test_each_use_has_a_starter_of_generated_data() -> None:
    assert sorted(GENERATED) == USES
    assert set(USES) < set(STARTERS)


@pytest.mark.parametrize("name", USES)
def test_its_table_is_made_from_the_seed(name: str) -> None:
    text = (ROOT / name / "partners.csv").read_text(encoding="utf-8")
    assert text == table(name)
    assert len(list(csv.DictReader(text.splitlines()))) == 24


@pytest.mark.parametrize("name", STARTERS)
def test_it_and_its_variant_solve_and_no_rule_is_doubted(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    assert run("new", folder, "--starter", name).exit_code == 0
    for file in ("scenario.yaml", "ambitious.yaml"):
        solved = run("solve", folder / file)
        assert (solved.exit_code, solved.stderr) == (0, "")
        assert "verified: " in solved.stdout
    assert "\nGoals\n" in solved.stdout
    linted = run("lint", folder / "scenario.yaml", folder / "ambitious.yaml")
    assert (linted.exit_code, linted.stdout) == (0, "no findings\n")


@pytest.mark.parametrize("name", STARTERS)
def test_its_cases_are_kept_and_look_at_every_branch(name: str) -> None:
    tested = run("test", ROOT / name / "rules.yaml")
    assert tested.exit_code == 0, tested.stdout
    done, of = tested.stdout.splitlines()[-1].partition("; ")[2].split(" branches")[0].split(" of ")
    assert done == of
