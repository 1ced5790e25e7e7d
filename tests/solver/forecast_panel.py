"""Panels of real sales: how far forecasts are off what each period came to, and how often intervals held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from solver.cascade.level import Level
from solver.tracking.forecast import Floats, Season, learn, rest_forecast
from solver.tracking.seasons import Coverage, coverage_of

DATA = Path(__file__).parents[2] / ".test-data"
"""Where tests/setup puts what it fetches."""


@dataclass(frozen=True, eq=False)
class Panel:
    """What partners have sold."""

    amounts: Floats
    """(periods, parts, partners)"""
    partners: tuple[str, ...]
    groups: tuple[str, ...]
    """(partners,) the region of each; all alike where there are none."""
    even: bool = False
    """Whether a period is expected to go evenly, and not in the season of the one before it."""

    @property
    def levels(self) -> list[Level]:
        """The company, its regions and its partners."""
        regions = sorted(set(self.groups))
        region = np.array([regions.index(each) for each in self.groups], dtype=np.intp)
        who, top = np.arange(len(region), dtype=np.intp), np.zeros(1, dtype=np.intp)
        below = np.zeros(len(regions), dtype=np.intp)
        return [
            Level("company", np.array([""], dtype=object), top, np.zeros_like(who)),
            Level("region", np.array(regions, dtype=object), below, region),
            Level("partner", np.array(self.partners, dtype=object), region, who),
        ]

    def seasons(self, gone: int) -> list[Season]:
        """The periods but the first after so many parts, each beside the one before it."""
        found = []
        for number in range(1, len(self.amounts)):
            before, now = self.amounts[number - 1], self.amounts[number]
            if self.even:
                before = np.broadcast_to(before.mean(axis=0), before.shape)
            due, expected = before[:gone].sum(axis=0), before[gone:].sum(axis=0)
            who = np.flatnonzero((due > 0) & (expected > 0))
            halves = (due, now[:gone].sum(axis=0), expected, now[gone:].sum(axis=0))
            found.append(Season(str(number), who, *(each[who] for each in halves)))
        return found

    def errors(self, gone: int) -> tuple[float, float]:
        """In percent of what a period came to, on average: how far its forecast is off, and its run rate."""
        every, found = self.seasons(gone), []
        for number, now in enumerate(every):
            forecast = _forecast(now, [*every[:number], *every[number + 1 :]])
            rate = now.done.sum() * (self.amounts.shape[1] - gone) / gone
            whole, rest = now.done.sum() + now.rest.sum(), now.rest.sum()
            found.append((abs(rest - forecast) / whole, abs(rest - rate) / whole))
        ours, run_rate = np.mean(found, axis=0)
        return round(float(ours) * 100, 1), round(float(run_rate) * 100, 1)

    def held(self, gone: int) -> Coverage:
        """How often the intervals of the company, the regions and the partners held."""
        return coverage_of(self.seasons(gone), self.levels)


def _forecast(now: Season, others: Sequence[Season]) -> float:
    """What the rest of a period is forecast to come to, by what the others teach."""
    lesson = learn(others)
    grown = now.grown(lesson.growth)
    return float(rest_forecast(grown.expected, grown.deviation, lesson.weight).sum())
