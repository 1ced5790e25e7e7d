"""Feasibility: whether rules can hold together, asked of any engine, every cell free within its bounds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from solver.engines.ortools import OrTools
from solver.engines.problem import Engine, Problem, Vector
from solver.lumping import lumped
from solver.matrices import absolute, by_columns, by_rows, lengths, times
from solver.program import Program

_HAIR = 1e-9


def widths(program: Program) -> Vector:
    """(cells,) the amount by which each cell is measured so that programs are well scaled."""
    typical = np.maximum(program.fair_share, program.scale / max(1, len(program.scale)))
    return np.sqrt(typical * program.scale)


def origin(program: Program) -> Vector:
    """(cells,) the point within the bounds from which columns are counted: the fair share, or the bound next to it."""
    return np.clip(program.fair_share, program.lower, program.upper)


def awake(program: Program) -> Program:
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


def asked(program: Program) -> Program | None:
    """What of a program is left for an engine to tell; None where arithmetic shows that it cannot hold."""
    return None if program.crossed or _beyond_reach(program) else lumped(program)


def _widened(problem: Problem) -> Problem:
    """The same with rows a hair wider, so that limits that only just hold do hold for engines of floats."""
    low, high = (_HAIR * (1 + np.abs(limit)) for limit in (problem.row_lower, problem.row_upper))
    lower = np.where(np.isfinite(problem.row_lower), problem.row_lower - low, -np.inf)
    upper = np.where(np.isfinite(problem.row_upper), problem.row_upper + high, np.inf)
    return replace(problem, row_lower=lower, row_upper=upper)


def _beyond_reach(program: Program) -> bool:
    slack = 1e-9 * times(
        absolute(program.matrix), np.where(np.isfinite(program.upper), program.upper, program.scale)
    )
    return bool(
        np.any((program.least > program.row_upper + slack) | (program.most < program.row_lower - slack))
    )


def problem_of(program: Program) -> Problem:
    """A linear program without a cost, in columns (x - origin) / width and rows of length one."""
    width = widths(program)
    start = origin(program)
    matrix = by_columns(program.matrix, width)
    length = 1 / np.maximum(lengths(matrix), 1e-300)
    offset = program.matrix @ start
    return Problem(
        curvature=np.zeros(len(width)),
        cost=np.zeros(len(width)),
        matrix=by_rows(matrix, length),
        row_lower=(program.row_lower - offset) * length,
        row_upper=(program.row_upper - offset) * length,
        lower=(program.lower - start) / width,
        upper=(program.upper - start) / width,
    )
