"""Refinement: an engine's answer to a quadratic program, brought to the last digits of floats.

Engines of floats end some 1e-8 from the optimum, where the rows that hold cannot be distinguished from those that all
but hold. So the program is looked at through a glass: distances from the answer and changes of its multipliers are
divided by its error δ; what is far from mattering at that scale leaves the program, what surely holds becomes an
equation, and the small program that is left is solved as roughly as the first. Each round makes the error as much
smaller as an engine can (Gleixner, Steffy & Wolter 2016, Iterative refinement for linear programming; Weber, Sager &
Gleixner 2019, Solving quadratic programs to high precision using scaled iterative refinement).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from solver.engines.clarabel import Clarabel
from solver.engines.piqp import Piqp
from solver.engines.quadratic_program import Engine, QuadraticProgram, Vector
from solver.model.matrices import Matrix, times

Index = NDArray[np.intp]
Mask = NDArray[np.bool_]

_ROUNDS = 12
"""Rounds at most: each wins some six digits until floats have no more; the rest is for changes of mind."""
_PATIENCE = 4
"""Fresh starts, wide and afresh by turns: sets that are all but empty need multipliers far from those that a broken
row suggests, and flat objectives an optimum far from where they are nearly as good."""
_SURE = 100.0
"""Errors: a multiplier above this many surely holds its row or bound."""
_VIEWS = ((1e3, 1.0), (1e6, 1e3))
"""Errors beyond which a row or bound leaves the program, and by which multipliers may be wrong; the second pair is for
where the first wins nothing."""
_WIDE, _AFRESH = (np.inf, 1e3, 1.0), (1e8, np.inf)
"""The same for fresh starts. The wide one leaves every row and bound in and counts distances as they are, for columns
with next to no pull, whose way to where it ends is long; afresh no multiplier is believed."""
_CURVATURE, _DAMPING = 1e-7, 1e-7
"""At the scale of the error: the price of a distance and of a row's miss. They keep programs solvable in which rows
depend on each other or columns are held by nothing, and cost at most this part of a round's progress."""
_DONE, _ENOUGH = 1e-15, 1e-13
"""An error that floats cannot better, and one that is worth no fresh start."""


def refiners() -> tuple[Engine, ...]:
    """The engines that solve what is under the glass, in the order in which they are asked."""
    return Piqp(attempts=1), Clarabel()


@dataclass(frozen=True, eq=False)
class Refined:
    """A point and multipliers, and by how much they fail the conditions of an optimum."""

    x: Vector
    """(columns,) within the bounds."""
    y: Vector
    """(rows,) zero where a row has no limit on that side."""
    error: float
    """δ, the most by which a row is broken, or by which both a slack and its multiplier, as a part of the largest that it
    began with where that is more than one, differ from zero."""
    broken: float
    """The most by which a row is broken."""


def refine(
    problem: QuadraticProgram, x: Vector, y: Vector, engines: Sequence[Engine], *, stress: float = 1.0
) -> Refined:
    """The best of the answers that rounds from a point (columns,) and multipliers (rows,) come to.

    `stress` multiplies the objective: above one, multipliers that are slight beside the amounts count for more.
    """
    # Multipliers far above one would drown the error of the point: the objective is divided by the largest.
    scale = max(1.0, float(np.abs(y).max(initial=0.0))) / stress
    scaled = _divided(problem, scale)
    found = _refined(scaled, _assess(scaled, x, y / scale), engines, attrgetter("error"))
    return replace(found, y=found.y * scale)


def refine_point(problem: QuadraticProgram, x: Vector, y: Vector, engines: Sequence[Engine]) -> Refined:
    """The same where the rows are all that matters: the answer that breaks them least."""
    return _refined(problem, _assess(problem, x, y), engines, attrgetter("broken"))


def _divided(problem: QuadraticProgram, scale: float) -> QuadraticProgram:
    return replace(problem, curvature=problem.curvature / scale, cost=problem.cost / scale)


def _refined(
    problem: QuadraticProgram, now: Refined, engines: Sequence[Engine], measure: Callable[[Refined], float]
) -> Refined:
    """The answer of the least measure that rounds come to."""
    best = now
    doubts = 0
    for _ in range(_ROUNDS):
        if measure(best) <= _DONE:
            break
        found = _nearer(problem, now, engines)
        if found is None:
            # What holds was taken for what it is not: a fresh start, worse at first, that doubts what was known.
            doubts += 1
            again = doubts <= _PATIENCE and measure(best) > _ENOUGH
            found = _seen(problem, now, engines, *(_WIDE if doubts % 2 else _AFRESH)) if again else None
        if found is None:
            break
        best, now = found if measure(found) < measure(best) else best, found
    return best


def _nearer(problem: QuadraticProgram, now: Refined, engines: Sequence[Engine]) -> Refined | None:
    """The first answer whose error is less than half of this one's; None where no view shows one."""
    for view in _VIEWS:
        found = _seen(problem, now, engines, *view)
        # A view wins digits or nothing: less than half is noise that would use up the rounds.
        if found is not None and found.error < now.error / 2:
            return found
    return None


def _seen(
    problem: QuadraticProgram,
    now: Refined,
    engines: Sequence[Engine],
    far: float,
    doubt: float,
    step: float | None = None,
) -> Refined | None:
    """What the first engine that answers the program under the glass comes to; without a `step`, in errors."""
    largest = max(1.0, float(np.abs(now.y).max(initial=0.0)))
    glass = _Glass.of(problem, now, far * now.error, min(doubt * now.error, largest), step or now.error)
    for engine in engines:
        solution = engine.solve(glass.program)
        if solution.termination == "optimal":
            return _assess(problem, *glass.back(now, solution.x, solution.multipliers))
    return None


def _assess(problem: QuadraticProgram, x: Vector, y: Vector) -> Refined:
    """A point and multipliers with δ: max of broken rows, min(|y|, slack) and min(|gradient|, room to the bound)."""
    x = np.clip(x, problem.lower, problem.upper)
    limit = np.where(y > 0, problem.row_lower, problem.row_upper)
    y = np.where(np.isfinite(limit), y, 0.0)
    amount, gradient = times(problem.matrix, x), _gradient(problem, x, y)
    broken = np.maximum(problem.row_lower - amount, amount - problem.row_upper)
    slack = np.where(y == 0, 0.0, np.abs(amount - np.where(np.isfinite(limit), limit, amount)))
    room = np.where(gradient > 0, x - problem.lower, np.where(gradient < 0, problem.upper - x, 0.0))
    # Complementary slackness: of a multiplier and its slack the smaller counts, for one of them is zero at
    # the optimum.
    parts = (broken, np.minimum(np.abs(y), slack), np.minimum(np.abs(gradient), room))
    error = max(float(part.max(initial=0.0)) for part in parts)
    return Refined(x, y, error, float(broken.max(initial=0.0)))


def _gradient(problem: QuadraticProgram, x: Vector, y: Vector) -> Vector:
    """(columns,) of the objective less the rows' multipliers: what bounds must hold."""
    return problem.curvature * x + problem.cost - times(Matrix(problem.matrix.T), y)


@dataclass(frozen=True, eq=False)
class _Glass:
    """The program in distances, divided by a step, and changes of multipliers, divided by a doubt."""

    program: QuadraticProgram
    """Free columns, then a miss of each row."""
    step: float
    """What a distance is divided by."""
    doubt: float
    """What a change of a multiplier is divided by."""
    free: Index
    """(free columns,)"""
    rows: Index
    """(rows that are left,)"""
    fixed: Vector
    """(columns,) where each column stands that is not free."""
    known: Vector
    """(rows,) multipliers that changes are added to."""

    @classmethod
    def of(cls, problem: QuadraticProgram, now: Refined, far: float, doubt: float, step: float) -> _Glass:
        """The program around an answer, of what is no farther than `far`; multipliers may be wrong by `doubt`."""
        x = now.x
        # What surely holds becomes an equation, or at the glass's scale its large multiplier hides all the
        # others.
        equal = np.abs(now.y) > _SURE * doubt
        known = np.where(equal, now.y, 0.0)
        equal |= problem.row_lower == problem.row_upper
        fixed, held = _held(problem, now, doubt)
        free, gradient = np.flatnonzero(~held), _gradient(problem, x, known)
        amount = times(problem.matrix, fixed)
        limit = np.where(now.y > 0, problem.row_lower, problem.row_upper)
        low, high = (
            np.where(equal, np.where(np.isfinite(limit), limit, side), side) - amount
            for side in (problem.row_lower, problem.row_upper)
        )
        near = equal | (np.abs(low) <= far) | (np.abs(high) <= far)
        matrix = Matrix(problem.matrix[:, free])
        rows = np.flatnonzero(near & (np.diff(matrix.indptr) > 0))
        misses = np.full(len(rows), np.inf)
        low, high = (np.where(equal, side / step, _scaled(side, step, far))[rows] for side in (low, high))
        # The objective over step · doubt: half of c (step d)² becomes half of c (step / doubt) d², and g ·
        # step d, g d / doubt.
        curvature = problem.curvature[free] * (step / doubt) + _CURVATURE
        program = QuadraticProgram(
            curvature=np.concatenate([curvature, np.ones(len(rows))]),
            cost=np.concatenate([gradient[free] / doubt, np.zeros(len(rows))]),
            # A miss m costs m² / 2 and counts √damping in its row: a multiplier of one lets it be missed by
            # the damping.
            matrix=Matrix(sparse.hstack([matrix[rows], np.sqrt(_DAMPING) * sparse.eye_array(len(rows))])),
            row_lower=low,
            row_upper=high,
            lower=np.concatenate([_scaled((problem.lower - x)[free], step, far), -misses]),
            upper=np.concatenate([_scaled((problem.upper - x)[free], step, far), misses]),
        )
        return cls(program, step, doubt, free, rows, fixed, known)

    def back(self, now: Refined, moved: Vector, change: Vector) -> tuple[Vector, Vector]:
        """The point (columns,) and the multipliers (rows,) that the program's answer stands for."""
        x, y = self.fixed.copy(), self.known.copy()
        x[self.free] = now.x[self.free] + self.step * moved[: len(self.free)]
        y[self.rows] += self.doubt * change
        return x, y


def _held(problem: QuadraticProgram, now: Refined, doubt: float) -> tuple[Vector, Mask]:
    """(columns,) the point with columns that surely stand at a bound on the spot, and which those are."""
    gradient, near = _gradient(problem, now.x, now.y), _SURE * now.error
    low = (gradient > _SURE * doubt) & (now.x - problem.lower <= near)
    high = (gradient < -_SURE * doubt) & (problem.upper - now.x <= near)
    fixed = np.where(low, problem.lower, np.where(high, problem.upper, now.x))
    return fixed, low | high | (problem.lower == problem.upper)


def _scaled(distance: Vector, step: float, far: float) -> Vector:
    """Distances as multiples of the step; without a limit where they are far."""
    near = np.abs(distance) <= far
    return np.where(near, np.where(near, distance, 0.0) / step, np.copysign(np.inf, distance))
