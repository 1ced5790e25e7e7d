"""Forecast: from a plan and files of actuals, earlier years among them, to what every node will come to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from api.analysis.forecast.document import (
    ForecastAmounts,
    ForecastDocument,
    ForecastNode,
    ForecastRequest,
    HeldPart,
    IntervalCoverage,
    LessonPart,
)
from api.analysis.plan import Plan
from api.analysis.standing.run import Found, asked_of, find_standing, levels_listed, parts_listed
from api.output.findings import finding_parts
from api.output.levels_document import MetricPart
from api.output.partner_names import PartnerNames
from scenarios import Finding, Place
from scenarios.actuals.facts import ActualsFile
from scenarios.values.rational_array import decimal_text, six_decimals
from solver.cascade.level import PARTNER
from solver.cascade.nodes import nodes_of
from solver.tracking.forecast import (
    ENOUGH,
    UNLEARNED,
    Floats,
    Lesson,
    Season,
    deviations,
    learn,
    odds_of,
    ratio_bounds,
    reach,
    rest_forecast,
    sums,
)
from solver.tracking.seasons import Held, coverage_of, seasons_of
from solver.tracking.standing import StandingLayer


@dataclass(frozen=True, eq=False)
class MetricForecast:
    """What is known about the rest of a metric."""

    number: int
    seasons: Sequence[Season]
    lesson: Lesson | None
    """None without a year to learn from."""
    asked: Floats
    """(partners,) of the rest."""
    rest: Floats
    """(partners,) its forecast."""

    @property
    def sure(self) -> Lesson | None:
        """The lesson, where enough years are behind it to say how sure a forecast is."""
        return self.lesson if len(self.seasons) >= ENOUGH else None

    @property
    def deviation(self) -> Floats | None:
        """(partners,) the standard deviation of each one's rest; None where too few years say it."""
        if not self.rest.any():
            return np.zeros_like(self.rest)
        return self.sure.spread.of_total(self.rest, self.rest**2) if self.sure else None


def forecast(plan: Plan, files: Sequence[ActualsFile], request: ForecastRequest) -> ForecastDocument:
    """What the period will come to. Raises Refused for mistakes in the actuals, InvalidRequest for unknown names."""
    found = find_standing(plan, files, request)
    missing = asked_of(plan, request).missing
    metrics = [metric_forecast(found, number, missing=missing) for number in range(len(plan.frame.metrics))]
    names = [layer.level.name for layer in found.layers]
    listed = found.layers[: levels_listed(names, request)]
    doubts = (
        *found.findings,
        *too_short(dict(zip(plan.frame.metrics, metrics, strict=True)), files[-1].name),
    )
    return ForecastDocument(
        scenario=plan.scenario.name,
        title=plan.scenario.title,
        as_of=found.actuals.day,
        parts=parts_listed(found),
        levels=tuple(names),
        units={
            name: MetricPart(unit=metric.unit, round_to=decimal_text(metric.round_to))
            for name, metric in plan.frame.metrics.items()
        },
        lessons={
            name: _lesson(found, metric) for name, metric in zip(plan.frame.metrics, metrics, strict=True)
        },
        nodes=_nodes(found, listed, metrics),
        findings=finding_parts(doubts),
    )


def metric_forecast(found: Found, number: int, *, missing: bool) -> MetricForecast:
    """Learns from earlier years of a metric, and forecasts its rest."""
    frame, layer = found.plan.frame, found.partners
    cells = slice(number * frame.partners, (number + 1) * frame.partners)
    target, done, due = (each[cells].floats() for each in (layer.target, layer.done, layer.expected))
    asked = np.maximum(target - due, 0)
    period = found.plan.scenario.period
    seasons = seasons_of(frame, number, found.actuals, asked, period=period, missing=missing)
    lesson = learn(seasons) if seasons else None
    weight = lesson.weight if lesson else UNLEARNED
    return MetricForecast(number, seasons, lesson, asked, rest_forecast(asked, deviations(done, due), weight))


def too_short(metrics: Mapping[str, MetricForecast], file: str) -> list[Finding]:
    """The metrics whose past is too short to say how sure their forecast is."""
    remedy = f"Add actuals of {ENOUGH + 1} earlier years: {ENOUGH} are judged, each by the year before it."
    return [
        Finding("too-little-history", Place(file), _few(name, metric.seasons), remedy, "warning")
        for name, metric in metrics.items()
        if metric.sure is None and metric.rest.any()
    ]


def _few(name: str, seasons: Sequence[Season]) -> str:
    years = f"{len(seasons)} earlier {'year' if len(seasons) == 1 else 'years'}"
    return f"{name}: {years} can be judged, too few for intervals and odds"


def _lesson(found: Found, metric: MetricForecast) -> LessonPart:
    levels = [layer.level for layer in found.layers]
    coverage = coverage_of(metric.seasons, levels) if metric.sure else None
    lesson, sure = metric.lesson, metric.sure
    return LessonPart(
        weight=six_decimals(lesson.weight if lesson else UNLEARNED),
        learned=bool(lesson and lesson.learned),
        years=tuple(season.year for season in metric.seasons),
        growth=six_decimals(sure.growth) if sure else None,
        common=six_decimals(sure.spread.common) if sure else None,
        own=six_decimals(sure.spread.own) if sure else None,
        coverage=coverage
        and IntervalCoverage(
            of_company=_held(coverage.company),
            of_levels=_held(coverage.levels),
            of_partners=_held(coverage.partners),
        ),
    )


def _held(found: Held) -> HeldPart:
    return HeldPart(held=found.held, of=found.of)


def _nodes(
    found: Found, layers: Sequence[StandingLayer], metrics: Sequence[MetricForecast]
) -> tuple[ForecastNode, ...]:
    nodes = nodes_of([layer.level for layer in layers])
    names = PartnerNames.of_table(found.plan.scenario.table)
    amounts = [
        each
        for layer in layers
        for each in zip(*(_amounts(layer, metric) for metric in metrics), strict=True)
    ]
    levels = [layer.level.name for layer in layers for _ in range(len(layer.level))]
    made = []
    for row, place in enumerate(nodes.order.tolist()):
        path = tuple(nodes.paths[row])
        who = names.of(path[-1]) if levels[place] == PARTNER else {"name": None, "tier": None}
        made.append(
            ForecastNode(
                level=levels[place],
                path=path,
                name=who["name"],
                tier=who["tier"],
                partners=int(nodes.partners[row]),
                metrics=dict(zip(found.plan.frame.metrics, amounts[place], strict=True)),
            )
        )
    return tuple(made)


def _amounts(layer: StandingLayer, metric: MetricForecast) -> list[ForecastAmounts]:
    """(nodes,) the forecast of every node of a level."""
    size = len(layer.level)
    cells = slice(metric.number * size, (metric.number + 1) * size)
    target, done = layer.target[cells].floats(), layer.done[cells].floats()
    its = layer.level.credited_floats(metric.rest)
    each_asked = layer.level.credited_floats(metric.asked)
    asked, rest, squares = (sums(layer.level.node, each, size) for each in (each_asked, its, its**2))
    nothing = np.full(size, np.nan)
    low = high = odds = nothing
    if layer.level.name == PARTNER:
        low, high = _of_partners(metric, rest)
    elif metric.sure or not metric.rest.any():
        low, high, odds = _of_totals(metric, target - done, rest, squares)
    columns = (target, done, asked, rest, done + rest, done + low, done + high, odds)
    return [
        ForecastAmounts(
            target=six_decimals(a), done=six_decimals(b), asked=six_decimals(c), rest=six_decimals(d),
            forecast=six_decimals(e),
            low=_maybe(f), high=_maybe(g), odds=_maybe(h),
        )
        for a, b, c, d, e, f, g, h in zip(*(each.tolist() for each in columns), strict=True)
    ]  # fmt: skip


def _of_partners(metric: MetricForecast, rest: Floats) -> tuple[Floats, Floats]:
    """(partners,) the least and most that the rest brings, by ranks of what it brought before."""
    bounds = ratio_bounds(metric.sure.ratios) if metric.sure else None
    if bounds is None:
        unknown = np.where(rest == 0, 0.0, np.nan)
        return unknown, unknown
    return rest * bounds[0], rest * bounds[1]


def _of_totals(
    metric: MetricForecast, needed: Floats, rest: Floats, squares: Floats
) -> tuple[Floats, Floats, Floats]:
    """(nodes,) the least and most that the rest brings, no less than nothing, and the odds that it suffices."""
    lesson = metric.sure
    freedom = lesson.freedom if lesson else 1
    spread = lesson.spread.of_total(rest, squares) if lesson else np.zeros_like(rest)
    off = reach(spread, freedom)
    return np.maximum(rest - off, 0), rest + off, odds_of(needed, rest, spread, freedom)


def _maybe(number: float) -> str | None:
    return None if np.isnan(number) else six_decimals(number)
