"""Every doubt that linting reports, on a scenario that differs from a sound one by a single rule."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from api.cli.main import cascade
from scenarios import CODES

DOUBTS = Path(__file__).parent / "doubts"
GOALS = (
    "many-objectives",
    "few-key-results",
    "many-key-results",
    "no-weight",
    "rate-summed",
    "payout-cliff",
    "scored-and-paid",
)
"""Doubts about objectives and incentives."""
LISTED = sorted(path.stem for path in DOUBTS.glob("*.txt"))


def lint(name: str, monkeypatch: pytest.MonkeyPatch) -> tuple[int, str]:
    monkeypatch.chdir(DOUBTS)
    run = CliRunner().invoke(cascade, ["lint", f"{name}.yaml"])
    return run.exit_code, run.stdout


def test_the_scenario_they_differ_from_is_sound(monkeypatch: pytest.MonkeyPatch) -> None:
    assert lint("scenario", monkeypatch) == (0, "no findings\n")


@pytest.mark.parametrize("code", LISTED)
def test_one_rule_more_is_one_doubt(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = (DOUBTS / f"{code}.txt").read_text(encoding="utf-8")
    assert f": {code}: " in expected
    assert lint(code, monkeypatch) == (1, f"1 warning\n{expected}")


def test_every_code_about_rules_is_among_them() -> None:
    about = ("rule-", *GOALS)
    assert [code for code in CODES if code.startswith(about)] == sorted(LISTED, key=list(CODES).index)
