"""An inner point: targets so far within every row that rounding cannot leave it.

Rows are tightened by what rounding may move them, one linear system is solved, and its targets are rounded; an audit in
fractions says whether they keep the rules. Where that is so, no search for whole numbers is needed. The set of such
points is the inner parallel set of Neumann, Stein & Sudermann-Merx (2019, A feasible rounding approach for
mixed-integer optimization problems).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

import numpy as np

from rules import RuleBook
from solver.engines.piqp import Piqp
from solver.engines.quadratic_program import Vector
from solver.infeasible.feasibility import origin, problem_of, widths
from solver.infeasible.incremental import IncrementalModel
from solver.integer.at_stake import broken
from solver.integer.start import Start, start_of
from solver.integer.unit_bounds import Integers, Units
from solver.model.matrices import by_columns, lengths, times
from solver.model.program import Index, Limits, Program

_LIKELY = 1.5
"""Root mean squares of a row's units: errors of single cells add up like chance, and seldom come to more."""


_STEPS = 40
"""Steps of an interior-point method: twice what it takes where there is such a point; without one it stalls for seconds."""


def has_inner_point(model: IncrementalModel) -> bool:
    """Whether whole units that keep every hard rule are found by rounding; False proves nothing."""
    blocks = [part.block for part in model.hard]
    return any(
        _keeps(start_of(model.book, blocks, (), targets))
        for targets in _inner_points(model.program, model.book)
    )


def _inner_points(program: Program, book: RuleBook) -> Iterator[Vector]:
    """(cells,) targets within rows tightened by what rounding is likely to move them, then by the most it can."""
    engine = Piqp(attempts=1, steps=_STEPS)
    unit = Units.of(book.frame).floats
    moved = by_columns(program.matrix, unit)
    for room in (_LIKELY * lengths(moved), times(abs(moved), np.ones(len(unit)))):
        tightened = replace(_in_units(program, unit), limits=_tightened(program.limits, room))
        problem = problem_of(tightened)
        solution = engine.solve(replace(problem, curvature=np.ones(len(problem.lower))))
        if solution.termination == "optimal":
            near = origin(tightened) + widths(tightened) * solution.x
            yield np.clip(near, tightened.lower, tightened.upper)


def _in_units(program: Program, unit: Vector) -> Program:
    """The program with floors and caps brought to whole units, where there is one between."""
    # 1e-9: a bound of so many units but for noise is that many.
    least, most = np.ceil(program.lower / unit - 1e-9) * unit, np.floor(program.upper / unit + 1e-9) * unit
    some = least <= most
    return program.with_bounds(np.where(some, least, program.lower), np.where(some, most, program.upper))


def _tightened(limits: Limits, room: Vector) -> Limits:
    """Limits with so much room (rows,) on either side; a total stays one, and narrow rows keep their middle."""
    half = np.where(np.isfinite(limits.upper - limits.lower), (limits.upper - limits.lower) / 2, np.inf)
    room = np.minimum(room, half)
    return replace(limits, lower=limits.lower + room, upper=limits.upper - room)


def _keeps(start: Start) -> bool:
    """Whether the start, rounded so that totals stay what they are, keeps every hard rule."""
    count = np.clip(np.round(start.x).astype(np.int64), start.hard.least, start.hard.most)
    seen = np.zeros(len(count), dtype=bool)
    for cells, total in sorted(start.totals, key=lambda entry: len(entry[0])):
        free = cells[~start.kept[cells] & ~seen[cells]]
        _bring_to(start, count, cells, free, total)
        seen[cells] = True
    return not broken(start, start.amounts(count))


def _bring_to(start: Start, count: Integers, cells: Index, free: Index, total: Fraction) -> None:
    """Changes counts (cells,) of free cells by one, those nearest to the next number first, until a total is met."""
    off = (total - start.amounts(count)[cells].sum()) / start.units.at(int(cells[0]))
    steps = int(abs(off))
    sign = 1 if off > 0 else -1
    able = free[
        (count[free] + sign >= start.hard.least[free]) & (count[free] + sign <= start.hard.most[free])
    ]
    nearest = able[np.argsort(sign * (count[able] - start.x[able]), kind="stable")]
    count[nearest[:steps]] += sign
