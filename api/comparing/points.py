"""The points of a sweep: each solved, with what planners ask of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from api.comparing.solve import solve_briefly

if TYPE_CHECKING:
    from api.asking import Asked
    from api.comparing.pool import Pool
    from api.comparing.solve import Solved
    from scenarios import Finding
    from scenarios.sweep import Parameter, Reach, Spot, Value


@dataclass(frozen=True, eq=False)
class Point:
    """One combination of values, and what came of it."""

    values: tuple[str, ...]
    """The text of each parameter's value."""
    solved: Solved
    """What the solve came to, without its targets."""

    @property
    def possible(self) -> bool:
        """Whether there are targets."""
        return self.solved.state == "succeeded"

    @property
    def missed(self) -> list[dict[str, Any]]:
        """What became of the rules that gave way."""
        return [effect for effect in self.solved.document.get("rules", ()) if not effect["held"]]

    def stretch(self, metric: str) -> dict[str, Any]:
        """The stretch over all partners: median and quartiles; empty where there are no targets."""
        found: dict[str, Any] = self.solved.document.get("spread", {}).get(metric, {}).get("all", {})
        return found

    @property
    def clash(self) -> list[str]:
        """The rules that cannot all hold."""
        return [party["rule"] for party in self.solved.document.get("conflict", {}).get("rules", ())]


@dataclass(frozen=True, eq=False)
class Sweep:
    """A grid that has been solved."""

    scenario: str
    """The name of the scenario."""
    parameters: tuple[Parameter, ...]
    """What was varied."""
    points: tuple[Point, ...]
    """The last parameter varies fastest."""
    frontier: tuple[tuple[Reach, ...], ...]
    """Per parameter, for each choice of the others, which values can be had."""
    units: dict[str, str]
    """Metric to unit."""


@dataclass(frozen=True, eq=False)
class Asking:
    """A scenario, and the spots of it that parameters set."""

    asked: Asked
    parameters: tuple[Parameter, ...]
    spots: tuple[Spot, ...]

    def variant(self, values: Sequence[Value]) -> Any:
        """The scenario in which every parameter has a value."""
        from scenarios.sweep import variant

        chosen = zip(self.spots, self.parameters, values, strict=True)
        settings = {spot: (value, parameter.place) for spot, parameter, value in chosen}
        return variant(self.asked.scenario, settings)


def locate_all(asked: Asked, parameters: Sequence[Parameter]) -> tuple[Asking | None, tuple[Finding, ...]]:
    """Where the parameters are set, once every value has been tried on the rules; and the findings."""
    from scenarios import Report
    from scenarios.sweep import locate

    report = Report()
    spots = [locate(asked.scenario, parameter, report) for parameter in parameters]
    if None in spots:
        return None, report.findings
    asking = Asking(asked, tuple(parameters), tuple(spot for spot in spots if spot is not None))
    found = dict.fromkeys(
        finding for values in _one_by_one(parameters) for finding in _findings(asking, values)
    )
    new = tuple(finding for finding in found if finding not in asked.findings)
    return asking, new


def _one_by_one(parameters: Sequence[Parameter]) -> list[tuple[Value, ...]]:
    """The first value of each, then every other value of one of them while the rest keep their first."""
    first = tuple(parameter.values[0] for parameter in parameters)
    others = [
        (*first[:at], value, *first[at + 1 :])
        for at, parameter in enumerate(parameters)
        for value in parameter.values[1:]
    ]
    return [first, *others]


def _findings(asking: Asking, values: Sequence[Value]) -> tuple[Finding, ...]:
    from rules import read_book
    from scenarios import Report

    report = Report()
    read_book(asking.variant(values), report)
    return report.findings


def swept(asking: Asking, pool: Pool) -> Sweep:
    """Every point of the grid, solved."""
    from scenarios.sweep import frontier, grid

    points = list(grid(asking.parameters))
    answers = pool.each(solve_briefly, [asking.variant(values) for values in points], "solving point")
    found = tuple(
        Point(tuple(value.text for value in values), answer)
        for values, answer in zip(points, answers, strict=True)
    )
    possible = {point.values: point.possible for point in found}
    return Sweep(
        asking.asked.scenario.name,
        asking.parameters,
        found,
        tuple(tuple(reaches) for reaches in frontier(asking.parameters, possible)),
        {name: metric.unit for name, metric in asking.asked.scenario.metrics.items()},
    )
