"""The cells of a scenario, and what a rule may ask about them to write its rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from itertools import compress
from typing import Protocol

import numpy as np

from rules.arrays import Index, Mask
from rules.columns import Columns, Groups
from rules.credit import Credit
from rules.fair_share import FairShares
from rules.rows import Rows
from rules.where import Selection
from scenarios import Metric
from scenarios.actuals.past import Past
from scenarios.values.rational_array import Exact

Amount = Exact | Fraction | int
REST = "rest"
"""The period that stands for the parts that are not over, in a re-plan."""


class WritesRows(Protocol):
    """A rule, as far as the frame needs it."""

    def all_rows(self, frame: CellIndex) -> Rows: ...


@dataclass(frozen=True, eq=False)
class CellIndex:
    """Cells in the order metric, period, partner (sorted by id); amounts in each metric's unit."""

    columns: Columns
    metrics: Mapping[str, Metric]
    periods: tuple[str, ...] = ()
    """The parts of the period, in order; empty where it is not divided."""
    totals: Mapping[str, Fraction] = field(default_factory=dict)
    """The company target of each metric."""
    part_totals: Mapping[tuple[str, str], Fraction] = field(default_factory=dict)
    """The company target of a metric in a part of the period, where there is one."""
    period: int | None = None
    """The part that is spoken of; None: the whole."""
    past: Past | None = None
    """What a re-plan starts from; None for a plan of the whole period."""
    in_rest: bool = False
    """Whether the parts that are not over are spoken of together."""
    _shares: FairShares | None = field(default=None, repr=False)

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
        return self._shares or FairShares(self.columns, self.metrics, self.periods, self.totals)

    def within(self, period: str) -> CellIndex:
        """The same frame, speaking of one part of the period only, or of the rest of a re-plan."""
        if period == REST:
            return replace(self, in_rest=True, _shares=self.fair_shares)
        return replace(self, period=self.periods.index(period), in_rest=False, _shares=self.fair_shares)

    @property
    def whole(self) -> CellIndex:
        """The same frame, speaking of the whole period."""
        return replace(self, period=None, _shares=self.fair_shares)

    def cells(self, metric: str) -> Index:
        """(parts spoken of, partners) the cells of a metric."""
        number = list(self.metrics).index(metric)
        block = self.parts * self.partners
        cells = np.arange(number * block, (number + 1) * block, dtype=np.intp).reshape(self.parts, -1)
        return cells[list(self._spoken)]

    @property
    def _spoken(self) -> tuple[int, ...]:
        """The parts that are spoken of, by number."""
        if self.in_rest and self.past is not None:
            return self.past.rest
        return tuple(range(self.parts)) if self.period is None else (self.period,)

    @property
    def year(self) -> CellIndex:
        """The frame of all parts of the period, by which rules are written."""
        return self

    def rows_of(self, rule: WritesRows) -> Rows:
        """What a rule asks of the cells."""
        return rule.all_rows(self)

    def published(self, metric: str) -> Exact:
        """(partners,) what was published of a metric for the parts spoken of, in a re-plan."""
        assert self.past is not None
        return self._over_spoken(self.past.published, metric)

    def was_published(self, metric: str) -> Mask:
        """(partners,) whether the published plan knows the partner in the parts spoken of, in a re-plan."""
        assert self.past is not None
        return np.asarray(self.past.known[self.cells(metric)].any(axis=0), dtype=bool)

    def missed(self, metric: str) -> Exact:
        """(partners,) how much less than published was done in the parts that are over; zero where it was more."""
        assert self.past is not None
        over = replace(self, in_rest=False, period=None).cells(metric)[list(self.past.done)]
        short = (self.past.published - self.past.actual)[over.ravel()]
        return short.sum_by(np.tile(np.arange(self.partners), len(over)), self.partners).maximum(0)

    def _over_spoken(self, amounts: Exact, metric: str) -> Exact:
        """(partners,) amounts (cells,) of a metric, summed over the parts spoken of."""
        cells = self.cells(metric)
        return amounts[cells.ravel()].sum_by(np.tile(np.arange(self.partners), len(cells)), self.partners)

    def of_period(self, amounts: Exact, metric: str) -> Exact:
        """(partners,) amounts (cells,) of a metric, summed over all parts of the frame."""
        return self.whole._over_spoken(amounts, metric)

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
        if self.period is None and not self.in_rest:
            return whole
        profile = self.fair_shares.profile(metric)
        return whole * sum((profile[part] for part in self._spoken), Exact.full(self.partners, 0))

    def fair_share(self, metric: str) -> Exact:
        """(partners,) the fair share of what is spoken of."""
        everyone = np.arange(self.partners)
        if not self.in_rest:
            return self.fair_shares.exact(metric, self.period, everyone)
        parts = (self.fair_shares.exact(metric, part, everyone) for part in self._spoken)
        return sum(parts, Exact.full(self.partners, 0))

    def median_share(self, metric: str, by: str | None) -> Exact:
        """(partners,) the median fair share of each partner's group by a text column."""
        group, _ = self.groups(by, np.ones(self.partners, dtype=bool))
        return self.fair_shares.medians(metric, self.period, group)

    def total(self, metric: str) -> Fraction:
        """The company target of the metric; in a part without its own, the part's fair share of it."""
        if self.in_rest:
            return sum((self.within(self.periods[part]).total(metric) for part in self._spoken), Fraction(0))
        if self.period is None:
            return self.totals[metric]
        stated = self.part_totals.get((metric, self.periods[self.period]))
        return self.fair_share(metric).sum() if stated is None else stated

    @property
    def nothing(self) -> Exact:
        """(partners,) zeros."""
        return Exact.full(self.partners, 0)

    def groups(self, column: str | None, who: Mask) -> Groups:
        """(partners,) the group of each partner by a text column, and the names of the selected ones' groups.

        -1 for partners of other groups. All selected are one group without a name where the column is None.
        """
        if column is None:
            return np.where(who, 0, -1), ("",) if who.any() else ()
        group, names = self.columns.groups(column)
        present = np.bincount(group[who], minlength=len(names)) > 0
        number = np.where(present, np.cumsum(present) - 1, -1)
        return number[group], tuple(compress(names, present.tolist()))

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
        lower: Fraction | Exact | int | None = None,
        upper: Fraction | Exact | int | None = None,
        by: str | None = None,
    ) -> Rows:
        """One row over all selected partners, or one per group of a column or split; limits may be (groups,).

        In a split each target counts by the partner's share in the group.
        """
        split = by if by in self.columns.shares else None
        credit = self._undivided(by, who) if split is None else self.columns.credit(split).of(who)
        group, selected, share = credit.group, credit.partner, None if split is None else credit.share
        entries = [self._entries(metric, amount, selected, share) for metric, amount in terms.items()]
        names = credit.names
        return Rows(
            row=np.concatenate([np.tile(group, len(cells)) for cells, _ in entries]),
            cell=np.concatenate([cells.ravel() for cells, _ in entries]),
            coefficient=Exact.join([c for _, c in entries]),
            lower=_spread(lower, len(names)),
            upper=_spread(upper, len(names)),
            partner=np.full(len(names), -1, dtype=np.intp),
            label=names,
        )

    def _undivided(self, by: str | None, who: Mask) -> Credit:
        """The selected partners, each wholly in its group."""
        selected = np.flatnonzero(who)
        group, names = self.groups(by, who)
        return Credit(names, selected, group[selected], Exact.full(len(selected), 1))

    def _entries(
        self, metric: str, amount: Amount, selected: Index, share: Exact | None = None
    ) -> tuple[Index, Exact]:
        cells = self.cells(metric)[:, selected]
        if share is None and not isinstance(amount, Exact):
            return cells, Exact.full(cells.size, amount)
        each = amount[selected] if isinstance(amount, Exact) else Exact.full(len(selected), amount)
        return cells, Exact.join([each if share is None else each * share] * len(cells))

    def _limit(self, amount: Amount | None, selected: Index) -> Exact | None:
        return amount[selected] if isinstance(amount, Exact) else _spread(amount, len(selected))


def _spread(limit: Exact | Fraction | int | None, size: int) -> Exact | None:
    return limit if limit is None or isinstance(limit, Exact) else Exact.full(size, limit)
