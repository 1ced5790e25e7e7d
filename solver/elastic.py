"""Elastic rules: priority by priority, what each must give way so that all before it hold, and no more.

Within a priority the sum of weight · miss² / (2 · |limit| · T) is least, T the company target of the row's metrics:
strictly convex, so the misses are unique, and rules of equal weight miss in equal proportion (weighted goal
programming within pre-emptive goal programming; Charnes & Cooper 1961, Ignizio 1976).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from rules import RuleBook
from solver.engines.problem import Engine, Problem, Vector
from solver.even import Spread, spread_evenly
from solver.program import NOBODY, Demand, Program, assemble, scales

_LOOSE = 1e-8
_SNAP = 1e-7
_PULL = 1e-7


@dataclass(frozen=True, eq=False)
class Settlement:
    """What is asked of every rule once each has given way as far as it must."""

    feasible: bool
    """Whether the hard rules can all hold."""
    demands: tuple[Demand, ...] = ()
    """Every demand, elastic ones with the limits they can reach."""
    against: dict[int, tuple[int, ...]] = field(default_factory=dict)
    """For each rule that gives way, the rules that stand against it, the heaviest first."""


def settle(book: RuleBook, demands: Sequence[Demand], engine: Engine) -> tuple[Settlement, Spread]:
    """The settlement and the even spread under it; not feasible when the hard rules clash."""
    hard = [d for d in demands if book.rules[d.rule].hard]
    levels = _levels(book, demands)
    against: dict[int, tuple[int, ...]] = {}
    kept = list(hard)
    for level in levels:
        kept += _clip(book, kept, level, against)
    spread = spread_evenly(assemble(book.frame, kept), engine)
    if spread.termination == "optimal" or not levels:
        return Settlement(spread.termination == "optimal", tuple(kept), against), spread
    return _stage_by_stage(book, hard, levels, engine)


def _levels(book: RuleBook, demands: Sequence[Demand]) -> list[list[Demand]]:
    priorities = sorted({p for rule in book.rules if (p := rule.priority) is not None})
    return [[d for d in demands if book.rules[d.rule].priority == p] for p in priorities]


def _stage_by_stage(
    book: RuleBook, hard: list[Demand], levels: list[list[Demand]], engine: Engine
) -> tuple[Settlement, Spread]:
    kept, against = list(hard), dict[int, tuple[int, ...]]()
    spread = spread_evenly(assemble(book.frame, kept), engine)
    if spread.termination != "optimal":
        return Settlement(feasible=False), spread
    for level in levels:
        reached = dict(against)
        trial = kept + _clip(book, kept, level, reached)
        spread = spread_evenly(assemble(book.frame, trial), engine)
        if spread.termination == "optimal":
            kept, against = trial, reached
        else:
            kept += _give_way(book, kept, level, engine, against)
    return Settlement(True, tuple(kept), against), spread_evenly(assemble(book.frame, kept), engine)


def _clip(
    book: RuleBook, kept: list[Demand], level: list[Demand], against: dict[int, tuple[int, ...]]
) -> list[Demand]:
    """The level with rows of one cell brought within the bounds that rank above them."""
    bounds = assemble(book.frame, kept)
    return [_clipped(demand, bounds, against) for demand in level]


def _clipped(demand: Demand, bounds: Program, against: dict[int, tuple[int, ...]]) -> Demand:
    cell, coefficient = demand.cell, demand.coefficient
    ends = np.stack([coefficient * bounds.lower[cell], coefficient * bounds.upper[cell]])
    lower, upper = demand.lower.copy(), demand.upper.copy()
    lower[demand.single] = np.minimum(lower[demand.single], ends.max(axis=0))
    upper[demand.single] = np.maximum(upper[demand.single], ends.min(axis=0))
    short, over = lower < demand.lower, upper > demand.upper
    if short.any() or over.any():
        missed = short[demand.single], over[demand.single]
        blockers = np.concatenate([bounds.cap_rule[cell[missed[0]]], bounds.floor_rule[cell[missed[1]]]])
        against[demand.rule] = _heaviest(blockers)
    return demand.with_limits(lower, upper)


def _heaviest(rules: NDArray[np.intp]) -> tuple[int, ...]:
    names, counts = np.unique(rules[rules != NOBODY], return_counts=True)
    return tuple(names[np.argsort(-counts, kind="stable")].tolist())


def _give_way(
    book: RuleBook,
    kept: list[Demand],
    level: list[Demand],
    engine: Engine,
    against: dict[int, tuple[int, ...]],
) -> list[Demand]:
    """The level with the limits it can reach while all that is kept holds."""
    program = assemble(book.frame, kept)
    whole = _stacked(book, level, program)
    problem, columns = _problem(program, whole)
    solution = engine.solve(problem)
    if solution.termination != "optimal":
        raise ArithmeticError(f"{engine.name} ends with {solution.termination} on an elastic stage that can hold")
    cells = len(program.lower)
    x = np.clip(columns.origin + columns.width * solution.x[:cells], program.lower, program.upper)
    amount = whole.matrix @ x
    lower = _reached(whole.lower, whole.lower - amount, whole.most, whole.size)
    upper = -_reached(-whole.upper, amount - whole.upper, -whole.least, whole.size)
    rows = slice(0, program.matrix.shape[0])
    relaxed = [_part(d, whole, lower, upper) for d in level]
    for demand, now in zip(level, relaxed, strict=True):
        if _missed(demand, now).any():
            against[demand.rule] = _blockers(program, demand, now, x, solution.multipliers[rows])
    return relaxed


def _missed(asked: Demand, reached: Demand) -> NDArray[np.bool_]:
    """(rows,) the rows that get less than asked, by more than numerical noise."""
    size = _SNAP * np.maximum(1e-9, np.minimum(np.abs(asked.lower), np.abs(asked.upper)))
    return (reached.lower < asked.lower - size) | (reached.upper > asked.upper + size)


@dataclass(frozen=True, eq=False)
class _Level:
    """All rows of one priority."""

    rule: NDArray[np.intp]
    matrix: sparse.csr_array
    lower: Vector
    upper: Vector
    weight: Vector
    size: Vector
    """(rows,) the company targets of the metrics in the row, in its unit."""
    least: Vector
    most: Vector


def _stacked(book: RuleBook, level: list[Demand], program: Program) -> _Level:
    matrix = sparse.csr_array(sparse.vstack([d.matrix for d in level]))
    rule = np.concatenate([np.full(len(d.lower), d.rule) for d in level])
    absolute = np.abs(matrix)
    upper = np.where(np.isfinite(program.upper), program.upper, np.inf)
    bounds = replace(program, matrix=matrix, upper=upper)
    empty = np.diff(matrix.indptr) == 0
    return _Level(
        rule=rule,
        matrix=matrix,
        lower=np.concatenate([d.lower for d in level]),
        upper=np.concatenate([d.upper for d in level]),
        weight=np.array([float(book.rules[r].weight) for r in rule]),
        size=np.maximum(absolute.max(axis=1).toarray().ravel() * _largest(absolute, scales(book.frame)), 1e-12),
        least=np.where(empty, 0.0, bounds.least),
        most=np.where(empty, 0.0, bounds.most),
    )


def _largest(matrix: sparse.csr_array, scale: Vector) -> Vector:
    """(rows,) the largest company target among the cells of each row."""
    pattern = sparse.csr_array((scale[matrix.indices], matrix.indices, matrix.indptr), shape=matrix.shape)
    return np.asarray(pattern.max(axis=1).toarray().ravel())


def _part(demand: Demand, whole: _Level, lower: Vector, upper: Vector) -> Demand:
    mine = whole.rule == demand.rule
    return demand.with_limits(lower[mine], upper[mine])


def _reached(limit: Vector, miss: Vector, most: Vector, size: Vector) -> Vector:
    """(rows,) the lower limits that can be kept: the limit less its miss, on the spot where bounds decide it."""
    noise = _LOOSE * np.where(np.isfinite(limit), np.maximum(np.abs(limit), 1e-3 * size), 0.0)
    missed = np.isfinite(limit) & (miss > noise)
    amount = np.where(missed, limit - miss, limit)
    at_most = missed & (np.abs(amount - most) <= 10 * noise)
    return np.where(at_most, most, np.where(missed, amount - noise, limit))


@dataclass(frozen=True, eq=False)
class _Columns:
    origin: Vector
    width: Vector


def _problem(program: Program, level: _Level) -> tuple[Problem, _Columns]:
    """Cells first, then a miss below each lower limit, then one above each upper limit, both relative to it."""
    low, high = np.flatnonzero(np.isfinite(level.lower)), np.flatnonzero(np.isfinite(level.upper))
    typical = np.maximum(program.fair_share, program.scale / len(program.scale))
    width = np.sqrt(typical * program.scale)
    origin = np.clip(program.fair_share, program.lower, program.upper)
    limits = np.concatenate([level.lower[low], level.upper[high]])
    rows = np.concatenate([low, high])
    unit = np.maximum(np.abs(limits), 1e-9 * level.size[rows])
    sign = np.concatenate([np.ones(len(low)), -np.ones(len(high))])
    misses = sparse.csr_array((sign * unit, (rows, np.arange(len(rows)))), shape=(len(level.lower), len(rows)))
    cells = sparse.csr_array(sparse.vstack([program.matrix, level.matrix]))
    offset = cells @ origin
    matrix = sparse.csr_array(
        sparse.hstack(
            [cells @ sparse.diags_array(width), sparse.vstack([sparse.csr_array((program.matrix.shape[0], len(rows))), misses])]
        )
    )
    length = 1 / np.maximum(np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel()), 1e-300)
    count = len(width)
    problem = Problem(
        curvature=np.concatenate([np.zeros(count), level.weight[rows] * unit / level.size[rows]]),
        cost=np.zeros(count + len(rows)),
        matrix=sparse.csr_array(sparse.diags_array(length) @ matrix),
        row_lower=(np.concatenate([program.row_lower, level.lower]) - offset) * length,
        row_upper=(np.concatenate([program.row_upper, level.upper]) - offset) * length,
        lower=np.concatenate([(program.lower - origin) / width, np.zeros(len(rows))]),
        upper=np.concatenate([(program.upper - origin) / width, np.full(len(rows), np.inf)]),
    )
    return problem, _Columns(origin, width)


def _blockers(program: Program, demand: Demand, reached: Demand, x: Vector, pull: Vector) -> tuple[int, ...]:
    """The rules that keep the missed rows from their limits: bounds their cells stand at, rows that pull."""
    short = reached.lower < demand.lower
    over = reached.upper > demand.upper
    touched = np.zeros(len(x), dtype=bool)
    rules = [program.row_rule[np.abs(pull) > _PULL * max(1e-9, np.abs(pull).max(initial=0.0))]]
    for rows, bound, owner in ((short, program.upper, program.cap_rule), (over, program.lower, program.floor_rule)):
        cells = np.unique(demand.matrix[rows].indices)
        stuck = cells[np.abs(x[cells] - bound[cells]) <= 1e-6 * np.maximum(program.fair_share[cells], 1e-9)]
        touched[cells] = True
        rules.append(owner[stuck])
    return tuple(r for r in _heaviest(np.concatenate(rules)) if r != demand.rule)
