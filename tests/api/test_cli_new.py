"""`cascade new`: folders that solve at once, one for each rule set."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from api.cli.main import cascade

ROOT = Path(__file__).parents[2]
STARTERS = sorted(path.parent.name for path in (ROOT / "api" / "starters").glob("*/scenario.yaml"))
LIBRARIES = sorted(path.stem for path in (ROOT / "rules" / "library").glob("*.yaml"))


FILES = {"partners.csv", "rules.yaml", "rules.cases.yaml", "ambitious.yaml", "scenario.yaml"}


def new(*arguments: object) -> Result:
    return CliRunner().invoke(cascade, ["new", *map(str, arguments)])


@pytest.mark.parametrize("library", LIBRARIES)
def test_it_solves_at_once_without_a_doubt(tmp_path: Path, library: str) -> None:
    made = new(tmp_path / "channel", "--library", library)
    assert made.exit_code == 0
    solved = CliRunner().invoke(cascade, ["solve", str(tmp_path / "channel" / "scenario.yaml")])
    assert (solved.exit_code, solved.stderr) == (0, "")
    assert "(channel)" in solved.stdout
    assert f"library:{library}" in (tmp_path / "channel" / "scenario.yaml").read_text()


def test_the_shipped_example_comes_whole(tmp_path: Path) -> None:
    made = new(tmp_path / "tour", "--example", "channel")
    assert made.exit_code == 0
    shipped = ROOT / "scenarios" / "examples" / "channel"
    files = {path.name: path.read_text() for path in shipped.iterdir() if path.is_file()}
    assert {path.name: path.read_text() for path in (tmp_path / "tour").iterdir()} == files
    assert made.stdout.splitlines()[-1].startswith("next: cascade solve ")


@pytest.mark.parametrize(
    ("more", "says"),
    [
        pytest.param(["--example", "canal"], "there are channel.", id="unknown"),
        pytest.param(["--example", "channel", "--starter", "retention"], "say either", id="two"),
    ],
)
def test_an_example_is_one_that_ships(tmp_path: Path, more: list[str], says: str) -> None:
    refused = new(tmp_path / "tour", *more)
    assert refused.exit_code == 2
    assert says in refused.stderr
    assert not (tmp_path / "tour").exists()


def test_the_list_introduces_every_rule_set_starter_and_example() -> None:
    lines = new("--list").stdout.splitlines()
    uses = [name for name in STARTERS if name not in LIBRARIES]
    assert [line.split()[0] for line in lines] == [*LIBRARIES, *uses, "channel"]
    assert all(len(line.split()) > 4 for line in lines)


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("precious")
    run = new(tmp_path)
    assert run.exit_code == 2
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    assert new(tmp_path).exit_code == 0
    assert {path.name for path in tmp_path.iterdir()} == FILES


def test_an_unknown_rule_set_is_a_matter_of_usage(tmp_path: Path) -> None:
    run = new(tmp_path / "channel", "--library", "resellers")
    assert run.exit_code == 2
    assert "there are distributor, msp, reseller" in run.stderr
    assert not (tmp_path / "channel").exists()


def test_an_unknown_starter_is_a_matter_of_usage(tmp_path: Path) -> None:
    run = new(tmp_path / "channel", "--starter", "retaining")
    assert run.exit_code == 2
    assert "retention" in run.stderr


def test_a_name_of_any_letters(tmp_path: Path) -> None:
    folder = tmp_path / 'Süd: "Händler" 🙂'
    assert new(folder).exit_code == 0
    checked = CliRunner().invoke(cascade, ["check", str(folder / "scenario.yaml")])
    assert (checked.exit_code, checked.stdout) == (0, "no findings\n")
