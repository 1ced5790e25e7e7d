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
from rules.kinds.company_target import CompanyTarget
from rules.kinds.lock import Lock
from rules.levers import Lever, levers, revised
from rules.where import Condition, Selection
from scenarios import Place
from scenarios.exact import decimal_text
from solver.allocate import Engines, allocate
from solver.allocation import Allocation
from solver.conflict import Conflicts
from solver.effects import Effect
from solver.elastic import settle
from solver.engines.problem import Engine
from solver.program import demands_of
from solver.search import bisect, bracket, falling, resolution, rising

_MOVES = 10


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

    def document(self) -> dict[str, Any]:
        """As JSON."""
        part = {"period": self.period} if self.period else {}
        amounts = {
            "before": decimal_text(self.before),
            "after": decimal_text(self.after),
            "by": decimal_text(self.by),
        }
        return {"partner": self.partner, "metric": self.metric, **part, **amounts}


@dataclass(frozen=True)
class Without:
    """What the target would be without one rule."""

    rule: str
    target: float | None
    """Before rounding; None if there were no answer."""

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return {"rule": self.rule, "target": None if self.target is None else round(self.target, 2)}


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

    def document(self) -> dict[str, Any]:
        """As JSON."""
        paying = [
            {"rule": rule, "missed_before": decimal_text(before), "missed_after": decimal_text(after)}
            for rule, before, after in self.paying
        ]
        return {
            "target": decimal_text(self.target),
            "possible": self.broken is None,
            **({"conflict": self.broken.document()} if self.broken else {}),
            "rules_that_pay": paying,
            "unevenness_before": self.unevenness[0],
            "unevenness_after": self.unevenness[1],
            "partners_that_move": len({move.partner for move in self.moves}),
            "largest_moves": [move.document() for move in self.moves[:_MOVES]],
        }


@dataclass(frozen=True)
class Way:
    """One number of one rule that, so changed, brings the target to where it was wanted."""

    lever: Lever
    to: Fraction
    target: float
    """What the target then is, before rounding."""
    moved: float
    """How much moves in all, in the metric's unit."""

    @property
    def sentence(self) -> str:
        """In words."""
        verb = "raise" if self.to > self.lever.value else "lower"
        field = self.lever.field.replace("_", " ") + (f" of {self.lever.key}" if self.lever.key else "")
        return f"{verb} {field} of {self.lever.rule} from {self.lever.text(self.lever.value)} to {self.lever.text(self.to)}"

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "rule": self.lever.rule,
            "field": self.lever.name.removeprefix(f"{self.lever.rule}."),
            "from": self.lever.text(self.lever.value),
            "to": self.lever.text(self.to),
            "target": round(self.target, 2),
            "moved": round(self.moved, 2),
            "sentence": self.sentence,
        }


def why(allocation: Allocation, partner: str, metric: str, engines: Engines) -> tuple[Without, ...]:
    """For each rule at work on the partner's target: what the target would be without it."""
    return tuple(
        Without(name, _target(revised(allocation.book, without=[name]), partner, metric, engines.quadratic))
        for name in at_work(allocation, partner, metric)
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
    spread = settle(book, demands_of(book), engine).spread
    return spread.x if spread.termination == "optimal" else None


def instead(allocation: Allocation, partner: str, metric: str, target: Fraction, engines: Engines) -> Instead:
    """What it costs to give the partner another target."""
    id_column = allocation.scenario.table.id_column
    name = f"instead: {decimal_text(target)} for {partner}"
    lock = Lock(
        name=name,
        kind="lock",
        metric=metric,
        where=Selection((Condition(id_column, any_of=(partner,)),)),
        target=target,
        reason="asked by --instead",
    )
    book = revised(allocation.book, added=[lock])
    book = replace(book, places={**book.places, name: Place("--instead")})
    forced = allocate(replace(allocation.scenario, goals=()), book, engines=engines)
    before = allocation.document()["unevenness"]
    if forced.conflict is not None or forced.rounded is None:
        return Instead(target, forced, forced.conflict, (), (before, before), ())
    after = forced.document()["unevenness"]
    paying = tuple(_paying(allocation.effects, forced.effects))
    return Instead(target, forced, None, paying, (before, after), tuple(moves(allocation, forced)))


def _paying(before: Sequence[Effect], after: Sequence[Effect]) -> Iterator[tuple[str, Fraction, Fraction]]:
    missed = {effect.rule: effect.missed for effect in before}
    for effect in after:
        was = missed.get(effect.rule, Fraction(0))
        if effect.missed != was:
            yield effect.rule, was, effect.missed


def moves(before: Allocation, after: Allocation) -> Iterator[Move]:
    """The targets that differ between two allocations over the same cells, the largest move first."""
    frame = before.frame
    change = after.target - before.target
    size = np.abs(change.floats())
    for cell in sorted(np.flatnonzero(size).tolist(), key=lambda c: (-size[c], c)):
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
        _way(allocation, lever, rules[name], partner, metric, target, engine)
        for name in names
        for lever in levers(rules[name])
    ]
    return tuple(sorted((way for way in tried if way), key=lambda way: (way.moved, way.lever.name)))


def _way(
    allocation: Allocation,
    lever: Lever,
    rule: Rule,
    partner: str,
    metric: str,
    target: Fraction,
    engine: Engine,
) -> Way | None:
    book, now = allocation.book, float(allocation.unrounded[_cells(allocation.book, partner, metric)].sum())
    wanted, up = float(target), float(target) > now

    def there(value: Fraction) -> bool:
        reached = _target(revised(book, [lever.turned(rule, value)]), partner, metric, engine)
        return reached is not None and (reached >= wanted - 1e-6 if up else reached <= wanted + 1e-6)

    step = resolution(book, lever)
    for values in (rising(lever.value, step), falling(lever.value, step)):
        if (found := bracket(lever.value, values, there)) is not None:
            to = bisect(*found, step, there)
            x = _spread(revised(book, [lever.turned(rule, to)]), engine)
            if x is None:
                continue
            cells = allocation.frame.cells(metric).ravel()
            moved = float(np.abs(x - allocation.unrounded)[cells].sum())
            return Way(lever, to, float(x[_cells(book, partner, metric)].sum()), moved)
    return None
