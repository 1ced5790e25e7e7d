"""Rounding: whole units for every target, totals kept to the unit, limits kept wherever a whole unit allows.

Of all whole answers next to the even spread, the one with the least sum of distances; ties go to the larger
remainder, then to the smaller partner id (largest remainder: Hamilton 1792; Balinski & Young 1982).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from rules import Rows, RuleBook
from scenarios.exact import Exact
from solver.elastic import Settlement, settle
from solver.engines.problem import Engine, Vector
from solver.fill import Stakes, Steps, fill
from solver.matrices import by_columns, by_rows, largest, rising, times
from solver.program import Demand, demands_of
from solver.whole import Range, Units

Mask = NDArray[np.bool_]
_CLOSE = 1e-7
_REACH = (1, 2, 4)
_LITTLE = 0.1
_ELASTIC = 1e3
_RANK = 30.0


@dataclass(frozen=True, eq=False)
class Rounded:
    """The targets as they are given out."""

    targets: Exact
    """(cells,)"""
    kept: Mask
    """(cells,) cells whose bounds hold no whole unit: they keep their bound."""
    odd: Mask
    """(cells,) cells that carry what a total has beyond whole units."""
    distance: float
    """The sum of distances from the unrounded targets, in units."""


class NoWholeAnswerError(ArithmeticError):
    """No choice of whole units near the unrounded targets keeps every hard rule."""


@dataclass(frozen=True, eq=False)
class _Situation:
    """What rounding starts from."""

    book: RuleBook
    demands: Sequence[Demand]
    units: Units
    x: Vector
    """(cells,) unrounded, in units."""
    hard: Range
    """What hard rules allow."""
    elastic: tuple[tuple[float, Range], ...]
    """By priority, the cost of missing by one unit, and what the rules of it and of those before it allow."""
    fixed: Exact
    """(cells,) what cells outside the choice have; the odd remainder of those that carry one; zero elsewhere."""
    still: Mask
    """(cells,) cells outside the choice."""
    odd: Mask
    """(cells,) cells that carry an odd remainder."""


def round_targets(book: RuleBook, settlement: Settlement, engine: Engine, *, work: float = np.inf) -> Rounded:
    """The rounded targets. Raises NoWholeAnswerError when hard rules leave none, or limited work finds none.

    Where floors and caps that are no whole units would push others off their limits, the spread is first made
    even once more within the whole units nearest to those floors and caps. `work` is the number of steps of one
    unit among which a choice is looked for in full; of more, it is looked for with less work, and only close by.
    """
    unrounded = settlement.spread.x
    plain = _situation(book, settlement.demands, unrounded)
    first = _try(plain, 1, work, patient=False)
    if first is not None and first.price < _ELASTIC:
        return _rounded(plain, first, unrounded)
    respread = _whole_bounds(book, settlement.demands, plain, engine)
    starts = [] if respread is None else [_situation(book, settlement.demands, respread)]
    for start in (*starts, plain):
        for reach in _REACH:
            if (choice := _try(start, reach, work)) is not None:
                return _rounded(start, choice, unrounded)
    raise NoWholeAnswerError(_no_answer(plain))


def _no_answer(situation: _Situation) -> str:
    """Why there is none: the first hard rule that floors or caps in whole units break, where one alone shows it."""
    said = "no whole units near the unrounded targets keep every hard rule; try a smaller round_to"
    still, hard = situation.still, situation.hard
    least, most = (
        (situation.units.amounts(np.where(still, 0, count)) + situation.fixed).floats()
        for count in (hard.least, hard.most)
    )
    for demand in situation.demands:
        name = situation.book.rules[demand.rule].name
        if not situation.book.rules[demand.rule].hard:
            continue
        low = times(rising(demand.matrix), least) - times(rising(-demand.matrix), most)
        high = times(rising(demand.matrix), most) - times(rising(-demand.matrix), least)
        if (low > demand.upper).any():
            row = int(np.argmax(low - demand.upper))
            return f"{said}: floors in whole units come to {low[row]:,.2f}, and {name} allows {demand.upper[row]:,.2f}"
        if (high < demand.lower).any():
            row = int(np.argmax(demand.lower - high))
            return f"{said}: caps in whole units come to {high[row]:,.2f}, and {name} asks {demand.lower[row]:,.2f}"
    return said


def _rounded(situation: _Situation, choice: _Choice, unrounded: Vector) -> Rounded:
    targets = situation.units.amounts(choice.count) + situation.fixed
    distance = np.abs(targets.floats() - unrounded) / situation.units.floats
    return Rounded(targets, situation.still, situation.odd, float(distance.sum()))


def _whole_bounds(
    book: RuleBook, demands: Sequence[Demand], situation: _Situation, engine: Engine
) -> Vector | None:
    """(cells,) the even spread with every floor and cap moved inwards to a whole unit, where that can hold."""
    asked = {d.rule: d for d in demands_of(book)}
    inner = [_inwards(book, asked[d.rule], situation) for d in demands]
    settled = settle(book, inner, engine)
    return settled.spread.x if settled.spread.termination == "optimal" else None


def _inwards(book: RuleBook, demand: Demand, situation: _Situation) -> Demand:
    own = Range.everything(len(situation.x)).within(book.rows[demand.rule], demand, situation.units)
    unit = demand.coefficient * situation.units.floats[demand.cell]
    moved = ~situation.still[demand.cell] & (demand.coefficient > 0)
    lower, upper = demand.lower.copy(), demand.upper.copy()
    for limit, count in ((lower, own.least), (upper, own.most)):
        inside = moved & np.isfinite(limit[demand.single])
        limit[demand.single] = np.where(inside, count[demand.cell] * unit, limit[demand.single])
    return demand.with_limits(lower, upper)


def _situation(book: RuleBook, demands: Sequence[Demand], unrounded: Vector) -> _Situation:
    units = Units.of(book.frame)
    hard = Range.everything(book.frame.size)
    for demand in demands:
        if book.rules[demand.rule].hard:
            hard = hard.within(book.rows[demand.rule], demand, units)
    elastic = tuple(_elastic_ranges(book, demands, units, hard))
    still = hard.least > hard.most
    fixed = _bounds_kept(book, demands, unrounded, still)
    fixed, odd = _carry(book, demands, units, fixed, still, unrounded)
    x = (unrounded - np.where(odd, fixed.floats(), 0.0)) / units.floats
    return _Situation(book, demands, units, x, hard, elastic, fixed, still, odd)


def _elastic_ranges(
    book: RuleBook, demands: Sequence[Demand], units: Units, allowed: Range
) -> Iterator[tuple[float, Range]]:
    for priority, cost in _miss_costs(book).items():
        for demand in demands:
            if book.rules[demand.rule].priority == priority:
                allowed = allowed.within(book.rows[demand.rule], demand, units).inside(allowed)
        yield cost, allowed


def _miss_costs(book: RuleBook) -> dict[int, float]:
    """Each priority's cost of a miss of one unit: more than any sum of distances, and than those that follow."""
    priorities = sorted({rule.priority for rule in book.rules if rule.priority is not None})
    return {p: _ELASTIC * _RANK ** (len(priorities) - 1 - n) for n, p in enumerate(priorities)}


def _bounds_kept(book: RuleBook, demands: Sequence[Demand], unrounded: Vector, still: Mask) -> Exact:
    """(cells,) for cells without a whole unit: the exact bound nearest to the unrounded target; zero elsewhere."""
    fixed = Exact.full(len(unrounded), 0)
    if not still.any():
        return fixed
    nearest = np.full(len(unrounded), np.inf)
    for demand in demands:
        if not book.rules[demand.rule].hard:
            continue
        rows = book.rows[demand.rule]
        for limit in (rows.lower, rows.upper):
            if limit is not None:
                fixed, nearest = _nearer(fixed, nearest, rows, demand, limit, unrounded, still)
    return fixed


def _nearer(
    fixed: Exact,
    nearest: Vector,
    rows: Rows,
    demand: Demand,
    limit: Exact,
    unrounded: Vector,
    still: Mask,
) -> tuple[Exact, Vector]:
    bound = _scatter(limit[np.flatnonzero(demand.single)], demand.cell, len(unrounded))
    has = np.zeros(len(unrounded), dtype=bool)
    has[demand.cell] = rows.coefficient.equals(1).all()
    away = np.where(has & still, np.abs(bound.floats() - unrounded), np.inf)
    nearer = away < nearest
    return bound.where(nearer, fixed), np.where(nearer, away, nearest)


def _scatter(values: Exact, cell: NDArray[np.intp], cells: int) -> Exact:
    spread = np.zeros(cells, dtype=values.numerators.dtype)
    spread[cell] = values.numerators
    return Exact(spread, values.denominator)


def _carry(
    book: RuleBook, demands: Sequence[Demand], units: Units, fixed: Exact, still: Mask, unrounded: Vector
) -> tuple[Exact, Mask]:
    """The odd remainders of totals that are no whole number of units, each on the largest cell that can carry it."""
    odd = np.zeros(len(still), dtype=bool)
    seen = np.zeros(len(still), dtype=bool)
    for cells, total in sorted(_totals(book, demands), key=lambda entry: len(entry[0])):
        unit = units.size[units.metric[cells[0]]]
        rest = (total - fixed[cells].sum()) % unit
        if rest:
            able = cells[~still[cells] & ~odd[cells] & ~seen[cells]]
            able = able if len(able) else cells[~still[cells] & ~odd[cells]]
            if len(able):
                carrier = int(able[np.argmax(unrounded[able])])
                odd[carrier] = True
                fixed = fixed + _one(len(odd), carrier, rest)
        seen[cells] = True
    return fixed, odd


def _one(cells: int, cell: int, amount: Fraction) -> Exact:
    numerators = np.zeros(cells, dtype=np.int64 if amount.numerator < 2**62 else object)
    numerators[cell] = amount.numerator
    return Exact(numerators, amount.denominator)


def _totals(book: RuleBook, demands: Sequence[Demand]) -> list[tuple[NDArray[np.intp], Fraction]]:
    """(cells, total) of every hard row that says Σ x = total for cells of one metric."""
    found = []
    for demand in demands:
        rows = book.rows[demand.rule]
        if not book.rules[demand.rule].hard or rows.lower is None or rows.upper is None:
            continue
        plain = bool(rows.coefficient.equals(1).all())
        for row in np.flatnonzero(rows.lower.equals(rows.upper) & ~demand.single).tolist() if plain else ():
            found.append((rows.cell[rows.row == row], rows.lower.at(row)))
    return [(cells, total) for cells, total in found if len(cells)]


@dataclass(frozen=True, eq=False)
class _Choice:
    """One way of rounding."""

    count: NDArray[np.int64]
    """(cells,) whole units."""
    price: float
    """What missing elastic limits of single targets costs."""


def _try(situation: _Situation, reach: int, work: float, *, patient: bool = True) -> _Choice | None:
    """Whole units at most `reach` away from the two next to the spread; None if none keep the hard rules."""
    near = np.round(situation.x)
    snapped = np.where(np.abs(situation.x - near) <= _CLOSE, near, situation.x)
    hard = situation.hard
    least = np.clip(np.floor(snapped) - (reach - 1), hard.least, hard.most).astype(np.int64)
    most = np.clip(np.ceil(snapped) + (reach - 1), hard.least, hard.most).astype(np.int64)
    least[situation.still] = most[situation.still] = 0
    steps = _steps(situation, least, most, snapped)
    part = (work / max(1, len(steps.cell))) ** 2
    if reach > 1 and part < _LITTLE:
        return None
    share = 1.0 if np.isinf(work) else _LITTLE * min(1.0, part)
    taken = fill(steps, _stakes(situation, least, most), patient=patient, share=share)
    if taken is None:
        return None
    count = least + np.bincount(steps.cell[taken], minlength=len(least))
    cells = np.arange(len(count))
    price = _cost(situation, cells, count, snapped) - np.abs(count - snapped)
    return _Choice(count, float(price[~situation.still].sum()))


def _steps(situation: _Situation, least: NDArray[np.int64], most: NDArray[np.int64], x: Vector) -> Steps:
    width = most - least
    cell = np.repeat(np.arange(len(x)), width)
    before = least[cell] + np.arange(len(cell)) - np.repeat(np.cumsum(width) - width, width)
    return Steps(cell, _cost(situation, cell, before + 1, x) - _cost(situation, cell, before, x))


def _cost(situation: _Situation, cell: NDArray[np.intp], count: NDArray[np.int64], x: Vector) -> Vector:
    cost: Vector = np.abs(count - x[cell])
    for price, allowed in situation.elastic:
        short, over = allowed.least[cell] - count, count - allowed.most[cell]
        cost = cost + price * (np.maximum(0, short) + np.maximum(0, over))
    return cost


def _stakes(situation: _Situation, least: NDArray[np.int64], most: NDArray[np.int64]) -> Stakes:
    base = situation.units.amounts(least) + situation.fixed
    room = (most - least) * situation.units.floats
    parts = [_at_stake(situation, demand, base, room) for demand in situation.demands]
    matrix = by_columns(sparse.csr_array(sparse.vstack([p.matrix for p in parts])), situation.units.floats)
    size = np.maximum(largest(matrix), 1e-300)
    return Stakes(
        matrix=by_rows(matrix, 1 / size),
        lower=np.concatenate([p.lower for p in parts]) / size - _CLOSE,
        upper=np.concatenate([p.upper for p in parts]) / size + _CLOSE,
        penalty=np.concatenate([p.penalty for p in parts]),
    )


def _at_stake(situation: _Situation, demand: Demand, base: Exact, room: Vector) -> Stakes:
    """The rows of a rule that some choice would break, in amounts."""
    rule, rows = situation.book.rules[demand.rule], situation.book.rows[demand.rule]
    amount = rows.amounts(base)
    least, most = (
        _gaps(rows, amount) if rule.hard else (demand.lower - amount.floats(), demand.upper - amount.floats())
    )
    rise, fall = times(rising(demand.matrix), room), times(rising(-demand.matrix), room)
    noise = _CLOSE * (rise + fall)
    broken = np.flatnonzero(((rise > most + noise) | (-fall < least - noise)) & ~demand.single)
    price = np.inf if rule.priority is None else _miss_costs(situation.book)[rule.priority]
    return Stakes(demand.matrix[broken], least[broken], most[broken], np.full(len(broken), price))


def _gaps(rows: Rows, amount: Exact) -> tuple[Vector, Vector]:
    """Two (rows,) arrays: what must be added at least and may be added at most."""
    least = np.full(len(rows), -np.inf) if rows.lower is None else (rows.lower - amount).floats()
    most = np.full(len(rows), np.inf) if rows.upper is None else (rows.upper - amount).floats()
    return least, most
