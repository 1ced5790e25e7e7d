"""Columns: the partner table as rules see it: in the order of ids, gaps filled by policy, exact."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from rules.arrays import Index, Mask
from rules.credit import Credit, credit_of
from rules.groups import middles
from scenarios import PartnerTable
from scenarios.tables.arrow import strings, values_of
from scenarios.tables.truths import are_truths, spellings
from scenarios.values.rational_array import Exact

Policy = Literal["zero", "tier_median"]
Groups = tuple[Index, tuple[str, ...]]
"""(partners,) the group of each partner, and the groups' names, sorted."""
TIER = "tier"


@dataclass(frozen=True, eq=False)
class Columns:
    """The columns of a partner table; row order of the file does not show."""

    table: PartnerTable
    missing: Mapping[str, Policy] = field(default_factory=dict)
    """What an empty cell of a column stands for; columns not named here have no policy."""
    shares: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By split, each group with the column that holds the partners' shares in it."""
    _exact: dict[tuple[str, Policy | None], Exact] = field(default_factory=dict, repr=False)
    _arrow: dict[str, Any] = field(default_factory=dict, repr=False)
    _groups: dict[str, Groups] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self.table)

    @cached_property
    def order(self) -> Index:
        """(partners,) the row in the table of each partner, partners sorted by id."""
        import pyarrow.compute as pc

        order = pc.cast(pc.array_sort_indices(strings(self.table.ids.tolist())), "int64")
        return np.asarray(values_of(order), dtype=np.intp)

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """The ids, sorted."""
        return tuple(self.table.ids[self.order].tolist())

    @cached_property
    def id_strings(self) -> Any:
        """The ids, sorted, as an Arrow array."""
        return strings(list(self.ids))

    def credit(self, split: str) -> Credit:
        """The partners' shares in the groups of a split. Raises KeyError for an unknown one."""
        return credit_of({group: self.exact(column) for group, column in self.shares[split].items()})

    def text(self, column: str) -> NDArray[np.object_]:
        """(partners,) cells as text, "" where empty."""
        return np.asarray(self.table.text(column)[self.order], dtype=object)

    def groups(self, column: str) -> Groups:
        """(partners,) the group of each partner by the text of its cell, and the groups' names, sorted."""
        if column not in self._groups:
            coded = self._words(column).dictionary_encode()
            words = np.asarray(coded.dictionary.to_pylist(), dtype=object)
            ranked = np.argsort(words)
            self._groups[column] = _inverse(ranked)[values_of(coded.indices)], tuple(words[ranked].tolist())
        return self._groups[column]

    @property
    def tiers(self) -> Groups:
        """The groups of the tier column; everybody is one group where the table has none."""
        return (
            self.groups(TIER) if TIER in self.table.columns else (np.zeros(len(self), dtype=np.intp), ("",))
        )

    def one_of(self, column: str, words: Collection[str]) -> Mask:
        """(partners,) where the cell is one of these words."""
        import pyarrow.compute as pc

        if column == self.table.id_column:
            rows = [row for word in words if (row := self.table.position(word)) is not None]
            mask = np.zeros(len(self), dtype=bool)
            mask[self._rank[rows]] = True
            return mask
        return np.asarray(values_of(pc.is_in(self._words(column), strings(list(words)))), dtype=bool)

    def days(self, column: str) -> NDArray[np.float64]:
        """(partners,) the day in each cell, counted from 0001-01-01, NaN where empty or no day."""
        return np.asarray(self.table.days(column)[self.order], dtype=np.float64)

    def holds_truths(self, column: str) -> bool:
        """Whether every cell that is filled says yes or no."""
        return are_truths(self.groups(column)[1])

    def true(self, column: str) -> Mask:
        """(partners,) where the cell says yes."""
        return self.one_of(column, spellings(self.groups(column)[1], True))

    def false(self, column: str) -> Mask:
        """(partners,) where the cell says no."""
        return self.one_of(column, spellings(self.groups(column)[1], False))

    def empty(self, column: str) -> Mask:
        """(partners,) where the cell is empty."""
        return np.asarray(self.table.empty(column)[self.order], dtype=bool)

    def floats(self, column: str) -> NDArray[np.float64]:
        """(partners,) cells as numbers, NaN where empty or no number."""
        return np.asarray(self.table.numbers(column)[self.order], dtype=np.float64)

    def exact(self, column: str, policy: Policy | None = None) -> Exact:
        """(partners,) cells as exact numbers; gaps by the policy, zero where none was declared."""
        key = (column, policy or self.missing.get(column))
        if key not in self._exact:
            self._exact[key] = self._filled(column, key[1])
        return self._exact[key]

    def _filled(self, column: str, policy: Policy | None) -> Exact:
        values = self.floats(column)
        gaps = np.isnan(values)
        exact = Exact.from_floats(np.where(gaps, 0.0, values))
        if policy != "tier_median" or not gaps.any():
            return exact
        tier, names = self.tiers
        known = exact[~gaps]
        filled, low, high = middles(values[~gaps], tier[~gaps])
        medians = ((known[low] + known[high]) / 2).sum_by(filled, len(names))
        return exact.where(~gaps, medians[tier])

    def _words(self, column: str) -> Any:
        if column not in self._arrow:
            self._arrow[column] = strings(self.text(column).tolist())
        return self._arrow[column]

    @cached_property
    def _rank(self) -> Index:
        return _inverse(self.order)


def _inverse(order: Index) -> Index:
    inverse = np.empty(len(order), dtype=np.intp)
    inverse[order] = np.arange(len(order))
    return inverse
