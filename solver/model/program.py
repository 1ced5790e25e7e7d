"""The program: every rule's rows as one sparse matrix, rows of one cell as bounds that remember their rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from rules import CellIndex, Rows, RuleBook
from scenarios.values.number_fields import LARGEST
from solver.engines.quadratic_program import Vector
from solver.model.matrices import alike, by_rows

Index = NDArray[np.intp]
Mask = NDArray[np.bool_]

NO_RULE = -1
"""The rule of a bound that no rule set."""
_SAME = 1e-12
"""Of a limit: a least above its most by less than this is rounding, some five thousand times that of doubles,
and both are taken as one. Without it two rules that state one number by different sums would be
infeasible."""


@dataclass(frozen=True, eq=False)
class Shape:
    """The left side of one rule's rows, in floats."""

    rule: int
    """The rule's number in the book."""
    matrix: sparse.csr_array
    """(rows, cells)"""

    @cached_property
    def entries(self) -> Index:
        """(rows,) how many cells each row has."""
        return np.asarray(np.diff(self.matrix.indptr), dtype=np.intp)

    @cached_property
    def single(self) -> Mask:
        """(rows,) rows of one cell."""
        return np.asarray(self.entries == 1, dtype=bool)

    @cached_property
    def cell(self) -> Index:
        """(single rows,) their cell."""
        return np.asarray(self.matrix.indices[self.matrix.indptr[:-1][self.single]], dtype=np.intp)

    @cached_property
    def coefficient(self) -> Vector:
        """(single rows,) the coefficient of that cell."""
        return self.first[self.single]

    @cached_property
    def first(self) -> Vector:
        """(rows,) the first coefficient of each row; one for a row without cells."""
        start = np.minimum(self.matrix.indptr[:-1], max(0, len(self.matrix.data) - 1))
        data = self.matrix.data if len(self.matrix.data) else np.ones(1)
        return np.where(self.entries > 0, data[start], 1.0)

    @cached_property
    def key(self) -> NDArray[np.float64]:
        """(rows, 2) the same for rows with the same cells in the same proportion."""
        # Two random sums stand for a row: other cells or proportions agree in both only by a chance of
        # 2^-100. The seed is fixed, so that runs agree; proportional rows that rounding tells apart stay
        # two rows, which is no mistake.
        probe = np.random.default_rng(17).random((self.matrix.shape[1], 2))
        return np.asarray(self.matrix @ probe) / self.first[:, None]


@dataclass(frozen=True, eq=False)
class ConstraintBlock:
    """One rule's rows with the limits that are asked of it at this stage."""

    shape: Shape
    lower: Vector
    """(rows,)"""
    upper: Vector
    """(rows,)"""

    @classmethod
    def of(cls, rule: int, rows: Rows, cells: int) -> ConstraintBlock:
        """The rows of a rule as it states them; limits beyond the largest number there may be are none."""
        return cls(_shape_of(rule, rows, cells), *_limits(rows))

    def stating(self, rows: Rows) -> ConstraintBlock:
        """The same left sides with the limits that rows (rows,) state."""
        return self.with_limits(*_limits(rows))

    @property
    def rule(self) -> int:
        """The rule's number in the book."""
        return self.shape.rule

    @property
    def matrix(self) -> sparse.csr_array:
        """(rows, cells)"""
        return self.shape.matrix

    @property
    def single(self) -> Mask:
        """(rows,) rows of one cell."""
        return self.shape.single

    @property
    def cell(self) -> Index:
        """(single rows,) their cell."""
        return self.shape.cell

    @property
    def coefficient(self) -> Vector:
        """(single rows,) the coefficient of that cell."""
        return self.shape.coefficient

    def ends(self, rows: Mask | Index) -> tuple[Vector, Vector]:
        """Two (rows chosen,) arrays: the least and the most, each row divided by its first coefficient."""
        first = self.shape.first[rows]
        one, other = self.lower[rows] / first, self.upper[rows] / first
        return np.minimum(one, other), np.maximum(one, other)

    def given_by(self, asked: ConstraintBlock) -> Vector:
        """(rows,) by how much these limits are wider than those asked."""
        wider, over = np.zeros(len(self.lower)), np.zeros(len(self.lower))
        # Only where there is a limit: ∞ - ∞ is no number.
        np.subtract(asked.lower, self.lower, out=wider, where=np.isfinite(asked.lower))
        np.subtract(self.upper, asked.upper, out=over, where=np.isfinite(asked.upper))
        return np.maximum(wider, 0) + np.maximum(over, 0)

    def with_limits(self, lower: Vector, upper: Vector) -> ConstraintBlock:
        """The same rows with other limits, (rows,) each."""
        return replace(self, lower=lower, upper=upper)

    def part(self, rows: Index) -> ConstraintBlock:
        """Some of the rows."""
        return ConstraintBlock(
            Shape(self.rule, sparse.csr_array(self.matrix[rows])), self.lower[rows], self.upper[rows]
        )


_SHAPES: WeakKeyDictionary[Rows, Shape] = WeakKeyDictionary()
"""Of rows that live: in a series most rules keep theirs from solve to solve."""


def _shape_of(rule: int, rows: Rows, cells: int) -> Shape:
    """The left sides of rows: the same object for the same rows."""
    known = _SHAPES.get(rows)
    if known is not None and (known.rule, known.matrix.shape[1]) == (rule, cells):
        return known
    matrix = rows.matrix(cells)
    # A coefficient of zero would make a row of one cell look like one of several, and its limit no bound.
    matrix.eliminate_zeros()
    _SHAPES[rows] = shape = Shape(rule, matrix)
    return shape


def _limits(rows: Rows) -> tuple[Vector, Vector]:
    """Two (rows,) arrays: limits as floats, infinite beyond the largest number there may be."""
    lower, upper = rows.limits()
    # Exact numbers have no infinity: LARGEST stands for it in rules.
    return np.where(lower > -LARGEST, lower, -np.inf), np.where(upper < LARGEST, upper, np.inf)


@dataclass(frozen=True, eq=False)
class Limits:
    """A least and a most for each of several things, and the row of a rule that set each."""

    lower: Vector
    """(things,)"""
    upper: Vector
    """(things,)"""
    lower_rule: Index
    """(things,) the rule that set the least, or NO_RULE."""
    upper_rule: Index
    """(things,) the rule that set the most, or NO_RULE."""
    lower_row: Index
    """(things,) the row of that rule."""
    upper_row: Index
    """(things,) the row of that rule."""

    @classmethod
    def free(cls, size: int, lower: float) -> Limits:
        """No limits but a common least."""
        unruled = np.full(size, NO_RULE, dtype=np.intp)
        return cls(
            np.full(size, lower),
            np.full(size, np.inf),
            unruled,
            unruled.copy(),
            unruled.copy(),
            unruled.copy(),
        )

    def tighten(self, block: ConstraintBlock, rows: Index, thing: Index) -> None:
        """Takes in what the rows (rows chosen,) say of their things; used while the limits are being gathered."""
        least, most = block.ends(rows)
        higher, smaller = least > self.lower[thing], most < self.upper[thing]
        # Once more where two of the rows speak of one thing, as shares of a partner in two groups do.
        while higher.any() or smaller.any():
            self.lower[thing[higher]], self.upper[thing[smaller]] = least[higher], most[smaller]
            self.lower_rule[thing[higher]], self.upper_rule[thing[smaller]] = block.rule, block.rule
            self.lower_row[thing[higher]], self.upper_row[thing[smaller]] = rows[higher], rows[smaller]
            higher, smaller = least > self.lower[thing], most < self.upper[thing]

    def copy(self) -> Limits:
        """The same in arrays of its own, to be tightened."""
        return self.part(np.arange(len(self.lower)))

    def part(self, things: Index) -> Limits:
        """Those of some of the things."""
        return Limits(
            lower=self.lower[things],
            upper=self.upper[things],
            lower_rule=self.lower_rule[things],
            upper_rule=self.upper_rule[things],
            lower_row=self.lower_row[things],
            upper_row=self.upper_row[things],
        )

    def closed(self) -> Limits:
        """The same, where a least is above a most by less than floats can tell brought together."""
        close = (self.lower > self.upper) & (self.lower <= self.upper + _SAME * np.abs(self.lower))
        return replace(self, lower=np.where(close, self.upper, self.lower))

    @property
    def crossed(self) -> Index:
        """The things whose least is above their most."""
        return np.flatnonzero(self.lower > self.upper)


@dataclass(frozen=True, eq=False)
class Program:
    """Targets near their fair shares, within bounds and rows; amounts in each metric's unit.

    Rows of one cell are bounds; rows over the same cells in the same proportion are one row.
    """

    fair_share: Vector
    """(cells,)"""
    scale: Vector
    """(cells,) the company target of the cell's metric."""
    bounds: Limits
    """Floors and caps of the cells; zero and infinite where no rule sets one."""
    matrix: sparse.csr_array
    """(rows, cells)"""
    limits: Limits
    """Of the rows."""
    keys: NDArray[np.float64]
    """(rows, 2) the keys of the rows."""

    @property
    def lower(self) -> Vector:
        """(cells,) floors."""
        return self.bounds.lower

    @property
    def upper(self) -> Vector:
        """(cells,) caps."""
        return self.bounds.upper

    @property
    def row_lower(self) -> Vector:
        """(rows,)"""
        return self.limits.lower

    @property
    def row_upper(self) -> Vector:
        """(rows,)"""
        return self.limits.upper

    @property
    def crossed(self) -> bool:
        """Whether some floor is above its cap."""
        return len(self.bounds.crossed) > 0 or len(self.limits.crossed) > 0

    def row_rule(self, multipliers: Vector) -> Index:
        """(rows,) the rule that pulls each row: its least where the multiplier is positive, else its most."""
        return np.where(multipliers > 0, self.limits.lower_rule, self.limits.upper_rule)

    @cached_property
    def least(self) -> Vector:
        """(rows,) the least each row can come to within the bounds."""
        return _extreme(self.matrix, self.lower, self.upper)

    @cached_property
    def most(self) -> Vector:
        """(rows,) the most each row can come to within the bounds."""
        return _extreme(self.matrix, self.upper, self.lower)

    def with_bounds(self, lower: Vector, upper: Vector) -> Program:
        """The same program with other floors and caps, (cells,) each."""
        return replace(self, bounds=replace(self.bounds, lower=lower, upper=upper))

    def find(self, block: ConstraintBlock) -> Index:
        """(rows,) the program's row over the same cells as each row of the block, -1 where there is none."""
        known, several = len(self.keys), np.flatnonzero(block.shape.entries > 1)
        found = np.full(len(block.lower), NO_RULE, dtype=np.intp)
        if known and len(several):
            first, label = alike(np.concatenate([self.keys, block.shape.key[several]]))
            # The program's keys come first in the list, so the first of a set of equals is a program's row
            # where there is one.
            row = np.where(first < known, first, NO_RULE)
            found[several] = row[label[known:]]
        return found


def blocks_of(book: RuleBook) -> list[ConstraintBlock]:
    """Every rule's block, as stated."""
    return [ConstraintBlock.of(number, rows, book.frame.size) for number, rows in enumerate(book.rows)]


def scales(frame: CellIndex) -> Vector:
    """(cells,) the company target of each cell's metric, by which amounts of metrics are compared."""
    # A company target of zero is no measure: its amounts are compared in units.
    totals = [float(frame.totals[metric]) or 1.0 for metric in frame.metrics]
    return np.repeat(totals, frame.parts * frame.partners)


def assemble(
    frame: CellIndex, blocks: Sequence[ConstraintBlock], fair_share: Vector | None = None
) -> Program:
    """The program of these blocks; `fair_share` (cells,) stands in for the frame's where given."""
    bounds = Limits.free(frame.size, 0.0)
    for block in blocks:
        bounds.tighten(block, np.flatnonzero(block.single), block.cell)
    matrix, limits, keys = _bundled(blocks, frame.size)
    return Program(
        fair_share=frame.fair_shares.floats if fair_share is None else fair_share,
        scale=scales(frame),
        bounds=bounds.closed(),
        matrix=matrix,
        limits=limits.closed(),
        keys=keys,
    )


def _bundled(
    blocks: Sequence[ConstraintBlock], cells: int
) -> tuple[sparse.csr_array, Limits, NDArray[np.float64]]:
    """Rows of several cells, one for each set of cells in a proportion, the limits that all rules set it, its keys."""
    rows = [np.flatnonzero(d.shape.entries > 1) for d in blocks]
    several = [(d, r) for d, r in zip(blocks, rows, strict=True) if len(r)]
    if not several:
        return sparse.csr_array((0, cells)), Limits.free(0, -np.inf), np.empty((0, 2))
    keys = np.concatenate([d.shape.key[r] for d, r in several])
    # `alike` sorts by the random keys: rows go back to the order in which the rules have them.
    first, bundle = alike(keys)
    order = np.argsort(first, kind="stable")
    bundle = np.argsort(order, kind="stable")[bundle]
    limits, start = Limits.free(len(first), -np.inf), 0
    for block, mine in several:
        limits.tighten(block, mine, bundle[start : start + len(mine)])
        start += len(mine)
    matrix = sparse.csr_array(
        sparse.vstack([by_rows(sparse.csr_array(d.matrix[r]), 1 / d.shape.first[r]) for d, r in several])
    )
    return sparse.csr_array(matrix[first[order]]), limits, keys[first[order]]


def _extreme(matrix: sparse.csr_array, rising: Vector, falling: Vector) -> Vector:
    """(rows,) each row with its cells at `rising` where it rises with them, at `falling` where it falls."""
    at = np.where(matrix.data > 0, rising[matrix.indices], falling[matrix.indices])
    return (
        np.add.reduceat(np.append(matrix.data * at, 0.0), matrix.indptr[:-1])
        if matrix.shape[0]
        else np.empty(0)
    )
