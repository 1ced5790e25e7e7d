"""Branch and bound: whole units of least cost under any rows, rank after rank.

Each rank first gets its least cost in fractions. Whole numbers are then looked for among the columns that the
fractions leave undecided and those nearest to changing, the core of the problem (Balas & Zemel 1980); what that
gives is proved by the cost in fractions, or the core is made larger.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from solver.engines.mixed_integer import MixedIntegerProgram, search
from solver.engines.quadratic_program import Vector
from solver.engines.relaxation import NotRelaxed, Relaxed, relax
from solver.integer.integer_program import IntegerProgram
from solver.integer.ranks import HARD
from solver.integer.unit_bounds import Integers
from solver.model.matrices import Matrix, largest, times

Mask = NDArray[np.bool_]

_WHOLE = 1e-6
"""Units: how near to whole numbers solvers bring columns that are."""
_PRICE = 1e-6
"""Of a unit: reduced costs and prices up to here are noise of the simplex method."""
_GAP = 1e-4
"""Units: how near to its least what is missing in one rank comes before the next is asked."""
_NEAR = 0.003
"""Of the distance in fractions: how near to its least the distance comes."""
_ALL = 1_500
"""Columns: beyond, what a core gives is taken, however near to the least it is proved to be."""
_SAME = 1e-4
"""Of the distance in fractions: the same for what is missing in the ranks before it."""
_FEW = 1_000
"""Columns: up to so many are decided as they stand, which is quicker than loading what prices them."""
_CORES = (300, 1500)
"""Columns in the core, at first and then, beside those in fractions; after that all."""
_SEARCHED = 6_000
"""Columns: of more never all are searched; the work of a single node would be beyond any limit."""


@dataclass(frozen=True, eq=False)
class Answer:
    """What was found."""

    counts: Integers | None
    """(columns,) None when nothing was found."""
    settled: bool
    """Whether it is proved: that the counts are least but for the gap, or that there are none."""


def least(program: IntegerProgram, *, effort: float = 1.0) -> Answer:
    """The lexicographically least counts; `effort` is the part of the usual work of each search."""
    model, costs = _model(program)
    counts: Vector | None = None
    settled = True
    for rank, cost in costs:
        last = rank == program.ranks - 1
        gap = max(_GAP, (_NEAR if last else _SAME) * _least_distance(program))
        if counts is None or cost.min() < 0 or cost @ counts > _WHOLE:
            counts, proved = _least_of(replace(model, cost=cost), counts, gap, effort)
            settled = settled and proved
            effort = effort if proved else effort / 2
            if counts is None:
                return Answer(None, settled)
        value = float(cost @ counts)
        model = _with_row(model, cost, value + _GAP * 0.1 + 1e-9 * abs(value))
    return Answer(None if counts is None else _whole(program, counts), settled)


def relaxed(program: IntegerProgram) -> tuple[Vector | None, bool]:
    """(columns,) the lexicographically least counts in fractions, and whether that is proved; None for none."""
    model, costs = _model(program)
    counts, values = np.empty(0), np.empty(0)
    for place, (_, cost) in enumerate(costs):
        found = relax(replace(model, cost=cost))
        if isinstance(found, NotRelaxed):
            return (counts[: len(program.width)], False) if place else (None, found.settled)
        counts, values = found.x, np.append(values, cost @ found.x)
        model = _face(model, found)
    spent = np.array([cost @ counts for _, cost in costs])
    return counts[: len(program.width)], bool((spent <= values + _GAP * 0.1 + 1e-9 * np.abs(values)).all())


def _face(model: MixedIntegerProgram, found: Relaxed) -> MixedIntegerProgram:
    """The model over the fractions that cost least: columns with a reduced cost and rows with a price stay at their limits.

    A row that bounds the cost says the same, but the simplex method takes many times its steps under it.
    """
    column = _reached(found.x, model.lower, model.upper)
    column[np.abs(found.reduced) <= _PRICE] = np.nan
    row = _reached(times(model.matrix, found.x), model.row_lower, model.row_upper)
    row[np.abs(found.prices) * largest(model.matrix) <= _PRICE] = np.nan
    return replace(
        model,
        lower=np.where(np.isnan(column), model.lower, column),
        upper=np.where(np.isnan(column), model.upper, column),
        row_lower=np.where(np.isnan(row), model.row_lower, row),
        row_upper=np.where(np.isnan(row), model.row_upper, row),
    )


def _reached(amount: Vector, lower: Vector, upper: Vector) -> Vector:
    """The limit that each amount is at; nan for none."""
    limit = np.where(amount - lower <= upper - amount, lower, upper)
    at = np.abs(amount - limit) <= _WHOLE * np.maximum(1, np.abs(amount))
    return np.where(at, limit, np.nan)


def _whole(program: IntegerProgram, counts: Vector) -> Integers:
    return np.round(counts[: len(program.width)]).astype(np.int64)


def _least_distance(program: IntegerProgram) -> float:
    """The sum of distances that no whole numbers can be below."""
    away = np.abs(program.natural - np.round(program.natural))
    return float(away.sum())


def _model(program: IntegerProgram) -> tuple[MixedIntegerProgram, list[tuple[int, Vector]]]:
    """The columns, then what each row that is kept by rank lacks and has too much; and the cost of each active rank."""
    rows, columns = program.rows, len(program.width)
    soft = np.flatnonzero(rows.rank != HARD)
    lack = sparse.csr_array((np.ones(len(soft)), (soft, np.arange(len(soft)))), shape=(len(rows), len(soft)))
    matrix = Matrix(sparse.hstack([rows.matrix, lack, -lack])) if len(soft) else rows.matrix
    size = columns + 2 * len(soft)
    whole = np.arange(size) < columns
    model = MixedIntegerProgram(
        cost=np.zeros(size),
        matrix=matrix,
        row_lower=rows.lower,
        row_upper=rows.upper,
        lower=np.zeros(size),
        upper=np.concatenate([program.width, np.full(2 * len(soft), np.inf)]),
        whole=whole,
        plain=bool(rows.whole.all()),
    )
    costs = []
    for rank in range(program.ranks):
        weight = np.where(rows.rank[soft] == rank, rows.weight[soft], 0.0)
        cost = np.concatenate([program.cost[rank], weight, weight])
        if cost.any() or rank == program.ranks - 1:
            costs.append((rank, cost))
    return model, costs


def _with_row(model: MixedIntegerProgram, cost: Vector, most: float) -> MixedIntegerProgram:
    """The model with a cost that may come to so much."""
    return replace(
        model,
        matrix=Matrix(sparse.vstack([model.matrix, sparse.csr_array(cost[None, :])])),
        row_lower=np.append(model.row_lower, -np.inf),
        row_upper=np.append(model.row_upper, most),
        plain=False,
    )


def _least_of(
    model: MixedIntegerProgram, known: Vector | None, gap: float, effort: float
) -> tuple[Vector | None, bool]:
    """(columns,) the least of one cost, and whether that is proved; None for none. `known` keeps all rows."""
    relaxed = relax(model, priced=len(model.cost) > _FEW)
    if isinstance(relaxed, NotRelaxed):
        if relaxed.settled and known is None:
            return None, True
        return known, False
    if _is_whole(relaxed.x[model.whole]):
        return np.where(model.whole, np.round(relaxed.x), relaxed.x), True
    bound = float(model.cost @ relaxed.x) + gap
    if known is not None and float(model.cost @ known) <= bound:
        return known, True
    # Outside the core all stays as it is known to keep the rows, or as the fractions have it (RINS: Danna et al. 2005).
    base = np.where(model.whole, np.round(relaxed.x), relaxed.x) if known is None else known
    best, proved = known, False
    for core in _cores(model, relaxed, base):
        found = search(_part(model, base, core), gap=gap / 2, effort=effort)
        if found.x is None:
            proved = found.settled and bool(core.all())
            continue
        x = base.copy()
        x[core] = found.x
        best = x if best is None or model.cost @ x < model.cost @ best else best
        proved = float(model.cost @ best) <= bound or (found.settled and bool(core.all()))
        if proved or len(x) > _ALL:
            break
    return best, proved


def _is_whole(x: Vector) -> bool:
    return bool((np.abs(x - np.round(x)) <= _WHOLE).all())


def _cores(model: MixedIntegerProgram, relaxed: Relaxed, base: Vector) -> Iterator[Mask]:
    """Columns to decide, ever more of them: those in fractions, what rows lack, and those nearest to changing."""
    undecided = ~model.whole | (np.abs(relaxed.x - base) > _WHOLE) | (np.abs(base - np.round(base)) > _WHOLE)
    order = np.argsort(np.abs(relaxed.reduced), kind="stable")
    for size in _CORES:
        core = undecided.copy()
        core[order[:size]] = True
        if core[model.whole].mean() < 1 / 2:
            yield core
    if len(base) <= _SEARCHED:
        yield np.ones(len(base), dtype=bool)


def _part(model: MixedIntegerProgram, x: Vector, core: Mask) -> MixedIntegerProgram:
    """The model over the columns of the core, all others at their nearest whole numbers."""
    columns = model.matrix.tocsc()
    amount = columns[:, np.flatnonzero(~core)] @ np.round(x[~core])
    return replace(
        model,
        cost=model.cost[core],
        matrix=Matrix(columns[:, np.flatnonzero(core)].tocsr()),
        row_lower=model.row_lower - amount,
        row_upper=model.row_upper - amount,
        lower=model.lower[core],
        upper=model.upper[core],
        whole=model.whole[core],
    )
