"""The even spread: of all targets that keep the rules, those nearest to the fair shares.

minimise Σ (x - r)² / (2 r T) over the cells, r the fair share and T the company target of the cell's metric: the
chi-square distance of calibration (Deville & Särndal 1992), in shares of each metric's company target. It is
strictly convex, so the answer is unique; with multipliers y of the rows it is x = clip(r + r T Σ a y, floor, cap).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from solver import tolerances
from solver.engines.clarabel import Clarabel
from solver.engines.quadratic_program import Engine, QuadraticProgram, Solution, Termination, Vector
from solver.model.matrices import absolute, by_columns, by_rows, lengths, times
from solver.model.program import NO_RULE, Program
from solver.optimise.polytope import Polytope
from solver.optimise.proximal_multipliers import project_by_multipliers
from solver.optimise.refinement import refine, refine_in_fixed_point, refiners
from solver.optimise.semismooth_newton import Projection, judge, judge_pair, project

Index = NDArray[np.intp]
Mask = NDArray[np.bool_]
_FORCED = 1e-11
"""Of the amounts that a row adds up: a row with less room than this between its limit and its least or most
leaves its cells no choice. Some forty thousand roundings of doubles; smaller, and interior points are sent
into sets without an inside."""
_SETTLED = 1e-9
"""Of a row's amount and fair shares: what a row whose cells are all fixed may be missed by and still
holds."""
_ASTRAY = 1e-6
"""Of the targets and fair shares of a row: a miss beyond is none of the roundings that a projection leaves in its own
measure."""
_QUICK = 15
"""Newton steps from nothing before an engine is asked: most programs take 3 to 15, and an engine costs as
much as many."""


@dataclass(frozen=True, eq=False)
class Spread:
    """The targets before rounding, and what pulled them there."""

    termination: Termination
    x: Vector
    """(cells,) in each metric's unit; empty unless optimal."""
    multipliers: Vector
    """(rows,) such that x = clip(r + r T Σ a y, floor, cap)."""
    raised_by: Index
    """(cells,) for a cell without a choice, the rule that raises it; NO_RULE for the others."""
    lowered_by: Index
    """(cells,) for a cell without a choice, the rule that lowers it; NO_RULE for the others."""
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


def spread_evenly(
    program: Program,
    engine: Engine,
    known: Vector | None = None,
    *,
    refuted: Callable[[], bool] = lambda: False,
) -> Spread:
    """The even spread; infeasible is an answer unless `known` (cells,) are targets that keep the program.

    Most programs fall to a few Newton steps from nothing, proved by their certificate; the engine takes the others.
    An engine can need minutes for what is infeasible: `refuted` may prove that at less cost, and is asked before.
    """
    lower, upper, fixed_by, forced, sound = _tighten(program, known)
    if known is None and not sound:
        return no_spread(program, "infeasible")
    reduced = _reduce(program, lower, upper, ~forced, known)
    if known is None and not reduced.sound:
        return no_spread(program, "infeasible")
    polytope, start, briefly = reduced.polytope, np.zeros(len(reduced.rows)), tolerances.BRIEF_PATIENCE
    done = project(polytope, start, limit=_QUICK, patience=briefly if known is None else tolerances.PATIENCE)
    if done.sharp:
        return _finish(program, reduced, fixed_by, done)
    # Asked only now: most programs have ended by Newton steps, and for them a proof would be work for
    # nothing.
    if known is None:
        if refuted():
            return no_spread(program, "infeasible")
        # From where the brief steps stalled: what they found is worth more than nothing.
        done = project(polytope, done.multipliers, limit=_QUICK)
        if done.sharp:
            return _finish(program, reduced, fixed_by, done)
    return _by_engine(program, reduced, fixed_by, engine, done, known)


def _by_engine(
    program: Program,
    reduced: Reduced,
    fixed_by: Index,
    engine: Engine,
    done: Projection,
    known: Vector | None,
) -> Spread:
    """The even spread from an engine's answer, or `done` where none is nearer."""
    polytope = reduced.polytope
    problem = _problem(polytope)
    solution = engine.solve(problem)
    # Of a set that is known to have a point "infeasible" is a mistake of floats, and further attempts go
    # on.
    if solution.termination != "optimal" and known is None:
        return no_spread(program, solution.termination)
    for found in _attempts(polytope, problem, solution):
        done = min(done, found, key=lambda each: each.error)
        if done.sharp:
            return _finish(program, reduced, fixed_by, done)
    if known is not None:
        done = min([done, *_around(program, reduced, known, done)], key=lambda each: each.error)
    return _finish(program, reduced, fixed_by, done)


def _around(program: Program, reduced: Reduced, known: Vector, done: Projection) -> Iterator[Projection]:
    """Projections that count distances from known targets (cells,), in fixed point: from the best so far, and an engine's.

    The known targets keep the rows exactly there. In the other measure rows that all but contradict each other may
    do so by their rounding, and then no multipliers end.
    """
    polytope, cells, rows = reduced.polytope, reduced.cells, reduced.rows
    there = (known - program.fair_share)[cells] / reduced.width
    amount = times(program.matrix, known)[rows]
    problem = QuadraticProgram(
        curvature=np.ones(len(there)),
        cost=there,
        matrix=polytope.rows,
        row_lower=np.minimum((program.row_lower[rows] - amount) / reduced.length, 0),
        row_upper=np.maximum((program.row_upper[rows] - amount) / reduced.length, 0),
        lower=np.minimum(polytope.lower - there, 0),
        upper=np.maximum(polytope.upper - there, 0),
    )
    answer = Clarabel().solve(problem)
    starts = [(done.point - there, done.multipliers)]
    if answer.termination == "optimal":
        starts.append((answer.x, answer.multipliers))
    for step, y in starts:
        near, gap = refine_in_fixed_point(problem, step, y, refiners())
        v = there + near.x
        found = judge(polytope, near.y, 0)
        yield replace(found, point=v, cost=float(v @ v) / 2, gap=gap, residual=near.broken)


def _attempts(polytope: Polytope, problem: QuadraticProgram, solution: Solution) -> Iterator[Projection]:
    """Projections from an engine's answer and what others make of it."""
    # Clarabel second, because slower; steps on the multipliers last: they need no answer, and most steps.
    for number in range(2):
        answer = solution if number == 0 else Clarabel().solve(problem)
        if answer.termination == "optimal":
            yield project(polytope, _start(polytope, answer.multipliers))
            # Only after Newton steps failed from the answer: refinement solves several programs more.
            near = refine(problem, answer.x, answer.multipliers, refiners())
            yield judge_pair(polytope, near.x, near.y)
            yield project(polytope, near.y)
    yield project_by_multipliers(polytope, np.zeros(len(polytope.row_lower)))


def no_spread(program: Program, termination: Termination) -> Spread:
    """What there is where there is no spread."""
    nothing, no_rule = np.empty(0), np.full(len(program.lower), NO_RULE, dtype=np.intp)
    return Spread(termination, nothing, nothing, no_rule, no_rule, None)


def _finish(program: Program, reduced: Reduced, fixed_by: Index, done: Projection) -> Spread:
    """The spread of a projection: x = r + √(r T) v, and a row's multiplier is the scaled one over its length."""
    x, v, cells, polytope = reduced.origin.copy(), done.point, reduced.cells, reduced.polytope
    lower, upper = program.lower[cells], program.upper[cells]
    moved = np.clip(program.fair_share[cells] + reduced.width * v, lower, upper)
    # Exactly at the bound: receipts and the audit compare with it, and r + width · v is a rounding off.
    x[cells] = np.where(v <= polytope.lower, lower, np.where(v >= polytope.upper, upper, moved))
    multipliers = np.zeros(program.matrix.shape[0])
    multipliers[reduced.rows] = done.multipliers / reduced.length
    # The projection knows the reduced rows alone; what is proved is proved of the program as it was asked.
    astray = _broken(program, x)
    proof = done if astray <= _ASTRAY else replace(done, residual=max(done.residual, astray * done.size))
    return Spread("optimal", x, multipliers, fixed_by, fixed_by, proof)


def _broken(program: Program, x: Vector) -> float:
    """The most that targets (cells,) break a row by, as a part of the targets and fair shares that it adds up."""
    amount = times(program.matrix, x)
    sizes = times(absolute(program.matrix), np.abs(x) + program.fair_share)
    outside = np.maximum(program.row_lower - amount, amount - program.row_upper)
    rows = outside > 0
    return float((outside[rows] / np.maximum(sizes, outside)[rows]).max(initial=0.0))


def _tighten(program: Program, known: Vector | None) -> tuple[Vector, Vector, Index, Mask, bool]:
    """Bounds after rows that can only just hold have fixed their cells, by which rule; whether every row can hold at all.

    Cells are fixed where `known` targets (cells,) have them: what is noise to one row of large amounts may be all that a
    small cell has, and other rows may hang on it.
    """
    lower, upper = program.lower.copy(), program.upper.copy()
    fixed_by = np.full(len(lower), NO_RULE, dtype=np.intp)
    forced = np.zeros(program.matrix.shape[0], dtype=bool)
    if program.crossed:
        return lower, upper, fixed_by, forced, False
    # Cells that one row fixes can leave another row no room, until none is left that does.
    while True:
        now = program.with_bounds(lower.copy(), upper.copy())
        below, above = (_FORCED * size for size in _sizes(now))
        if np.any(now.least > program.row_upper + below) or np.any(now.most < program.row_lower - above):
            return lower, upper, fixed_by, forced, False
        at_least = ~forced & (now.least >= program.row_upper - below)
        at_most = ~forced & ~at_least & (now.most <= program.row_lower + above)
        if not (at_least | at_most).any():
            return lower, upper, fixed_by, forced, True
        for rows, low in ((at_least, True), (at_most, False)):
            fixed = _fix(program, lower, upper, fixed_by, rows, low=low)
            if known is not None:
                lower[fixed] = upper[fixed] = known[fixed]
        forced |= at_least | at_most


def _sizes(program: Program) -> tuple[Vector, Vector]:
    """Two (rows,) arrays: the amounts that add up to the least and to the most of each row; zero where there is none."""
    rows = absolute(program.matrix)
    rising = program.matrix.data > 0
    lower, upper = program.lower[rows.indices], program.upper[rows.indices]
    row = np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr))
    sums = (
        np.bincount(row, rows.data * np.abs(at), minlength=rows.shape[0])
        for at in (np.where(rising, lower, upper), np.where(rising, upper, lower))
    )
    least, most = (np.where(np.isfinite(each), each, 0.0) for each in sums)
    return least, most


def _fix(program: Program, lower: Vector, upper: Vector, fixed_by: Index, rows: Mask, *, low: bool) -> Index:
    """Fixes the cells of these rows, and tells which, at the end of their range that makes the row least (low) or most."""
    entries = program.matrix[rows].tocoo()
    rules = (program.limits.upper_rule if low else program.limits.lower_rule)[rows]
    fixed_by[entries.col] = rules[entries.row]
    down = (entries.data > 0) == low
    upper[entries.col[down]] = lower[entries.col[down]]
    lower[entries.col[~down]] = upper[entries.col[~down]]
    return np.asarray(entries.col, dtype=np.intp)


def _reduce(program: Program, lower: Vector, upper: Vector, kept: Mask, known: Vector | None) -> Reduced:
    """The program in v = (x - r) / √(r T), in which the chi-square distance is ‖v‖² / 2, with rows of length one."""
    r = program.fair_share
    origin = np.clip(np.minimum(r, upper), lower, None)
    # r = 0 has no width to measure by: such a cell stays at its floor, or where an earlier stage put it.
    choose = np.flatnonzero((r > 0) & (lower < upper))
    origin[choose] = r[choose]
    width = np.sqrt(r[choose] * program.scale[choose])
    matrix = by_columns(sparse.csr_array(program.matrix[:, choose]), width)
    length = lengths(matrix)
    rows = np.flatnonzero(kept & (length > 0))
    # Large amounts of cells without a choice cancel at the known targets, and leave small cells no rounding to bear.
    offset = program.matrix @ origin
    amount = offset if known is None else times(program.matrix, known)
    there = np.zeros(len(choose)) if known is None else (known - r)[choose] / width
    scaled = by_rows(sparse.csr_array(matrix[rows]), 1 / length[rows])
    moved = times(scaled, there)
    polytope = Polytope(
        rows=scaled,
        row_lower=(program.row_lower - amount)[rows] / length[rows] + moved,
        row_upper=(program.row_upper - amount)[rows] / length[rows] + moved,
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


def _problem(polytope: Polytope) -> QuadraticProgram:
    """The projection for an engine: minimise ‖v‖² / 2 over the polytope."""
    columns = len(polytope.lower)
    return QuadraticProgram(
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
