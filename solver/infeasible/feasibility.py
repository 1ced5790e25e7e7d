"""Feasibility: whether rules can hold together, asked of any engine, every cell free within its bounds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from solver.engines.ortools import OrTools
from solver.engines.quadratic_program import Engine, QuadraticProgram, Vector
from solver.model.aggregation import aggregated
from solver.model.matrices import absolute, by_columns, by_rows, lengths, times
from solver.model.program import Program

_TOLERANCE = 1e-9
"""Of a scaled limit: how much wider rows are asked, so that limits that only just hold do hold for engines of floats."""


def widths(program: Program) -> Vector:
    """(cells,) the amount by which each cell is measured so that programs are well scaled."""
    typical = np.maximum(program.fair_share, program.scale / max(1, len(program.scale)))
    return np.sqrt(typical * program.scale)


def origin(program: Program) -> Vector:
    """(cells,) the point within the bounds from which columns are counted: the fair share, or the bound next to it."""
    return np.clip(program.fair_share, program.lower, program.upper)


def with_typical_shares(program: Program) -> Program:
    """The program with cells without a fair share as free as any other."""
    typical = program.scale / max(1, len(program.scale))
    return replace(program, fair_share=np.where(program.fair_share > 0, program.fair_share, typical))


def feasible(program: Program, engine: Engine) -> bool:
    """Whether bounds and rows can all hold. Raises ArithmeticError when the engine cannot tell."""
    question = asked(program)
    if question is None:
        return False
    if not question.matrix.shape[0]:
        return True
    problem = _widened(problem_of(question))
    solution = engine.solve(problem)
    if solution.termination == "error":
        # An interior-point method can lose its way where there is no cost; a simplex cannot.
        solution = OrTools().solve(problem)
    if solution.termination not in ("optimal", "infeasible"):
        raise ArithmeticError(f"{engine.name} ends with {solution.termination} on a question of feasibility")
    return solution.termination == "optimal"


def middle(program: Program, engine: Engine) -> Vector:
    """(cells,) targets near the fair shares that keep the program as nearly as an engine of floats comes."""
    problem = problem_of(program)
    # A distance from the origin gives interior points one answer to go to; without it any of many would do.
    solution = engine.solve(replace(problem, curvature=np.ones(len(problem.lower))))
    near = solution.x if solution.termination == "optimal" else np.zeros(len(problem.lower))
    return np.clip(origin(program) + widths(program) * near, program.lower, program.upper)


def asked(program: Program) -> Program | None:
    """What of a program is left for an engine to tell; None where arithmetic shows that it cannot hold."""
    return None if program.crossed or _beyond_reach(program) else aggregated(program)


def _widened(problem: QuadraticProgram) -> QuadraticProgram:
    """The same with rows a hair wider, so that limits that only just hold do hold for engines of floats."""
    low, high = (_TOLERANCE * (1 + np.abs(limit)) for limit in (problem.row_lower, problem.row_upper))
    lower = np.where(np.isfinite(problem.row_lower), problem.row_lower - low, -np.inf)
    upper = np.where(np.isfinite(problem.row_upper), problem.row_upper + high, np.inf)
    return replace(problem, row_lower=lower, row_upper=upper)


def _beyond_reach(program: Program) -> bool:
    """Whether some row's least over the bounds, Σ a⁺ l - a⁻ u, is above its upper limit, or its most below its lower."""
    # 1e-9 of the amounts in a row, an endless cap counted as the company target: what sums of a million
    # floats may lose.
    slack = 1e-9 * times(
        absolute(program.matrix), np.where(np.isfinite(program.upper), program.upper, program.scale)
    )
    return bool(
        np.any((program.least > program.row_upper + slack) | (program.most < program.row_lower - slack))
    )


def problem_of(program: Program) -> QuadraticProgram:
    """A linear program without a cost, in columns (x - origin) / width and rows of length one."""
    width = widths(program)
    start = origin(program)
    matrix = by_columns(program.matrix, width)
    # 1e-300: a row without cells has no length, and nothing is divided by zero.
    length = 1 / np.maximum(lengths(matrix), 1e-300)
    offset = program.matrix @ start
    return QuadraticProgram(
        curvature=np.zeros(len(width)),
        cost=np.zeros(len(width)),
        matrix=by_rows(matrix, length),
        row_lower=(program.row_lower - offset) * length,
        row_upper=(program.row_upper - offset) * length,
        lower=(program.lower - start) / width,
        upper=(program.upper - start) / width,
    )
