"""A frontier for people and programs: a line, a row or an entry for each share given up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import click

from api.comparing.sheets import Sheet, sheet
from api.outputs.layout import aligned, amount
from scenarios import Goal, Scenario
from scenarios.exact import decimal_text
from solver.frontier import Point, moved

_FIVE = ("least", "lower_quartile", "median", "upper_quartile", "most")


@dataclass(frozen=True, eq=False)
class Frontier:
    """Points of one goal, in the order asked for, and the scenario without the goal."""

    scenario: Scenario
    number: int
    """Which of its goals, counted from 1."""
    points: tuple[Point, ...]
    without: Point
    """The same without the goal: the most even answer that the rest allows."""

    @property
    def goal(self) -> Goal:
        """What is sought."""
        return self.scenario.goals[self.number - 1]

    @property
    def metrics(self) -> list[str]:
        """The metrics it speaks of."""
        return [self.goal.metric] if self.goal.metric else list(self.scenario.metrics)

    @property
    def every(self) -> tuple[Point, ...]:
        """All points, that without the goal last."""
        return (*self.points, self.without)

    @property
    def best(self) -> float | None:
        """The best that can be had."""
        return next((point.best for point in self.points if point.best is not None), None)

    @property
    def measure(self) -> str:
        """What the goal measures, with its unit."""
        units = {self.scenario.metrics[metric].unit for metric in self.metrics}
        unit = f" ({units.pop()})" if len(units) == 1 else ""
        if self.goal.maximise is not None:
            return f"{_mix(self.goal.maximise)} × {' and '.join(self.metrics)}{unit}"
        if self.goal.stay_close_to is not None:
            return f"total change from {self.goal.stay_close_to}{unit}"
        if self.goal.spread == "least_deviation":
            return f"total distance from the fair shares{unit}"
        return "largest stretch, up or down (%)"

    @property
    def more_is_better(self) -> bool:
        """Whether the goal seeks much of its measure."""
        return self.goal.maximise is not None

    @property
    def in_percent(self) -> bool:
        """Whether the measure is a part of something."""
        return self.goal.spread == "least_largest_stretch"

    def moved(self, point: Point) -> int | None:
        """How many partners have another target than without the goal."""
        return moved(point, self.without, len(self.scenario.table))


def _mix(weights: Mapping[str, Fraction]) -> str:
    """The columns of a goal with their weights, where these are not one."""
    parts = [f"{decimal_text(weight)} {name}" if weight != 1 else name for name, weight in weights.items()]
    return parts[0] if len(parts) == 1 else f"({' + '.join(parts)})"


def share_text(give_up: Fraction | None) -> str:
    """How the share given up is written; a dash without the goal."""
    return "-" if give_up is None else f"{decimal_text(give_up * 100)}%"


def frontier_document(frontier: Frontier) -> dict[str, Any]:
    """The frontier as JSON."""
    return {
        "scenario": frontier.scenario.name,
        "goal": frontier.number,
        "measure": frontier.measure,
        "more_is_better": frontier.more_is_better,
        "best": _nine(frontier.best),
        "points": [_told(frontier, point) for point in frontier.points],
        "without": _told(frontier, frontier.without),
    }


def _told(frontier: Frontier, point: Point) -> dict[str, Any]:
    give_up = None if point.give_up is None else share_text(point.give_up)
    if point.targets is None:
        return {"give_up": give_up, "state": point.state, "reason": point.reason}
    return {
        "give_up": give_up,
        "state": point.state,
        "kept": _nine(point.kept),
        "reached": _nine(point.reached),
        "unevenness": _nine(point.unevenness),
        "typical_stretch": _nine(point.typical_stretch),
        "stretch": point.stretch,
        "partners_moved": frontier.moved(point),
    }


def _nine(value: float | None) -> float | None:
    """Nine digits, as in result.json."""
    return None if value is None else float(f"{value:.9g}")


def frontier_sheet(frontier: Frontier) -> Sheet:
    """A row per point, that without the goal last; stretch as a fraction."""
    points = frontier.every
    columns: dict[str, Sequence[Any]] = {
        "give_up": [None if point.give_up is None else float(point.give_up) for point in points],
        "state": [point.state for point in points],
        "best": [_nine(point.best) for point in points],
        "kept": [_nine(point.kept) for point in points],
        "reached": [_nine(point.reached) if point.targets else None for point in points],
        "unevenness": [_nine(point.unevenness) if point.targets else None for point in points],
        "typical_stretch": [_nine(point.typical_stretch) if point.targets else None for point in points],
    }
    for metric in frontier.metrics:
        for name in _FIVE:
            columns[f"{metric} stretch {name}"] = [_five(point, metric, name) for point in points]
    columns["partners_moved"] = [frontier.moved(point) for point in points]
    columns["said"] = [point.reason for point in points]
    return sheet("Frontier", columns)


def _five(point: Point, metric: str, name: str) -> float | None:
    found: float | None = point.stretch.get(metric, {}).get(name)
    return found


def frontier_lines(frontier: Frontier) -> Iterator[str]:
    """The lines to print: what is sought and its best, then a line per point."""
    yield click.style(f"{frontier.scenario.name}, goal {frontier.number}: {frontier.measure}", bold=True)
    if frontier.best is not None:
        better = "best possible" if frontier.more_is_better else "least possible"
        yield f"  {better}: {_value(frontier, frontier.best)}"
    several = len(frontier.metrics) > 1
    head = ["give up", "kept", "reached", "typical stretch"]
    for metric in frontier.metrics:
        of = f"{metric} " if several else ""
        head += [f"{of}median", f"{of}middle half"]
    table = [[*head, "partners moved"], *(_line(frontier, point) for point in frontier.every)]
    yield from aligned(table, right=range(len(table[0])))
    for point in frontier.every:
        if point.reason:
            yield f"  {share_text(point.give_up)}: {point.reason}"
    if frontier.without.targets is not None:
        yield "The last line is without the goal; partners moved are counted against it."


def _line(frontier: Frontier, point: Point) -> list[str]:
    cells = [share_text(point.give_up)]
    if point.targets is None:
        return [*cells, "", point.state, *[""] * (2 + 2 * len(frontier.metrics))]
    cells += ["" if point.kept is None else _value(frontier, point.kept), _value(frontier, point.reached)]
    cells.append(f"±{point.typical_stretch * 100:.1f} %")
    for metric in frontier.metrics:
        cells += _middle(point.stretch[metric])
    number = frontier.moved(point)
    return [*cells, "" if number is None else f"{number:,}"]


def _middle(five: dict[str, Any]) -> tuple[str, str]:
    if "median" not in five:
        return "", ""
    low, middle, high = (
        f"{round(five[name] * 100, 1) + 0.0:+.1f}" for name in ("lower_quartile", "median", "upper_quartile")
    )
    return f"{middle} %", f"{low} to {high} %"


def _value(frontier: Frontier, value: float) -> str:
    if frontier.in_percent:
        return f"{value * 100:.2f} %"
    return amount(Fraction(value), decimals=0 if abs(value) >= 1000 else 2)
