"""Margins: the totals that people read, each to land within a unit of what it was before rounding.

The company, each node of the cascade and each partner's year, all periods together; the company and each node
in each period. The former and the latter are two laminar families: any two of one family are nested or apart.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from rules import CellIndex
from solver.cascade.level import Level
from solver.integer.ranks import CASCADE, COMPANY, PERIOD, YEAR

Index = NDArray[np.intp]
WHOLE = -1
"""The period of a margin over all periods."""


@dataclass(frozen=True, eq=False)
class Margins:
    """Sums of cells of one metric."""

    matrix: sparse.csr_array
    """(margins, cells) ones where a cell belongs to a margin."""
    rank: Index
    """(margins,) when it is kept."""
    metric: Index
    """(margins,) the number of its metric."""
    period: Index
    """(margins,) the number of its period, or WHOLE."""
    level: Index
    """(margins,) the number of its level; the number of levels for a partner's year."""
    node: Index
    """(margins,) the number of its node in the level, or of its partner."""

    def __len__(self) -> int:
        return len(self.rank)


@dataclass(frozen=True, eq=False)
class _Group:
    """The margins of one metric, level and period; cells and members are the same shape."""

    rank: int
    metric: int
    period: int
    level: int
    cells: Index
    member: Index
    """The node of each cell."""
    nodes: int


def margins_of(frame: CellIndex, levels: Sequence[Level]) -> Margins:
    """The margins of a frame; `levels` are those of the cascade without the partners'."""
    groups = list(_groups(frame, levels))
    starts = np.cumsum([0] + [group.nodes for group in groups])
    row = np.concatenate(
        [(g.member + start).ravel() for g, start in zip(groups, starts[:-1].tolist(), strict=True)]
    )
    cell = np.concatenate([g.cells.ravel() for g in groups])
    sizes = [g.nodes for g in groups]
    return Margins(
        matrix=sparse.csr_array((np.ones(len(row)), (row, cell)), shape=(int(starts[-1]), frame.size)),
        rank=np.repeat([g.rank for g in groups], sizes),
        metric=np.repeat([g.metric for g in groups], sizes),
        period=np.repeat([g.period for g in groups], sizes),
        level=np.repeat([g.level for g in groups], sizes),
        node=np.concatenate([np.arange(size) for size in sizes]),
    )


def _groups(frame: CellIndex, levels: Sequence[Level]) -> Iterator[_Group]:
    for metric, name in enumerate(frame.metrics):
        cells = frame.cells(name)
        for depth, level in enumerate(levels):
            rank = CASCADE if depth else COMPANY
            member = np.broadcast_to(level.node, cells.shape)
            yield _Group(rank, metric, WHOLE, depth, cells, member, len(level))
            for period in range(frame.parts) if frame.parts > 1 else ():
                yield _Group(PERIOD, metric, period, depth, cells[period], level.node, len(level))
        if frame.parts > 1:
            member = np.broadcast_to(np.arange(frame.partners), cells.shape)
            yield _Group(YEAR, metric, WHOLE, len(levels), cells, member, frame.partners)
