"""What if: finite answers to why a target is what it is, what another would cost, and what it would take.

Every answer is a solve of a changed rule book, never a multiplier taken for granted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from rules import Rule, RuleBook
from rules.cell_index import REST
from rules.kinds.company_target import CompanyTarget
from rules.kinds.lock import Lock
from rules.tunable import TunableParameter, revised, tunable_parameters
from rules.where import Condition, Selection
from scenarios import Place
from scenarios.values.rational_array import decimal_text
from solver.allocate import Engines, allocate
from solver.allocation import Allocation
from solver.engines.quadratic_program import Engine
from solver.explain.effects import Effect
from solver.infeasible.bisection import bisect, bracket, falling, resolution, rising
from solver.infeasible.conflict import Conflicts
from solver.model.program import blocks_of
from solver.optimise.elastic import solve_elastic
from solver.questions.turns import by_turns


@dataclass(frozen=True)
class Move:
    """How far one target goes."""

    partner: str
    metric: str
    period: str
    before: Fraction
    after: Fraction

    @property
    def by(self) -> Fraction:
        """After less before."""
        return self.after - self.before


@dataclass(frozen=True)
class Without:
    """What the target would be without one rule."""

    rule: str
    target: float | None
    """Before rounding; None if there were no answer."""


@dataclass(frozen=True, eq=False)
class Instead:
    """What another target would cost."""

    target: Fraction
    """What was asked instead."""
    answer: Allocation
    """The allocation with it."""
    broken: Conflicts | None
    """The hard rules that forbid it, if any do."""
    paying: tuple[tuple[str, Fraction, Fraction], ...]
    """(rule, missed before, missed after) of rules that give way further, or less."""
    unevenness: tuple[float, float]
    """The chi-square distance from the fair shares before and after."""
    moves: tuple[Move, ...]
    """The targets that move, the largest move first."""


@dataclass(frozen=True)
class Way:
    """One number of one rule that, so changed, brings the target to where it was wanted."""

    parameter: TunableParameter
    to: Fraction
    target: float
    """What the target then is, before rounding."""
    moved: float
    """How much moves in all, in the metric's unit."""

    @property
    def sentence(self) -> str:
        """In words."""
        return self.parameter.change(self.to)


def why(
    allocation: Allocation,
    partner: str,
    metric: str,
    engines: Engines,
    *,
    rules: Sequence[str] | None = None,
) -> tuple[Without, ...]:
    """For each rule named, or else each at work on the partner's target: what the target is without it."""
    return tuple(
        Without(name, _target(revised(allocation.book, without=[name]), partner, metric, engines.quadratic))
        for name in (at_work(allocation, partner, metric) if rules is None else rules)
    )


def at_work(allocation: Allocation, partner: str, metric: str) -> list[str]:
    """The rules that stand in the partner's receipt or bind it, company targets last."""
    assert allocation.receipts is not None
    cells = _cells(allocation.book, partner, metric)
    names = [name for cell in cells for name in allocation.binding[cell].split("; ") if name]
    names += [
        item
        for cell in cells
        for item, kind, _ in allocation.receipts.of(int(cell))
        if kind in ("pull", "floor", "cap")
    ]
    known = {rule.name: rule for rule in allocation.book.rules}
    found = [name for name in dict.fromkeys(names) if name in known]
    return sorted(found, key=lambda name: isinstance(known[name], CompanyTarget))


def _cells(book: RuleBook, partner: str, metric: str) -> list[int]:
    frame = book.frame
    return [int(cell) for cell in frame.cells(metric)[:, frame.columns.ids.index(partner)]]


def _target(book: RuleBook, partner: str, metric: str, engine: Engine) -> float | None:
    """The partner's target in the even spread of a book; None where there is none."""
    x = _spread(book, engine)
    return None if x is None else float(x[_cells(book, partner, metric)].sum())


def _spread(book: RuleBook, engine: Engine) -> np.ndarray[Any, np.dtype[np.float64]] | None:
    spread = solve_elastic(book, blocks_of(book), engine).spread
    return spread.x if spread.termination == "optimal" else None


def instead(allocation: Allocation, partner: str, metric: str, target: Fraction, engines: Engines) -> Instead:
    """What it costs to give the partner another target."""
    id_column = allocation.scenario.table.id_column
    name = f"instead: {decimal_text(target)} for {partner}"
    lock = Lock(
        name=name,
        kind="lock",
        metric=metric,
        period=None if allocation.frame.past is None else REST,
        where=Selection((Condition(id_column, any_of=(partner,)),)),
        target=target,
        reason="asked by --instead",
    )
    book = revised(allocation.book, added=[lock])
    book = replace(book, places={**book.places, name: Place("--instead")})
    # Goals that were pursued stand in the book as rules already: sought again, they would move what is
    # compared.
    forced = allocate(replace(allocation.scenario, goals=()), book, engines=engines)
    before = allocation.unevenness
    if forced.conflict is not None or forced.rounded is None:
        return Instead(target, forced, forced.conflict, (), (before, before), ())
    after = forced.unevenness
    changed = tuple(paying(allocation.effects, forced.effects))
    return Instead(target, forced, None, changed, (before, after), tuple(moves(allocation, forced)))


def paying(before: Sequence[Effect], after: Sequence[Effect]) -> Iterator[tuple[str, Fraction, Fraction]]:
    """The rules that are missed by another amount than before: name, before and after, in the rule's unit."""
    missed = {effect.rule: effect.missed for effect in before}
    for effect in after:
        was = missed.get(effect.rule, Fraction(0))
        if effect.missed != was:
            yield effect.rule, was, effect.missed


def moves(before: Allocation, after: Allocation) -> Iterator[Move]:
    """The targets that differ between two allocations over the same cells: the furthest of each metric, by turns."""
    frame = before.frame
    change = after.target - before.target
    size = np.abs(change.floats())
    moved = np.flatnonzero(size)
    # Ties by cell, so that the list is the same on every machine.
    order = moved[np.lexsort((moved, -size[moved]))]
    metric_of = np.arange(frame.size) // (frame.parts * frame.partners)
    for cell in by_turns(order, metric_of).tolist():
        # Cells run by metric, period, partner.
        block, partner = divmod(cell, frame.partners)
        metric, part = divmod(block, frame.parts)
        period = frame.periods[part] if frame.periods else ""
        yield Move(
            frame.columns.ids[partner],
            list(frame.metrics)[metric],
            period,
            before.target.at(cell),
            after.target.at(cell),
        )


def ways(
    allocation: Allocation, partner: str, metric: str, target: Fraction, engines: Engines
) -> tuple[Way, ...]:
    """The least change of each single rule that brings the partner's target to `target`, the least moving first."""
    book, engine = allocation.book, engines.quadratic
    rules = {rule.name: rule for rule in book.rules}
    names = at_work(allocation, partner, metric)
    tried = [
        _way(allocation, parameter, rules[name], partner, metric, target, engine)
        for name in names
        for parameter in tunable_parameters(rules[name])
    ]
    return tuple(sorted((way for way in tried if way), key=lambda way: (way.moved, way.parameter.name)))


def _way(
    allocation: Allocation,
    parameter: TunableParameter,
    rule: Rule,
    partner: str,
    metric: str,
    target: Fraction,
    engine: Engine,
) -> Way | None:
    """The least change of one number after which the target is reached, by doubling and bisection; None where none is."""
    book, now = allocation.book, float(allocation.unrounded[_cells(allocation.book, partner, metric)].sum())
    wanted, up = float(target), float(target) > now

    def there(value: Fraction) -> bool:
        reached = _target(revised(book, [parameter.with_value(rule, value)]), partner, metric, engine)
        # 1e-6 of the metric's unit: a target that is there but for the rounding of floats counts as there.
        return reached is not None and (reached >= wanted - 1e-6 if up else reached <= wanted + 1e-6)

    step = resolution(book, parameter)
    # Which way a number moves a target differs from kind to kind, so both are tried.
    for values in (rising(parameter.value, step), falling(parameter.value, step)):
        if (found := bracket(parameter.value, values, there)) is not None:
            to = bisect(*found, step, there)
            x = _spread(revised(book, [parameter.with_value(rule, to)]), engine)
            if x is None:
                continue
            cells = allocation.frame.cells(metric).ravel()
            moved = float(np.abs(x - allocation.unrounded)[cells].sum())
            return Way(parameter, to, float(x[_cells(book, partner, metric)].sum()), moved)
    return None
