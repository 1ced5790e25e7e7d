"""Sweeping: a scenario solved for every combination of values, and what is feasible in the grid."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from math import prod
from typing import Any

from api.analysis.errors import InvalidRequest
from api.analysis.request import Context
from api.analysis.sweep.document import (
    FeasibleRange,
    FeasibleValues,
    GridPoint,
    ParameterPart,
    SweepDocument,
    SweepRequest,
)
from api.analysis.sweep.solve_point import PointSolver, Variants
from rules.load import Loaded
from rules.reread import ReadScenario, reread_book
from scenarios import Finding, Refused, Report
from scenarios.diff.parameter_grid import (
    MOST_POINTS,
    Parameter,
    Reach,
    Unclear,
    Value,
    frontier,
    grid,
    locate,
    parse_parameter,
)

_ALIKE = 3
"""Values that are listed of those that are doubted alike."""


@dataclass(frozen=True, eq=False)
class Grid:
    """A scenario, the spots of it that parameters set, and what is doubtful about their values."""

    variants: Variants
    findings: tuple[Finding, ...] = ()
    """Doubts about the values, besides those about the scenario."""


def parameters_of(request: SweepRequest) -> tuple[Parameter, ...]:
    """What to vary. Raises InvalidRequest where it is not clear, named twice, or too much."""
    try:
        found = tuple(parse_parameter(text) for text in request.parameters)
    except Unclear as error:
        raise InvalidRequest("parameters", f"{error}.") from None
    names = [parameter.reference for parameter in found]
    if twice := [name for at, name in enumerate(names) if name in names[:at]]:
        raise InvalidRequest("parameters", f"{twice[0]!r} is given twice.")
    points = prod(len(parameter.values) for parameter in found)
    if points > MOST_POINTS:
        raise InvalidRequest("parameters", f"{points:,} points, more than {MOST_POINTS:,}.")
    return found


def grid_of(loaded: Loaded, parameters: Sequence[Parameter]) -> Grid:
    """Where the parameters are set, once every value has been tried on the rules. Raises Refused for mistakes."""
    report = Report()
    spots = [locate(loaded.scenario, parameter, report) for parameter in parameters]
    report.stop_on_errors()
    known = tuple(spot for spot in spots if spot is not None)
    found = Grid(Variants(loaded.scenario, tuple(parameters), known))
    read = ReadScenario(loaded.scenario, loaded.book)
    doubts = dict.fromkeys(
        finding for values in _one_by_one(parameters) for finding in _findings(found, values, read)
    )
    new = tuple(finding for finding in doubts if finding not in loaded.findings)
    if any(finding.severity == "error" for finding in new):
        raise Refused(new)
    return replace(found, findings=tuple(_abridged(new)))


def _abridged(findings: Sequence[Finding]) -> Iterator[Finding]:
    """The first few of those that are alike but for the value, then how many more there are."""
    for _, each in groupby(sorted(findings, key=_sort), key=_sort):
        found = list(each)
        yield from found[:_ALIKE]
        if (more := len(found) - _ALIKE) > 0:
            yield replace(found[0], message=f"doubted like these: {more:,} more", remedy="")


def _sort(finding: Finding) -> tuple[str, str, int]:
    return finding.code, finding.place.file, finding.place.line or 0


def _one_by_one(parameters: Sequence[Parameter]) -> list[tuple[Value, ...]]:
    """The first value of each, then every other value of one of them while the rest keep their first."""
    first = tuple(parameter.values[0] for parameter in parameters)
    others = [
        (*first[:at], value, *first[at + 1 :])
        for at, parameter in enumerate(parameters)
        for value in parameter.values[1:]
    ]
    return [first, *others]


def _findings(found: Grid, values: Sequence[Value], read: ReadScenario) -> tuple[Finding, ...]:
    report = Report()
    reread_book(found.variants.at(values), read, report)
    return report.findings


def sweep(loaded: Loaded, request: SweepRequest, context: Context) -> SweepDocument:
    """Every point of the grid, solved. Raises InvalidRequest, and Refused for values that make no scenario."""
    return sweep_grid(grid_of(loaded, parameters_of(request)), context)


def sweep_grid(found: Grid, context: Context) -> SweepDocument:
    """Every point of the grid, solved."""
    scenario, parameters = found.variants.scenario, found.variants.parameters
    combinations = list(grid(parameters))
    answers = context.pool.each(PointSolver(found.variants), combinations, "solving point")
    names = [parameter.reference for parameter in parameters]
    points = tuple(
        answer.model_copy(update={"values": dict(zip(names, (value.text for value in values), strict=True))})
        for values, answer in zip(combinations, answers, strict=True)
    )
    return SweepDocument(
        scenario=scenario.name,
        units={name: metric.unit for name, metric in scenario.metrics.items()},
        parameters=tuple(
            ParameterPart(parameter=each.reference, values=tuple(value.text for value in each.values))
            for each in parameters
        ),
        points=points,
        frontier=_frontier(parameters, points),
    )


def _frontier(parameters: Sequence[Parameter], points: Sequence[GridPoint]) -> tuple[FeasibleValues, ...]:
    feasible: dict[tuple[str, ...], Any] = {
        tuple(point.values.values()): point.state == "succeeded" for point in points
    }
    return tuple(
        FeasibleValues(
            parameter=parameter.reference,
            for_each=tuple(_reach(parameters, parameter, reach) for reach in reaches),
        )
        for parameter, reaches in zip(parameters, frontier(parameters, feasible), strict=True)
    )


def _reach(parameters: Sequence[Parameter], parameter: Parameter, reach: Reach) -> FeasibleRange:
    others = [each.reference for each in parameters if each is not parameter]
    return FeasibleRange(
        others=dict(zip(others, reach.others, strict=True)),
        first=reach.possible[0] if reach.possible else None,
        last=reach.possible[-1] if reach.possible else None,
        gaps=reach.gaps,
        feasible=reach.possible,
    )
