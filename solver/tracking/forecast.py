"""Forecast: what the rest of a period will bring by the pace so far, how sure that is, and the odds of a total.

Partners miss and beat together, so a total's spread has a part common to all, which no sum over partners thins out:
var Σ = (σ_common Σ f)² + σ_own² Σ f². Student's t counts by years, not by partners.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil, floor, sqrt

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Index = NDArray[np.intp]

SHARE = Fraction(4, 5)
"""Of 1: how often an interval is meant to hold."""
ENOUGH = 3
"""Years: with fewer of them behind it there are no intervals and no odds."""
UNLEARNED = 0.5
"""Of 1: how much of a pace the rest keeps where fewer than two earlier years can say it."""
_FARTHEST = 1.0
"""Of what was due: beyond twice of it a pace says no more about the rest; a small partner's one large deal does not."""
_NOISE = 1e-9
"""Relative: what floats lose, no spread and no shortfall."""


@dataclass(frozen=True, eq=False)
class Season:
    """An earlier year, split where this one stands, beside what was expected of it; (partners counted,) each."""

    year: str
    who: Index
    """The partners counted."""
    due: Floats
    """What was expected of the parts that are over by now."""
    done: Floats
    """What was done in them."""
    expected: Floats
    """Of the rest; above zero."""
    rest: Floats
    """What the rest then brought."""

    @property
    def deviation(self) -> Floats:
        """How far what was done was off what was expected."""
        return deviations(self.done, self.due)

    def grown(self, growth: float) -> Season:
        """The same, when so many times as much was expected."""
        return replace(self, due=self.due * growth, expected=self.expected * growth)


@dataclass(frozen=True)
class Spread:
    """How far the rest strays from its forecast, relative to it."""

    common: float
    """All partners together."""
    own: float
    """Each partner apart from that."""

    def of_total(self, total: Floats, squares: Floats) -> Floats:
        """(nodes,) the standard deviation of Σ f, given Σ f and Σ f²."""
        return np.sqrt((self.common * total) ** 2 + self.own**2 * squares)


@dataclass(frozen=True, eq=False)
class Lesson:
    """What earlier years teach."""

    growth: float
    """How many times as much as the year before they did on average: a plan as sound as that is assumed."""
    weight: float
    """How much of a deviation from the pace the rest keeps: 0 none, 1 all of it."""
    learned: bool
    """Whether the years say so; else it is a half."""
    spread: Spread
    ratios: Floats
    """(partners and years,) what the rest brought over its forecast, rising."""
    freedom: int
    """Degrees of freedom of the spread: a year less than there are, for their growth is known from them too."""


def deviations(done: Floats, expected: Floats) -> Floats:
    """How far what was done is off what was due, −1 to 1; 0 where nothing was due."""
    due = expected > 0
    return np.clip(np.where(due, done / np.where(due, expected, 1) - 1, 0), -_FARTHEST, _FARTHEST)


def rest_forecast(expected: Floats, deviation: Floats, weight: float) -> Floats:
    """What the rest will bring: f = expected · (1 + w · (pace − 1))."""
    return expected * (1 + weight * deviation)


def sums(node: Index, amounts: Floats, size: int) -> Floats:
    """(nodes,) the sums of the amounts by the node that each belongs to."""
    return np.bincount(node, weights=amounts, minlength=size).astype(np.float64)


def learned_weight(seasons: Sequence[Season]) -> float | None:
    """w = clip(Σ b u v / Σ b u², 0, 1): u and v the deviations of done and rest, b what was expected of the rest.

    None with fewer than two years, or where nothing strayed.
    """
    if len(seasons) < 2:
        return None
    cross = sum(float(np.sum(each.deviation * (each.rest - each.expected))) for each in seasons)
    square = sum(float(np.sum(each.expected * each.deviation**2)) for each in seasons)
    return min(1.0, max(0.0, cross / square)) if square else None


def learn(seasons: Sequence[Season]) -> Lesson:
    """What earlier years teach; there must be one."""
    growth = _growth(seasons)
    grown = [each.grown(growth) for each in seasons]
    learned = learned_weight(grown)
    weight = UNLEARNED if learned is None else learned
    common, own, ratios = [], [], []
    for each in grown:
        forecast = rest_forecast(each.expected, each.deviation, weight)
        error = each.rest - forecast
        # tiny: where nothing is forecast nothing is divided by zero.
        together = error.sum() / max(forecast.sum(), np.finfo(float).tiny)
        # One number a year: errors that partners share do not thin out however many they are.
        common.append(together**2)
        # What is left once the year's common error is taken off each partner's forecast.
        own.append(_mean_square(error - together * forecast, forecast))
        there = forecast > 0
        ratios.append(each.rest[there] / forecast[there])
    freedom = max(1, len(seasons) - 1)
    # The common part loses a year to the growth that was learned from the same years; partners are too many
    # to matter.
    spread = Spread(_root(sum(common) / freedom), _root(sum(own) / len(own)))
    return Lesson(growth, weight, learned is not None, spread, np.sort(np.concatenate(ratios)), freedom)


def _growth(seasons: Sequence[Season]) -> float:
    """How many times as much the years did as the years before them."""
    before = sum(float(each.due.sum() + each.expected.sum()) for each in seasons)
    after = sum(float(each.done.sum() + each.rest.sum()) for each in seasons)
    return after / before if after > 0 else 1.0


def _root(square: float) -> float:
    return found if (found := sqrt(square)) > _NOISE else 0.0


def _mean_square(error: Floats, forecast: Floats) -> float:
    """The mean square of relative errors, by the square of their size: what they do to a total."""
    squares = float(np.sum(forecast**2))
    return float(np.sum(error**2)) / squares if squares else 0.0


def reach(deviation: Floats, freedom: float, share: Fraction = SHARE) -> Floats:
    """How far to each side an interval goes that is meant to hold in this share of cases."""
    from scipy.special import stdtrit  # a tenth of the start of whoever only might ask

    # Two-sided: half of what is outside lies on either side.
    return np.asarray(stdtrit(freedom, 0.5 + float(share) / 2) * deviation, dtype=float)


def odds_of(needed: Floats, rest: Floats, deviation: Floats, freedom: float) -> Floats:
    """The probability that the rest brings what is needed: 1 − t(z), z = (needed − rest) / its standard deviation.

    1 where nothing is needed any more. Without any spread it is 1 or 0.
    """
    from scipy.special import stdtr  # a tenth of the start of whoever only might ask

    spread = deviation > _NOISE * np.maximum(np.abs(needed), np.abs(rest))
    z = (needed - rest) / np.where(spread, deviation, 1)
    # Without a spread it is certain one way or the other, but for what floats lose.
    odds = np.where(spread, 1 - stdtr(freedom, z), rest >= needed * (1 - _NOISE))
    return np.where(needed <= 0, 1.0, odds)


def rank(number: int, share: Fraction) -> int | None:
    """⌈(n + 1) · share⌉, which of n ratios bounds that share of those to come; None beyond n, where none does.

    Conformal prediction: the next of n + 1 exchangeable numbers is equally likely to be at any rank.
    """
    found = ceil((number + 1) * share)
    return found if found <= number else None


def ratio_bounds(ratios: Floats, share: Fraction = SHARE) -> tuple[float, float] | None:
    """The ratios between which a partner's rest over its forecast is meant to lie; None with too few of them."""
    # Half of what may fall outside on each side; with too few ratios the rank would be beyond the largest
    # ratio.
    upper = rank(len(ratios), 1 - (1 - share) / 2)
    lower = floor((len(ratios) + 1) * (1 - share) / 2)
    if upper is None or lower < 1:
        return None
    return float(ratios[lower - 1]), float(ratios[upper - 1])
