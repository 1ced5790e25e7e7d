"""Credit: how much of each partner counts in each group of a split."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from rules.arrays import Index, Mask
from scenarios.values.rational_array import Exact


@dataclass(frozen=True, eq=False)
class Credit:
    """The shares above zero, group by group; those of one partner add to one."""

    names: tuple[str, ...]
    """The groups."""
    partner: Index
    """(entries,) whose share each is."""
    group: Index
    """(entries,) in which group."""
    share: Exact
    """(entries,) how much of the partner counts there, exactly as its cell says."""

    def of(self, who: Mask) -> Credit:
        """The credit of some partners, in the groups that have any of it."""
        kept = np.flatnonzero(who[self.partner])
        present, group = np.unique(self.group[kept], return_inverse=True)
        names = tuple(self.names[each] for each in present.tolist())
        return Credit(names, self.partner[kept], np.asarray(group, dtype=np.intp), self.share[kept])


def credit_of(shares: Mapping[str, Exact]) -> Credit:
    """The credit that columns of shares (partners,) give, one for each group; at least one group."""
    filled = [np.flatnonzero(column.numerators) for column in shares.values()]
    return Credit(
        names=tuple(shares),
        partner=np.concatenate(filled),
        group=np.repeat(np.arange(len(filled), dtype=np.intp), [len(each) for each in filled]),
        share=Exact.join([column[each] for column, each in zip(shares.values(), filled, strict=True)]),
    )
