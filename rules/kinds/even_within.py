"""Even within groups."""

from collections.abc import Iterator
from typing import ClassVar

import numpy as np

from rules.arrays import Index, Mask
from rules.cell_index import CellIndex
from rules.fields import TextColumn
from rules.groups import count_pairs, pairs, parts
from rules.rows import Rows, join
from rules.rule import Rule, RuleIssue
from scenarios.values.number_fields import Share
from scenarios.values.rational_array import Exact

MOST_PAIRS = 1_000_000
"""How many pairs are compared at most: one group of a thousand partners, or a hundred of a hundred."""


class EvenWithin(Rule):
    """Like partners, like stretch: within a band around the mean stretch of their group.

    Formula: (1 − band) · m · r ≤ x ≤ (1 + band) · m · r, with m = Σ_g x / Σ_g r

    Partners without a fair share, and groups of one, are left alone.
    A partner's part of its group's fair share counts to twelve decimals.

    Example:
        name: like partners alike
        kind: even_within
        by: region
        band: 15%
    """

    spares: ClassVar[str] = "groups of one and partners without a fair share"

    band: Share
    """How far from the mean, as a part of it: 15 % around 1.10 is 0.935 to 1.265 of the fair share."""
    by: TextColumn | None = None
    """The column that makes groups of like partners; left out: all partners are one group."""

    def issues(self, frame: CellIndex) -> Iterator[RuleIssue]:
        who = frame.who(self.where)
        count = count_pairs(frame.groups(self.by, who)[0][who])
        if count > MOST_PAIRS:
            message = (
                f"it compares partners with one another in {count:,} pairs, and {MOST_PAIRS:,} is the most"
            )
            yield RuleIssue(("by",), message, "Choose a by with smaller groups, or a narrower where.")

    def rows(self, frame: CellIndex) -> Rows:
        fair_share = frame.fair_shares.amounts(self.one_metric, frame.period)
        who = frame.who(self.where) & (fair_share > 0)
        group = frame.groups(self.by, who)[0]
        who &= np.bincount(group[who], minlength=len(who))[group] > 1
        members = np.flatnonzero(who)
        group = np.unique(group[members], return_inverse=True)[1]
        part = parts(fair_share[members], group)
        low, high = (1 - self.band) * part, (1 + self.band) * part
        compared = frame.cells(self.one_metric), members, group
        return join([_balance(-1, low, low > 0, *compared), _balance(1, -high, high < 1, *compared)])


def _balance(own: int, of: Exact, limited: Mask, cells: Index, members: Index, group: Index) -> Rows:
    """A row own · x + of · Σ_g x ≤ 0 for each limited member; the others can never break theirs."""
    each, other = pairs(group)
    each, other = each[limited[each]], other[limited[each]]
    coefficient = of[each] + Exact(own * (each == other).astype(np.int64), 1)
    number = np.cumsum(limited) - 1
    return Rows(
        row=np.tile(number[each], len(cells)),
        cell=cells[:, members[other]].ravel(),
        coefficient=Exact.join([coefficient] * len(cells)),
        lower=None,
        upper=Exact.full(int(limited.sum()), 0),
        partner=members[limited],
    )
