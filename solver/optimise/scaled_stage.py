"""A stage scaled: cells counted from the set's point in √(r T), rows of length one, what each miss costs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from solver import tolerances
from solver.engines.quadratic_program import QuadraticProgram, Vector
from solver.model.matrices import Matrix, absolute, times
from solver.optimise.polytope import Polytope

Index = NDArray[np.intp]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class ScaledStage:
    """Rows that must hold come first, then the level's rows that are not priced floors or caps of a single cell."""

    cells: Index
    """(columns,) the open cells."""
    width: Vector
    """(columns,) the amount that counts as one."""
    hard: Index
    """The rows of the set that some choice of the cells would break."""
    soft: Index
    """The level's rows among the rows."""
    floor_row: Index
    """The level's row of each priced floor."""
    cap_row: Index
    """The level's row of each priced cap."""
    length: Vector
    """(rows,) the length of each row before it was scaled to one."""
    polytope: Polytope
    """With undivided prices; its damping is zero for rows that must hold."""

    def proximal(self, centre: Vector, weight: float, known: Vector) -> Polytope:
        """The polytope with `weight` times half the squared distance from a centre (columns,) added to what misses cost.

        Its multipliers are the changes from the `known` ones (rows,), divided by the weight: so they stay small, and
        no digit is lost where large ones cancel. Rows with a known multiplier are held at the side to which it pulls.
        """
        # cost - knownᵀ(B v - side) + weight/2 ‖v - c‖², all over the weight: completing the square moves
        # the centre by Bᵀknown / weight, and the side to which a row pulls by what its damping gives the
        # known multiplier.
        base, contribution = self.polytope, times(self.polytope.columns, known)
        damping, held = base.damping(known), known != 0
        side = np.where(known > 0, base.row_lower, base.row_upper) - damping * known
        return replace(
            base,
            centre=centre + contribution / weight,
            row_lower=np.where(held, side, base.row_lower),
            row_upper=np.where(held, side, base.row_upper),
            damping_lower=np.where(held, damping, base.damping_lower) * weight,
            damping_upper=np.where(held, damping, base.damping_upper) * weight,
            floors=replace(base.floors, price=base.floors.price / weight),
            caps=replace(base.caps, price=base.caps.price / weight),
        )

    @property
    def as_hard(self) -> Polytope:
        """The polytope in which nothing may be missed; its floors and caps must be within the bounds."""
        base = self.polytope
        lower, upper = base.lower.copy(), base.upper.copy()
        # Above the cap a floor is left at the cap: the point is only a candidate, and judged by what it
        # misses.
        lower[base.floors.column] = np.maximum(lower[base.floors.column], base.floors.limit)
        upper[base.caps.column] = np.minimum(upper[base.caps.column], base.caps.limit)
        return Polytope(base.rows, base.row_lower, base.row_upper, np.minimum(lower, upper), upper)

    def cost(self, v: Vector) -> float:
        """What the misses at a point (columns,) cost."""
        base, amount, total = self.polytope, times(self.polytope.rows, v), 0.0
        for miss, damping in (
            (base.row_lower - amount, base.damping_lower),
            (amount - base.row_upper, base.damping_upper),
        ):
            soft = np.asarray(damping) > 0
            total += float((np.maximum(0, miss[soft]) ** 2 / np.asarray(damping)[soft]).sum())
        for priced, sign in ((base.floors, 1), (base.caps, -1)):
            total += float(priced.price @ np.maximum(0, sign * (priced.limit - v[priced.column])) ** 2)
        return total / 2

    def violation(self, v: Vector) -> float:
        """The most by which a point (columns,) breaks a scaled row that must hold."""
        hard = slice(0, len(self.hard))
        amount = times(self.polytope.rows, v)[hard]
        over = np.maximum(self.polytope.row_lower[hard] - amount, amount - self.polytope.row_upper[hard])
        return float(over.max(initial=0.0))

    def multipliers(self, v: Vector) -> tuple[Vector, Vector]:
        """(priced floors,) and (priced caps,): by how much each pulls its column, up or down, at a point (columns,)."""
        floors, caps = self.polytope.floors, self.polytope.caps
        up = floors.price * np.maximum(0, floors.limit - v[floors.column])
        down = caps.price * np.maximum(0, v[caps.column] - caps.limit)
        return up, down

    def contribution(self, y: Vector, v: Vector) -> Vector:
        """(columns,) by how much multipliers (rows,), priced floors and caps pull each column at a point (columns,)."""
        total = times(self.polytope.columns, y)
        up, down = self.multipliers(v)
        total[self.polytope.floors.column] += up
        total[self.polytope.caps.column] -= down
        return total

    def complementary(self, v: Vector, y: Vector) -> Vector:
        """(rows,) an engine's multipliers, zero where a row has more slack at its point (columns,) than it pulls."""
        base = self.polytope
        side = np.where(y > 0, base.row_lower, base.row_upper) - base.damping(y) * y
        # At an optimum one of the two is zero: of an engine's pair the smaller is what it left of zero.
        slack = np.abs(times(base.rows, v) - side)
        return np.where(base.equal | (np.abs(y) > slack), y, 0.0)

    def gap(self, y: Vector, v: Vector) -> float:
        """What the misses at a point (columns,) cost beyond what multipliers (rows,) prove that they must.

        Cost less bound is a sum of what each row and each column fails of complementary slackness (Boyd & Vandenberghe
        2004, Convex Optimization, 5.5.2). It is added up as such: two near numbers would lose what is left to tell.
        """
        # Priced floors and caps pull by what they miss at the point, so that they leave nothing.
        reduced = self.contribution(y, v)
        held = np.maximum(reduced * (self.polytope.lower - v), reduced * (self._far(v) - v))
        return float(self._row_gaps(y, v).sum()) + float(held.sum())

    def _row_gaps(self, y: Vector, v: Vector) -> Vector:
        """(rows,) what each row costs beyond its multiplier's part of the bound."""
        base, amount = self.polytope, times(self.polytope.rows, v)
        total, size = np.zeros(len(y)), np.abs(y)
        # What rounding leaves of a row that is held is no slack, however large the multiplier that holds it.
        noise = 4 * tolerances.ROUNDING * (times(absolute(base.rows), np.abs(v)) + np.abs(amount))
        for active, short, damping in (
            (y > 0, base.row_lower - amount, base.damping_lower),
            (y < 0, amount - base.row_upper, base.damping_upper),
        ):
            # Cost less bound of a row: (miss - d y)² / 2d where it is missed, y · slack + d y² / 2 where it
            # is kept, d its damping.
            give = np.broadcast_to(damping, y.shape)
            soft, miss = give > 0, np.maximum(0.0, short)
            price = 1 / np.where(soft, give, 1.0)
            slack = size * np.where(active & (np.abs(short) > noise), -short, 0.0)
            missed = np.where(active, miss - give * size, miss) ** 2 * price / 2
            kept = np.where(active, slack + give * size**2 / 2, 0.0)
            total += np.where(soft & (short > 0), missed, kept)
        return total

    @cached_property
    def _implied(self) -> Vector:
        """(columns,) the most each column can come to by its bound or one row that must hold."""
        base = self.polytope
        rows = base.rows[: len(self.hard)]
        least, most = activities(rows, base.lower, base.upper)
        row = np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr))
        column, a = rows.indices, rows.data
        upper = base.upper.copy()
        # One round of bound tightening (Savelsbergh 1994): a column without a cap makes the dual's bound
        # infinite.
        with np.errstate(invalid="ignore"):
            for limit, extreme, side in ((base.row_upper, least, a > 0), (base.row_lower, most, a < 0)):
                room = ((limit[: len(self.hard)] - extreme)[row] / a)[side]
                # fmin passes over NaN, which ∞ - ∞ of rows with columns without a cap come to.
                np.fmin.at(upper, column[side], base.lower[column[side]] + room)
        return upper

    def _far(self, v: Vector) -> Vector:
        upper = self._implied
        # Beyond the point in any case: a cap below where the column stands would make the gap negative.
        return np.where(np.isfinite(upper), upper, np.maximum(10 * np.abs(v), tolerances.UNBOUNDED))

    @cached_property
    def _missable(self) -> tuple[Index, Index]:
        """The rows that may be missed, from below and from above."""
        base = self.polytope
        below, above = (
            np.flatnonzero((np.asarray(damping) > 0) & np.isfinite(limit))
            for damping, limit in ((base.damping_lower, base.row_lower), (base.damping_upper, base.row_upper))
        )
        return below, above

    def bounded_program(self, v: Vector) -> QuadraticProgram:
        """The stage for an engine, columns without a cap taken to end where the dual at a point (columns,) takes them to."""
        program, columns = self.as_program(0.0), len(v)
        upper = program.upper.copy()
        upper[:columns] = np.where(np.isfinite(upper[:columns]), upper[:columns], self._far(v))
        return replace(program, upper=upper)

    def in_program(self, v: Vector, y: Vector) -> tuple[Vector, Vector]:
        """The columns and the multipliers of the engine's program at a point (columns,) and multipliers (rows,)."""
        base, (below, above), (up, down) = self.polytope, self._missable, self.multipliers(v)
        # A miss m pulls by itself: m = √damping · y of a row, and the pull over √price of a floor or cap.
        misses = (
            np.sqrt(np.asarray(base.damping_lower)[below]) * np.maximum(y[below], 0),
            np.sqrt(np.asarray(base.damping_upper)[above]) * np.maximum(-y[above], 0),
            up / np.sqrt(base.floors.price),
            down / np.sqrt(base.caps.price),
        )
        return np.concatenate([v, *misses]), np.concatenate([y, up, -down])

    def as_program(self, weight: float) -> QuadraticProgram:
        """The stage for an engine: columns first, then the misses of rows below and above, of floors and of caps.

        `weight` times half the squared distance from the set's point is added to what misses cost.
        """
        base, (below, above) = self.polytope, self._missable
        columns, rows = len(self.cells), len(base.row_lower)
        floors, caps = len(base.floors.column), len(base.caps.column)
        misses = len(below) + len(above) + floors + caps
        row = np.concatenate([below, above, rows + np.arange(floors + caps)])
        # A miss m of an engine's column costs m² / 2: in its row it counts √damping, in a cell 1 / √price.
        size = np.concatenate([
            np.sqrt(np.asarray(base.damping_lower)[below]), -np.sqrt(np.asarray(base.damping_upper)[above]),
            1 / np.sqrt(base.floors.price), -1 / np.sqrt(base.caps.price),
        ])  # fmt: skip
        column = np.concatenate([base.floors.column, base.caps.column])
        single = sparse.csr_array(
            (np.ones(len(column)), (np.arange(len(column)), column)), shape=(len(column), columns)
        )
        miss = sparse.csr_array((size, (row, np.arange(misses))), shape=(rows + len(column), misses))
        return QuadraticProgram(
            curvature=np.concatenate([np.full(columns, weight), np.ones(misses)]),
            cost=np.zeros(columns + misses),
            matrix=Matrix(sparse.hstack([sparse.vstack([base.rows, single]), miss])),
            row_lower=np.concatenate([base.row_lower, base.floors.limit, np.full(caps, -np.inf)]),
            row_upper=np.concatenate([base.row_upper, np.full(floors, np.inf), base.caps.limit]),
            lower=np.concatenate([base.lower, np.zeros(misses)]),
            upper=np.concatenate([base.upper, np.full(misses, np.inf)]),
        )


def activities(matrix: Matrix, lower: Vector, upper: Vector) -> tuple[Vector, Vector]:
    """Two (rows,) arrays: the least and the most that rows come to within bounds (columns,)."""
    if not matrix.nnz:
        return np.zeros(matrix.shape[0]), np.zeros(matrix.shape[0])
    at_lower, at_upper = matrix.data * lower[matrix.indices], matrix.data * upper[matrix.indices]
    rising = matrix.data > 0
    row = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    least, most = np.where(rising, at_lower, at_upper), np.where(rising, at_upper, at_lower)
    return (
        np.bincount(row, least, minlength=matrix.shape[0]).astype(np.float64),
        np.bincount(row, most, minlength=matrix.shape[0]).astype(np.float64),
    )
