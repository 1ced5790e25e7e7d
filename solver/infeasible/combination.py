"""Combinations: the cheapest numbers of several rules that together let all hard rules hold.

What a change costs is how far targets then pass the limits that rules set now. So the elastic program over all limits
that a number could move (Chinneck 2008, Feasibility and Infeasibility in Optimization) tells at once which rules give
way and what the cheapest combination costs: whatever numbers are changed, targets pass the limits of today by that
much. The numbers are those that leave room for its targets, then brought back one by one as far as the others allow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from rules import Rule
from solver.engines.ortools import OrTools
from solver.engines.quadratic_program import Engine, Vector
from solver.infeasible.iis import can_hold
from solver.infeasible.incremental import IncrementalModel, RulePart
from solver.infeasible.repair import Repair, grids, measure
from solver.infeasible.smallest_changes import Change, Changes, smallest, with_changes
from solver.infeasible.system import System
from solver.infeasible.tuning import Grid, first_unrefuted
from solver.infeasible.verdict import by_arithmetic
from solver.infeasible.violation import ElasticQuestion, Violation
from solver.infeasible.work import OutOfWorkError, Work
from solver.model.matrices import absolute, times
from solver.model.program import Mask, scales

_ROUNDS = 8
"""How often rules are asked who gives way: a number that moves company targets moves what others read of them."""
_CORNER = 5_000
"""Columns up to which a simplex says which rules give way: a corner names few, an interior point a part of each."""
_MOST_ROWS = 30_000
"""Rows that may give way: with more, a step of an engine takes seconds, and repairs are chained one by one."""
_KEPT = 1e-7
"""Of the amounts in a row and of company targets: what passes it by less keeps it; a solve settles what that leaves."""
_STILL = -10
"""The number of a rule's rows that no number moves, less the rule's own."""


class _UnmovedError(ArithmeticError):
    """No number of a rule lets it give way as far as it would have to."""

    def __init__(self, rule: int) -> None:
        super().__init__()
        self.rule = rule


@dataclass(frozen=True)
class Combination:
    """Numbers that together let all hard rules hold, verified."""

    repairs: tuple[Repair, ...]
    least: float
    """What any combination costs at least, in parts of company targets; zero where that is not known."""


def cheapest_combination(
    model: IncrementalModel, rules: Iterable[int], engine: Engine, work: Work
) -> Combination | None:
    """The cheapest numbers of some rules that together let all hard rules hold; None where none are found."""
    wanted = set(rules)
    parts = [part for part in model.hard if part.rule in wanted and grids(model, frozenset({part.rule}))]
    if sum(len(part.single) for part in parts) > _MOST_ROWS:
        return None
    giving = {part.rule for part in parts}
    while giving:
        try:
            return _of(model, giving, engine, work)
        except _UnmovedError as error:
            # Its numbers cannot go as far as its share would have to: the others are asked without it.
            giving.discard(error.rule)
        except OutOfWorkError:
            return None
    return None


def _of(model: IncrementalModel, giving: set[int], engine: Engine, work: Work) -> Combination | None:
    """Rules give way by the targets of the elastic program, until all hold; then each number is brought back."""
    changes: Changes = {}
    least = 0.0
    # Passed by less than a step, as equations and floats are: the next step has to do, and others give the rest.
    final: set[int] = set()
    for turn in range(_ROUNDS):
        now = with_changes(model, changes)
        if can_hold(now, engine):
            found = smallest(model, changes, engine, work)
            return Combination(found, least) if found else None
        missed = _missed(now, giving - final, engine)
        if missed is None:
            return None
        # The first elastic program, of the rules of today, bounds every combination; later ones start from
        # changed rules.
        least = least if turn else _share(model, missed)
        for number in np.unique(missed.rule[missed.amount > 0]).tolist():
            if _short(now, now.book.rules[number], missed.targets).any():
                if not _give_way(model, now, number, missed.targets, changes):
                    final.add(number)
            else:
                _step_further(changes, now.book.rules[number])
                final.add(number)
    return None


def _missed(model: IncrementalModel, giving: set[int], engine: Engine) -> Violation | None:
    """The least by which limits are passed in all, of such the most even; only rules that a corner names give way."""
    frame = model.book.frame
    prices = {part.rule: 1 / float(measure(model, part.rule)[1]) for part in model.hard}
    hold, give = _apart(model, giving)
    # Rows that no number moves may be at odds by themselves: that is seen without an engine, which takes long to find it.
    if by_arithmetic(System.of(frame, hold)):
        return None
    corner = ElasticQuestion.of(frame, hold, give, prices)
    first = OrTools() if corner and len(corner.question.program.lower) <= _CORNER else engine
    found = None if corner is None else corner.solved(corner.least, first)
    if found is None or not found.amount.any():
        return None
    named = set(np.unique(found.rule[found.amount > 0]).tolist())
    even = ElasticQuestion.of(frame, *_apart(model, named), prices)
    evened = None if even is None else even.solved(even.even, engine)
    return found if evened is None or not evened.amount.any() else evened


def _apart(model: IncrementalModel, giving: set[int]) -> tuple[list[RulePart], list[RulePart]]:
    """What holds, rows that no number moves among it, and the rows of giving rules that numbers move."""
    hold, give = list[RulePart](), list[RulePart]()
    for part in model.hard:
        if part.rule not in giving:
            hold.append(part)
            continue
        moved = _moved_rows(model, part)
        give.append(_limited(part, moved))
        if not moved.all():
            hold.append(_limited(part, ~moved).of_rule(_STILL - part.rule))
    return hold, give


def _limited(part: RulePart, rows: Mask) -> RulePart:
    """The part with limits for some of its rows (rows,) alone."""
    lower = np.where(rows, part.block.lower, -np.inf)
    return replace(part, block=part.block.with_limits(lower, np.where(rows, part.block.upper, np.inf)))


def _moved_rows(model: IncrementalModel, part: RulePart) -> Mask:
    """(rows,) whether some number of the rule moves each: a percentage of nothing does not."""
    rule, moved = model.book.rules[part.rule], np.zeros(len(part.single), dtype=bool)
    probe = scales(model.book.frame)
    for grid in grids(model, frozenset({part.rule})):
        if grid.most < 1:
            continue
        rows = model.book.frame.rows_of(Change(grid, grid.most).repaired(rule))
        block = RulePart.of(model.book, part.rule, rows).block
        # Rows that come and go with the number cannot be told apart one by one: all count as moved.
        if len(block.lower) != len(moved):
            return np.ones(len(moved), dtype=bool)
        moved |= (block.lower != part.block.lower) | (block.upper != part.block.upper)
        moved |= times(block.matrix, probe) != times(part.block.matrix, probe)
    return moved


def _share(model: IncrementalModel, missed: Violation) -> float:
    """What limits are passed by, in parts of company targets."""
    rules = np.unique(missed.rule).tolist()
    return sum(missed.of(rule) / float(measure(model, rule)[1]) for rule in rules)


def _give_way(
    model: IncrementalModel, now: IncrementalModel, number: int, targets: Vector, changes: Changes
) -> bool:
    """Changes numbers of a rule until it leaves room for targets (cells,), or comes nearest to that; whether it does.

    Raises _UnmovedError where no number brings it nearer.
    """
    rule, options = now.book.rules[number], grids(model, frozenset({number}))
    while (short := _short(now, rule, targets)).any():
        found = _clearing(now, rule, options, targets, short > 0) or _clearing_most(
            now, rule, options, targets, short
        )
        if found is None:
            # One number for several partners or periods: the others have to meet it.
            nearest = _nearest(now, rule, options, targets, short)
            if nearest is None:
                raise _UnmovedError(number)
            changes[nearest.grid.parameter.name] = nearest
            return False
        changes[found.grid.parameter.name] = found
        rule = found.repaired(rule)
        options = [each for each in options if each.parameter != found.grid.parameter]
    return True


def _nearest(
    model: IncrementalModel, rule: Rule, options: Sequence[Grid], targets: Vector, short: Vector
) -> Change | None:
    """The number with which the rule comes nearest to leaving room for targets (cells,); None where none does better."""

    def far(change: Change) -> float:
        return float(_short(model, change.repaired(rule), targets).sum())

    found = [_least(grid, far) for grid in options if grid.most >= 1]
    best = min(found, key=far, default=None)
    return best if best is not None and far(best) < float(short.sum()) else None


def _least(grid: Grid, far: Callable[[Change], float]) -> Change:
    """The number with which a distance that first falls and then rises is least: thirds that cannot hold it are left out."""
    low, high = 1, grid.most
    while high - low > 2:
        third = (high - low) // 3
        if far(Change(grid, low + third)) <= far(Change(grid, high - third)):
            high -= third
        else:
            low += third
    return min((Change(grid, steps) for steps in range(low, high + 1)), key=far)


def _clearing(
    model: IncrementalModel, rule: Rule, options: Sequence[Grid], targets: Vector, rows: Mask
) -> Change | None:
    """The number that moves least of those that leave room for targets (cells,) in some rows (2, rows)."""
    found = []
    for grid in options:

        def gap(steps: int, grid: Grid = grid) -> float:
            short = _beyond(model, Change(grid, steps).repaired(rule), targets)
            # A number can do away with rows, which then do not tell one by one whose they were. Of the others only
            # the sides that were passed count: an equation goes over to its other side.
            return float((short[rows] if short.shape == rows.shape else short).max(initial=-1.0))

        steps = first_unrefuted(gap, 1, grid.most)
        found += [] if steps is None else [Change(grid, steps)]
    return min(found, key=lambda each: each.moved, default=None)


def _clearing_most(
    model: IncrementalModel, rule: Rule, options: Sequence[Grid], targets: Vector, short: Vector
) -> Change | None:
    """The same for as many of the rows that are passed as one number can leave room for."""
    reach = [(_reach(model, rule, grid, targets, short), grid) for grid in options]
    most = max((int(rows.sum()) for rows, _ in reach), default=0)
    rows, grid = next(((rows, grid) for rows, grid in reach if rows.sum() == most), (short > 0, None))
    return _clearing(model, rule, [grid], targets, rows) if grid is not None and most else None


def _step_further(changes: Changes, rule: Rule) -> None:
    for name, change in changes.items():
        if change.rule == rule.name:
            changes[name] = change.further(1)


def _short(model: IncrementalModel, rule: Rule, targets: Vector) -> Vector:
    """(2, rows) by how much targets (cells,) fall short of each row of a rule, and are over; zero where they are not."""
    beyond = _beyond(model, rule, targets)
    return np.where(beyond > 0, beyond + _KEPT, 0.0)


def _beyond(model: IncrementalModel, rule: Rule, targets: Vector) -> Vector:
    """(2, rows) the same as parts of each row's amounts, and by how much they are within it below zero."""
    part = RulePart.of(model.book, model.book.number(rule.name), model.book.frame.rows_of(rule))
    matrix, block = part.block.matrix, part.block
    amount = times(matrix, targets)
    # What amounts are compared with does not move with the number, so that the gap closes in a straight line.
    size = np.maximum(times(absolute(matrix), targets + scales(model.book.frame)), 1e-300)
    # An equation can be written in whole units only; the solve that follows tells where the next one is needed.
    room = np.where(block.lower == block.upper, part.unit, 0.0)
    apart: Vector = (np.array([block.lower - amount, amount - block.upper]) - room) / size
    return apart - _KEPT


def _reach(model: IncrementalModel, rule: Rule, grid: Grid, targets: Vector, short: Vector) -> Mask:
    """(2, rows) the rows passed that the number, as far as it makes sense, leaves room for."""
    if grid.most < 1:
        return np.zeros(short.shape, dtype=bool)
    furthest = _short(model, Change(grid, grid.most).repaired(rule), targets)
    if furthest.shape != short.shape or (furthest[short == 0] > 0).any():
        return np.zeros(short.shape, dtype=bool)
    return np.asarray((short > 0) & (furthest == 0), dtype=bool)
