"""Nodes: the nodes of all levels in one list, each followed by all that are below it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from solver.cascade.level import Level

Index = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Nodes:
    """Nodes of several levels, from the company down."""

    order: Index
    """(nodes,) where each stood when the levels were put one after the other."""
    depth: Index
    """(nodes,) how far below the company each is."""
    paths: tuple[tuple[str, ...], ...]
    """The names that lead to each from the company, which has none of its own."""
    partners: Index
    """(nodes,) how many partners each has."""

    def __len__(self) -> int:
        return len(self.depth)


def nodes_of(levels: Sequence[Level]) -> Nodes:
    """The nodes of these levels, the company's first."""
    order = _parents_first(levels)
    paths = [path for each in _paths(levels) for path in each]
    return Nodes(
        order=order,
        depth=np.repeat(np.arange(len(levels)), [len(level) for level in levels])[order],
        paths=tuple(paths[node] for node in order.tolist()),
        partners=np.concatenate([level.partners for level in levels])[order],
    )


def _parents_first(levels: Sequence[Level]) -> Index:
    """(nodes,) the nodes sorted by the node above them on the first level, on the second, and so on."""
    keys = [
        np.concatenate([_on(levels, deep, depth) for deep in range(len(levels))])
        for depth in range(len(levels))
    ]
    # lexsort sorts by its last key first: the company's level has to come last.
    return np.lexsort(keys[::-1])


def _on(levels: Sequence[Level], deep: int, depth: int) -> Index:
    """(nodes,) for each node of the one level, the node of the other that is above it or itself; -1 for none."""
    if depth > deep:
        # -1 sorts a node before all that are below it.
        return np.full(len(levels[deep]), -1, dtype=np.intp)
    node = np.arange(len(levels[deep]), dtype=np.intp)
    for level in levels[deep:depth:-1]:
        node = level.parent[node]
    return node


def _paths(levels: Sequence[Level]) -> list[list[tuple[str, ...]]]:
    """Of each level, the path of each node."""
    found: list[list[tuple[str, ...]]] = [[()]]
    for level in levels[1:]:
        above = found[-1]
        found.append(
            [(*above[p], name) for p, name in zip(level.parent.tolist(), level.names.tolist(), strict=True)]
        )
    return found
