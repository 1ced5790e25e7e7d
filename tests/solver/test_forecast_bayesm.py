"""Forecasts on real weeks: orange juice in 83 stores and cheese at 88 retailers, in periods of 13 weeks without a season."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest
from forecast_panel import DATA, Panel

FOLDER = DATA / "bayesm"
pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="the data of Debian's package r-cran-bayesm are not there: run tests/setup"
)
WEEKS = 13
FIRST_WEEK, PERIODS_OF_JUICE, PERIODS_OF_CHEESE = 40, 9, 4
"""Juice is counted from week 40 to 160; every retailer has 52 weeks of cheese at least."""


def frame(name: str) -> Any:
    import rdata

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says of text without an encoding that it takes it for ASCII
        return rdata.read_rda(FOLDER / f"{name}.rda")[name]


@cache
def juice() -> Panel:
    """The ounces sold of all brands, by store."""
    rows = frame("orangeJuice")["yx"]
    stores = sorted(rows["store"].unique())
    amounts = np.zeros((PERIODS_OF_JUICE * WEEKS, len(stores)))
    week = rows["week"].to_numpy().astype(int) - FIRST_WEEK
    counted = week < len(amounts)
    at = np.searchsorted(stores, rows["store"].to_numpy())
    np.add.at(amounts, (week[counted], at[counted]), np.exp(rows["logmove"].to_numpy())[counted])
    return Panel(
        amounts.reshape(-1, WEEKS, len(stores)), tuple(map(str, stores)), ("stores",) * len(stores), even=True
    )


@cache
def cheese() -> Panel:
    """The volume sold by each retailer, whose city stands before its name."""
    rows = frame("cheese")
    weeks = PERIODS_OF_CHEESE * WEEKS
    sold = {str(who): each["VOLUME"].to_numpy()[:weeks] for who, each in rows.groupby("RETAILER", sort=True)}
    amounts = np.stack(list(sold.values()), axis=1).astype(np.float64)
    cities = tuple(who.split(" - ")[0] for who in sold)
    return Panel(amounts.reshape(-1, WEEKS, len(sold)), tuple(sold), cities, even=True)


def test_the_panels_are_those_that_are_published() -> None:
    assert juice().amounts.shape == (9, 13, 83)
    assert cheese().amounts.shape == (4, 13, 88)


@pytest.mark.parametrize(
    ("panel", "weeks", "ours", "rate"),
    [(juice, 4, 12.1, 10.7), (juice, 8, 4.6, 5.0), (cheese, 4, 5.6, 5.1), (cheese, 8, 5.9, 3.7)],
    ids=["juice 4", "juice 8", "cheese 4", "cheese 8"],
)
def test_without_a_season_the_run_rate_is_about_as_good(
    panel: Callable[[], Panel], weeks: int, ours: float, rate: float
) -> None:
    assert panel().errors(weeks) == (ours, rate)


@pytest.mark.parametrize(
    ("panel", "weeks", "held"),
    [
        (juice, 4, [(7, 8), (7, 8), (471, 661)]),
        (juice, 8, [(7, 8), (7, 8), (490, 661)]),
        (cheese, 4, [(3, 3), (137, 138), (207, 264)]),
        (cheese, 8, [(3, 3), (134, 138), (202, 264)]),
    ],
    ids=["juice 4", "juice 8", "cheese 4", "cheese 8"],
)
def test_how_often_intervals_held(
    panel: Callable[[], Panel], weeks: int, held: list[tuple[int, int]]
) -> None:
    found = panel().held(weeks)
    assert [(each.held, each.of) for each in (found.company, found.levels, found.partners)] == held
