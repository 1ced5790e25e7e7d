"""How a level becomes a stage: open cells as columns of width √(r T), what may be broken or missed as rows of length one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from solver.engines.quadratic_program import Vector
from solver.model.matrices import Matrix, by_columns, by_rows, distinct, lengths
from solver.model.program import NO_RULE
from solver.optimise.feasible_set import FeasibleSet
from solver.optimise.polytope import ColumnPrices, Polytope
from solver.optimise.priority_level import Level
from solver.optimise.scaled_stage import ScaledStage, activities

Index = NDArray[np.intp]


def scale_stage(region: FeasibleSet, level: Level) -> ScaledStage:
    """The stage of a level over what is left open."""
    columns, single = _Columns.of(region), _SingleRows.of(level, region)
    hard, several = columns.at_stake(level)
    soft = np.concatenate([several, single.rest])
    row, alone = level.row[several], level.cell[single.rest]
    stacked = Matrix(sparse.vstack([columns.matrix[hard], columns.matrix[row], columns.alone(alone)]))
    offset = np.concatenate([region.amount[hard], region.amount[row], region.point[alone]])
    low, high = level.lower[soft], level.upper[soft]
    # What a cell's own price counts already must not be paid for again by a row.
    low[np.isin(soft, single.floors)], high[np.isin(soft, single.caps)] = -np.inf, np.inf
    length = lengths(stacked)
    # price · miss² of a row is price · length² · (miss / length)² of the scaled one, and damping is its
    # inverse.
    nothing, tail = np.zeros(len(hard)), length[len(hard) :] ** 2
    polytope = Polytope(
        rows=by_rows(stacked, 1 / length),
        row_lower=(np.concatenate([region.row_lower[hard], low]) - offset) / length,
        row_upper=(np.concatenate([region.row_upper[hard], high]) - offset) / length,
        lower=columns.lower,
        upper=columns.upper,
        damping_lower=np.concatenate([nothing, 1 / (level.price_lower[soft] * tail)]),
        damping_upper=np.concatenate([nothing, 1 / (level.price_upper[soft] * tail)]),
        floors=columns.priced(
            level.cell[single.floors], level.lower[single.floors], level.price_lower[single.floors]
        ),
        caps=columns.priced(
            level.cell[single.caps], level.upper[single.caps], level.price_upper[single.caps]
        ),
    )
    width = columns.width[columns.cells]
    return ScaledStage(columns.cells, width, hard, soft, single.floors, single.caps, length, polytope)


@dataclass(frozen=True, eq=False)
class _Columns:
    """The open cells, counted from the set's point, each in its width."""

    region: FeasibleSet
    cells: Index
    """(columns,) in rising order."""
    width: Vector
    """(cells,) zero for cells that are not open."""
    lower: Vector
    upper: Vector
    matrix: sparse.csr_array
    """(rows of the set, columns)"""

    @classmethod
    def of(cls, region: FeasibleSet) -> _Columns:
        """Those of a set."""
        cells, width = np.flatnonzero(region.open), np.where(region.open, region.width, 0.0)
        lower, upper = (
            (bound[cells] - region.point[cells]) / width[cells]
            for bound in (region.program.lower, region.program.upper)
        )
        return cls(region, cells, width, lower, upper, by_columns(region.program.matrix, width)[:, cells])

    def at_stake(self, level: Level) -> tuple[Index, Index]:
        """The rows of the set that some choice would break, and the level's rows of several cells that one would miss."""
        region, length = self.region, lengths(self.matrix)
        least, most = (
            each + region.amount for each in activities(Matrix(self.matrix), self.lower, self.upper)
        )
        # A row that bounds alone keep has no multiplier: leaving it out keeps the Newton system small and
        # regular.
        hard = np.flatnonzero((length > 0) & ((least < region.row_lower) | (most > region.row_upper)))
        several = np.flatnonzero(level.row != NO_RULE)
        row = level.row[several]
        missable = (least[row] < level.lower[several]) | (most[row] > level.upper[several])
        # A row without an open cell comes to the same whatever is chosen: nothing can bring it nearer.
        return hard, several[missable & (length[row] > 0)]

    def alone(self, cells: Index) -> sparse.csr_array:
        """(cells, columns) a row for each of some open cells."""
        rows = np.arange(len(cells))
        return sparse.csr_array(
            (self.width[cells], (rows, self._column(cells))), shape=(len(cells), len(self.cells))
        )

    def priced(self, cells: Index, limit: Vector, price: Vector) -> ColumnPrices:
        """Limits and prices of open cells in the stage's columns: (limit - point) / width, price · width²."""
        width = self.width[cells]
        return ColumnPrices(self._column(cells), (limit - self.region.point[cells]) / width, price * width**2)

    def _column(self, cells: Index) -> Index:
        return np.searchsorted(self.cells, cells)


@dataclass(frozen=True, eq=False)
class _SingleRows:
    """The level's rows of one open cell: one priced floor and one priced cap a cell, and the rest, written as rows."""

    floors: Index
    caps: Index
    rest: Index

    @classmethod
    def of(cls, level: Level, region: FeasibleSet) -> _SingleRows:
        """Those of a level; of several floors or caps of one cell the first is priced, and the rest are rows."""
        # NO_RULE reads the last cell's state, which the first half of the condition hides.
        single = (level.cell != NO_RULE) & region.open[level.cell]
        below = np.flatnonzero(single & (level.lower > region.program.lower[level.cell]))
        above = np.flatnonzero(single & (level.upper < region.program.upper[level.cell]))
        # One floor and one cap a cell, the cap not below the floor: more have no closed form column by
        # column.
        floors, caps = (rows[np.unique(level.cell[rows], return_index=True)[1]] for rows in (below, above))
        floor = np.full(len(region.open), -np.inf)
        floor[level.cell[floors]] = level.lower[floors]
        caps = caps[level.upper[caps] >= floor[level.cell[caps]]]
        left = (
            np.setdiff1d(below, floors, assume_unique=True),
            np.setdiff1d(above, caps, assume_unique=True),
        )
        rest = distinct(np.concatenate(left))
        return cls(floors, caps, rest)
