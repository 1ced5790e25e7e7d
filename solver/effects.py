"""Effects: what became of every rule: held, binding on how many, missed by how much, and what stood against it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rules import Rule, RuleBook
from scenarios.exact import Exact, decimal_text
from solver.elastic import Settlement
from solver.engines.problem import Vector
from solver.matrices import absolute, times
from solver.program import NOBODY, Demand, Program

_TIGHT = 1e-9


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


@dataclass(frozen=True)
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
    misses: tuple[Miss, ...]
    """Where it gave way, the largest miss first."""
    missed_before_rounding: Fraction
    """The sum of its misses before rounding."""
    against: tuple[str, ...]
    """The rules that stand against it, the heaviest first."""
    total: Fraction | None
    """The company target its groups are a share of; None for rules of single partners."""

    @property
    def held(self) -> bool:
        """Whether it was kept everywhere."""
        return not self.misses

    @property
    def missed(self) -> Fraction:
        """The sum of its misses."""
        return sum((miss.amount for miss in self.misses), Fraction(0))

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
    book: RuleBook, asked: Sequence[Demand], settlement: Settlement, targets: Exact
) -> tuple[Effect, ...]:
    """What became of each rule, in the order of the book."""
    reached = {demand.rule: demand for demand in settlement.demands}
    return tuple(_effect(book, demand, reached[demand.rule], settlement, targets) for demand in asked)


def _effect(book: RuleBook, asked: Demand, reached: Demand, settlement: Settlement, targets: Exact) -> Effect:
    rule, rows = book.rules[asked.rule], book.rows[asked.rule]
    against = settlement.against.get(asked.rule, ())
    grouped = bool(len(rows)) and bool((rows.partner < 0).all()) and rule.metric is not None
    return Effect(
        rule=rule.name,
        kind=rule.kind,
        priority=rule.priority,
        unit=_unit(book, rule),
        binding=int(tight(reached, settlement.spread.x).sum()),
        misses=_misses(book, asked, settlement.program, targets),
        missed_before_rounding=round(Fraction(float(reached.given_by(asked).sum())), 6),
        against=tuple(book.rules[other].name for other in against),
        total=book.frame.totals[rule.metric] if grouped and rule.metric else None,
    )


def _unit(book: RuleBook, rule: Rule) -> str:
    metrics = [book.frame.metrics[rule.metric]] if rule.metric else list(book.frame.metrics.values())
    units = {metric.unit for metric in metrics}
    return units.pop() if len(units) == 1 else ""


def tight(demand: Demand, x: Vector) -> NDArray[np.bool_]:
    """(rows,) the rows that hold with nothing to spare at unrounded targets (cells,)."""
    amount = demand.matrix @ x
    size = _TIGHT * np.maximum(times(absolute(demand.matrix), np.abs(x)), 1e-9)
    return np.asarray(
        (np.abs(amount - demand.lower) <= size) | (np.abs(demand.upper - amount) <= size), dtype=bool
    )


def _misses(book: RuleBook, demand: Demand, program: Program, targets: Exact) -> tuple[Miss, ...]:
    rows, names = book.rows[demand.rule], [*(rule.name for rule in book.rules), ""]
    amounts, ids = rows.amounts(targets), book.frame.columns.ids
    cell = np.full(len(rows), NOBODY, dtype=np.intp)
    cell[demand.single] = demand.cell
    found = []
    for limit, owner, short in (
        (rows.lower, program.bounds.upper_rule, True),
        (rows.upper, program.bounds.lower_rule, False),
    ):
        if limit is None:
            continue
        missed = np.flatnonzero(amounts < limit if short else amounts > limit)
        rival = np.where(cell[missed] == NOBODY, NOBODY, owner[cell[missed]])
        rival[rival == demand.rule] = NOBODY
        found += [
            (row, limit.at(row), names[other])
            for row, other in zip(missed.tolist(), rival.tolist(), strict=True)
        ]
    misses = [Miss(rows.subject(row, ids), limit, amounts.at(row), against) for row, limit, against in found]
    return tuple(sorted(misses, key=lambda miss: (-miss.amount, miss.subject)))
