"""Comparing, sweeping and impact on 701 real resellers, where their tables lie beside the project."""

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from api.cli.main import cascade

HERE = Path(__file__).parents[3] / "shared" / "data" / "adventureworks"
pytestmark = pytest.mark.skipif(not HERE.is_dir(), reason="no real input beside the project")


def run(*arguments: object, code: int = 0) -> dict[str, Any]:
    done = CliRunner().invoke(cascade, [*map(str, arguments), "--json"])
    assert done.exit_code == code, done.output
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def test_holding_warehouses_to_less_moves_money_to_others() -> None:
    """The total stays, one change explains it all; growth floors give way for the same 27.

    Rounding alone takes less than a unit from 49 more, since every target stays within a unit.
    """
    document = run("compare", HERE / "scenario-base.yaml", HERE / "scenario-warehouse48.yaml")
    (against,) = document["against_first"]

    assert {side["totals"]["revenue"]["placed"] for side in document["sides"]} == {"40226000"}
    rules = {each["rule"]: each["sides"] for each in document["rules"]}
    assert [side["missed_by"] for side in rules["everyone grows"]] == [27, 76]
    assert [side["held"] for side in rules["warehouses stay in proportion"]] == [True, False]
    assert [change["sentence"] for why in against["why"] for change in why["changes"]] == [
        "share_max 52% → 48%"
    ]
    assert sum(Fraction(move["change"]) for move in against["moves"]) == 0
    assert all(move["why"] == [move["change"]] for move in against["moves"])
    assert against["newly_at_a_limit_in_all"] > 0


def test_a_grid_with_corners_where_nothing_is_possible() -> None:
    document = run(
        "sweep", HERE / "scenario-base.yaml",
        "--set", "everyone grows.growth_min=0%:12%:6%", "--set", "company target.total=40M,44M,60M",
    )  # fmt: skip

    states = {tuple(point["values"].values()): point["state"] for point in document["points"]}
    assert len(states) == 9
    assert {total for (_, total), state in states.items() if state == "infeasible"} == {"60M"}
    assert [reach["last"] for reach in document["frontier"][1]["for_each"]] == ["44M"] * 3


def test_a_stricter_floor_trips_a_gate(tmp_path: Path) -> None:
    new = tmp_path / "rules.yaml"
    new.write_text((HERE / "rules.yaml").read_text().replace("growth_min: 3%", "growth_min: 9%"))

    document = run(
        "impact", HERE / "rules.yaml", new, HERE / "scenario-base.yaml", "--max-move", "5%", code=5
    )

    assert document["tripped"] is True
    assert document["scenarios"][0]["beyond_the_gate"]
