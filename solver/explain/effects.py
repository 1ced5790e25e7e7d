"""Effects: what became of every rule: held, binding on how many, missed by how much, and what stood against it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import lcm
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from rules import Rule, RuleBook
from scenarios.values.rational_array import Exact, decimal_text
from solver.engines.quadratic_program import Vector
from solver.model.matrices import absolute, times
from solver.model.program import NO_RULE, ConstraintBlock, Program
from solver.optimise.elastic import ElasticSolution

Index = NDArray[np.intp]

_TIGHT = 1e-9
"""Of the amounts in a row: a row this near to its limit counts as binding, before rounding. Multipliers would
not do: a row can hold with nothing to spare and pull at nothing."""


@dataclass(frozen=True)
class Miss:
    """A partner or group for which a rule gave way."""

    subject: str
    """The partner's id or the group's name; empty for all together."""
    asked: Fraction
    """The limit as the rule states it."""
    reached: Fraction
    """What the targets come to."""
    against: str = ""
    """The floor or cap that stands against it, where it is about a single target."""

    @property
    def amount(self) -> Fraction:
        """How far it is off: the shortfall or the overshoot."""
        return abs(self.asked - self.reached)


@dataclass(frozen=True, eq=False)
class _Side:
    """The rows of a rule that fall short of their lower limits, or exceed their upper ones."""

    row: Index
    """(misses,)"""
    asked: Exact
    """(misses,) the limits."""
    reached: Exact
    """(misses,) what the targets come to."""
    off: Exact
    """(misses,) how far that is from the limit; above zero."""
    against: Index
    """(misses,) the rule that bounds the row's only cell, or NO_RULE."""

    @classmethod
    def of(cls, limit: Exact | None, amounts: Exact, cell: Index, owner: Index, *, short: bool) -> _Side:
        """The misses of limits (rows,) by amounts (rows,); `cell` (rows,) the only one, `owner` (cells,) of its bound."""
        if limit is None:
            # No limit on this side, so nothing can be off it.
            limit = amounts
        off = limit - amounts if short else amounts - limit
        row = np.flatnonzero(off > 0)
        against = np.where(cell[row] == NO_RULE, NO_RULE, owner[cell[row]])
        return cls(row, limit[row], amounts[row], off[row], against)


@dataclass(frozen=True, eq=False)
class Misses:
    """The misses of one rule as arrays: fractions, thousands of them, are made where they are looked at one by one."""

    book: RuleBook
    rule: int
    """The rule's number in the book."""
    sides: tuple[_Side, _Side]
    """Shortfalls and overshoots."""

    def __len__(self) -> int:
        return sum(len(side.row) for side in self.sides)

    @property
    def total(self) -> Fraction:
        """The sum of all."""
        return sum((side.off.sum() for side in self.sides), Fraction(0))

    @cached_property
    def each(self) -> tuple[Miss, ...]:
        """One by one, the largest first."""
        # compared as numerators over one denominator: fractions of thousands of rows, one by one, take long
        common = lcm(*(side.off.denominator for side in self.sides))
        found: list[tuple[int, str, Miss]] = []
        for side in self.sides:
            scale = common // side.off.denominator
            sizes = side.off.numerators.tolist()
            found += [
                (-size * scale, miss.subject, miss) for size, miss in zip(sizes, self._of(side), strict=True)
            ]
        return tuple(miss for *_, miss in sorted(found, key=lambda each: each[:2]))

    def _of(self, side: _Side) -> Iterator[Miss]:
        rows, ids = self.book.rows[self.rule], self.book.frame.columns.ids
        names = [*(rule.name for rule in self.book.rules), ""]
        # Where the bound is the rule's own, it does not stand against itself.
        rivals = np.where(side.against == self.rule, NO_RULE, side.against).tolist()
        asked, reached = side.asked.tolist(), side.reached.tolist()
        for row, limit, amount, other in zip(side.row.tolist(), asked, reached, rivals, strict=True):
            yield Miss(rows.subject(row, ids), limit, amount, names[other])


@dataclass(frozen=True, eq=False)
class Effect:
    """What became of one rule."""

    rule: str
    """Its name."""
    kind: str
    """Its kind."""
    priority: int | None
    """None for a hard rule."""
    unit: str
    """The unit of its amounts; empty where it spans metrics of several."""
    binding: int
    """How many of its rows hold with nothing to spare, before rounding."""
    missing: Misses
    """Where it gave way."""
    missed_before_rounding: Fraction
    """The sum of its misses before rounding."""
    against: tuple[str, ...]
    """The rules that stand against it, the heaviest first."""
    total: Fraction | None
    """The company target its groups are a share of; None for rules of single partners."""

    @property
    def misses(self) -> tuple[Miss, ...]:
        """Where it gave way, the largest miss first."""
        return self.missing.each

    @property
    def held(self) -> bool:
        """Whether it was kept everywhere."""
        return not len(self.missing)

    @cached_property
    def missed(self) -> Fraction:
        """The sum of its misses."""
        return self.missing.total

    def document(self) -> dict[str, Any]:
        """As it stands in result.json."""
        return {
            "rule": self.rule,
            "kind": self.kind,
            "priority": self.priority,
            "unit": self.unit,
            "held": self.held,
            "binding": self.binding,
            "missed": decimal_text(self.missed),
            "missed_before_rounding": decimal_text(self.missed_before_rounding, decimals=2),
            "against": list(self.against),
            "misses": [self._miss(miss) for miss in self.misses],
        }

    def _miss(self, miss: Miss) -> dict[str, Any]:
        amounts = {
            key: decimal_text(value) for key, value in (("asked", miss.asked), ("reached", miss.reached))
        }
        shares = (
            {}
            if not self.total
            else {f"{k}_share": round(float(Fraction(v) / self.total), 6) for k, v in amounts.items()}
        )
        against = {"against": miss.against} if miss.against else {}
        return {"subject": miss.subject, **amounts, "missed": decimal_text(miss.amount), **against, **shares}


def effects_of(
    book: RuleBook, asked: Sequence[ConstraintBlock], elastic: ElasticSolution, targets: Exact
) -> tuple[Effect, ...]:
    """What became of each rule, in the order of the book."""
    reached = {block.rule: block for block in elastic.blocks}
    return tuple(_effect(book, block, reached[block.rule], elastic, targets) for block in asked)


def _effect(
    book: RuleBook, asked: ConstraintBlock, reached: ConstraintBlock, elastic: ElasticSolution, targets: Exact
) -> Effect:
    rule, rows = book.rules[asked.rule], book.rows[asked.rule]
    against = elastic.against.get(asked.rule, ())
    # Shares of the company target are said of groups of one metric; of a partner, or across units, they say
    # nothing.
    grouped = bool(len(rows)) and bool((rows.partner < 0).all()) and rule.metric is not None
    return Effect(
        rule=rule.name,
        kind=rule.kind,
        priority=rule.priority,
        unit=_unit(book, rule),
        binding=int(tight(reached, elastic.spread.x).sum()),
        missing=_misses(book, asked, elastic.program, targets),
        missed_before_rounding=round(Fraction(float(reached.given_by(asked).sum())), 6),
        against=tuple(book.rules[other].name for other in against),
        total=book.frame.totals[rule.metric] if grouped and rule.metric else None,
    )


def _unit(book: RuleBook, rule: Rule) -> str:
    if not rule.metric_unit:
        return ""
    metrics = [book.frame.metrics[rule.metric]] if rule.metric else list(book.frame.metrics.values())
    units = {metric.unit for metric in metrics}
    return units.pop() if len(units) == 1 else ""


_KNOWN: WeakKeyDictionary[ConstraintBlock, tuple[Vector, NDArray[np.bool_]]] = WeakKeyDictionary()
"""What was last asked of blocks that live: rounding, effects and results ask the same of each."""


def tight(block: ConstraintBlock, x: Vector) -> NDArray[np.bool_]:
    """(rows,) the rows that hold with nothing to spare at unrounded targets (cells,)."""
    known = _KNOWN.get(block)
    if known is None or known[0] is not x:
        known = _KNOWN[block] = (x, _tight(block, x))
    return known[1]


def _tight(block: ConstraintBlock, x: Vector) -> NDArray[np.bool_]:
    amount = block.matrix @ x
    # 1e-9 in the row's unit: a row whose targets are all zero has no amounts to compare with.
    size = _TIGHT * np.maximum(times(absolute(block.matrix), np.abs(x)), 1e-9)
    return np.asarray(
        (np.abs(amount - block.lower) <= size) | (np.abs(block.upper - amount) <= size), dtype=bool
    )


def _misses(book: RuleBook, block: ConstraintBlock, program: Program, targets: Exact) -> Misses:
    rows, bounds = book.rows[block.rule], program.bounds
    amounts = rows.amounts(targets)
    cell = np.full(len(rows), NO_RULE, dtype=np.intp)
    cell[block.single] = block.cell
    sides = (
        # A single target that falls short stands at a cap, one that is over at a floor.
        _Side.of(rows.lower, amounts, cell, bounds.upper_rule, short=True),
        _Side.of(rows.upper, amounts, cell, bounds.lower_rule, short=False),
    )
    return Misses(book, block.rule, sides)
