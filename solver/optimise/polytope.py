"""The polytope of a projection: rows, bounds, and what missing some of them costs; and what its dual comes to."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from solver import tolerances
from solver.engines.quadratic_program import Vector
from solver.model.matrices import Matrix, times

Index = NDArray[np.intp]
Mask = NDArray[np.bool_]
_NO_COLUMN = np.empty(0, dtype=np.intp)
_NO_NUMBER = np.empty(0)


@dataclass(frozen=True, eq=False)
class ColumnPrices:
    """Limits of single columns that may be missed, each at price · miss²/2."""

    column: Index = field(default_factory=_NO_COLUMN.copy)
    """(priced columns,) each at most once."""
    limit: Vector = field(default_factory=_NO_NUMBER.copy)
    """(priced columns,)"""
    price: Vector = field(default_factory=_NO_NUMBER.copy)
    """(priced columns,)"""


@dataclass(frozen=True, eq=False)
class Polytope:
    """Rows, each of length one, bounds of columns, and what missing some of them costs.

    A priced floor of a column is never above its priced cap: others are written as rows.
    """

    rows: Matrix
    """(rows, columns)"""
    row_lower: Vector
    """(rows,)"""
    row_upper: Vector
    """(rows,)"""
    lower: Vector
    """(columns,)"""
    upper: Vector
    """(columns,)"""
    centre: Vector | float = 0.0
    """(columns,)"""
    damping_lower: Vector | float = 0.0
    """(rows,) how far a multiplier of one lets the row fall below its lower limit; zero where it may not."""
    damping_upper: Vector | float = 0.0
    """(rows,) the same above the upper limit."""
    floors: ColumnPrices = field(default_factory=ColumnPrices)
    """Floors that may be missed."""
    caps: ColumnPrices = field(default_factory=ColumnPrices)
    """Caps that may be missed."""

    @cached_property
    def columns(self) -> Matrix:
        """(columns, rows) the rows, transposed."""
        return Matrix(self.rows.T)

    @cached_property
    def _transposed(self) -> sparse.csc_array:
        """(columns, rows) transposed without a copy: SciPy takes longer for that than for a product with few rows."""
        return sparse.csc_array(self.rows.T)

    def pulled(self, y: Vector) -> Vector:
        """(columns,) Bᵀy."""
        return np.asarray(self._transposed @ y, dtype=np.float64)

    @cached_property
    def equal(self) -> Mask:
        """(rows,) the equations."""
        return np.asarray(self.row_lower == self.row_upper, dtype=np.bool_)

    def point(self, y: Vector) -> Vector:
        """(columns,) the point that belongs to multipliers (rows,)."""
        return self.placed(self.pulled(y))

    def placed(self, product: Vector) -> Vector:
        """(columns,) the point that belongs to a product Bᵀy (columns,)."""
        return np.clip(self._unclipped(product)[0], self.lower, self.upper)

    def _unclipped(self, product: Vector) -> tuple[Vector, Vector]:
        """Two (columns,) arrays: the point before it is clipped, and how fast it follows Bᵀy (columns,)."""
        v = self.centre + product
        slope = np.ones(len(v))
        for priced, short in ((self.floors, True), (self.caps, False)):
            now = v[priced.column]
            # (v - now)² / 2 + price · (limit - v)² / 2 is least at v = (now + price · limit) / (1 + price).
            missed = (now < priced.limit) if short else (now > priced.limit)
            column, price = priced.column[missed], priced.price[missed]
            v[column] = (now[missed] + price * priced.limit[missed]) / (1 + price)
            slope[column] = 1 / (1 + price)
        return v, slope

    def slope(self, product: Vector) -> Vector:
        """(columns,) how fast the point follows Bᵀy (columns,); zero where it is clipped."""
        v, slope = self._unclipped(product)
        return np.where((v > self.lower) & (v < self.upper), slope, 0.0)

    def damping(self, y: Vector) -> Vector:
        """(rows,) the damping on the side to which each multiplier pulls."""
        return np.where(y > 0, self.damping_lower, np.where(y < 0, self.damping_upper, 0.0)).astype(
            np.float64
        )

    def price(self, v: Vector) -> float:
        """The distance from the centre and what missed columns cost at a point (columns,)."""
        cost = float(((v - self.centre) ** 2).sum()) / 2
        for priced, sign in ((self.floors, 1.0), (self.caps, -1.0)):
            miss = np.maximum(0.0, sign * (priced.limit - v[priced.column]))
            cost += float(priced.price @ miss**2) / 2
        return cost

    def rise(self, v: Vector, before: Vector) -> float:
        """By how much the price at a point (columns,) is above that at the one `before`; what is the same cancels."""
        rise = float((v - before) @ ((v + before) / 2 - self.centre))
        for priced, sign in ((self.floors, 1.0), (self.caps, -1.0)):
            miss, was = (np.maximum(0.0, sign * (priced.limit - at[priced.column])) for at in (v, before))
            rise += float(priced.price @ ((miss - was) * (miss + was))) / 2
        return rise

    def dual(self, y: Vector, v: Vector) -> float:
        """The dual's value at y, with v = point(y)."""
        sides = np.where(y > 0, self.row_lower, np.where(y < 0, self.row_upper, 0.0))
        return (
            self.price(v) - float(y @ (self.rows @ v)) + float(y @ sides) - float(self.damping(y) @ y**2) / 2
        )

    def gain(self, before: Trial, after: Trial) -> tuple[float, float]:
        """How much the dual rises from one trial to another, and what rounding hides of it.

        It adds up differences, column by column and row by row: what is the same at both cancels exactly. A miss is the
        difference of two amounts near to one another: what that loses counts at the price of the miss.
        """
        y, moved, v, there = before.y, after.y, before.point, after.point
        change, step, sign = moved - y, there - v, np.where(moved != 0, moved, y)
        side = np.where(sign > 0, self.row_lower, np.where(sign < 0, self.row_upper, 0.0))
        middle = (there + v) / 2 - self.centre
        rise = float(change @ (side - before.amount)) - float(self.damping(sign) @ (change * (moved + y))) / 2
        rise += float(step @ middle) - float(step @ after.product)
        size = float(np.abs(change) @ (np.abs(side) + np.abs(before.amount)))
        for priced, way in ((self.floors, 1.0), (self.caps, -1.0)):
            short, now = (np.maximum(0.0, way * (priced.limit - at[priced.column])) for at in (v, there))
            rise += float(priced.price @ ((now - short) * (now + short))) / 2
            size += float(np.linalg.norm(priced.price * (now + short) * priced.limit))
        return rise, 4 * tolerances.ROUNDING * size

    def residual(self, y: Vector, amount: Vector) -> Vector:
        """(rows,) what each active row lacks where the rows come to amounts (rows,); zero for inactive ones."""
        give = self.damping(y) * y
        short, over = self.row_lower - amount - give, self.row_upper - amount - give
        rest = np.where(short > 0, short, np.where(over < 0, over, 0.0))
        return np.where(y > 0, short, np.where(y < 0, over, rest))

    def feasible_sign(self, y: Vector) -> Vector:
        """(rows,) the multipliers, zero where a row has no limit on that side."""
        wrong = ((y > 0) & np.isinf(self.row_lower)) | ((y < 0) & np.isinf(self.row_upper))
        return np.where(wrong, 0.0, y)


@dataclass(frozen=True, eq=False)
class Trial:
    """Multipliers with what follows from them."""

    polytope: Polytope
    y: Vector
    """(rows,)"""

    @cached_property
    def product(self) -> Vector:
        """(columns,) Bᵀy."""
        return self.polytope.pulled(self.y)

    @cached_property
    def point(self) -> Vector:
        """(columns,) the point that belongs to them."""
        return self.polytope.placed(self.product)

    @cached_property
    def amount(self) -> Vector:
        """(rows,) what the rows come to there."""
        return times(self.polytope.rows, self.point)
