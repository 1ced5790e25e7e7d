"""Forecast, spread, odds and ranks: by hand, by property, and on years drawn at random."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from solver.cascade.level import Level
from solver.tracking.forecast import (
    Floats,
    Season,
    Spread,
    deviations,
    learn,
    odds_of,
    rank,
    ratio_bounds,
    reach,
    rest_forecast,
)
from solver.tracking.seasons import coverage_of

NORMAL = 1e9
"""So many degrees of freedom that Student's t is the normal."""


def of(*numbers: float) -> Floats:
    return np.array(numbers, dtype=np.float64)


def test_three_partners_after_the_first_half() -> None:
    asked = of(55, 110, 165)
    rest = rest_forecast(asked, deviations(of(40, 120, 150), asked), 0.5)
    spread = Spread(0.05, 0.1).of_total(of(rest.sum()), of((rest**2).sum()))
    alone = Spread(0, 0.1).of_total(of(rest.sum()), of((rest**2).sum()))

    assert rest == pytest.approx([47.5, 115, 157.5])
    assert 310 + rest.sum() == pytest.approx(630)
    assert spread[0] == pytest.approx(25.668561)
    assert odds_of(of(350), of(320), spread, NORMAL)[0] == pytest.approx(0.121253, abs=1e-6)
    assert odds_of(of(350), of(320), spread, 3)[0] == pytest.approx(0.163465, abs=1e-6)
    assert odds_of(of(350), of(320), alone, NORMAL)[0] == pytest.approx(0.067504, abs=1e-6)
    assert 630 + reach(spread, NORMAL)[0] == pytest.approx(662.896, abs=1e-3)
    assert 630 - reach(spread, 3)[0] == pytest.approx(587.96, abs=0.01)


def test_a_crowd_does_not_thin_out_what_is_common() -> None:
    f = np.full(240, 1 / 240)
    squares = of((f**2).sum())
    spread, alone = (Spread(common, 0.3).of_total(of(1), squares) for common in (0.05, 0))
    assert (spread[0], alone[0]) == pytest.approx((0.053619, 0.019365), abs=1e-6)
    assert odds_of(of(1.02), of(1), spread, NORMAL)[0] == pytest.approx(0.354574, abs=1e-6)
    assert odds_of(of(1.02), of(1), alone, NORMAL)[0] == pytest.approx(0.15085, abs=1e-6)


def test_ranks_bound_a_share_of_what_is_to_come_and_too_few_bound_nothing() -> None:
    assert rank(60, Fraction(9, 10)) == 55
    assert rank(8, Fraction(9, 10)) is None
    assert ratio_bounds(np.arange(8.0)) is None
    assert ratio_bounds(np.arange(1.0, 10.0)) == (1, 9)
    assert ratio_bounds(np.arange(1.0, 100.0)) == (10, 90)


@given(st.floats(1, 1000), st.floats(0, 1000), st.floats(0, 500), st.integers(1, 9), st.floats(0.1, 100))
def test_odds_rise_with_what_is_done_and_fall_with_the_target(
    needed: float, rest: float, spread: float, freedom: int, more: float
) -> None:
    odds, done, asked = odds_of(
        of(needed, needed - more, needed + more), np.full(3, rest), np.full(3, spread), freedom
    )
    assert 0 <= asked <= odds <= done <= 1


def test_what_is_met_is_sure_and_a_rest_of_nothing_brings_nothing() -> None:
    assert odds_of(of(0, -5, 3), of(10, 0, 0), of(9, 0, 0), 2).tolist() == [1, 1, 0]


def test_a_pace_beyond_twice_what_was_due_says_no_more() -> None:
    assert deviations(of(50, 0, 7, -3), of(10, 10, 0, 10)).tolist() == [1, -1, 0, -1]


def season(year: int, done: Floats, rest: Floats, due: float = 100, asked: float = 100) -> Season:
    return Season(
        str(year), np.arange(len(done)), np.full(len(done), due), done, np.full(len(done), asked), rest
    )


def test_a_pace_that_goes_on_is_kept_whole_and_one_that_reverts_not_at_all() -> None:
    on, off = of(80, 100, 120), of(100, 100, 100)
    assert learn([season(1, on, on), season(2, on, on)]).weight == pytest.approx(1)
    assert learn([season(1, on, off), season(2, on, off)]).weight == pytest.approx(0)
    alone = learn([season(1, on, on)])
    assert (alone.weight, alone.learned) == (0.5, False)


def test_steady_growth_is_expected_and_no_error() -> None:
    grown = learn([season(year, np.full(3, 110.0), np.full(3, 110.0)) for year in range(3)])
    assert grown.growth == pytest.approx(1.1)
    assert (grown.spread.common, grown.spread.own) == (0, 0)
    assert grown.ratios == pytest.approx(np.ones(9))


def test_intervals_cover_what_comes_where_partners_err_together() -> None:
    draw = np.random.default_rng(7)
    company = Level("company", np.array(["c"], dtype=object), np.zeros(1, dtype=np.intp), np.zeros(60, int))
    held = alone = partners = 0
    for _ in range(300):
        years = [
            season(
                year,
                100 * (1 + together + own),
                100 * (1 + draw.normal(0, 0.05) + (together + own) / 2 + draw.normal(0, 0.1, 60)),
            )
            for year in range(6)
            for together, own in [(draw.normal(0, 0.05), draw.normal(0, 0.1, 60))]
        ]
        lesson, coming = learn(years[:5]), years[5].grown(learn(years[:5]).growth)
        rest = rest_forecast(coming.expected, coming.deviation, lesson.weight)
        off = abs(coming.rest.sum() - rest.sum())
        total, squares = of(rest.sum()), of((rest**2).sum())
        held += int(off <= reach(lesson.spread.of_total(total, squares), lesson.freedom)[0])
        alone += int(off <= reach(Spread(0, lesson.spread.own).of_total(total, squares), NORMAL)[0])
        covered = coverage_of(years, [company, company])
        partners += covered.partners.held
        assert (covered.company.of, covered.partners.of) == (6, 360)
    shares = held / 300, alone / 300, partners / (300 * 360)
    assert 0.75 <= shares[0] <= 0.92, shares
    assert shares[1] <= 0.5, shares
    assert 0.74 <= shares[2] <= 0.84, shares
