"""The frontier: points by hand, more given up is never less even, and without the goal is the most even of all."""

from dataclasses import replace
from fractions import Fraction
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from builders import frame, metric, partners, read, scenario_file

from scenarios import Goal, Place, Scenario
from solver.questions.pareto import Task, moved, solve_point, varied, worth

TABLE = "partner_id,tier,value,plan,baseline\nacme,Gold,0.3,60,100\nbirch,Gold,0.1,140,100\ncedar,Gold,0.2,100,100\n"
CAP = {"name": "within reach", "kind": "growth_cap", "metric": "revenue", "growth_max": "20%"}
FLOOR = {"name": "no less", "kind": "growth_floor", "metric": "revenue", "growth_min": "-20%"}


def asked(folder: Path, *goals: dict[str, Any], rules: tuple[dict[str, Any], ...] = (CAP, FLOOR)) -> Scenario:
    """Three partners with fair shares of 100 who may be asked for 80 to 120 each."""
    path = scenario_file(
        folder,
        TABLE,
        rules=rules,
        metrics={"revenue": {"unit": "USD", "round_to": 1, "baseline": "baseline"}},
        targets=[{"name": "company target", "metric": "revenue", "total": 300}],
        goals=goals or ({"maximise": {"value": 1}},),
    )
    return read(path)[0]


def test_a_point_by_hand(tmp_path: Path) -> None:
    """The best is 120 · 0.3 + 80 · 0.1 + 100 · 0.2 = 64, at a stretch of 20 %, -20 % and none."""
    point = solve_point(Task(asked(tmp_path), 0, Fraction(0)))
    assert point.targets is not None
    assert point.targets.tolist() == [120, 80, 100]
    assert point.best == pytest.approx(64)
    assert point.reached == pytest.approx(64)
    assert point.typical_stretch == pytest.approx(sqrt((0.04 + 0.04) / 3))
    assert point.unevenness == pytest.approx((0.04 + 0.04) / 6)


def test_half_of_what_there_is_to_win_given_up(tmp_path: Path) -> None:
    """62 of 64 is half way from the 60 of even targets: 110, 90 and 100, as margins differ by 0.1 from the middle."""
    point = solve_point(Task(asked(tmp_path), 0, Fraction(2, 64)))
    assert point.targets is not None
    assert point.targets.tolist() == [110, 90, 100]
    assert point.kept == pytest.approx(62)
    assert point.typical_stretch == pytest.approx(sqrt(0.02 / 3))


def test_without_the_goal_targets_are_even(tmp_path: Path) -> None:
    scenario = asked(tmp_path)
    point = solve_point(Task(scenario, 0, None))
    assert (point.best, point.kept, point.unevenness) == (None, None, pytest.approx(0))
    assert point.reached == pytest.approx(60)
    assert moved(solve_point(Task(scenario, 0, Fraction(0))), point, 3) == 2
    assert moved(point, point, 3) == 0


def test_more_given_up_is_never_less_even(tmp_path: Path) -> None:
    scenario = asked(tmp_path)
    shares = [Fraction(n, 100) for n in range(0, 10)]
    points = [solve_point(Task(scenario, 0, share)) for share in (*shares, None)]
    uneven, reached = [p.unevenness for p in points], [p.reached for p in points]
    assert uneven == sorted(uneven, reverse=True)
    assert reached == sorted(reached, reverse=True)


def test_the_other_goals_stay(tmp_path: Path) -> None:
    scenario = asked(tmp_path, {"maximise": {"value": 1}}, {"stay_close_to": "plan", "give_up": "5%"})
    other = varied(scenario, 1, Fraction(1, 2))
    assert (other.goals[0], other.goals[1].give_up) == (scenario.goals[0], Fraction(1, 2))
    assert varied(scenario, 1, None).goals == scenario.goals[:1]
    assert varied(scenario, 0, None).goals == scenario.goals[1:]


def test_rules_that_conflict_are_a_state(tmp_path: Path) -> None:
    scenario = asked(tmp_path, rules=({**CAP, "growth_max": "-10%"},))
    point = solve_point(Task(scenario, 0, Fraction(0)))
    assert (point.state, point.targets) == ("infeasible", None)
    assert point.reason == "the rules cannot all hold: company target, within reach"
    assert moved(point, point, 3) is None


def test_a_goal_without_a_best_is_a_failure(tmp_path: Path) -> None:
    path = scenario_file(
        tmp_path,
        TABLE,
        metrics={"revenue": {"unit": "USD", "baseline": "baseline"}},
        targets=[{"name": "company target", "metric": "revenue", "total_min": 300}],
        goals=[{"maximise": {"value": 1}}],
    )
    point = solve_point(Task(read(path)[0], 0, Fraction(0)))
    assert point.state == "failed"
    assert "has no best" in point.reason


GOAL = Goal(None, None, None, None, Fraction(0), Place("scenario.yaml"))


@pytest.mark.parametrize(
    ("goal", "comes_to"),
    [
        (replace(GOAL, maximise={"revenue": {"value": Fraction(2)}}), 2 * (0.3 * 90 + 0.1 * 120)),
        (replace(GOAL, stay_close_to="plan"), 30 + 20),
        (replace(GOAL, spread="least_deviation"), 10 + 20),
        (replace(GOAL, spread="least_largest_stretch"), 0.2),
    ],
)
def test_what_targets_are_worth_to_a_goal(goal: Goal, comes_to: float) -> None:
    """Fair shares are 100 each, plans 60 and 140, targets 90 and 120."""
    table = partners("acme 0.3 60 100", "birch 0.1 140 100", columns="partner_id value plan baseline")
    of = frame(table, metric())
    assert worth(goal, of, np.array([100.0, 100.0]), np.array([90.0, 120.0])) == pytest.approx(comes_to)
