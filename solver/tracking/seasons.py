"""Seasons: earlier years of actuals, each beside the year before it, and how often intervals made of the others held."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rules import CellIndex
from scenarios.actuals.actuals import Actuals
from scenarios.values.rational_array import Exact
from solver.cascade.level import Level
from solver.tracking.forecast import (
    Floats,
    Lesson,
    Season,
    learn,
    ratio_bounds,
    reach,
    rest_forecast,
    sums,
)

Mask = NDArray[np.bool_]

_COVERED = 0.5
"""Of what the rest asks: a year in which partners of less can be judged says nothing about the company."""


@dataclass(frozen=True)
class Held:
    """How often intervals held what came."""

    held: int
    of: int


def seasons_of(
    frame: CellIndex, metric: int, actuals: Actuals, asked: Floats, *, period: str, missing: bool
) -> list[Season]:
    """The earlier years that can be judged, each by what the year before it did in the same parts.

    `asked` (partners,) is what the rest of this year asks, `missing` whether who has no row has done nothing. A
    partner counts where both years say what it did in every part, and it did something before in both halves.
    """
    over = np.array([share == 1 for share in actuals.over])
    years = {
        year: _amounts(frame, metric, *found, missing=missing) for year, found in actuals.earlier.items()
    }
    found = []
    for before, year in _pairs(years, period):
        (old, old_complete), (new, complete) = years[before], years[year]
        due, expected = old[over].sum(axis=0), old[~over].sum(axis=0)
        # Something before in both halves: without it there is no expectation to be off from.
        who = np.flatnonzero(old_complete & complete & (expected > 0) & ((due > 0) | (not over.any())))
        if len(who) and asked[who].sum() >= _COVERED * asked.sum():
            done, rest = new[over].sum(axis=0), new[~over].sum(axis=0)
            found.append(Season(year, who, due[who], done[who], expected[who], rest[who]))
    return found


def _amounts(
    frame: CellIndex, metric: int, done: Exact, stated: Mask, *, missing: bool
) -> tuple[Floats, Mask]:
    """(parts, partners) what was done in a year, and (partners,) who says it for every part."""
    size, shape = frame.parts * frame.partners, (frame.parts, frame.partners)
    cells = slice(metric * size, (metric + 1) * size)
    complete: Mask = np.logical_and.reduce(stated[cells].reshape(shape)) | missing
    return done[cells].floats().reshape(shape), complete


def _pairs(years: Iterable[str], period: str) -> list[tuple[str, str]]:
    """Every year before the period with the year before it, by the first number in their names."""
    numbered = {number: year for year in years if (number := _number(year)) is not None}
    now = _number(period)
    return [
        (numbered[number - 1], numbered[number])
        for number in sorted(numbered)
        if number - 1 in numbered and (now is None or number < now)
    ]


def years_before(years: Iterable[str], period: str) -> list[str]:
    """The years before the period, oldest first, by the first number in their names; those without one first."""
    now = _number(period)
    numbered = [(number if number is not None else -1, year) for year in years for number in [_number(year)]]
    return [year for number, year in sorted(numbered) if year != period and (now is None or number < now)]


def _number(year: str) -> int | None:
    """2026 of FY2026, or of 2026-27: the first of four digits, else the first there is."""
    found = re.search(r"\d{4}", year) or re.search(r"\d+", year)
    return int(found[0]) if found else None


@dataclass(frozen=True)
class Coverage:
    """How often intervals made of the other years held what a year brought."""

    company: Held
    levels: Held
    """Of all levels between the company and the partners."""
    partners: Held


def coverage_of(seasons: Sequence[Season], levels: Sequence[Level]) -> Coverage:
    """How often the intervals for each year, learned from the others, held; there must be two years."""
    company, between, partners = [], [], []
    for number, season in enumerate(seasons):
        # Leave one year out: intervals judged by the year they learned from would flatter themselves.
        lesson = learn([*seasons[:number], *seasons[number + 1 :]])
        grown = season.grown(lesson.growth)
        forecast = rest_forecast(grown.expected, grown.deviation, lesson.weight)
        held = [_held(level, season, forecast, lesson) for level in levels[:-1]]
        company.append(held[0])
        between += held[1:]
        partners.append(_partners_held(season, forecast, lesson))
    return Coverage(_sum(company), _sum(between), _sum(partners))


def _held(level: Level, season: Season, forecast: Floats, lesson: Lesson) -> Held:
    """How many nodes' totals lie within their intervals."""
    everybody = np.zeros((2, level.everybody))
    everybody[:, season.who] = forecast, season.rest
    mine, rest = map(level.credited_floats, everybody)
    total, squares, came = (sums(level.node, each, len(level)) for each in (mine, mine**2, rest))
    inside = np.abs(came - total) <= reach(lesson.spread.of_total(total, squares), lesson.freedom)
    there = total > 0
    return Held(int((inside & there).sum()), int(there.sum()))


def _partners_held(season: Season, forecast: Floats, lesson: Lesson) -> Held:
    """How many partners lie within theirs."""
    bounds = ratio_bounds(lesson.ratios)
    if bounds is None:
        return Held(0, 0)
    there = forecast > 0
    ratio = season.rest[there] / forecast[there]
    return Held(int(((ratio >= bounds[0]) & (ratio <= bounds[1])).sum()), len(ratio))


def _sum(found: Sequence[Held]) -> Held:
    return Held(sum(each.held for each in found), sum(each.of for each in found))
