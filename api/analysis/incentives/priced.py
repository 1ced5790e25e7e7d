"""The price of a plan: what each partner would earn by each incentive, exactly at target, else in floats."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from api.analysis.forecast.run import MetricForecast
from api.analysis.incentives.document import PayoutAt
from api.analysis.plan import Plan
from rules.incentives import Incentive, Incentives, read_incentives
from scenarios import Report
from scenarios.values.rational_array import Exact, decimal_text, six_decimals
from solver.incentives.curve import Curve, curve_of
from solver.incentives.expected import Floats, Outcomes, expected_payouts, payouts

ATTAINMENTS = (Fraction(4, 5), Fraction(1), Fraction(6, 5))
"""Of its targets: at which a partner is shown what it would earn."""
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Price:
    """What would be paid; (partners,) each."""

    at_target: Exact
    at_forecast: Floats | None
    """None without actuals."""
    expected: Floats | None
    """None where too few earlier years say how sure the forecast is."""

    def __add__(self, other: Price) -> Price:
        return Price(
            self.at_target + other.at_target,
            _sum(self.at_forecast, other.at_forecast),
            _sum(self.expected, other.expected),
        )


@dataclass(frozen=True, eq=False)
class Priced:
    """An incentive with its curve, and what it would pay."""

    incentive: Incentive
    curve: Curve
    targets: Exact
    """(partners,) of the whole period, in the unit of the metric."""
    price: Price


def incentives_of(plan: Plan) -> Incentives | None:
    """The incentives of a plan; None where it has none. Raises Refused for mistakes in them."""
    report = Report()
    found = read_incentives(plan.scenario, plan.frame, report)
    report.stop_on_errors()
    return found


def priced(plan: Plan, incentive: Incentive, forecast: MetricForecast | None, done: Floats | None) -> Priced:
    """What an incentive would pay; `done` (partners,) so far, and its forecast, where there are actuals."""
    curve, targets = curve_of(incentive.form), plan.of_period(incentive.metric)
    at_target = _at(curve, targets, incentive.who, Fraction(1))
    if forecast is None or done is None:
        return Priced(incentive, curve, targets, Price(at_target, None, None))
    target, mean = targets.floats(), done + forecast.rest
    at_forecast = np.where(incentive.who, payouts(curve, mean, target), 0.0)
    expected = None
    if (deviation := forecast.deviation) is not None:
        outcomes = Outcomes(mean, deviation, target)
        expected = np.where(incentive.who, expected_payouts(curve, outcomes), 0.0)
    return Priced(incentive, curve, targets, Price(at_target, at_forecast, expected))


def _at(curve: Curve, targets: Exact, who: Mask, attainment: Fraction) -> Exact:
    """(partners,) what is paid at an attainment."""
    if not curve.by_attainment:
        paid = [curve.payout(target * attainment, target) for target in targets.tolist()]
        return Exact.of(paid).where(who, 0)
    once = curve.payout(attainment, Fraction(1))
    if curve.times_target:
        return (targets * once).where(who & (targets > 0), 0)
    return Exact.full(len(targets), once).where(who & (targets > 0), 0)


def total(prices: Iterable[Price], nothing: Price) -> Price:
    """The sum of prices."""
    return sum(prices, nothing)


def payout_at(priced: Sequence[Priced], partner: int) -> tuple[PayoutAt, ...]:
    """What a partner, by its number, would earn at some attainments of each of its targets."""
    can = [each for each in priced if each.incentive.who[partner]]
    return tuple(_payout(attainment, can, partner) for attainment in ATTAINMENTS)


def _payout(attainment: Fraction, priced: Sequence[Priced], partner: int) -> PayoutAt:
    """What incentives pay together, each by its own target."""
    targets = [each.targets.at(partner) for each in priced]
    paid = (each.curve.payout(to * attainment, to) for each, to in zip(priced, targets, strict=True))
    payout = six_decimals(sum(paid, Fraction(0)))
    return PayoutAt(attainment=decimal_text(attainment), payout=payout)


def _sum(mine: Floats | None, theirs: Floats | None) -> Floats | None:
    return None if mine is None or theirs is None else mine + theirs
