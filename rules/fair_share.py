"""Fair shares: each partner's share of the drivers times the company target, phased over the periods."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from rules.arrays import Index
from rules.columns import Columns
from rules.groups import middles
from scenarios import Metric
from scenarios.values.rational_array import Exact

_BILLION = 10**9


@dataclass(frozen=True, eq=False)
class FairShares:
    """fair share = total · Σ_drivers weight · column / Σ column, weights scaled to sum to one."""

    columns: Columns
    metrics: Mapping[str, Metric]
    periods: tuple[str, ...]
    totals: Mapping[str, Fraction]
    _profiles: dict[str, list[Exact]] = field(default_factory=dict, repr=False)

    def exact(self, metric: str, period: int | None, who: Index) -> Exact:
        """(who,) the fair shares of some partners, of the whole or of one part, in the metric's unit."""
        drivers = (self._driver(metric, c)[who] * rate for c, rate in self._rates(metric).items())
        whole = sum(drivers, Exact.full(len(who), 0))
        return whole if period is None else whole * self.profile(metric)[period][who]

    def amounts(self, metric: str, period: int | None) -> NDArray[np.float64]:
        """(partners,) the same of all partners, as floats."""
        rates = self._rates(metric).items()
        drivers = (float(rate) * self._driver(metric, c).floats() for c, rate in rates)
        whole = sum(drivers, np.zeros(len(self.columns)))
        return whole if period is None else whole * self.profile(metric)[period].floats()

    def medians(self, metric: str, period: int | None, group: Index) -> Exact:
        """(partners,) the median fair share of each one's group; `group` (partners,) tells whose each is."""
        filled, low, high = middles(self.amounts(metric, period), group)
        middle = (self.exact(metric, period, low) + self.exact(metric, period, high)) / 2
        return middle[np.searchsorted(filled, group)]

    @cached_property
    def floats(self) -> NDArray[np.float64]:
        """(cells,) every cell's fair share, in the order metric, period, partner."""
        periods = range(len(self.periods)) if self.periods else (None,)
        return np.concatenate([self.amounts(metric, p) for metric in self.metrics for p in periods])

    def profile(self, metric: str) -> list[Exact]:
        """For each period, (partners,) the share of the whole that falls to it."""
        if metric not in self._profiles:
            self._profiles[metric] = profile(self.columns, self.metrics[metric], self.periods)
        return self._profiles[metric]

    def _driver(self, metric: str, column: str) -> Exact:
        return self.columns.exact(column, self.metrics[metric].missing)

    def _rates(self, metric: str) -> dict[str, Fraction]:
        weights = self.metrics[metric].fair_share
        whole = sum(weights.values(), Fraction(0))
        sums = {column: self._driver(metric, column).sum() for column in weights}
        return {c: w / whole * self.totals[metric] / sums[c] for c, w in weights.items() if sums[c]}


def profile(columns: Columns, metric: Metric, periods: tuple[str, ...]) -> list[Exact]:
    """Per period, (partners,) the share of the whole that falls to it, to nine decimals, summing to one.

    A partner (or group) without history takes the profile of all partners together.
    """
    phasing = metric.phasing
    if isinstance(phasing, str):
        return _exact_shares(np.full((len(periods), len(columns)), 1 / len(periods)))
    history = np.stack([columns.exact(phasing.columns[p], metric.missing).floats() for p in periods])
    group = _groups(columns, phasing.by)
    sums = np.stack([np.bincount(group, h) for h in history])
    whole = sums.sum(axis=0)
    overall = sums.sum(axis=1) / whole.sum() if whole.sum() else np.full(len(periods), 1 / len(periods))
    shares = np.divide(sums, whole, out=np.tile(overall[:, None], (1, sums.shape[1])), where=whole > 0)
    return _exact_shares(shares[:, group])


def _groups(columns: Columns, by: str | None) -> Index:
    if by is None:
        return np.arange(len(columns), dtype=np.intp)
    return columns.groups(by)[0]


def _exact_shares(shares: NDArray[np.float64]) -> list[Exact]:
    billionths = np.rint(shares * _BILLION).astype(np.int64)
    # The largest part takes what rounding leaves over: one without history would be left with less than nothing.
    largest = len(shares) - 1 - shares[::-1].argmax(axis=0)
    billionths[largest, np.arange(shares.shape[1])] += _BILLION - billionths.sum(axis=0)
    return [Exact(row, _BILLION) for row in billionths]
