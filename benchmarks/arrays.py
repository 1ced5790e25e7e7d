"""Arrays: the even spread of a scenario whose rules are all hard, as bare arrays that any solver can take."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Vector = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Arrays:
    """Targets x within bounds and rows, near their fair shares."""

    fair_share: Vector
    """(cells,)"""
    scale: Vector
    """(cells,) the company target of the cell's metric."""
    lower: Vector
    """(cells,)"""
    upper: Vector
    """(cells,)"""
    matrix: sparse.csr_array
    """(rows, cells)"""
    row_lower: Vector
    """(rows,)"""
    row_upper: Vector
    """(rows,)"""

    def around(self, width: Vector) -> Arrays:
        """The same in v = (x - fair share) / width (cells,), each row divided by its length."""
        matrix = sparse.csr_array(self.matrix.multiply(width[None, :]))
        length = np.sqrt(np.asarray(matrix.power(2).sum(axis=1)).ravel())
        offset = self.matrix @ self.fair_share
        return Arrays(
            self.fair_share,
            self.scale,
            (self.lower - self.fair_share) / width,
            (self.upper - self.fair_share) / width,
            sparse.csr_array(matrix.multiply(1 / length[:, None])),
            (self.row_lower - offset) / length,
            (self.row_upper - offset) / length,
        )

    @property
    def root(self) -> Vector:
        """(cells,) the width in which the even spread is the point nearest to the origin."""
        return np.sqrt(self.fair_share * self.scale)

    def spread(self, x: Vector) -> float:
        """The even spread's objective at targets (cells,)."""
        return float(np.sum(((x - self.fair_share) / self.root) ** 2) / 2)

    def save(self, path: Path) -> None:
        """Writes an .npz file."""
        parts = {name: getattr(self, name) for name in _VECTORS}
        rows = self.matrix
        np.savez(path, data=rows.data, indices=rows.indices, indptr=rows.indptr, **parts)

    @classmethod
    def load(cls, path: Path) -> Arrays:
        """Reads what `save` wrote."""
        with np.load(path) as held:
            parts = {name: held[name] for name in _VECTORS}
            shape = (len(parts["row_lower"]), len(parts["lower"]))
            rows = sparse.csr_array((held["data"], held["indices"], held["indptr"]), shape=shape)
        return cls(matrix=rows, **parts)


_VECTORS = ("fair_share", "scale", "lower", "upper", "row_lower", "row_upper")
