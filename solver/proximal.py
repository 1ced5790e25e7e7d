"""Proximal steps: a quadratic program whose cost does not feel every column, made exact by projections.

Each step adds a small distance from the last point for the columns without curvature and solves that to the last
digit; for quadratic programs the steps end after finitely many (Rockafellar 1976, Monotone operators and the
proximal point algorithm).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from solver.engines.problem import Engine, Problem, Solution, Vector
from solver.matrices import Matrix, by_columns, by_rows, lengths, times
from solver.projection import Polytope, project

_STEPS = 8
_WEIGHT = 1e-3
_SETTLED = 1e-13
_LARGEST_SYSTEM = 1500


def solve_exactly(problem: Problem, engine: Engine) -> Solution:
    """The solution of a problem that has one and no linear cost: refined where that keeps the rows better.

    Raises ArithmeticError when the engine finds none.
    """
    first = engine.solve(problem)
    if first.termination != "optimal":
        raise ArithmeticError(f"{engine.name} ends with {first.termination} on a program that can hold")
    refined = refine(problem, first)
    found = (_polish(problem, refined), refined, first)
    return min(found, key=lambda each: max(_off(problem, each.x), _SETTLED))


def refine(problem: Problem, start: Solution) -> Solution:
    """The solution of a problem without linear cost, from one that is only close; the start if that cannot be done."""
    idle = problem.curvature == 0
    if idle.all():
        return start
    root = np.sqrt(np.where(idle, _WEIGHT * problem.curvature.max(), problem.curvature))
    x, y = np.clip(start.x, problem.lower, problem.upper), start.multipliers
    for _ in range(_STEPS):
        centre = np.where(idle, x, 0.0)
        polytope, length = _around(problem, root, centre)
        done = project(polytope, y * length, shortest=False)
        if not done.exact:
            return Solution(start.termination, x, y)
        moved = np.clip(centre + done.point / root, problem.lower, problem.upper)
        y = done.multipliers / length
        change = np.abs((moved - x) * root)[~idle].max(initial=0.0)
        x = moved
        if change <= _SETTLED:
            break
    return Solution("optimal", x, y)


def _around(problem: Problem, root: Vector, centre: Vector) -> tuple[Polytope, Vector]:
    matrix = by_columns(problem.matrix, 1 / root)
    length = np.maximum(lengths(matrix), 1e-300)
    offset = problem.matrix @ centre
    polytope = Polytope(
        rows=by_rows(matrix, 1 / length),
        row_lower=(problem.row_lower - offset) / length,
        row_upper=(problem.row_upper - offset) / length,
        lower=(problem.lower - centre) * root,
        upper=(problem.upper - centre) * root,
    )
    return polytope, length


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
