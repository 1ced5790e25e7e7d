"""Single columns: rows of a question that are left with one column become its bounds.

Cells that are alike in all rows are one column, so that a row over them alone, such as a cap of a partner's year that is
given out in quarters, limits that column and nothing else. It is a presolve as solvers of linear programs have it (row
singletons: Andersen & Andersen 1995), with the multipliers of those rows put back from what the other rows leave.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from solver.engines.quadratic_program import Vector
from solver.model.program import Index, Mask

_NOISE = 1e-7
"""What is left of a column's multipliers, as a part of what they add up, that counts as none."""


@dataclass(frozen=True, eq=False)
class SingleColumns:
    """Rows over one column each, as bounds."""

    kept: Mask
    """(rows,) the rows that stay rows."""
    lower: Vector
    """(columns,) the bounds with theirs."""
    upper: Vector
    """(columns,)"""
    floor: Index
    """(columns,) the row that sets each lower bound, -1 where none does."""
    cap: Index
    """(columns,) the row that sets each upper bound, -1 where none does."""
    coefficient: Vector
    """(rows,) of the one column, zero for rows that stay."""

    @classmethod
    def of(
        cls,
        matrix: sparse.csr_array,
        may: Mask,
        take: Mask,
        limits: tuple[Vector, Vector],
        bounds: tuple[Vector, Vector],
    ) -> SingleColumns | None:
        """What becomes of the rows that `may` (rows,) go, over columns that `take` (columns,) them.

        None where none does, or bounds would cross. `limits` are two of (rows,), `bounds` two of (columns,).
        """
        single = np.flatnonzero(may & (np.diff(matrix.indptr) == 1))
        single = single[take[matrix.indices[matrix.indptr[single]]]]
        column = matrix.indices[matrix.indptr[single]].astype(np.intp)
        factor = matrix.data[matrix.indptr[single]]
        if not len(single) or not factor.all():
            return None
        ends = np.sort([limits[0][single] / factor, limits[1][single] / factor], axis=0)
        lower, floor = _tightest(-ends[0], column, single, -bounds[0])
        upper, cap = _tightest(ends[1], column, single, bounds[1])
        if (-lower > upper).any():
            return None
        kept = np.ones(matrix.shape[0], dtype=bool)
        kept[single] = False
        coefficient = np.zeros(matrix.shape[0])
        coefficient[single] = factor
        return cls(kept, -lower, upper, floor, cap, coefficient)

    def multipliers(self, left: Vector, most: Vector) -> Vector:
        """(rows,) those of the rows that went: what the others leave of each column, `left` (columns,), taken back.

        `most` (columns,) are the sizes that were added up: what is nothing beside them is an engine's rounding.
        """
        row = np.where(left < 0, self.floor, self.cap)
        used = np.flatnonzero((np.abs(left) > _NOISE * most) & (row >= 0))
        found = np.zeros(len(self.kept))
        found[row[used]] = -left[used] / self.coefficient[row[used]]
        return found


def _tightest(ends: Vector, column: Index, row: Index, bounds: Vector) -> tuple[Vector, Index]:
    """The least (columns,) of bounds and of the ends of rows, each of one column; and the row it is of, -1 for none."""
    least = bounds.copy()
    np.minimum.at(least, column, ends)
    owner = np.full(len(bounds), -1, dtype=np.intp)
    sets = (ends == least[column]) & (ends < bounds[column])
    owner[column[sets]] = row[sets]
    return least, owner
