"""Level: how partners fall into nodes on each step of the cascade, from the company down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from rules.columns import Columns

Index = NDArray[np.intp]

COMPANY, PARTNER = "company", "partner"
"""The first and the last level of every cascade."""


@dataclass(frozen=True, eq=False)
class Level:
    """One level of the cascade; its nodes stand in the order of their paths, partners in the order of their ids."""

    name: str
    """`company`, a column, or `partner`."""
    names: NDArray[np.object_]
    """(nodes,) what each node is called within the one above."""
    parent: Index
    """(nodes,) the node of the level above."""
    node: Index
    """(partners,) the node that each partner belongs to."""

    def __len__(self) -> int:
        return len(self.names)

    @cached_property
    def partners(self) -> Index:
        """(nodes,) how many partners each has."""
        return np.bincount(self.node, minlength=len(self))

    def above(self, blocks: int, nodes_above: int) -> Index:
        """(blocks · nodes,) for each block and node, the same block and the node above."""
        return (np.arange(blocks)[:, None] * nodes_above + self.parent).ravel()


def levels_of(columns: Columns, cascade: Sequence[str]) -> tuple[Level, ...]:
    """The company, a level for each column, the partners."""
    everybody = np.arange(len(columns), dtype=np.intp)
    top = np.zeros(1, dtype=np.intp)
    found = [Level(COMPANY, np.array([COMPANY], dtype=object), top, np.zeros_like(everybody))]
    for column in cascade:
        group, names = columns.groups(column)
        # Numbered by the node above, then by the name: sorted, nodes of one parent stand together.
        path, node = np.unique(found[-1].node * len(names) + group, return_inverse=True)
        found.append(
            Level(column, np.array(names, dtype=object)[path % len(names)], path // len(names), node)
        )
    return (*found, Level(PARTNER, np.array(columns.ids, dtype=object), found[-1].node, everybody))
