"""Projection: the point of a polytope nearest to the origin, made exact from any start by semismooth Newton steps.

minimise ‖v‖²/2 with row_lower ≤ B v ≤ row_upper and lower ≤ v ≤ upper. Its dual has one multiplier per row, and
v = clip(Bᵀy, lower, upper); the dual is concave and piecewise quadratic, so Newton steps on the rows at work end
at the optimum itself (Qi & Sun 1993, A nonsmooth version of Newton's method; Li, Sun & Toh 2020 for this problem).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import splu

from solver.engines.problem import Vector
from solver.matrices import times

STEPS = 200
_HALVINGS = 60
_EXACT = 1e-13
_DENSE = 40
_LARGEST_EIGEN = 1500
_PATIENCE = 25
_RIDGE = 1e-12
_NOISE = 1e-15
_ASLEEP = 1e-9


@dataclass(frozen=True, eq=False)
class Polytope:
    """The rows, each of length one, and the bounds."""

    rows: sparse.csr_array
    """(rows, columns)"""
    row_lower: Vector
    """(rows,)"""
    row_upper: Vector
    """(rows,)"""
    lower: Vector
    """(columns,)"""
    upper: Vector
    """(columns,)"""

    @cached_property
    def columns(self) -> sparse.csr_array:
        """(columns, rows) the rows, turned."""
        return sparse.csr_array(self.rows.T)

    def point(self, y: Vector) -> Vector:
        """(columns,) the point that belongs to multipliers (rows,)."""
        return np.clip(times(self.columns, y), self.lower, self.upper)

    def dual(self, y: Vector, v: Vector) -> float:
        """The dual's value at y, with v = point(y)."""
        sides = np.where(y > 0, self.row_lower, np.where(y < 0, self.row_upper, 0.0))
        return float(v @ v / 2 - y @ (self.rows @ v) + y @ sides)

    def residual(self, y: Vector, v: Vector) -> Vector:
        """(rows,) what each row at work lacks; zero for rows at rest."""
        amount = self.rows @ v
        short, over = self.row_lower - amount, self.row_upper - amount
        rest = np.where(short > 0, short, np.where(over < 0, over, 0.0))
        return np.where(y > 0, short, np.where(y < 0, over, rest))

    def feasible_sign(self, y: Vector) -> Vector:
        """(rows,) the multipliers, zero where a row has no limit on that side."""
        wrong = ((y > 0) & np.isinf(self.row_lower)) | ((y < 0) & np.isinf(self.row_upper))
        return np.where(wrong, 0.0, y)


@dataclass(frozen=True, eq=False)
class Projection:
    """The point, its multipliers, and how far they are from proving each other right."""

    point: Vector
    """(columns,)"""
    multipliers: Vector
    """(rows,)"""
    gap: float
    """Primal less dual objective."""
    residual: float
    """The most that a row at work lacks or has too much."""
    steps: int
    """Newton steps taken."""
    unique: bool
    """Whether no other multipliers belong to the same point."""

    @property
    def exact(self) -> bool:
        """Whether it is the optimum, to the last digits of floats."""
        return self.residual <= 1e-10 and abs(self.gap) <= 1e-10


def project(polytope: Polytope, start: Vector, *, limit: int = STEPS, shortest: bool = True) -> Projection:
    """The nearest point to the origin, from the multipliers `start` (rows,), in at most `limit` steps.

    Of several multipliers that give the point, the shortest if so asked. It may not be `exact`.
    """
    y, steps = _ascend(polytope, polytope.feasible_sign(start), limit)
    first = _judged(polytope, y, steps, unique=True)
    if not shortest or (limit < STEPS and not first.exact):
        return first
    least = _least_norm(polytope, y)
    if least is None:
        return first
    settled, more = _ascend(polytope, polytope.feasible_sign(least), limit)
    second = _judged(polytope, settled, steps + more, unique=False)
    return second if second.residual <= max(first.residual, 10 * _EXACT) else replace(first, unique=False)


def _judged(polytope: Polytope, y: Vector, steps: int, *, unique: bool) -> Projection:
    v = polytope.point(y)
    residual = polytope.residual(y, v)
    gap = float(v @ v / 2) - polytope.dual(y, v)
    return Projection(v, y, gap, float(np.abs(residual).max(initial=0.0)), steps, unique)


def _ascend(polytope: Polytope, y: Vector, limit: int) -> tuple[Vector, int]:
    """The multipliers after as many Newton steps as bring them on, and how many those were."""
    best, least, last = y, np.inf, 0
    for step in range(limit):
        v = polytope.point(y)
        residual = polytope.residual(y, v)
        error = float(np.abs(residual).max(initial=0.0))
        if error < least:
            best, least, last = y, error, step
        if error <= _EXACT:
            return y, step
        moved = _step(polytope, y, v, residual) if step - last < _PATIENCE else None
        if moved is None:
            return best, step
        y = moved
    return best, limit


def _step(polytope: Polytope, y: Vector, v: Vector, residual: Vector) -> Vector | None:
    """One Newton step on the rows at work, halved until the dual rises; None when it cannot."""
    work = np.flatnonzero((y != 0) | (residual != 0))
    rows = sparse.csr_array(polytope.rows[work])
    free = (v > polytope.lower) & (v < polytope.upper)
    masked = sparse.csr_array(rows[:, np.flatnonzero(free)])
    system = sparse.csc_array(masked @ masked.T)
    asleep = system.diagonal() <= _ASLEEP
    wake = _waking(polytope, sparse.csr_array(rows[np.flatnonzero(asleep)]), y, residual[work[asleep]])
    ridge, value = _RIDGE, polytope.dual(y, v)
    while ridge <= 1:
        direction = np.zeros_like(y)
        direction[work] = _newton(system, asleep, residual[work], ridge)
        direction[work[asleep]] = wake
        slope = float(direction @ residual)
        if (moved := _search(polytope, y, direction, value, slope)) is not None:
            return moved
        ridge *= 1e3
    return None


def _waking(polytope: Polytope, rows: sparse.csr_array, y: Vector, residual: Vector) -> Vector:
    """(rows,) for rows all of whose columns are clipped: the least step that sets one of them free."""
    if not rows.shape[0]:
        return residual
    pulled = (polytope.columns @ y)[rows.indices]
    up = np.repeat(residual > 0, np.diff(rows.indptr)) == (rows.data > 0)
    away = np.where(up, polytope.lower[rows.indices] - pulled, pulled - polytope.upper[rows.indices])
    steps = np.where(away >= 0, away / np.abs(rows.data), np.inf)
    least = np.minimum.reduceat(np.append(steps, np.inf), rows.indptr[:-1])
    return np.sign(residual) * np.where(
        np.isfinite(least), least * (1 + 1e-9) + np.abs(residual), np.abs(residual)
    )


def _search(polytope: Polytope, y: Vector, direction: Vector, value: float, slope: float) -> Vector | None:
    length = 1.0
    for _ in range(_HALVINGS):
        moved = polytope.feasible_sign(_stop_at_zero(polytope, y, y + length * direction))
        gain = polytope.dual(moved, polytope.point(moved)) - value
        if gain >= 1e-4 * length * slope - _NOISE and not np.array_equal(moved, y):
            return moved
        length /= 2
    return None


def _stop_at_zero(polytope: Polytope, y: Vector, moved: Vector) -> Vector:
    crossed = (y * moved < 0) & (polytope.row_lower != polytope.row_upper)
    return np.where(crossed, 0.0, moved)


def _newton(system: sparse.csc_array, asleep: NDArray[np.bool_], residual: Vector, ridge: float) -> Vector:
    """(rows,) the Newton direction of the system of rows at work, made regular by a ridge."""
    regular = sparse.csc_array(system + sparse.diags_array(np.where(asleep, 1.0, ridge)))
    if len(residual) <= _DENSE:
        return np.asarray(np.linalg.solve(regular.toarray(), residual), dtype=np.float64)
    factors = splu(regular, permc_spec="MMD_AT_PLUS_A", options={"SymmetricMode": True})
    return np.asarray(factors.solve(residual))


def _least_norm(polytope: Polytope, y: Vector) -> Vector | None:
    """(rows,) the shortest multipliers that give the same point; None where there are no others."""
    v = polytope.point(y)
    free = (v > polytope.lower) & (v < polytope.upper)
    work = np.flatnonzero(y != 0)
    if not len(work) or len(work) > _LARGEST_EIGEN:
        return None
    masked = polytope.rows[work].multiply(free[None, :]).tocsr()
    values, vectors = np.linalg.eigh((masked @ masked.T).toarray())
    seen = values > 1e-10 * max(values.max(initial=0.0), 1e-300)
    if seen.all():
        return None
    least = np.zeros_like(y)
    least[work] = vectors[:, seen] @ (vectors[:, seen].T @ y[work])
    return least
