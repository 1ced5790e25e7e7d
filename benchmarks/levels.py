"""Levels: a scenario whose rules rank by priority as one program after the other, for peers that know no priorities."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import sparse

from benchmarks.arrays import Arrays, Vector

_ROOM = 1e-7
"""Of a limit's unit: how far a limit that was reached is opened, since peers reach it to about so many digits."""


@dataclass(frozen=True, eq=False)
class Level:
    """The rows of one priority over the cells."""

    matrix: sparse.csr_array
    """(rows, cells)"""
    lower: Vector
    """(rows,)"""
    upper: Vector
    """(rows,)"""
    unit_lower: Vector
    """(rows,) the miss of the lower limit that costs one half."""
    unit_upper: Vector
    """(rows,) the same of the upper limit."""

    def save(self, path: Path) -> None:
        """Writes an .npz file."""
        vectors = {name: getattr(self, name) for name in _VECTORS}
        rows = self.matrix
        np.savez(path, data=rows.data, indices=rows.indices, indptr=rows.indptr, **vectors)

    @classmethod
    def load(cls, path: Path, cells: int) -> Level:
        """Reads what `save` wrote."""
        with np.load(path) as held:
            vectors = {name: held[name] for name in _VECTORS}
            shape = (len(vectors["lower"]), cells)
            rows = sparse.csr_array((held["data"], held["indices"], held["indptr"]), shape=shape)
        return cls(matrix=rows, **vectors)


_VECTORS = ("lower", "upper", "unit_lower", "unit_upper")


@dataclass(frozen=True, eq=False)
class Convex:
    """Minimise Σ curvature · z² / 2 + cost · z within bounds and rows of length one."""

    curvature: Vector
    """(columns,)"""
    cost: Vector
    """(columns,)"""
    matrix: sparse.csr_array
    """(rows, columns)"""
    row_lower: Vector
    """(rows,)"""
    row_upper: Vector
    """(rows,)"""
    lower: Vector
    """(columns,)"""
    upper: Vector
    """(columns,)"""


Solve = Callable[[Convex], Vector]
"""A peer: the columns (columns,) of the optimum. Raises RuntimeError where it finds none."""


def one_after_the_other(folder: Path, solve: Solve, *, quadratic: bool) -> Callable[[], Vector]:
    """The work: each level's misses made least, then the targets nearest to the fair shares; by squares or by sums."""
    arrays = Arrays.load(folder / "arrays.npz")
    cells = len(arrays.fair_share)
    levels = [Level.load(path, cells) for path in sorted(folder.glob("level-*.npz"))]

    def work() -> Vector:
        held = arrays
        for level in levels:
            x = _targets(arrays, solve(_stage(held, level, quadratic=quadratic)))
            held = _reached(held, level, x)
        return _targets(arrays, solve(_spread(held, quadratic=quadratic)))

    return work


def _targets(arrays: Arrays, found: Vector) -> Vector:
    cells = len(arrays.fair_share)
    x = arrays.fair_share + arrays.root * found[:cells]
    return np.clip(x, arrays.lower, arrays.upper)


def _reached(held: Arrays, level: Level, x: Vector) -> Arrays:
    """What holds from now on: the level's limits where they were kept, else what was reached."""
    amount = level.matrix @ x
    return Arrays(
        held.fair_share,
        held.scale,
        held.lower,
        held.upper,
        sparse.csr_array(sparse.vstack([held.matrix, level.matrix])),
        np.concatenate([held.row_lower, np.minimum(level.lower, amount) - _ROOM * level.unit_lower]),
        np.concatenate([held.row_upper, np.maximum(level.upper, amount) + _ROOM * level.unit_upper]),
    )


def _stage(held: Arrays, level: Level, *, quadratic: bool) -> Convex:
    """Cells in v, then what the level's rows fall short, then what they exceed, in units of the miss."""
    cells, short, over = (
        len(held.fair_share),
        np.flatnonzero(np.isfinite(level.lower)),
        np.flatnonzero(np.isfinite(level.upper)),
    )
    rows = sparse.vstack([held.matrix, level.matrix[short], level.matrix[over]])
    give = sparse.block_diag(
        [sparse.diags_array(level.unit_lower[short]), -sparse.diags_array(level.unit_upper[over])]
    )
    misses = sparse.vstack([sparse.csr_array((held.matrix.shape[0], give.shape[1])), give])
    nothing = np.full(len(short) + len(over), np.inf)
    lower = np.concatenate([held.row_lower, level.lower[short], -nothing[: len(over)]])
    upper = np.concatenate([held.row_upper, nothing[: len(short)], level.upper[over]])
    cost = np.concatenate([np.zeros(cells), np.ones(len(nothing))])
    return _scaled(held, rows, misses, lower, upper, cost, quadratic=quadratic)


def _spread(held: Arrays, *, quadratic: bool) -> Convex:
    """Cells in v; for sums, then how far each is from its fair share."""
    cells = len(held.fair_share)
    if quadratic:
        empty = sparse.csr_array((held.matrix.shape[0], 0))
        return _scaled(
            held, held.matrix, empty, held.row_lower, held.row_upper, np.ones(cells), quadratic=True
        )
    each, inverse = sparse.identity(cells), sparse.diags_array(1 / held.root)
    rows = sparse.vstack([held.matrix, inverse, inverse])
    away = sparse.vstack([sparse.csr_array(held.matrix.shape), each, -each])
    centre = held.fair_share / held.root
    endless = np.full(cells, np.inf)
    lower = np.concatenate([held.row_lower, centre, -endless])
    upper = np.concatenate([held.row_upper, endless, centre])
    weight = held.root / held.scale
    cost = np.concatenate([np.zeros(cells), weight / weight.mean()])
    return _scaled(held, rows, away, lower, upper, cost, quadratic=False)


def _scaled(
    held: Arrays,
    rows: sparse.sparray,
    more: sparse.sparray,
    lower: Vector,
    upper: Vector,
    price: Vector,
    *,
    quadratic: bool,
) -> Convex:
    """The program in v = (x - fair share) / root and what comes beside it, each row divided by its length."""
    offset = rows @ held.fair_share
    matrix = sparse.csr_array(sparse.hstack([rows @ sparse.diags_array(held.root), more]))
    length = np.sqrt(np.asarray(matrix.power(2).sum(axis=1)).ravel())
    beside = np.zeros(more.shape[1])
    return Convex(
        curvature=price if quadratic else np.zeros(len(price)),
        cost=np.zeros(len(price)) if quadratic else price,
        matrix=sparse.csr_array(sparse.diags_array(1 / length) @ matrix),
        row_lower=(lower - offset) / length,
        row_upper=(upper - offset) / length,
        lower=np.concatenate([(held.lower - held.fair_share) / held.root, beside]),
        upper=np.concatenate([(held.upper - held.fair_share) / held.root, beside + np.inf]),
    )
