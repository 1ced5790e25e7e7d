"""Goals: what each reaches, what it leaves for evenness, and that the answer stays the only one."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import builders
import numpy as np
import pytest

from solver import Allocation, allocate

TABLE = """partner_id,region,baseline,margin,plan
acme,north,100,5,110
bolt,north,200,4,150
cube,south,300,3,300
dune,south,400,1,440
"""
CAP = {"name": "cap", "kind": "growth_cap", "metric": "revenue", "growth_max": "20%"}
FLOOR = {"name": "floor", "kind": "growth_floor", "metric": "revenue", "growth_min": "-10%"}


def answer(folder: Path, *goals: dict[str, Any], table: str = TABLE) -> Allocation:
    path = builders.scenario_file(
        folder,
        table,
        rules=[CAP, FLOOR],
        partner_id="partner_id",
        metrics={"revenue": {"unit": "USD", "round_to": 1, "baseline": "baseline"}},
        targets=[{"name": "target", "metric": "revenue", "total": 1000}],
        goals=list(goals),
    )
    allocation = allocate(*builders.read(path))
    assert allocation.state == "succeeded", allocation.reason
    return allocation


def targets(allocation: Allocation) -> list[int]:
    return [int(t) for t in allocation.target.tolist()]


def test_the_most_value_fills_the_caps_in_the_order_of_value(tmp_path: Path) -> None:
    """Floors 90, 180, 270, 360 come to 900; the 100 left go to the dearest: 30 to acme (120), 60 to bolt (240), 10 to cube.

    Value: 5 · 120 + 4 · 240 + 3 · 280 + 1 · 360 = 2760.
    """
    found = answer(tmp_path, {"maximise": {"margin": 1}})
    assert targets(found) == [120, 240, 280, 360]
    assert found.goals[0].best == pytest.approx(2760)


def test_what_may_be_given_up_goes_to_evenness(tmp_path: Path) -> None:
    """Without a goal everybody keeps the baseline, worth 2600; two percent of 2760 may go: 2704.8 must be kept."""
    found = answer(tmp_path, {"maximise": {"margin": 1}, "give_up": "2%"})
    worth = np.array([5, 4, 3, 1]) @ found.unrounded
    assert worth == pytest.approx(2704.8, abs=1e-5)
    assert found.goals[0].unevenness_before == pytest.approx(0)
    assert 0 < found.goals[0].unevenness_after < answer_unevenness(tmp_path)
    assert found.document()["certificate"]["exact"]


def answer_unevenness(folder: Path) -> float:
    return answer(folder, {"maximise": {"margin": 1}}).goals[0].unevenness_after


def test_staying_close_to_a_plan_changes_as_little_as_can_be(tmp_path: Path) -> None:
    """The plan is exactly the total and within every limit but bolt's floor of 180: 30 more there, 30 less elsewhere.

    The least total change is 60; of all such answers the one nearest to the fair shares takes the 30 from dune, the
    only partner planned above its fair share besides acme.
    """
    found = answer(tmp_path, {"stay_close_to": "plan"})
    assert found.goals[0].best == pytest.approx(60)
    changed = [after - before for after, before in zip(targets(found), (110, 150, 300, 440), strict=True)]
    assert sum(abs(change) for change in changed) == 60
    assert changed[1] == 30


@pytest.mark.parametrize("kind", ["least_deviation", "least_largest_stretch"])
def test_linear_spreads_end_where_fair_shares_already_hold(tmp_path: Path, kind: str) -> None:
    found = answer(tmp_path, {"spread": kind})
    assert targets(found) == [100, 200, 300, 400]
    assert found.goals[0].best == pytest.approx(0, abs=1e-6)


def test_goals_in_turn_keep_what_came_before(tmp_path: Path) -> None:
    found = answer(tmp_path, {"maximise": {"margin": 1}, "give_up": "1%"}, {"stay_close_to": "plan"})
    worth = np.array([5, 4, 3, 1]) @ found.unrounded
    assert worth >= 2760 * 0.99 - 1e-5
    assert len(found.goals) == 2


def test_the_order_of_rows_changes_no_target(tmp_path: Path) -> None:
    header, *rows = TABLE.splitlines()
    shuffled = "\n".join([header, *reversed(rows)]) + "\n"
    goal = {"maximise": {"margin": 1}, "give_up": "3%"}
    assert targets(answer(tmp_path, goal)) == targets(answer(tmp_path, goal, table=shuffled))


def test_a_goal_that_nothing_limits_is_a_failure_with_its_place(tmp_path: Path) -> None:
    path = builders.scenario_file(
        tmp_path,
        TABLE,
        partner_id="partner_id",
        metrics={"revenue": {"unit": "USD", "round_to": 1, "baseline": "baseline"}},
        targets=[{"name": "target", "metric": "revenue", "total_min": 1000}],
        goals=[{"maximise": {"margin": 1}}],
    )
    allocation = allocate(*builders.read(path))
    assert allocation.state == "failed"
    assert "has no best" in allocation.reason


def test_what_a_goal_keeps_is_a_rule_of_the_last_rank(tmp_path: Path) -> None:
    found = answer(tmp_path, {"maximise": {"margin": 1}})
    effect = next(e for e in found.effects if e.rule == "maximise margin")
    assert effect.kind == "goal"
    assert effect.missed_before_rounding == Fraction(0)
