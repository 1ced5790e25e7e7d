"""The frame of the rest: the cells of the parts that are not over, with what was published as their fair share."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from rules.arrays import Index
from rules.cell_index import CellIndex, WritesRows
from rules.fair_share import FairShares
from rules.replan.reduce import Reduced, reduced
from rules.rows import Rows
from scenarios.values.rational_array import Exact


@dataclass(frozen=True, eq=False)
class PublishedShares(FairShares):
    """The published targets of the rest, in the place of fair shares: what the even spread stays near."""

    published: Exact = Exact(np.empty(0, dtype=np.int64), 1)  # noqa: RUF009 - never written to
    """(cells of the rest,)"""
    phases: FairShares | None = None
    """Those of the whole period, for how a baseline is phased."""
    rest: tuple[int, ...] = ()
    """The parts of the rest among those of the period."""

    def exact(self, metric: str, period: int | None, who: Index) -> Exact:
        """(who,) what was published for the rest, or for one of its parts."""
        partners, parts = len(self.columns), len(self.periods)
        start = list(self.metrics).index(metric) * parts
        chosen = range(parts) if period is None else (period,)
        found = (self.published[(start + part) * partners + who] for part in chosen)
        return sum(found, Exact.full(len(who), 0))

    def amounts(self, metric: str, period: int | None) -> NDArray[np.float64]:
        """(partners,) the same of all partners, as floats."""
        return self.exact(metric, period, np.arange(len(self.columns))).floats()

    @cached_property
    def floats(self) -> NDArray[np.float64]:
        """(cells,) what was published for every cell of the rest."""
        return self.published.floats()

    def profile(self, metric: str) -> list[Exact]:
        """For each part of the rest, (partners,) the share of the whole period that falls to it."""
        assert self.phases is not None
        whole = self.phases.profile(metric)
        return [whole[part] for part in self.rest]


@dataclass(frozen=True, eq=False)
class RestIndex(CellIndex):
    """The cells that are not over; `totals` are those of the whole period, and rules are written for it."""

    @cached_property
    def year(self) -> CellIndex:
        """The frame of all parts of the period."""
        assert self.past is not None
        kept = {f.name: getattr(self, f.name) for f in fields(CellIndex) if f.name != "_shares"}
        return CellIndex(**{**kept, "periods": self.past.periods, "period": None, "in_rest": False})

    @cached_property
    def fair_shares(self) -> FairShares:
        """What was published, in the place of fair shares."""
        assert self.past is not None
        return self._shares or PublishedShares(
            self.columns,
            self.metrics,
            self.periods,
            self.totals,
            published=self.reference,
            phases=self.year.fair_shares,
            rest=self.past.rest,
        )

    @cached_property
    def reference(self) -> Exact:
        """(cells,) what was published; for who is new the fair share, in whole units."""
        assert self.past is not None
        published, known = self.past.published[self.cells_of_year], self.past.known[self.cells_of_year]
        if known.all():
            return published
        shares = (self._fair_in(metric, part) for metric in self.metrics for part in self.past.rest)
        return published.where(known, Exact.join(list(shares)))

    def _fair_in(self, metric: str, part: int) -> Exact:
        """(partners,) the fair shares in a part of the period, in whole units; zero for who is not new."""
        assert self.past is not None
        year, unit = self.year, self.metrics[metric].round_to
        new = ~self.past.known[year.cells(metric)[part]]
        shares = year.fair_shares.exact(metric, part, np.flatnonzero(new)).tolist()
        units = np.zeros(self.partners, dtype=object)
        units[new] = [round(each / unit) for each in shares]
        return Exact.of(units.tolist()) * unit

    @cached_property
    def cells_of_year(self) -> Index:
        """(cells,) where each cell of the rest stands among those of the whole period."""
        assert self.past is not None
        year = self.year
        return np.concatenate([year.cells(metric)[list(self.past.rest)].ravel() for metric in self.metrics])

    def baseline(self, metric: str) -> Exact:
        """(partners,) what the partner did before in the parts spoken of, by the phasing of the whole period."""
        if self.period is not None:
            return super().baseline(metric)
        parts = (self.within(period).baseline(metric) for period in self.periods)
        return sum(parts, self.nothing)

    def rows_of(self, rule: WritesRows) -> Rows:
        """What a rule asks of the rest, what was done being given."""
        return self.reduced(rule).rows

    def reduced(self, rule: WritesRows) -> Reduced:
        """The same, with what events have overtaken."""
        return reduced(rule, self.year, self.cells_of_year)


def rest_of(frame: CellIndex) -> RestIndex:
    """The frame of the rest of a frame of the whole period."""
    assert frame.past is not None
    kept = {f.name: getattr(frame, f.name) for f in fields(CellIndex) if f.name not in ("_shares", "periods")}
    return RestIndex(periods=frame.past.rest_periods, **kept)
