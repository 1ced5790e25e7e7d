"""Kinds that others add: by an installed package, or by a folder that the operator names."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from api.cli.main import cascade

KIND = '''
from rules.cell_index import CellIndex
from rules.rows import Rows
from rules.rule import Rule
from scenarios.values.number_fields import Amount


class StepLimit(Rule):
    """No target moves by more than an amount."""

    step_max: Amount

    @property
    def uses_baseline(self) -> bool:
        return True

    def rows(self, frame: CellIndex) -> Rows:
        before = frame.baseline(self.one_metric)
        who = frame.who(self.where)
        return frame.each({self.one_metric: 1}, who, lower=before - self.step_max, upper=before + self.step_max)
'''
SCENARIO = """\
scenario: small
partners: partners.csv
metrics:
  revenue: {unit: USD, round_to: 1, baseline: last}
targets:
  - {name: company target, metric: revenue, total: 660}
rules: [rules.yaml]
"""
RULES = "rules:\n  - {name: no leaps, kind: KIND, step_max: 25}\n"


def check(folder: Path, kind: str, *command: str) -> Result:
    (folder / "partners.csv").write_text("partner_id,last\nacme,100\nbirch,200\ncedar,300\n")
    path = folder / "scenario.yaml"
    path.write_text(SCENARIO)
    (folder / "rules.yaml").write_text(RULES.replace("KIND", kind))
    return CliRunner().invoke(cascade, [*(command or ("check",)), str(path)])


@pytest.fixture
def kinds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "kinds"
    folder.mkdir()
    monkeypatch.setenv("CASCADE_KINDS", str(folder))
    return folder


def install(folder: Path, name: str, value: str) -> None:
    """A distribution with an entry point, as pip would leave it."""
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[goal_cascade.kinds]\n{name} = {value}\n")


def test_a_kind_of_the_operators_folder_is_a_kind(tmp_path: Path, kinds: Path) -> None:
    """60 more, 25 at most for each: all of it is placed, and the steps hold in a sweep too."""
    (kinds / "step_one.py").write_text(KIND)
    solved = check(tmp_path, "step_one", "solve", "--json")
    assert solved.exit_code == 0, solved.output
    totals = json.loads(solved.stdout)["totals"]["revenue"]
    assert totals["placed"] == "660"
    assert check(tmp_path, "step_one", "sweep", "--set", "no leaps.step_max=24,25").exit_code == 0


def test_an_installed_kind_is_a_kind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "steps_of_others.py").write_text(KIND)
    install(tmp_path, "step_two", "steps_of_others:StepLimit")
    monkeypatch.syspath_prepend(tmp_path)
    assert check(tmp_path, "step_two").exit_code == 0


def test_without_leave_no_file_is_a_kind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CASCADE_KINDS", raising=False)
    (tmp_path / "kinds").mkdir()
    (tmp_path / "kinds" / "step_three.py").write_text("raise SystemExit('it ran')")
    assert "unknown-kind" in check(tmp_path, "step_three").output


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("import nothing_of_this_name", "does not load: ModuleNotFoundError"),
        ("1 / 0", "does not load: ZeroDivisionError"),
        ("def", "does not load: SyntaxError"),
        ("", "must define one rule kind, and defines 0"),
        (KIND + KIND.replace("StepLimit", "Another"), "must define one rule kind, and defines 2"),
    ],
)
def test_a_broken_file_is_a_finding(tmp_path: Path, kinds: Path, content: str, reason: str) -> None:
    (kinds / "broken.py").write_text(content)
    checked = check(tmp_path, "broken")
    assert checked.exit_code == 1
    assert "broken-kind" in checked.output
    assert reason in checked.output


@pytest.mark.parametrize(("name", "value"), [("not_there", "no_such_module:Kind"), ("no_rule", "json:dumps")])
def test_a_broken_package_is_a_finding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    install(tmp_path, name, value)
    monkeypatch.syspath_prepend(tmp_path)
    checked = check(tmp_path, name)
    assert checked.exit_code == 1
    assert "broken-kind" in checked.output
    assert value in checked.output
