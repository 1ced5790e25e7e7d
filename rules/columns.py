"""Columns: the partner table as rules see it, in the order of ids, gaps filled by the declared policy, exact."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from scenarios import PartnerTable
from scenarios.exact import Exact

Policy = Literal["zero", "tier_median"]
TIER = "tier"


@dataclass(frozen=True, eq=False)
class Columns:
    """The columns of a partner table; row order of the file does not show."""

    table: PartnerTable
    missing: Mapping[str, Policy] = field(default_factory=dict)
    """What an empty cell of a column stands for; columns not named here have no policy."""
    _known: dict[tuple[str, Policy | None], Exact] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self.table)

    @cached_property
    def order(self) -> NDArray[np.intp]:
        """(partners,) the row in the table of each partner, partners sorted by id."""
        return np.argsort(np.asarray(self.table.ids, dtype=object), kind="stable")

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """The ids, sorted."""
        return tuple(self.table.ids[row] for row in self.order.tolist())

    def text(self, column: str) -> NDArray[np.object_]:
        """(partners,) cells as text, "" where empty."""
        return np.asarray(self.table.text(column)[self.order], dtype=object)

    def empty(self, column: str) -> NDArray[np.bool_]:
        """(partners,) where the cell is empty."""
        return np.asarray(self.table.empty(column)[self.order], dtype=bool)

    def floats(self, column: str) -> NDArray[np.float64]:
        """(partners,) cells as numbers, NaN where empty or no number."""
        return np.asarray(self.table.numbers(column)[self.order], dtype=np.float64)

    def exact(self, column: str, policy: Policy | None = None) -> Exact:
        """(partners,) cells as exact numbers; gaps by the policy, zero where none was declared."""
        key = (column, policy or self.missing.get(column))
        if key not in self._known:
            self._known[key] = self._filled(column, key[1])
        return self._known[key]

    def _filled(self, column: str, policy: Policy | None) -> Exact:
        values = self.floats(column)
        gaps = np.isnan(values)
        exact = Exact.from_floats(np.where(gaps, 0.0, values))
        return self._tier_medians(exact, gaps) if policy == "tier_median" and gaps.any() else exact

    def _tier_medians(self, values: Exact, gaps: NDArray[np.bool_]) -> Exact:
        tiers = self.text(TIER)
        for tier in sorted(set(tiers[gaps].tolist())):
            known = values[(tiers == tier) & ~gaps]
            middle = known.median() if len(known) else Fraction(0)
            values = values.where(~(gaps & (tiers == tier)), middle)
        return values
