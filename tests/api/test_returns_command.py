"""Returns: the document of a goal whose returns diminish, by hand, and its command."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from api.analysis.errors import InvalidRequest
from api.analysis.returns.document import ReturnsRequest
from api.analysis.returns.run import returns, returns_of
from api.cli.main import cascade
from api.output.partner_names import PartnerNames
from rules.load import load

SCENARIO = """\
scenario: fund
partners: partners.csv
metrics: {mdf: {unit: USD, round_to: 1, fair_share: {last: 100%}}}
targets: [{name: the fund, metric: mdf, total: 60}]
rules: [rules.yaml]
goals:
  - {spread: least_deviation, give_up: 100%}
  - {maximise: {uplift: 1}, metric: mdf, half_at: half}
"""
PARTNERS = "partner_id,name,last,uplift,half\na,Acme,30,100,10\nb,Birch,30,50,20\n"


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    (tmp_path / "partners.csv").write_text(PARTNERS)
    (tmp_path / "rules.yaml").write_text("rules: []\n")
    path = tmp_path / "scenario.yaml"
    path.write_text(SCENARIO.replace("  - {spread: least_deviation, give_up: 100%}\n", ""))
    return path


def test_what_each_partner_brings(scenario: Path) -> None:
    """35 bring 100 · 35 / 45 and 25 bring 50 · 25 / 45; one more brings 1000 / 45² = 0.493827 to either."""
    found = returns(load(scenario), ReturnsRequest()).data()
    assert (found["best"], found["bound"], found["reached"]) == ("105.555556",) * 3
    assert [(each["partner"], each["target"], each["returns"]) for each in found["by_partner"]] == [
        ("a", "35", "77.777778"), ("b", "25", "27.777778")
    ]  # fmt: skip
    assert {each["marginal"] for each in found["by_partner"]} == {"0.493827"}
    (metric,) = found["metrics"]
    assert metric["least_marginal"] == metric["most_marginal"] == "0.493827"


def test_who_stands_at_a_bound_is_named(scenario: Path) -> None:
    cap = "{name: cap, kind: concentration, metric: mdf, share_max: 50%}"
    (scenario.parent / "rules.yaml").write_text(f"rules:\n  - {cap}\n")
    found = returns(load(scenario), ReturnsRequest()).data()
    assert {each["partner"]: each["held_by"] for each in found["by_partner"]} == {"a": "cap", "b": "cap"}
    assert found["metrics"][0]["least_marginal"] is None


def test_who_is_held_by_a_rule_over_several_targets_is_named(scenario: Path) -> None:
    (scenario.parent / "rules.yaml").write_text(
        "rules:\n  - {name: mix, kind: weighted_limit, values: {mdf: half}, of: mdf, share_max: 12}\n"
    )
    found = returns(load(scenario), ReturnsRequest()).data()
    assert {each["held_by"] for each in found["by_partner"]} == {"rule"}


def test_any_targets_can_be_asked_what_they_bring(scenario: Path) -> None:
    loaded = load(scenario)
    from scenarios.values.rational_array import Exact

    found = returns_of(
        loaded.scenario.goals[0],
        loaded.book.frame,
        Exact.of([10, 50]),
        PartnerNames.of_table(loaded.scenario.table),
    )
    assert {each.partner: each.returns for each in found} == {"a": "50", "b": "35.714286"}


def test_a_goal_without_half_at_is_not_meant(scenario: Path) -> None:
    scenario.write_text(SCENARIO)
    assert returns(load(scenario), ReturnsRequest()).goal == "maximise uplift"
    with pytest.raises(InvalidRequest, match="goal 1 has no half_at; of the goals, 2 has it"):
        returns(load(scenario), ReturnsRequest(goal=1))
    scenario.write_text(SCENARIO.partition("goals:")[0])
    with pytest.raises(InvalidRequest, match="no goal with half_at"):
        returns(load(scenario), ReturnsRequest())


def test_the_command_prints_and_writes_them(scenario: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(cascade, ["returns", str(scenario), "-o", str(tmp_path / "returns.xlsx")])
    assert done.exit_code == 0, done.output
    assert "no targets bring more: proved in exact arithmetic" in done.output
    assert "one more USD brings 0.4938 where no limit holds" in done.output
    found: dict[str, Any] = json.loads(
        CliRunner().invoke(cascade, ["returns", str(scenario), "--json"]).output
    )
    assert found == returns(load(scenario), ReturnsRequest()).data()
