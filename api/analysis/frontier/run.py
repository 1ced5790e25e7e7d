"""The frontier of a goal: every share of its best given up, solved, and the scenario without the goal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from api.analysis.errors import InvalidRequest
from api.analysis.frontier.document import FrontierDocument, FrontierRequest, SharePoint
from api.analysis.request import Context
from api.output.result_parts import FivePart
from rules.load import Loaded
from scenarios import Goal, Scenario
from scenarios.diff.parameter_grid import Unclear, parse_parameter
from scenarios.values.number_fields import parse_number
from scenarios.values.rational_array import decimal_text
from solver.questions.pareto import Point, PointSolver, moved


def frontier(loaded: Loaded, request: FrontierRequest, context: Context) -> FrontierDocument:
    """The points of a goal. Raises InvalidRequest where there is no such goal or a share is none."""
    shares = shares_of(request)
    check_goal(loaded.scenario, request)
    solver = PointSolver(loaded.scenario, request.goal - 1)
    *points, without = context.pool.each(solver, (*shares, None), "solving point")
    return _document(loaded.scenario, request, points, without)


def shares_of(request: FrontierRequest) -> list[Fraction]:
    """The shares meant. Raises InvalidRequest where they are not clear or no parts of a whole."""
    try:
        values = parse_parameter(f"goal.give_up={request.give_up}").values
        found = [parse_number(value.data) for value in values]
    except (Unclear, ValueError) as error:
        raise InvalidRequest("give_up", f"{error}.".replace("goal.give_up=", "")) from None
    if not all(0 <= share <= 1 for share in found):
        raise InvalidRequest("give_up", "a share is below 0% or above 100%.")
    return found


def check_goal(scenario: Scenario, request: FrontierRequest) -> None:
    """Raises InvalidRequest where the scenario has no such goal."""
    count = len(scenario.goals)
    if not count:
        raise InvalidRequest("", "the scenario has no goals; write goals: [{maximise: {margin: 1}}] in it.")
    if request.goal > count:
        raise InvalidRequest("goal", f"the scenario has {count} goal{'s' * (count > 1)}.")


def _document(
    scenario: Scenario, request: FrontierRequest, points: Sequence[Point], without: Point
) -> FrontierDocument:
    goal = scenario.goals[request.goal - 1]
    partners = len(scenario.table)
    return FrontierDocument(
        scenario=scenario.name,
        title=scenario.title,
        goal=request.goal,
        measure=_measure(scenario, goal),
        more_is_better=goal.maximise is not None,
        in_percent=goal.spread == "least_largest_stretch",
        best=_nine(next((point.best for point in points if point.best is not None), None)),
        points=tuple(_point(point, without, partners) for point in points),
        without=_point(without, without, partners),
    )


def _point(point: Point, without: Point, partners: int) -> SharePoint:
    solved = point.targets is not None
    return SharePoint(
        give_up=None if point.give_up is None else f"{decimal_text(point.give_up * 100)}%",
        state=point.state,
        reason=point.reason or None,
        best=_nine(point.best),
        kept=_nine(point.kept),
        reached=_nine(point.reached) if solved else None,
        unevenness=_nine(point.unevenness) if solved else None,
        typical_stretch=_nine(point.typical_stretch) if solved else None,
        stretch={metric: FivePart(**five) for metric, five in point.stretch.items()},
        partners_moved=moved(point, without, partners),
    )


def _nine(value: float | None) -> float | None:
    """Nine digits, as in result.json."""
    return None if value is None else float(f"{value:.9g}")


def _measure(scenario: Scenario, goal: Goal) -> str:
    """What the goal measures, with its unit."""
    if goal.maximise is not None:
        return _value(scenario, goal)
    unit = _unit(scenario, [goal.metric] if goal.metric else list(scenario.metrics))
    if goal.stay_close_to is not None:
        return f"total change from {goal.stay_close_to}{unit}"
    if goal.spread == "least_deviation":
        return f"total distance from the fair shares{unit}"
    return "largest stretch, up or down (%)"


def _unit(scenario: Scenario, metrics: Sequence[str]) -> str:
    """The unit of these metrics in brackets; empty where they have several."""
    units = {scenario.metrics[metric].unit for metric in metrics}
    return f" ({units.pop()})" if len(units) == 1 else ""


def _value(scenario: Scenario, goal: Goal) -> str:
    """What is maximised: columns times metrics, and the returns of what diminishes."""
    assert goal.maximise is not None
    steady: dict[str, list[str]] = {}
    for metric, weights in goal.maximise.items():
        if metric not in goal.half_at:
            steady.setdefault(_mix(weights), []).append(metric)
    parts = [f"{mix} × {' and '.join(metrics)}" for mix, metrics in steady.items()]
    parts += [f"{_mix(goal.maximise[metric])} by {metric}" for metric in goal.half_at]
    unit = "" if goal.half_at else _unit(scenario, list(goal.maximise))
    return f"{' + '.join(parts)}{unit}"


def _mix(weights: Mapping[str, Fraction]) -> str:
    """The columns of a goal with their weights, where these are not one."""
    parts = [f"{decimal_text(weight)} {name}" if weight != 1 else name for name, weight in weights.items()]
    return parts[0] if len(parts) == 1 else f"({' + '.join(parts)})"
