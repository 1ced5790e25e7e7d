"""Frame: the cells of a scenario, and what a rule may ask about them to write its rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from rules.columns import Columns
from rules.fair_share import FairShares
from rules.rows import Rows
from rules.where import Mask, Selection
from scenarios import Metric
from scenarios.exact import Exact

Index = NDArray[np.intp]
Amount = Exact | Fraction | int


@dataclass(frozen=True, eq=False)
class Frame:
    """Cells in the order metric, period, partner (sorted by id); amounts in each metric's unit."""

    columns: Columns
    metrics: Mapping[str, Metric]
    periods: tuple[str, ...] = ()
    """The parts of the period, in order; empty where it is not divided."""
    totals: Mapping[str, Fraction] = field(default_factory=dict)
    """The company target of each metric."""
    period: int | None = None
    """The part that is spoken of; None: the whole."""

    @property
    def partners(self) -> int:
        """How many partners there are."""
        return len(self.columns)

    @property
    def parts(self) -> int:
        """How many cells a partner has for one metric."""
        return max(1, len(self.periods))

    @property
    def size(self) -> int:
        """How many cells there are."""
        return len(self.metrics) * self.parts * self.partners

    @cached_property
    def fair_shares(self) -> FairShares:
        """The fair share of every cell."""
        return FairShares(self.columns, self.metrics, self.periods, self.totals)

    def within(self, period: str) -> Frame:
        """The same frame, speaking of one part of the period only."""
        return replace(self, period=self.periods.index(period))

    def cells(self, metric: str) -> Index:
        """(parts spoken of, partners) the cells of a metric."""
        number = list(self.metrics).index(metric)
        block = self.parts * self.partners
        cells = np.arange(number * block, (number + 1) * block, dtype=np.intp).reshape(self.parts, self.partners)
        return cells if self.period is None else cells[self.period : self.period + 1]

    def who(self, where: Selection) -> Mask:
        """(partners,) the selected."""
        return where.mask(self.columns)

    def column(self, name: str) -> Exact:
        """(partners,) a column of the partner table."""
        return self.columns.exact(name)

    def baseline(self, metric: str) -> Exact:
        """(partners,) what the partner did before; in a part of the period, the part's share of it."""
        asked = self.metrics[metric]
        whole = self.columns.exact(asked.baseline, asked.missing) if asked.baseline else self.nothing
        return whole if self.period is None else self.fair_shares.part(metric, self.period, whole)

    def fair_share(self, metric: str) -> Exact:
        """(partners,) the fair share of what is spoken of."""
        return self.fair_shares.exact(metric, self.period)

    def total(self, metric: str) -> Fraction:
        """The company target of the metric; in a part of the period, the part's fair share of it."""
        return self.totals[metric] if self.period is None else self.fair_share(metric).sum()

    @property
    def nothing(self) -> Exact:
        """(partners,) zeros."""
        return Exact.full(self.partners, 0)

    def groups(self, column: str, who: Mask) -> tuple[Index, tuple[str, ...]]:
        """(partners,) the group of each partner by a text column, and the groups' names, sorted."""
        texts = self.columns.text(column)
        names = sorted(set(texts[who].tolist()))
        numbers = {name: number for number, name in enumerate(names)}
        return np.array([numbers.get(text, -1) for text in texts.tolist()], dtype=np.intp), tuple(names)

    def each(
        self,
        terms: Mapping[str, Amount],
        who: Mask,
        *,
        lower: Amount | None = None,
        upper: Amount | None = None,
    ) -> Rows:
        """One row per selected partner: lower ≤ Σ coefficient[metric] · the partner's targets ≤ upper."""
        selected = np.flatnonzero(who)
        entries = [self._entries(metric, amount, selected) for metric, amount in terms.items()]
        return Rows(
            row=np.concatenate([np.tile(np.arange(len(selected)), len(cells)) for cells, _ in entries]),
            cell=np.concatenate([cells.ravel() for cells, _ in entries]),
            coefficient=Exact.join([c for _, c in entries]),
            lower=self._limit(lower, selected),
            upper=self._limit(upper, selected),
            partner=selected,
        )

    def together(
        self,
        terms: Mapping[str, Amount],
        who: Mask,
        *,
        lower: Fraction | Exact | None = None,
        upper: Fraction | Exact | None = None,
        by: tuple[Index, tuple[str, ...]] | None = None,
    ) -> Rows:
        """One row over all selected partners, or one per group; limits are one number, or (groups,)."""
        selected = np.flatnonzero(who)
        group, names = by or (np.zeros(self.partners, dtype=np.intp), ("",))
        entries = [self._entries(metric, amount, selected) for metric, amount in terms.items()]
        return Rows(
            row=np.concatenate([np.tile(group[selected], len(cells)) for cells, _ in entries]),
            cell=np.concatenate([cells.ravel() for cells, _ in entries]),
            coefficient=Exact.join([c for _, c in entries]),
            lower=_spread(lower, len(names)),
            upper=_spread(upper, len(names)),
            partner=np.full(len(names), -1, dtype=np.intp),
            label=names,
        )

    def _entries(self, metric: str, amount: Amount, selected: Index) -> tuple[Index, Exact]:
        cells = self.cells(metric)[:, selected]
        if not isinstance(amount, Exact):
            return cells, Exact.full(cells.size, amount)
        return cells, Exact.join([amount[selected]] * len(cells))

    def _limit(self, amount: Amount | None, selected: Index) -> Exact | None:
        return amount[selected] if isinstance(amount, Exact) else _spread(amount, len(selected))


def _spread(limit: Exact | Fraction | int | None, size: int) -> Exact | None:
    return limit if limit is None or isinstance(limit, Exact) else Exact.full(size, limit)
