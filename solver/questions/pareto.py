"""Frontier: what a goal reaches and how even the targets stay, for one share of its best given up after another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import sqrt
from typing import Any

import numpy as np

from rules import CellIndex
from scenarios import Goal, Report, Scenario
from scenarios.values.rational_array import Exact
from solver.allocation import Allocation, State
from solver.engines.quadratic_program import Vector
from solver.explain.stretch import evenness
from solver.optimise.goals import unevenness
from solver.optimise.returns import Returns
from solver.questions.series import Series


@dataclass(frozen=True, eq=False)
class Task:
    """One point to solve."""

    scenario: Scenario
    goal: int
    """Which of its goals is looked at, counted from 0."""
    give_up: Fraction | None
    """How much of its best may be given up; None: the scenario without the goal."""


@dataclass(frozen=True, eq=False)
class Point:
    """What became of a point."""

    give_up: Fraction | None
    """None: without the goal."""
    state: State
    reason: str = ""
    """Why there are no targets."""
    best: float | None = None
    """The best that the rules and the goals before it allow; None without the goal."""
    kept: float | None = None
    """What of it had to be kept; None without the goal."""
    reached: float = 0.0
    """What the whole targets come to."""
    unevenness: float = 0.0
    """The chi-square distance of all targets from the fair shares, as in result.json."""
    typical_stretch: float = 0.0
    """How far targets of the goal's metrics typically are from their fair shares, as a part of these."""
    stretch: dict[str, Any] = field(default_factory=dict)
    """Per metric of the goal the least, quartiles and most of the partners' stretch."""
    targets: Exact | None = None
    """(cells,)"""


class PointSolver:
    """Solves points of one goal of a scenario; what they share is read once."""

    def __init__(self, scenario: Scenario, goal: int) -> None:
        self._scenario, self._goal, self._series = scenario, goal, Series()

    def __call__(self, give_up: Fraction | None) -> Point:
        """The point in which so much of the goal's best may be given up; None: without the goal."""
        return solve_point(Task(self._scenario, self._goal, give_up), self._series)


def solve_point(task: Task, series: Series | None = None) -> Point:
    """The point; infeasible and failed are states of it. The rules of the scenario are known to be sound."""
    scenario, goal = varied(task.scenario, task.goal, task.give_up), task.scenario.goals[task.goal]
    report = Report()
    allocation = (series or Series()).solve(scenario, report)
    report.stop_on_errors()
    assert allocation is not None, "only mistakes leave a scenario without an answer"
    if allocation.state != "succeeded":
        return Point(task.give_up, allocation.state, _why(allocation))
    assert allocation.elastic is not None, "an allocation with targets is solved"
    targets = allocation.target.floats()
    metrics = metrics_of(goal, allocation.frame)
    sought = None if task.give_up is None else allocation.goals[task.goal]
    spread = evenness(allocation.frame, allocation.fair_share, targets, ())
    return Point(
        task.give_up,
        allocation.state,
        best=sought.best if sought else None,
        kept=sought.kept if sought else None,
        reached=worth(goal, allocation.frame, allocation.fair_share, targets),
        unevenness=unevenness(allocation.elastic),
        typical_stretch=_typical(metrics, allocation.frame, allocation.fair_share, allocation.unrounded),
        stretch={metric: spread[metric]["all"] for metric in metrics},
        targets=allocation.target,
    )


def varied(scenario: Scenario, goal: int, give_up: Fraction | None) -> Scenario:
    """The scenario with another share to give up, or without the goal."""
    before, meant, after = scenario.goals[:goal], scenario.goals[goal], scenario.goals[goal + 1 :]
    chosen = () if give_up is None else (replace(meant, give_up=give_up),)
    return replace(scenario, goals=(*before, *chosen, *after))


def _why(allocation: Allocation) -> str:
    if allocation.conflict is None:
        return allocation.reason
    return f"the rules cannot all hold: {', '.join(allocation.conflict.rules)}"


def moved(point: Point, other: Point, partners: int) -> int | None:
    """How many partners have another target in one than in the other; None where one of them has none."""
    if point.targets is None or other.targets is None:
        return None
    differs = ~point.targets.equals(other.targets)
    return int(differs.reshape(-1, partners).any(axis=0).sum())


def metrics_of(goal: Goal, frame: CellIndex) -> list[str]:
    """The metrics that a goal speaks of."""
    if goal.maximise is not None:
        return [metric for metric in frame.metrics if metric in goal.maximise]
    return [goal.metric] if goal.metric else list(frame.metrics)


def _typical(metrics: Sequence[str], frame: CellIndex, fair_share: Vector, amounts: Vector) -> float:
    """sqrt(Σ r · stretch² / Σ r), the mean over the metrics under the root; cells without a fair share aside."""
    squares = []
    for metric in metrics:
        cells = frame.cells(metric).ravel()
        share, away = fair_share[cells], amounts[cells] - fair_share[cells]
        parts = np.divide(away**2, share, out=np.zeros_like(away), where=share > 0)
        # Weighted by fair shares, as the chi-square distance is; a metric without any counts as at its
        # shares.
        squares.append(float(parts.sum() / (share.sum() or 1.0)))
    return sqrt(sum(squares) / len(squares))


def worth(goal: Goal, frame: CellIndex, fair_share: Vector, targets: Vector) -> float:
    """What targets (cells,) come to in the measure of the goal."""
    if goal.maximise is not None:
        return Returns.of(goal, frame).value(targets)
    metrics = metrics_of(goal, frame)
    asked = np.stack([targets[frame.cells(metric)].sum(axis=0) for metric in metrics])
    if goal.stay_close_to is not None:
        return float(np.abs(asked - frame.column(goal.stay_close_to).floats()).sum())
    share = np.stack([fair_share[frame.cells(metric)].sum(axis=0) for metric in metrics])
    away = np.abs(asked - share)
    if goal.spread == "least_deviation":
        return float(away.sum())
    # The largest stretch, the measure of "least largest stretch"; partners without a fair share have none.
    return float(np.divide(away, share, out=np.zeros_like(away), where=share > 0).max(initial=0.0))
