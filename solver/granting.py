"""Granting: what rules force upon cells without a fair share, and no more than that.

The least of it comes first: minimise Σ (x - floor)² over those cells. They stay at that, the rows that forced
them hold what forced them, and the even spread is found among what is left: one stage after the other, so the
answer is unique again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from solver.engines.problem import Engine, Problem, Solution, Vector
from solver.even import Spread, spread_evenly
from solver.feasible import origin, problem_of, widths
from solver.matrices import Matrix, absolute, times
from solver.program import Limits, Program
from solver.proximal import refine

Mask = NDArray[np.bool_]

_AT_WORK = 1e-7
_NOTHING = 1e-9
_LARGEST_SYSTEM = 1500


@dataclass(frozen=True, eq=False)
class Granted:
    """The even spread where cells without a fair share get what rules force upon them."""

    amount: Vector
    """(cells,) beyond their floors; zero for cells with a fair share."""
    program: Program
    """The program in which they stay at that."""
    spread: Spread


def grant(program: Program, engine: Engine) -> Granted | None:
    """What is granted to cells without a fair share in a program that can hold; None where that cannot be told.

    Raises ArithmeticError when the engine fails.
    """
    idle = program.fair_share == 0
    problem = replace(problem_of(program), curvature=idle.astype(np.float64))
    solution = _exact(problem, engine)
    x = np.clip(origin(program) + widths(program) * solution.x, program.lower, program.upper)
    still = program.with_bounds(np.where(idle, x, program.lower), np.where(idle, x, program.upper))
    forcing = _forcing(program, solution.multipliers, x)
    more = np.where(idle & (x - program.lower > _NOTHING * widths(program)), x - program.lower, 0.0)
    for rows in (forcing, np.zeros_like(forcing)):
        held = replace(still, limits=_held(still.limits, rows, solution.multipliers))
        spread = spread_evenly(held, engine)
        if spread.termination == "optimal":
            return Granted(more, held, replace(spread, forced=spread.forced | rows))
    return None


def _forcing(program: Program, multipliers: Vector, x: Vector) -> Mask:
    """(rows,) the rows that pull cells up from their floors and have nothing to spare."""
    side = np.where(multipliers > 0, program.row_lower, program.row_upper)
    strong = np.abs(multipliers) > _AT_WORK * np.abs(multipliers).max(initial=0.0)
    size = times(absolute(program.matrix), np.abs(x))
    at_side: Mask = np.abs(times(program.matrix, x) - side) <= _AT_WORK * size
    return np.asarray(strong & at_side, dtype=np.bool_)


def _held(limits: Limits, rows: Mask, multipliers: Vector) -> Limits:
    """The limits, where these rows are held at the side to which they pull."""
    low, high = rows & (multipliers > 0), rows & (multipliers < 0)
    return Limits(
        lower=np.where(high, limits.upper, limits.lower),
        upper=np.where(low, limits.lower, limits.upper),
        lower_rule=np.where(high, limits.upper_rule, limits.lower_rule),
        upper_rule=np.where(low, limits.lower_rule, limits.upper_rule),
        lower_row=np.where(high, limits.upper_row, limits.lower_row),
        upper_row=np.where(low, limits.lower_row, limits.upper_row),
    )


def _exact(problem: Problem, engine: Engine) -> Solution:
    """The engine's solution, or what it can be refined to where that keeps the rows better."""
    first = engine.solve(problem)
    if first.termination != "optimal":
        raise ArithmeticError(f"{engine.name} ends with {first.termination} on a program that can hold")
    refined = refine(problem, first)
    return min((_polish(problem, refined), refined, first), key=lambda each: _off(problem, each.x))


def _off(problem: Problem, x: Vector) -> float:
    """The most by which a row is missed."""
    amount = times(problem.matrix, x)
    return float(np.maximum(problem.row_lower - amount, amount - problem.row_upper).max(initial=0.0))


def _polish(problem: Problem, solution: Solution) -> Solution:
    """The solution after the shortest step that brings the rows at work to their limits."""
    y = solution.multipliers
    work = np.flatnonzero(
        (np.abs(y) > 1e-12 * np.abs(y).max(initial=0.0)) | (problem.row_lower == problem.row_upper)
    )
    free = np.flatnonzero((solution.x > problem.lower) & (solution.x < problem.upper))
    if not len(work) or not len(free) or len(work) > _LARGEST_SYSTEM:
        return solution
    rows, x = Matrix(problem.matrix[work][:, free]), solution.x.copy()
    side = np.where(y > 0, problem.row_lower, problem.row_upper)[work]
    lacking = side - times(problem.matrix, x)[work]
    step: Vector = np.linalg.lstsq(Matrix(rows @ rows.T).toarray(), lacking, rcond=1e-12)[0].astype(
        np.float64
    )
    x[free] = np.clip(x[free] + times(Matrix(rows.T), step), problem.lower[free], problem.upper[free])
    return replace(solution, x=x)
