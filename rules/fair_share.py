"""Fair shares: each partner's share of the drivers times the company target, phased over the periods."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from rules.columns import Columns
from scenarios import Metric
from scenarios.exact import Exact

_BILLION = 10**9


@dataclass(frozen=True, eq=False)
class FairShares:
    """fair share = total · Σ_drivers weight · column / Σ column, weights scaled to sum to one."""

    columns: Columns
    metrics: Mapping[str, Metric]
    periods: tuple[str, ...]
    totals: Mapping[str, Fraction]
    _whole: dict[str, Exact] = field(default_factory=dict, repr=False)
    _parts: dict[str, list[Exact]] = field(default_factory=dict, repr=False)

    def exact(self, metric: str, period: int | None = None) -> Exact:
        """(partners,) the fair share of the whole, or of one part, in the metric's unit."""
        if metric not in self._whole:
            drivers = (self._driver(metric, c) * rate for c, rate in self._rates(metric).items())
            self._whole[metric] = sum(drivers, Exact.full(len(self.columns), 0))
        whole = self._whole[metric]
        return whole if period is None else self.part(metric, period, whole)

    def part(self, metric: str, period: int, whole: Exact) -> Exact:
        """(partners,) the share of `whole` (partners,) that falls to one part of the period."""
        return whole * self._profile(metric)[period] if self.periods else whole

    @cached_property
    def floats(self) -> NDArray[np.float64]:
        """(cells,) every cell's fair share, in the order metric, period, partner."""
        return np.concatenate([self._metric_floats(metric) for metric in self.metrics])

    def _metric_floats(self, metric: str) -> NDArray[np.float64]:
        rates = self._rates(metric)
        whole = sum(
            (float(rate) * self._driver(metric, c).floats() for c, rate in rates.items()),
            np.zeros(len(self.columns)),
        )
        if not self.periods:
            return whole
        return np.concatenate([share.floats() * whole for share in self._profile(metric)])

    def _driver(self, metric: str, column: str) -> Exact:
        return self.columns.exact(column, self.metrics[metric].missing)

    def _rates(self, metric: str) -> dict[str, Fraction]:
        weights = self.metrics[metric].fair_share
        whole = sum(weights.values(), Fraction(0))
        sums = {column: self._driver(metric, column).sum() for column in weights}
        return {c: w / whole * self.totals[metric] / sums[c] for c, w in weights.items() if sums[c]}

    def _profile(self, metric: str) -> list[Exact]:
        if metric not in self._parts:
            self._parts[metric] = profile(self.columns, self.metrics[metric], self.periods)
        return self._parts[metric]


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


def _groups(columns: Columns, by: str | None) -> NDArray[np.intp]:
    if by is None:
        return np.arange(len(columns), dtype=np.intp)
    return columns.groups(by)[0]


def _exact_shares(shares: NDArray[np.float64]) -> list[Exact]:
    billionths = np.rint(shares * _BILLION).astype(np.int64)
    billionths[-1] = _BILLION - billionths[:-1].sum(axis=0)
    return [Exact(row, _BILLION) for row in billionths]
