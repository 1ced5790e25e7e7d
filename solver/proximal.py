"""Proximal steps: a quadratic program whose cost does not feel every column, made exact by projections.

Each step adds a small distance from the last point for the columns without curvature and solves that to the last
digit; for quadratic programs the steps end after finitely many (Rockafellar 1976, Monotone operators and the
proximal point algorithm).
"""

from __future__ import annotations

import numpy as np

from solver.engines.problem import Problem, Solution, Vector
from solver.matrices import by_columns, by_rows, lengths
from solver.projection import Polytope, project

_STEPS = 8
_WEIGHT = 1e-3
_SETTLED = 1e-13


def refine(problem: Problem, start: Solution) -> Solution:
    """The solution of a problem without linear cost, from one that is only close; the start if that cannot be done."""
    idle = problem.curvature == 0
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
