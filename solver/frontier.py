"""Frontier: what a goal reaches and how even the targets stay, for one share of its best given up after another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import sqrt
from typing import Any

import numpy as np

from rules import Frame, read_book
from scenarios import Goal, Report, Scenario
from scenarios.exact import Exact
from solver.allocate import allocate
from solver.allocation import Allocation, State
from solver.engines.problem import Vector
from solver.evenness import evenness
from solver.goals import unevenness


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


def solve_point(task: Task) -> Point:
    """The point; infeasible and failed are states of it. The rules of the scenario are known to be sound."""
    scenario, goal = varied(task.scenario, task.goal, task.give_up), task.scenario.goals[task.goal]
    report = Report()
    book = read_book(scenario, report)
    report.stop_on_errors()
    assert book is not None, "only mistakes leave a scenario without a book"
    allocation = allocate(scenario, book)
    if allocation.state != "succeeded":
        return Point(task.give_up, allocation.state, _why(allocation))
    assert allocation.settlement is not None, "an allocation with targets is settled"
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
        unevenness=unevenness(allocation.settlement),
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
    clashing = allocation.conflict.document()["rules"]
    return f"the rules cannot all hold: {', '.join(party['rule'] for party in clashing)}"


def moved(point: Point, other: Point, partners: int) -> int | None:
    """How many partners have another target in one than in the other; None where one of them has none."""
    if point.targets is None or other.targets is None:
        return None
    differs = ~point.targets.equals(other.targets)
    return int(differs.reshape(-1, partners).any(axis=0).sum())


def metrics_of(goal: Goal, frame: Frame) -> list[str]:
    """The metrics that a goal speaks of."""
    return [goal.metric] if goal.metric else list(frame.metrics)


def _typical(metrics: Sequence[str], frame: Frame, fair_share: Vector, amounts: Vector) -> float:
    """sqrt(Σ r · stretch² / Σ r), the mean over the metrics under the root; cells without a fair share aside."""
    squares = []
    for metric in metrics:
        cells = frame.cells(metric).ravel()
        share, away = fair_share[cells], amounts[cells] - fair_share[cells]
        parts = np.divide(away**2, share, out=np.zeros_like(away), where=share > 0)
        squares.append(float(parts.sum() / (share.sum() or 1.0)))
    return sqrt(sum(squares) / len(squares))


def worth(goal: Goal, frame: Frame, fair_share: Vector, targets: Vector) -> float:
    """What targets (cells,) come to in the measure of the goal."""
    metrics = metrics_of(goal, frame)
    asked = np.stack([targets[frame.cells(metric)].sum(axis=0) for metric in metrics])
    if goal.maximise is not None:
        value = sum(frame.column(c).floats() * float(weight) for c, weight in goal.maximise.items())
        return float((asked * value).sum())
    if goal.stay_close_to is not None:
        return float(np.abs(asked - frame.column(goal.stay_close_to).floats()).sum())
    share = np.stack([fair_share[frame.cells(metric)].sum(axis=0) for metric in metrics])
    away = np.abs(asked - share)
    if goal.spread == "least_deviation":
        return float(away.sum())
    return float(np.divide(away, share, out=np.zeros_like(away), where=share > 0).max(initial=0.0))
