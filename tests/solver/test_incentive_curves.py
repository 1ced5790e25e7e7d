"""Payouts: tables by hand, published examples, and what holds for every table."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import norm

from scenarios.incentives import IncentiveForm
from solver.incentives.curve import Curve, curve_of
from solver.incentives.expected import Outcomes, expected_payouts, payouts

ONE = Fraction(1)
AMOUNTS = st.fractions(0, 10**6, max_denominator=100)
RATES = st.fractions(0, 1, max_denominator=1000)
THRESHOLDS = st.lists(st.fractions(0, 3, max_denominator=100), min_size=1, max_size=6, unique=True).map(
    sorted
)
CAPS = st.none() | st.fractions(0, 4, max_denominator=10)


def curve(**table: Any) -> Curve:
    return curve_of(IncentiveForm.model_validate({"name": "it", **table}))


@st.composite
def tables(draw: st.DrawFn, *sorts: str) -> dict[str, Any]:
    """A table of one of the sorts, with and without a cap."""
    sort, thresholds = draw(st.sampled_from(sorts)), draw(THRESHOLDS)
    rates = draw(st.lists(RATES, min_size=len(thresholds), max_size=len(thresholds)))
    cap = {"cap": draw(CAPS)}
    if sort == "points":
        rising = sorted(draw(st.lists(AMOUNTS, min_size=len(thresholds), max_size=len(thresholds))))
        return {"points": dict(zip(thresholds, rising, strict=True)), **cap}
    if sort == "whole":
        rising = sorted(rate + Fraction(1, 1000) for rate in rates)
        steps = {at: rate for at, rate in zip(thresholds, rising, strict=True) if at}
        return {"rates": {Fraction(0): rising[0], **steps}, "pays": "whole", **cap}
    bands = {Fraction(0): rates[0], **{at: rate for at, rate in zip(thresholds, rates, strict=True) if at}}
    if sort == "amounts":
        return {"amounts": {at * 1000: rate for at, rate in bands.items()}, **cap}
    return {"rates": bands, **cap}


ANY = tables("rates", "amounts", "points", "whole")


def test_a_deal_across_a_threshold_pays_each_rate_for_its_part() -> None:
    """Trailhead, Salesforce Spiff: of 20,000 from 145,000 on, 5,000 at 4 % and 15,000 at 6 %."""
    pays = curve(amounts={"0": "4%", "150000": "6%", "250000": "8%"})
    deal = pays.payout(Fraction(165000), ONE) - pays.payout(Fraction(145000), ONE)
    assert (deal, deal / 20000) == (1100, Fraction("0.055"))


@pytest.mark.parametrize(("sold", "paid"), [(16000, 800), (20000, 2000), (33000, 3300), (40000, 4700)])
def test_the_rate_reached_counts_for_all_up_to_the_target_and_is_marginal_above(sold: int, paid: int) -> None:
    """QuotaPath's example: 48 % at 5 %, 61 % at 10 %, and 7,000 beyond the target at 20 %."""
    pays = curve(rates={"0%": "5%", "50%": "10%", "100%": "20%"}, pays="whole")
    assert pays.payout(Fraction(sold), Fraction(33000)) == paid


def test_points_are_joined_from_the_first_to_the_last() -> None:
    pays = curve(points={"80%": 5000, "100%": 10000, "150%": 20000})
    at = [pays.payout(Fraction(done), Fraction(100)) for done in (79, 80, 90, 100, 125, 150, 400)]
    assert at == [0, 5000, 7500, 10000, 15000, 20000, 20000]


def test_nothing_more_is_paid_beyond_the_cap() -> None:
    pays = curve(rates={"0%": "2%", "100%": "5%"}, cap="150%")
    assert [pays.payout(Fraction(done), Fraction(100)) for done in (100, 150, 400)] == [
        2,
        Fraction("4.5"),
        Fraction("4.5"),
    ]
    by_amount = curve(amounts={"0": "2%"}, cap="150%")
    assert by_amount.payout(Fraction(400), Fraction(100)) == 3


def test_without_a_target_attainment_pays_nothing_and_amounts_pay() -> None:
    assert curve(rates={"0%": "2%"}).payout(Fraction(100), Fraction(0)) == 0
    assert curve(amounts={"0": "2%"}).payout(Fraction(100), Fraction(0)) == 2


def test_the_expected_payout_is_not_that_of_the_mean() -> None:
    """Points that jump at 80 %, normal(1, 0.15): 0.940338 by quadrature; 0.940342 on 200,001 points."""
    pays = curve(points={"80%": "0.5", "100%": "1", "150%": "2"}, cap="200%")
    one = np.ones(1)
    expected = expected_payouts(pays, Outcomes(one, 0.15 * one, one))[0]
    assert payouts(pays, one, one)[0] == 1
    assert expected == pytest.approx(0.940342, abs=1e-5)
    assert expected == pytest.approx(0.940338263881832, abs=1e-12)


def test_jumps_are_where_the_curve_is_not_continuous() -> None:
    assert list(curve(points={"80%": 5, "100%": 10}).jumps()) == [(Fraction("0.8"), 5)]
    assert list(curve(points={"0%": 0, "100%": 10}).jumps()) == []
    assert list(curve(rates={"0%": "2%", "100%": "5%"}).jumps()) == []
    whole = curve(rates={"0%": "5%", "50%": "10%", "100%": "20%"}, pays="whole")
    assert list(whole.jumps()) == [(Fraction("0.5"), Fraction("0.025"))]


@given(table=ANY, target=AMOUNTS, done=st.lists(st.fractions(-1000, 10**6, max_denominator=100), min_size=2))
def test_more_done_never_pays_less(table: dict[str, Any], target: Fraction, done: list[Fraction]) -> None:
    pays = curve(**table)
    paid = [pays.payout(each, target) for each in sorted(done)]
    assert paid == sorted(paid)
    assert paid[0] >= 0


@given(table=tables("rates", "amounts"), target=AMOUNTS, deals=st.lists(AMOUNTS, max_size=8))
def test_deals_one_by_one_pay_what_their_sum_pays(
    table: dict[str, Any], target: Fraction, deals: list[Fraction]
) -> None:
    """A marginal table has no order of deals: what each adds re-sums to the payout of the total, exactly."""
    pays, before, added = curve(**table), Fraction(0), Fraction(0)
    for deal in deals:
        added += pays.payout(before + deal, target) - pays.payout(before, target)
        before += deal
    assert added == pays.payout(sum(deals, Fraction(0)), target)


@given(
    table=ANY,
    target=st.just(0.0) | st.floats(0.01, 10**6),
    mean=st.floats(-(10**6), 10**6),
    deviation=st.floats(0, 10**6),
)
def test_the_expected_payout_lies_between_the_least_and_the_most(
    table: dict[str, Any], target: float, mean: float, deviation: float
) -> None:
    pays = curve(**table)
    outcomes = Outcomes(*(np.array([each]) for each in (mean, deviation, target)))
    expected = expected_payouts(pays, outcomes)[0]
    far = np.array([mean + 40 * deviation])
    most = payouts(pays, far, np.array([target]))[0]
    assert -1e-9 <= expected <= most * (1 + 1e-9) + 1e-9


@given(table=ANY, mean=st.floats(0.2, 2), deviation=st.floats(0.05, 1))
def test_the_closed_form_is_the_integral(table: dict[str, Any], mean: float, deviation: float) -> None:
    target = np.array([100.0])
    pays = curve(**table)
    outcomes = Outcomes(mean * target, deviation * target, target)
    breaks = [float(piece.start) * (100 if pays.by_attainment else 1) for piece in pays.pieces]
    breaks += [float(pays.cap) * 100] if pays.cap is not None else []
    low, high = (100 * (mean + side * 12 * deviation) for side in (-1, 1))
    ends = sorted({low, high, *(each for each in breaks if low < each < high)})

    def density(done: float) -> float:
        paid = payouts(pays, np.array([done]), target)[0]
        return float(paid * norm.pdf(done, 100 * mean, 100 * deviation))

    whole = sum(quad(density, a, b)[0] for a, b in pairwise(ends))
    assert expected_payouts(pays, outcomes)[0] == pytest.approx(whole, rel=1e-5, abs=1e-6)


@given(table=ANY, target=st.integers(1, 10**6), done=st.integers(0, 10**6))
def test_floats_agree_with_fractions(table: dict[str, Any], target: int, done: int) -> None:
    pays = curve(**table)
    exact = pays.payout(Fraction(done), Fraction(target))
    assert payouts(pays, np.array([float(done)]), np.array([float(target)]))[0] == pytest.approx(
        float(exact), rel=1e-9, abs=1e-9
    )
