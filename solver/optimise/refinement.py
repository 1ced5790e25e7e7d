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
from math import ceil, log2
from operator import attrgetter
from time import perf_counter
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from solver.engines.clarabel import Clarabel
from solver.engines.piqp import Piqp
from solver.engines.quadratic_program import Engine, QuadraticProgram, Vector
from solver.model.matrices import Matrix, times
from solver.optimise.fixed_point import FixedPoint

Index = NDArray[np.intp]
Mask = NDArray[np.bool_]

_ROUNDS = 12
"""Rounds at most: each wins some six digits until floats have no more; the rest is for changes of mind."""
_PATIENCE = 3
"""Fresh starts in a row that bring nothing, wide and afresh by turns: sets that are all but empty need multipliers far from
those that a broken row suggests, and flat objectives an optimum far from where they are nearly as good."""
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
_DONE_FIXED = 1e-25
"""An error that will do in fixed point: multipliers of 1e13 leave a gap of 1e-12 there."""


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
    data = _Floats(_divided(problem, scale))
    found = _refined(data, _assess(data, x, y / scale), engines, attrgetter("error"))
    return Refined(found.x, found.y * scale, found.error, found.broken)


def refine_point(problem: QuadraticProgram, x: Vector, y: Vector, engines: Sequence[Engine]) -> Refined:
    """The same where the rows are all that matters: the answer that breaks them least."""
    data = _Floats(problem)
    found = _refined(data, _assess(data, x, y), engines, attrgetter("broken"))
    return Refined(found.x, found.y, found.error, found.broken)


def refine_in_fixed_point(
    problem: QuadraticProgram,
    x: Vector,
    y: Vector,
    engines: Sequence[Engine],
    *,
    stress: float = 1.0,
    deadline: float = np.inf,
) -> tuple[Refined, float]:
    """As `refine`, with differences in fixed point, and the duality gap, which doubles may not resolve from the answer.

    For programs that all but contradict themselves. Sums take some hundred times longer, engines no longer than usual.
    The `stress` is a power of two; after the `deadline`, in seconds of perf_counter, no further round is begun.
    """
    # A power of two: the program stays the same to the last digit.
    scale = 2.0 ** ceil(log2(max(1.0, float(np.abs(y).max(initial=0.0))))) / stress
    data = FixedPoint(_divided(problem, scale))
    start = _assess(data, data.number(x), data.number(y / scale))
    finest = _DONE_FIXED
    found = _refined(data, start, engines, attrgetter("error"), done=finest, enough=finest, deadline=deadline)
    answer = Refined(data.floats(found.x), data.floats(found.y) * scale, found.error, found.broken)
    return answer, data.gap(found.x, found.y) * scale


def _divided(problem: QuadraticProgram, scale: float) -> QuadraticProgram:
    return replace(problem, curvature=problem.curvature / scale, cost=problem.cost / scale)


class _Data(Protocol):
    """The data of a program in numbers of some kind: doubles, or fixed point."""

    problem: QuadraticProgram
    row_lower: Any
    row_upper: Any
    lower: Any
    upper: Any

    def number(self, values: Vector) -> Any: ...

    def floats(self, numbers: Any) -> Vector: ...

    def amounts(self, x: Any) -> Any: ...

    def gradient(self, x: Any, y: Any) -> Any: ...


class _Floats:
    """The data of a program in doubles."""

    def __init__(self, problem: QuadraticProgram) -> None:
        self.problem = problem
        self.row_lower, self.row_upper = problem.row_lower, problem.row_upper
        self.lower, self.upper = problem.lower, problem.upper

    def number(self, values: Vector) -> Vector:
        return values

    def floats(self, numbers: Vector) -> Vector:
        return numbers

    def amounts(self, x: Vector) -> Vector:
        return times(self.problem.matrix, x)

    def gradient(self, x: Vector, y: Vector) -> Vector:
        return self.problem.curvature * x + self.problem.cost - times(Matrix(self.problem.matrix.T), y)


@dataclass(frozen=True, eq=False)
class _Pair:
    """A point and multipliers, in the numbers of the data, and by how much they fail as in Refined."""

    x: Any
    y: Any
    error: float
    broken: float


def _refined(
    data: _Data,
    now: _Pair,
    engines: Sequence[Engine],
    measure: Callable[[_Pair], float],
    *,
    done: float = _DONE,
    enough: float = _ENOUGH,
    deadline: float = np.inf,
) -> _Pair:
    """The answer of the least measure that rounds come to."""
    best = before = now
    doubts = in_vain = 0
    for _ in range(_ROUNDS):
        if measure(best) <= done or perf_counter() > deadline:
            break
        found = _nearer(data, now, engines)
        if found is None:
            # What holds was taken for what it is not: a fresh start, worse at first, that doubts what was known.
            in_vain = 0 if measure(best) < measure(before) / 2 else in_vain
            before = best
            again = in_vain < _PATIENCE and measure(best) > enough
            doubts, in_vain = doubts + 1, in_vain + 1
            found = _seen(data, now, engines, *(_WIDE if doubts % 2 else _AFRESH)) if again else None
        if found is None:
            break
        best, now = found if measure(found) < measure(best) else best, found
    return best


def _nearer(data: _Data, now: _Pair, engines: Sequence[Engine]) -> _Pair | None:
    """The first answer whose error is less than half of this one's; None where no view shows one."""
    for view in _VIEWS:
        found = _seen(data, now, engines, *view)
        # A view wins digits or nothing: less than half is noise that would use up the rounds.
        if found is not None and found.error < now.error / 2:
            return found
    return None


def _seen(
    data: _Data,
    now: _Pair,
    engines: Sequence[Engine],
    far: float,
    doubt: float,
    step: float | None = None,
) -> _Pair | None:
    """What the first engine that answers the program under the glass comes to; without a `step`, in errors."""
    largest = max(1.0, float(np.abs(data.floats(now.y)).max(initial=0.0)))
    glass = _Glass.of(data, now, far * now.error, min(doubt * now.error, largest), step or now.error)
    for engine in engines:
        solution = engine.solve(glass.program)
        if solution.termination == "optimal":
            return _assess(data, *glass.back(data, now, solution.x, solution.multipliers))
    return None


def _assess(data: _Data, x: Any, y: Any) -> _Pair:
    """A point and multipliers with δ: max of broken rows, min(|y|, slack) and min(|gradient|, room to the bound)."""
    x = np.minimum(np.maximum(x, data.lower), data.upper)
    up, down = data.problem.row_lower, data.problem.row_upper
    y = np.where(np.isfinite(np.where(y > 0, up, down)), y, 0)
    multipliers, (short, over) = data.floats(y), _lacks(data, x)
    gradient = data.floats(data.gradient(x, y))
    broken = np.maximum(short, over)
    slack = np.where(multipliers > 0, np.abs(short), np.where(multipliers < 0, np.abs(over), 0.0))
    below, above = data.floats(x - data.lower), data.floats(data.upper - x)
    room = np.where(gradient > 0, below, np.where(gradient < 0, above, 0.0))
    # Complementary slackness: of a multiplier and its slack the smaller counts, for one of them is zero at
    # the optimum.
    parts = (broken, np.minimum(np.abs(multipliers), slack), np.minimum(np.abs(gradient), room))
    error = max(float(part.max(initial=0.0)) for part in parts)
    return _Pair(x, y, error, float(broken.max(initial=0.0)))


def _lacks(data: _Data, x: Any) -> tuple[Vector, Vector]:
    """Two (rows,) arrays: what rows lack of their lower limits at x, and what they have beyond their upper ones."""
    amount = data.amounts(x)
    return data.floats(data.row_lower - amount), data.floats(amount - data.row_upper)


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
    fixed: Any
    """(columns,) where each column stands that is not free."""
    known: Any
    """(rows,) multipliers that changes are added to."""

    @classmethod
    def of(cls, data: _Data, now: _Pair, far: float, doubt: float, step: float) -> _Glass:
        """The program around an answer, of what is no farther than `far`; multipliers may be wrong by `doubt`."""
        problem, y = data.problem, data.floats(now.y)
        # What surely holds becomes an equation, or at the glass's scale its large multiplier hides all the
        # others.
        equal = np.abs(y) > _SURE * doubt
        known = np.where(equal, now.y, 0)
        equal |= problem.row_lower == problem.row_upper
        fixed, held = _held(data, now, doubt)
        free, gradient = np.flatnonzero(~held), data.floats(data.gradient(now.x, known))
        short, over = _lacks(data, fixed)
        at_limit = np.where(y > 0, short, -over)
        low, high = (
            np.where(equal, np.where(np.isfinite(at_limit), at_limit, side), side) for side in (short, -over)
        )
        near = equal | (np.abs(low) <= far) | (np.abs(high) <= far)
        matrix = Matrix(problem.matrix[:, free])
        rows = np.flatnonzero(near & (np.diff(matrix.indptr) > 0))
        misses = np.full(len(rows), np.inf)
        low, high = (np.where(equal, side / step, _scaled(side, step, far))[rows] for side in (low, high))
        below, above = data.floats(data.lower - now.x)[free], data.floats(data.upper - now.x)[free]
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
            lower=np.concatenate([_scaled(below, step, far), -misses]),
            upper=np.concatenate([_scaled(above, step, far), misses]),
        )
        return cls(program, step, doubt, free, rows, fixed, known)

    def back(self, data: _Data, now: _Pair, moved: Vector, change: Vector) -> tuple[Any, Any]:
        """The point (columns,) and the multipliers (rows,) that the program's answer stands for."""
        x, y = self.fixed.copy(), self.known.copy()
        x[self.free] = now.x[self.free] + data.number(self.step * moved[: len(self.free)])
        y[self.rows] += data.number(self.doubt * change)
        return x, y


def _held(data: _Data, now: _Pair, doubt: float) -> tuple[Any, Mask]:
    """(columns,) the point with columns that surely stand at a bound on the spot, and which those are."""
    gradient, near = data.floats(data.gradient(now.x, now.y)), _SURE * now.error
    low = (gradient > _SURE * doubt) & (data.floats(now.x - data.lower) <= near)
    high = (gradient < -_SURE * doubt) & (data.floats(data.upper - now.x) <= near)
    fixed = np.where(low, data.lower, np.where(high, data.upper, now.x))
    return fixed, low | high | (data.problem.lower == data.problem.upper)


def _scaled(distance: Vector, step: float, far: float) -> Vector:
    """Distances as multiples of the step; without a limit where they are far."""
    near = np.abs(distance) <= far
    return np.where(near, np.where(near, distance, 0.0) / step, np.copysign(np.inf, distance))
