"""The even spread: of all targets that keep the rules, those nearest to the fair shares.

minimise Σ (x - r)² / (2 r T) over the cells, r the fair share and T the company target of the cell's metric: the
chi-square distance of calibration (Deville & Särndal 1992), in shares of each metric's company target. It is
strictly convex, so the answer is unique; with multipliers y of the rows it is x = clip(r + r T Σ a y, floor, cap).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from solver.engines.problem import Engine, Problem, Termination, Vector
from solver.matrices import absolute, by_columns, by_rows, lengths, times
from solver.program import Program
from solver.projection import Polytope, Projection, project

Mask = NDArray[np.bool_]
_FORCED = 1e-11
_SETTLED = 1e-9
_QUICK = 15


@dataclass(frozen=True, eq=False)
class Spread:
    """The targets before rounding, and what pulled them there."""

    termination: Termination
    x: Vector
    """(cells,) in each metric's unit; empty unless optimal."""
    multipliers: Vector
    """(rows,) such that x = clip(r + r T Σ a y, floor, cap)."""
    forced: Mask
    """(rows,) rows that leave their cells no choice at all."""
    certificate: Projection | None
    """The proof that it is the optimum."""


@dataclass(frozen=True, eq=False)
class Reduced:
    """The part of a program that leaves something to choose, scaled to a projection."""

    cells: NDArray[np.intp]
    """(columns,) the cells that are not fixed."""
    rows: NDArray[np.intp]
    """(rows kept,) the rows with a cell to choose."""
    origin: Vector
    """(cells,) the targets of fixed cells, the fair shares of the others."""
    width: Vector
    """(columns,) √(r T), by which distances from the fair share are measured."""
    length: Vector
    """(rows kept,) the length of each row before it was scaled to one."""
    polytope: Polytope
    sound: bool
    """Whether the rows without a cell to choose hold."""


def spread_evenly(program: Program, engine: Engine) -> Spread:
    """The even spread; infeasible is an answer.

    Most programs fall to a few Newton steps from nothing, proved by their certificate; the engine takes the others.
    """
    lower, upper, forced, sound = _tighten(program)
    if not sound:
        return _none(program, "infeasible")
    reduced = _reduce(program, lower, upper, ~forced)
    if not reduced.sound:
        return _none(program, "infeasible")
    done = project(reduced.polytope, np.zeros(len(reduced.rows)), limit=_QUICK)
    if done.exact:
        return _finish(program, reduced, forced, done)
    solution = engine.solve(_problem(reduced.polytope))
    if solution.termination != "optimal":
        return _none(program, solution.termination)
    done = project(reduced.polytope, _start(reduced.polytope, solution.multipliers))
    return _finish(program, reduced, forced, done)


def _none(program: Program, termination: Termination) -> Spread:
    nothing = np.empty(0)
    return Spread(termination, nothing, nothing, np.zeros(program.matrix.shape[0], dtype=bool), None)


def _finish(program: Program, reduced: Reduced, forced: Mask, done: Projection) -> Spread:
    x = reduced.origin.copy()
    x[reduced.cells] = np.clip(
        program.fair_share[reduced.cells] + reduced.width * (reduced.polytope.rows.T @ done.multipliers),
        program.lower[reduced.cells],
        program.upper[reduced.cells],
    )
    multipliers = np.zeros(program.matrix.shape[0])
    multipliers[reduced.rows] = done.multipliers / reduced.length
    return Spread("optimal", x, multipliers, forced, done)


def _tighten(program: Program) -> tuple[Vector, Vector, Mask, bool]:
    """Bounds after rows that can only just hold have fixed their cells; whether every row can hold at all."""
    lower, upper = program.lower.copy(), program.upper.copy()
    if program.crossed:
        return lower, upper, np.zeros(0, dtype=bool), False
    forced = np.zeros(program.matrix.shape[0], dtype=bool)
    tolerance = _FORCED * times(
        absolute(program.matrix), np.where(np.isfinite(upper), upper, program.fair_share)
    )
    while True:
        now = program.with_bounds(lower.copy(), upper.copy())
        slack = tolerance + _FORCED
        if np.any(now.least > program.row_upper + slack) or np.any(now.most < program.row_lower - slack):
            return lower, upper, forced, False
        at_least = ~forced & (now.least >= program.row_upper - slack)
        at_most = ~forced & ~at_least & (now.most <= program.row_lower + slack)
        if not (at_least | at_most).any():
            return lower, upper, forced, True
        _fix(program, lower, upper, at_least, low=True)
        _fix(program, lower, upper, at_most & ~at_least, low=False)
        forced |= at_least | at_most


def _fix(program: Program, lower: Vector, upper: Vector, rows: Mask, *, low: bool) -> None:
    """Fixes the cells of these rows at the end of their range that makes the row least (low) or most."""
    entries = program.matrix[rows].tocoo()
    down = (entries.data > 0) == low
    upper[entries.col[down]] = lower[entries.col[down]]
    lower[entries.col[~down]] = upper[entries.col[~down]]


def _reduce(program: Program, lower: Vector, upper: Vector, kept: Mask) -> Reduced:
    r = program.fair_share
    origin = np.clip(np.minimum(r, upper), lower, None)
    choose = np.flatnonzero((r > 0) & (lower < upper))
    origin[choose] = r[choose]
    width = np.sqrt(r[choose] * program.scale[choose])
    matrix = by_columns(sparse.csr_array(program.matrix[:, choose]), width)
    length = lengths(matrix)
    rows = np.flatnonzero(kept & (length > 0))
    offset = program.matrix @ origin
    polytope = Polytope(
        rows=by_rows(sparse.csr_array(matrix[rows]), 1 / length[rows]),
        row_lower=(program.row_lower - offset)[rows] / length[rows],
        row_upper=(program.row_upper - offset)[rows] / length[rows],
        lower=(lower[choose] - r[choose]) / width,
        upper=(upper[choose] - r[choose]) / width,
    )
    still = kept & (length == 0)
    return Reduced(choose, rows, origin, width, length[rows], polytope, _holds(program, offset, still))


def _holds(program: Program, amount: Vector, rows: Mask) -> bool:
    """Whether rows whose cells are all fixed come to what they must."""
    slack = _SETTLED * (np.abs(amount) + times(absolute(program.matrix), program.fair_share)) + _FORCED
    outside = (amount > program.row_upper + slack) | (amount < program.row_lower - slack)
    return not bool((outside & rows).any())


def _problem(polytope: Polytope) -> Problem:
    columns = len(polytope.lower)
    return Problem(
        curvature=np.ones(columns),
        cost=np.zeros(columns),
        matrix=polytope.rows,
        row_lower=polytope.row_lower,
        row_upper=polytope.row_upper,
        lower=polytope.lower,
        upper=polytope.upper,
    )


def _start(polytope: Polytope, multipliers: Vector) -> Vector:
    """The engine's multipliers, zero where the row has more slack than pull."""
    amount = polytope.rows @ polytope.point(multipliers)
    side = np.where(multipliers > 0, polytope.row_lower, polytope.row_upper)
    slack = np.abs(amount - side)
    equal = polytope.row_lower == polytope.row_upper
    return np.where(equal | (np.abs(multipliers) > slack), multipliers, 0.0)
