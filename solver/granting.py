"""Granting: what rules force upon cells without a fair share, and no more than that.

The least of it comes first: minimise Σ (x - floor)² over those cells. They stay at that, the rows that forced
them hold what forced them, and the even spread is found among what is left: one stage after the other, so the
answer is unique again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from solver.engines.problem import Engine, Vector
from solver.even import Spread, spread_evenly
from solver.feasible import origin, problem_of, widths
from solver.matrices import absolute, times
from solver.program import Limits, Program
from solver.proximal import solve_exactly

Mask = NDArray[np.bool_]

_AT_WORK = 1e-7
_NOTHING = 1e-9


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
    solution = solve_exactly(problem, engine)
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
