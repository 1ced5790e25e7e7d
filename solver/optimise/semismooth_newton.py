"""Semismooth Newton: the point nearest to a centre under rows and bounds, some of which may be missed at a price.

minimise ‖v - centre‖²/2 + Σ miss²/(2 damping) over rows that may be missed + Σ price · miss²/2 over columns that may
miss a limit, with row_lower ≤ B v ≤ row_upper for the other rows, and lower ≤ v ≤ upper. Its dual has one multiplier
per row; v follows from Bᵀy column by column in closed form. The dual is concave and piecewise quadratic, so Newton
steps on the active rows end at the optimum itself (Qi & Sun 1993, A nonsmooth version of Newton's method; Li, Sun &
Toh 2020 for projections). A row with a quadratic price is a row whose multiplier is damped.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from solver import tolerances
from solver.engines.quadratic_program import Vector
from solver.model.matrices import Matrix, absolute, by_columns, diagonal, times
from solver.optimise.polytope import Polytope, Trial

Index = NDArray[np.intp]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Projection:
    """The point, its multipliers, and how far they are from proving each other right."""

    point: Vector
    """(columns,)"""
    multipliers: Vector
    """(rows,)"""
    cost: float
    """The primal objective."""
    gap: float
    """Primal less dual objective."""
    residual: float
    """The most that an active row lacks or has too much."""
    steps: int
    """Newton steps taken."""
    unique: bool
    """Whether no other multipliers belong to the same point."""
    size: float = 1.0
    """The largest amount that a row adds up, at least one: residuals are reported as parts of it."""

    @property
    def exact(self) -> bool:
        """Whether it is proved to be the optimum."""
        return self.error <= tolerances.EXACT

    @property
    def sharp(self) -> bool:
        """Whether it is the optimum, to the last digits of floats."""
        return self.error <= tolerances.SHARP

    @property
    def error(self) -> float:
        """The residual, or the gap as a part of the cost where that is more than one: whichever is more."""
        return max(self.residual / self.size, abs(self.gap) / max(1.0, self.cost))


def project(
    polytope: Polytope,
    start: Vector,
    *,
    limit: int = tolerances.NEWTON_STEPS,
    patience: int = tolerances.PATIENCE,
    shortest: bool = True,
    deadline: float = np.inf,
) -> Projection:
    """The optimum, from the multipliers `start` (rows,), in at most `limit` steps.

    It ends after `patience` steps that bring the residual no further down, and after a `deadline` in seconds of
    perf_counter. Of several multipliers that give the point, the shortest if so asked. It may not be `sharp`.
    """
    y, steps = _ascend(polytope, polytope.feasible_sign(start), limit, patience, deadline)
    first = judge(polytope, y, steps)
    # A hurried start that did not arrive is handed to an engine: its multipliers are not worth an
    # eigenproblem.
    if not shortest or (limit < tolerances.NEWTON_STEPS and not first.sharp):
        return first
    least = _least_norm(polytope, y)
    if least is None:
        return first
    settled, more = _ascend(polytope, polytope.feasible_sign(least), limit, patience, deadline)
    # 10: the shortest multipliers may cost one digit of the residual, and no more.
    second = judge(polytope, settled, steps + more, unique=False)
    return (
        second
        if second.residual <= max(first.residual, 10 * tolerances.CONVERGED)
        else replace(first, unique=False)
    )


def judge_pair(polytope: Polytope, v: Vector, y: Vector) -> Projection:
    """What a point (columns,) and multipliers (rows,) come to that were found together.

    Where rows all but depend on each other multipliers are so large that the point that follows from them in floats is
    less exact than the one at hand. How far the two are apart is how far the centre would have to move for the point
    at hand to be the optimum, and projections move no further than their centres.
    """
    found, size = judge(polytope, y, 0), max(1.0, float(np.abs(v).max(initial=0.0)))
    step, residual = v - found.point, polytope.residual(y, times(polytope.rows, v))
    moved = float(np.abs(step).max(initial=0.0)) / size
    error = max(float(np.abs(residual).max(initial=0.0)), moved * found.size)
    cost = polytope.price(v) + float(polytope.damping(y) @ y**2) / 2
    gap = polytope.rise(v, found.point) - float(step @ polytope.pulled(y)) - float(y @ residual)
    return replace(found, point=v, cost=cost, gap=gap, residual=error)


def judge(polytope: Polytope, y: Vector, steps: int, *, unique: bool = True) -> Projection:
    """What multipliers (rows,) found in so many steps come to."""
    v = polytope.point(y)
    residual = polytope.residual(y, times(polytope.rows, v))
    cost = polytope.price(v) + float(polytope.damping(y) @ y**2) / 2
    error = float(np.abs(residual).max(initial=0.0))
    size = max(1.0, float((absolute(polytope.rows) @ np.abs(v)).max(initial=0.0)))
    # Primal less dual is what multipliers make of what rows lack: as a difference of the two, large ones would cancel.
    return Projection(v, y, cost, -float(y @ residual), error, steps, unique, size)


def _ascend(polytope: Polytope, y: Vector, limit: int, patience: int, deadline: float) -> tuple[Vector, int]:
    """The multipliers after as many Newton steps as bring them on, and how many those were."""
    best, least, last = y, np.inf, 0
    for step in range(limit):
        at = Trial(polytope, y)
        residual = polytope.residual(y, at.amount)
        error = float(np.abs(residual).max(initial=0.0))
        if error < least:
            last = step if error < tolerances.PROGRESS * least else last
            best, least = y, error
        # Rows resolve no finer than the rounding of the multipliers that hold them.
        if error <= max(tolerances.CONVERGED, tolerances.ROUNDING * float(np.abs(y).max(initial=0.0))):
            return y, step
        more = step - last < patience and perf_counter() <= deadline
        moved = _step(at, residual) if more else None
        if moved is None:
            # Near the end residuals tell which multipliers are best; before it, the dual, which rises all the way.
            return (best if least <= tolerances.NEAR else y), step
        y = moved
    return y, limit


def _step(at: Trial, residual: Vector) -> Vector | None:
    """One Newton step on the active rows, halved until the dual rises; None when it cannot."""
    polytope, y = at.polytope, at.y
    work = np.flatnonzero((y != 0) | (residual != 0))
    rows = polytope.rows[work]
    # A row without a multiplier will get one of its residual's sign, so that side's damping counts.
    side = np.where(y != 0, y, residual)
    system = _system(rows, polytope.slope(at.product), polytope.damping(side)[work])
    clipped = system.diagonal() <= tolerances.CLIPPED_ROW
    # A row of several metrics may be left with columns that are a millionth of its length: in that length its pull
    # would drown in the ridge.
    length = np.sqrt(np.where(clipped, 1.0, system.diagonal()))
    system = _in_lengths(system, length)
    release = _release(polytope, rows[np.flatnonzero(clipped)], y, residual[work[clipped]])
    direction = np.zeros_like(y)
    for ridge in tolerances.RIDGES:
        newton = _newton(system, clipped, residual[work] / length, ridge) / length
        if not np.isfinite(newton).all():
            # Rows that depend on each other to the last digit: the next ridge tells them apart.
            continue
        # Where setting clipped rows free spoils the step for all, it is tried without them.
        for released in (release, 0.0) if clipped.any() else (release,):
            newton[clipped] = released
            direction[work] = newton
            if (moved := _search(at, direction, residual)) is not None:
                return moved
    return None


def _system(rows: Matrix, slope: Vector, damping: Vector) -> Vector | sparse.csc_array:
    """(rows, rows) the Newton system of rows whose columns follow at a slope (columns,); dense where they are few."""
    if len(damping) <= tolerances.DENSE_ROWS:
        # The root on both sides: B D Bᵀ as (B √D)(B √D)ᵀ stays symmetric to the last digit.
        masked = by_columns(rows, np.sqrt(slope))
        return np.asarray((masked @ masked.T).toarray() + np.diag(damping))
    free = np.flatnonzero(slope > 0)
    masked = rows[:, free]
    masked.data *= np.sqrt(slope[free])[masked.indices]
    return sparse.csc_array(masked @ masked.T + diagonal(damping))


def _in_lengths(system: Vector | sparse.csc_array, length: Vector) -> Vector | sparse.csc_array:
    """(rows, rows) the system with every row and column divided by a length (rows,)."""
    if isinstance(system, np.ndarray):
        return np.asarray(system / np.outer(length, length))
    scaled = system.copy()
    scaled.data /= length[scaled.indices] * np.repeat(length, np.diff(scaled.indptr))
    return scaled


def _release(polytope: Polytope, rows: Matrix, y: Vector, residual: Vector) -> Vector:
    """(rows,) for rows all of whose columns are clipped: the least step that sets one of them free."""
    if not rows.shape[0]:
        return residual
    pulled = (polytope.centre + polytope.pulled(y))[rows.indices]
    up = np.repeat(residual > 0, np.diff(rows.indptr)) == (rows.data > 0)
    away = np.where(up, polytope.lower[rows.indices] - pulled, pulled - polytope.upper[rows.indices])
    steps = np.where(away >= 0, away / np.abs(rows.data), np.inf)
    least = np.minimum.reduceat(np.append(steps, np.inf), rows.indptr[:-1])
    # 1e-9 of the step beyond: at the bound itself the column would count as clipped still.
    return np.sign(residual) * np.where(
        np.isfinite(least), least * (1 + 1e-9) + np.abs(residual), np.abs(residual)
    )


def _search(at: Trial, direction: Vector, residual: Vector) -> Vector | None:
    """The multipliers after a step that raises the dual enough; None when none does."""
    polytope, y = at.polytope, at.y
    length, slope, hidden = 1.0, float(direction @ residual), 0
    for _ in range(tolerances.HALVINGS):
        moved = polytope.feasible_sign(_stop_at_zero(polytope, y, y + length * direction))
        trial = Trial(polytope, moved)
        (gain, noise), wanted = polytope.gain(at, trial), tolerances.ENOUGH * length * slope
        if gain >= wanted > noise:
            return moved
        # Rounding hides the dual's gain near the optimum: there the residual must fall instead.
        if wanted <= noise and gain >= -noise:
            error = np.abs(polytope.residual(moved, trial.amount)).max()
            if error < np.abs(residual).max():
                return moved
            hidden += 1
            if hidden > tolerances.HIDDEN_HALVINGS:
                return None
        length /= 2
    return None


def _stop_at_zero(polytope: Polytope, y: Vector, moved: Vector) -> Vector:
    # At zero an inequality passes from one piece of the dual to another: a step stops there. Equations have
    # no such kink.
    return np.where((y * moved < 0) & ~polytope.equal, 0.0, moved)


def _newton(system: Vector | sparse.csc_array, clipped: Mask, residual: Vector, ridge: float) -> Vector:
    """(rows,) the Newton direction of the system of active rows, made regular by a ridge."""
    # A clipped row's diagonal is zero: a one makes it solvable, and its entry is replaced by the release.
    ridges = np.where(clipped, 1.0, ridge)
    if isinstance(system, np.ndarray):
        return np.asarray(np.linalg.solve(system + np.diag(ridges), residual), dtype=np.float64)
    from scipy.sparse.linalg import splu  # brings SciPy's dense algebra, which small programs do without

    regular = sparse.csc_array(system + diagonal(ridges))
    # SuperLU's setting for symmetric systems: pivots stay on the diagonal, so that rows fill in least.
    factors = splu(regular, permc_spec="MMD_AT_PLUS_A", options={"SymmetricMode": True})
    return np.asarray(factors.solve(residual))


def _least_norm(polytope: Polytope, y: Vector) -> Vector | None:
    """(rows,) the shortest multipliers that give the same point; None where there are no others."""
    v = polytope.point(y)
    free = (v > polytope.lower) & (v < polytope.upper)
    work = np.flatnonzero(y != 0)
    if not len(work) or len(work) > tolerances.LARGEST_EIGEN:
        return None
    masked = polytope.rows[work].multiply(free[None, :]).tocsr()
    values, vectors = np.linalg.eigh((masked @ masked.T).toarray())
    # 1e-10 of the largest eigenvalue: along what is below it multipliers change without moving a free
    # column.
    seen = values > 1e-10 * max(values.max(initial=0.0), 1e-300)
    if seen.all():
        return None
    least = np.zeros_like(y)
    least[work] = vectors[:, seen] @ (vectors[:, seen].T @ y[work])
    return least
