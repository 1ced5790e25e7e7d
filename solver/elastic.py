"""Elastic rules: priority by priority, what each must give way so that all before it hold, and no more.

Within a priority the sum of weight · miss² / (2 · |limit| · T) is least, T the company target of the row's metrics:
strictly convex, so the misses are unique, and rules of equal weight miss in equal proportion (weighted goal
programming within pre-emptive goal programming; Charnes & Cooper 1961, Ignizio 1976).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from rules import RuleBook
from solver.engines.problem import Engine, Problem, Vector
from solver.even import Spread, spread_evenly
from solver.granting import grant
from solver.matrices import by_columns, by_rows, largest, lengths
from solver.program import NOBODY, Demand, Program, assemble, scales
from solver.proximal import solve_exactly

_LOOSE = 1e-12
_SNAP = 1e-7
_PULL = 1e-4
_STUCK = 1e-5
_SMALL = 1e-4
_HAIRS = (0.0, 1e-12, 1e-11, 1e-10, 1e-9, 1e-8)


@dataclass(frozen=True, eq=False)
class Settlement:
    """What is asked of every rule once each has given way as far as it must."""

    demands: tuple[Demand, ...]
    """Every demand, elastic ones with the limits they can reach; only hard ones where those cannot all hold."""
    against: dict[int, tuple[int, ...]]
    """For each rule that gives way, the rules that stand against it, the heaviest first."""
    granted: Vector
    """(cells,) what rules force upon cells without a fair share beyond their floors; zero elsewhere."""
    program: Program
    """The program of the demands."""
    spread: Spread
    """The even spread under them; infeasible when the hard rules cannot all hold."""


def settle(book: RuleBook, demands: Sequence[Demand], engine: Engine) -> Settlement:
    """The settlement of all demands. Raises ArithmeticError when the engine fails."""
    hard = [d for d in demands if book.rules[d.rule].hard]
    levels = _levels(book, demands)
    asked = _Asked(book, engine, book.frame.fair_shares.floats)
    first = asked.together(hard, levels)
    if first.spread.termination == "optimal":
        return first
    idle = asked.fair_share == 0
    if not idle.any():
        return asked.in_turn(hard, levels)
    woken = np.where(idle, scales(book.frame) / len(idle), asked.fair_share)
    settled = replace(asked, fair_share=woken).in_turn(hard, levels)
    return asked.granting(settled, idle) if settled.spread.termination == "optimal" else settled


@dataclass(frozen=True, eq=False)
class _Asked:
    book: RuleBook
    engine: Engine
    fair_share: Vector

    def together(self, hard: list[Demand], levels: list[list[Demand]]) -> Settlement:
        """All at once, as if everything could hold but where bounds already forbid it: the usual case."""
        kept, against = list(hard), dict[int, tuple[int, ...]]()
        for level in levels:
            kept += self._clip(kept, level, against)
        return self._settled(kept, against)

    def in_turn(self, hard: list[Demand], levels: list[list[Demand]]) -> Settlement:
        """Priority by priority."""
        settled = self._settled(hard, {})
        if settled.spread.termination != "optimal":
            return settled
        kept, against = list(hard), dict[int, tuple[int, ...]]()
        for level in levels:
            reached = dict(against)
            trial = kept + self._clip(kept, level, reached)
            settled = self._settled(trial, reached)
            if settled.spread.termination == "optimal":
                kept, against = trial, reached
            else:
                kept += self._given_way(kept, level, against)
        return self._settled(kept, against)

    def _given_way(
        self, kept: list[Demand], level: list[Demand], against: dict[int, tuple[int, ...]]
    ) -> list[Demand]:
        """The level with the limits it can reach, a hair wider where floats would have them clash with the rest."""
        program = assemble(self.book.frame, kept, self.fair_share)
        reached = give_way(self.book, program, level, self.engine, against)
        for hair in _HAIRS:
            wider = [_wider(demand, hair * program.scale.max(initial=0.0)) for demand in reached]
            if self._settled(kept + wider, {}).spread.termination == "optimal":
                return wider
        return reached

    def granting(self, settled: Settlement, idle: NDArray[np.bool_]) -> Settlement:
        """The same, with no more for cells without a fair share than the rules force upon them."""
        program = replace(settled.program, fair_share=self.fair_share)
        found = grant(program, self.engine)
        if found is None:
            return replace(settled, granted=np.where(idle, settled.program.fair_share, 0.0))
        return replace(settled, granted=found.amount, program=found.program, spread=found.spread)

    def _settled(self, kept: list[Demand], against: dict[int, tuple[int, ...]]) -> Settlement:
        program = assemble(self.book.frame, kept, self.fair_share)
        spread = spread_evenly(program, self.engine)
        return Settlement(tuple(kept), against, np.zeros(len(program.lower)), program, spread)

    def _clip(
        self, kept: list[Demand], level: list[Demand], against: dict[int, tuple[int, ...]]
    ) -> list[Demand]:
        """The level with every row brought within what bounds and rows that rank above it leave of it."""
        program = assemble(self.book.frame, kept)
        return [_clipped(demand, program, against) for demand in level]


def _wider(demand: Demand, amount: float) -> Demand:
    """The demand with limits that are so much wider for a coefficient of one."""
    room = amount * largest(demand.matrix)
    return demand.with_limits(demand.lower - room, demand.upper + room)


def _levels(book: RuleBook, demands: Sequence[Demand]) -> list[list[Demand]]:
    priorities = sorted({p for rule in book.rules if (p := rule.priority) is not None})
    return [[d for d in demands if book.rules[d.rule].priority == p] for p in priorities]


def _clipped(demand: Demand, program: Program, against: dict[int, tuple[int, ...]]) -> Demand:
    within = program.with_rows(demand.matrix)
    filled = demand.shape.entries > 0
    least, most = np.where(filled, within.least, 0.0), np.where(filled, within.most, 0.0)
    row = program.find(demand)
    low, high = _row_limits(demand, program, row)
    lower = np.minimum(demand.lower, np.minimum(most, high))
    upper = np.maximum(demand.upper, np.maximum(least, low))
    short, over = lower < demand.lower, upper > demand.upper
    if short.any() or over.any():
        by_rows = [
            program.limits.upper_rule[row[short & (high < most)]],
            program.limits.lower_rule[row[over & (low > least)]],
        ]
        by_bounds = [
            program.bounds.upper_rule[demand.matrix[np.flatnonzero(short & (high >= most))].indices],
            program.bounds.lower_rule[demand.matrix[np.flatnonzero(over & (low <= least))].indices],
        ]
        against[demand.rule] = _heaviest(np.concatenate([*by_rows, *by_bounds]))
    return demand.with_limits(lower, upper)


def _row_limits(demand: Demand, program: Program, row: NDArray[np.intp]) -> tuple[Vector, Vector]:
    """Two (rows,) arrays: what the program's row over the same cells (-1: there is none) allows, in the demand's scale."""
    first, found = demand.shape.first, row >= 0
    ends = np.full((2, len(row)), np.inf)
    ends[0, ~found] = -np.inf
    one, other = (first[found] * limit[row[found]] for limit in (program.row_lower, program.row_upper))
    ends[0, found], ends[1, found] = np.minimum(one, other), np.maximum(one, other)
    return ends[0], ends[1]


def _heaviest(rules: NDArray[np.intp]) -> tuple[int, ...]:
    names, counts = np.unique(rules[rules != NOBODY], return_counts=True)
    return tuple(names[np.argsort(-counts, kind="stable")].tolist())


def give_way(
    book: RuleBook,
    program: Program,
    level: list[Demand],
    engine: Engine,
    against: dict[int, tuple[int, ...]],
) -> list[Demand]:
    """The level with the limits it can reach within the program; notes what stands against each rule."""
    whole = stack(book, level, program)
    problem, columns = relaxation(program, whole)
    solution = solve_exactly(problem, engine)
    x = np.clip(
        columns.origin + columns.width * solution.x[: len(program.lower)], program.lower, program.upper
    )
    amount = whole.matrix @ x
    lower = _reached(whole.lower, whole.lower - amount, whole.most, whole.size)
    upper = -_reached(-whole.upper, amount - whole.upper, -whole.least, whole.size)
    relaxed = [_part(d, whole, lower, upper) for d in level]
    kept = program.matrix.shape[0]
    pull = solution.multipliers[:kept]
    strong = np.abs(pull) > _PULL * np.abs(solution.multipliers[kept:]).max(initial=0.0)
    rivals = program.row_rule(pull)[strong]
    for demand, now in zip(level, relaxed, strict=True):
        if _missed(demand, now).any():
            against[demand.rule] = _blockers(program, demand, now, x, rivals)
    return relaxed


def _missed(asked: Demand, reached: Demand) -> NDArray[np.bool_]:
    """(rows,) the rows that get less than asked, by more than numerical noise."""
    size = _SNAP * np.maximum(1e-9, np.minimum(np.abs(asked.lower), np.abs(asked.upper)))
    return (reached.lower < asked.lower - size) | (reached.upper > asked.upper + size)


@dataclass(frozen=True, eq=False)
class Level:
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

    @property
    def miss_row(self) -> NDArray[np.intp]:
        """(misses,) the row of each miss: those below lower limits, then those above upper limits."""
        return np.concatenate(
            [np.flatnonzero(np.isfinite(self.lower)), np.flatnonzero(np.isfinite(self.upper))]
        )

    @property
    def miss_rule(self) -> NDArray[np.intp]:
        """(misses,) the rule of each miss."""
        return self.rule[self.miss_row]

    @property
    def miss_unit(self) -> Vector:
        """(misses,) the amount in which each miss is measured: √(|limit| T), so that a miss of one costs weight / 2."""
        limits = np.concatenate([self.lower[np.isfinite(self.lower)], self.upper[np.isfinite(self.upper)]])
        size = self.size[self.miss_row]
        unit: Vector = np.sqrt(np.maximum(np.abs(limits), _SMALL * size) * size)
        return unit


def stack(book: RuleBook, level: list[Demand], program: Program) -> Level:
    matrix = sparse.csr_array(sparse.vstack([d.matrix for d in level]))
    rule = np.concatenate([np.full(len(d.lower), d.rule) for d in level])
    bounds = program.with_rows(matrix)
    empty = np.diff(matrix.indptr) == 0
    return Level(
        rule=rule,
        matrix=matrix,
        lower=np.concatenate([d.lower for d in level]),
        upper=np.concatenate([d.upper for d in level]),
        weight=np.array([1.0 if r == NOBODY else float(book.rules[r].weight) for r in rule]),
        size=np.maximum(largest(matrix) * _most_wanted(matrix, scales(book.frame)), 1e-12),
        least=np.where(empty, 0.0, bounds.least),
        most=np.where(empty, 0.0, bounds.most),
    )


def _most_wanted(matrix: sparse.csr_array, scale: Vector) -> Vector:
    """(rows,) the largest company target among the cells of each row."""
    return largest(
        sparse.csr_array((scale[matrix.indices], matrix.indices, matrix.indptr), shape=matrix.shape)
    )


def _part(demand: Demand, whole: Level, lower: Vector, upper: Vector) -> Demand:
    mine = whole.rule == demand.rule
    return demand.with_limits(lower[mine], upper[mine])


def _reached(limit: Vector, miss: Vector, most: Vector, size: Vector) -> Vector:
    """(rows,) the lower limits that can be kept: the limit less its miss, on the spot where bounds decide it."""
    noise = _LOOSE * np.where(np.isfinite(limit), np.maximum(np.abs(limit), 1e-3 * size), 0.0)
    missed = np.isfinite(limit) & (miss > noise)
    amount = limit - np.where(missed, miss, 0.0)
    at_most = missed & (np.abs(amount - most) <= 10 * noise)
    return np.where(at_most, most, np.where(missed, amount - noise, limit))


@dataclass(frozen=True, eq=False)
class Columns:
    origin: Vector
    width: Vector


def relaxation(program: Program, level: Level) -> tuple[Problem, Columns]:
    """Cells first, then a miss below each lower limit, then one above each upper limit, in their units."""
    typical = np.maximum(program.fair_share, program.scale / len(program.scale))
    width = np.sqrt(typical * program.scale)
    origin = np.clip(program.fair_share, program.lower, program.upper)
    rows, unit, low = level.miss_row, level.miss_unit, int(np.isfinite(level.lower).sum())
    sign = np.where(np.arange(len(rows)) < low, 1.0, -1.0)
    misses = sparse.csr_array(
        (sign * unit, (rows, np.arange(len(rows)))), shape=(len(level.lower), len(rows))
    )
    cells = sparse.csr_array(sparse.vstack([program.matrix, level.matrix]))
    offset = cells @ origin
    matrix = sparse.csr_array(
        sparse.hstack(
            [
                by_columns(cells, width),
                sparse.vstack([sparse.csr_array((program.matrix.shape[0], len(rows))), misses]),
            ]
        )
    )
    length = 1 / np.maximum(lengths(matrix), 1e-300)
    count = len(width)
    problem = Problem(
        curvature=np.concatenate([np.zeros(count), level.weight[rows]]),
        cost=np.zeros(count + len(rows)),
        matrix=by_rows(matrix, length),
        row_lower=(np.concatenate([program.row_lower, level.lower]) - offset) * length,
        row_upper=(np.concatenate([program.row_upper, level.upper]) - offset) * length,
        lower=np.concatenate([(program.lower - origin) / width, np.zeros(len(rows))]),
        upper=np.concatenate([(program.upper - origin) / width, np.full(len(rows), np.inf)]),
    )
    return problem, Columns(origin, width)


def _blockers(
    program: Program, demand: Demand, reached: Demand, x: Vector, rivals: NDArray[np.intp]
) -> tuple[int, ...]:
    """The rules that keep the missed rows from their limits: bounds their cells stand at, rows that pull."""
    rules = [rivals]
    short, over = reached.lower < demand.lower, reached.upper > demand.upper
    for rows, bound, owner in (
        (short, program.upper, program.bounds.upper_rule),
        (over, program.lower, program.bounds.lower_rule),
    ):
        cells = np.unique(demand.matrix[rows].indices)
        size = np.maximum(program.fair_share[cells], 1e-9 * program.scale[cells])
        rules.append(owner[cells[np.abs(x[cells] - bound[cells]) <= _STUCK * size]])
    return tuple(r for r in _heaviest(np.concatenate(rules)) if r != demand.rule)
