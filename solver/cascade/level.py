"""Level: how partners fall into nodes on each step of the cascade, from the company down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from rules.columns import Columns
from rules.credit import Credit
from scenarios.values.rational_array import Exact

Index = NDArray[np.intp]
Floats = NDArray[np.float64]

COMPANY, PARTNER = "company", "partner"
"""The first and the last level of every cascade."""


@dataclass(frozen=True, eq=False)
class Level:
    """One level of the cascade; its nodes stand in the order of their paths, partners in the order of their ids.

    An entry is a partner at a node. There is one for each partner, until a split has some of them at several nodes.
    """

    name: str
    """`company`, a column, a split, or `partner`."""
    names: NDArray[np.object_]
    """(nodes,) what each node is called within the one above."""
    parent: Index
    """(nodes,) the node of the level above."""
    node: Index
    """(entries,) the node of each; in the order of partners."""
    partner: Index | None = None
    """(entries,) whose each is; None where no split is above: the partners one by one."""
    share: Exact | None = None
    """(entries,) how much of the partner counts there, above zero; None for all of it. A partner's add to one."""

    def __len__(self) -> int:
        return len(self.names)

    @cached_property
    def partners(self) -> Index:
        """(nodes,) how many partners each has."""
        return np.bincount(self.node, minlength=len(self))

    def above(self, blocks: int, nodes_above: int) -> Index:
        """(blocks · nodes,) for each block and node, the same block and the node above."""
        return (np.arange(blocks)[:, None] * nodes_above + self.parent).ravel()

    def credited(self, amounts: Exact) -> Exact:
        """(blocks · entries,) each entry's part of its partner's amount; `amounts` are (blocks · partners,)."""
        if self.partner is None or self.share is None:
            return amounts
        blocks = np.arange(len(amounts) // self.everybody)
        cell = (blocks[:, None] * self.everybody + self.partner).ravel()
        return amounts[cell] * Exact.join([self.share] * len(blocks))

    def credited_floats(self, amounts: Floats) -> Floats:
        """(entries,) the same for floats (partners,)."""
        if self.partner is None or self.share is None:
            return amounts
        return np.asarray(amounts[self.partner] * self.share.floats(), dtype=np.float64)

    @cached_property
    def everybody(self) -> int:
        """How many partners there are: each has an entry."""
        return len(self.node) if self.partner is None else int(self.partner.max()) + 1


def levels_of(columns: Columns, cascade: Sequence[str]) -> tuple[Level, ...]:
    """The company, a level for each column or split, the partners; below a split a partner at each node it is at."""
    top = np.zeros(1, dtype=np.intp)
    found = [Level(COMPANY, np.array([COMPANY], dtype=object), top, np.zeros(len(columns), dtype=np.intp))]
    for name in cascade:
        last = found[-1]
        if name in columns.shares:
            found.append(_split(last, name, columns.credit(name)))
        else:
            group, names = columns.groups(name)
            mine = group if last.partner is None else group[last.partner]
            found.append(_divided(last, name, names, mine))
    last = found[-1]
    entries = np.arange(len(last.node), dtype=np.intp)
    ids = np.array(columns.ids, dtype=object)
    names_of_all = ids if last.partner is None else ids[last.partner]
    return (*found, Level(PARTNER, names_of_all, last.node, entries, last.partner, last.share))


def _divided(above: Level, name: str, names: Sequence[str], group: Index) -> Level:
    """The level below by a group of each entry."""
    # Numbered by the node above, then by the name: sorted, nodes of one parent stand together.
    path, node = np.unique(above.node * len(names) + group, return_inverse=True)
    called = np.array(names, dtype=object)[path % len(names)]
    return Level(name, called, path // len(names), node, above.partner, above.share)


def _split(above: Level, name: str, credit: Credit) -> Level:
    """The level below by a split: an entry becomes one for each share of its partner."""
    order = np.argsort(credit.partner, kind="stable")
    counts = np.bincount(credit.partner)
    begin = np.cumsum(counts) - counts
    partner = np.arange(len(above.node), dtype=np.intp) if above.partner is None else above.partner
    times = counts[partner]
    entry = np.repeat(np.arange(len(partner), dtype=np.intp), times)
    within = np.arange(len(entry), dtype=np.intp) - np.repeat(np.cumsum(times) - times, times)
    chosen = order[begin[partner[entry]] + within]
    share = credit.share[chosen]
    shared = Level(
        above.name,
        above.names,
        above.parent,
        above.node[entry],
        partner[entry],
        share if above.share is None else share * above.share[entry],
    )
    return _divided(shared, name, credit.names, credit.group[chosen])
