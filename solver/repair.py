"""Repairs: what would make peace in a conflict, each proved by solving again.

For one rule at a time, the least change of one of its numbers, found by bisection on whether all hard rules can
hold; for several together, the linear program of least total miss (Chinneck 2008, Feasibility and Infeasibility in
Optimization, elastic programming).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from itertools import islice, product
from math import ceil
from typing import Any

import numpy as np

from rules import Rule, RuleBook
from rules.levers import Lever, levers, revised
from scenarios.exact import decimal_text
from solver.elastic import relaxation, settle, stack
from solver.engines.problem import Engine, Vector
from solver.feasible import asked, awake, feasible
from solver.program import Demand, Program, assemble
from solver.rounding import NoWholeAnswerError, round_targets
from solver.search import bisect, bracket, falling, resolution, rising
from solver.stated import Stated
from solver.wholeness import could_be_whole

_MOST_PICKS = 64
_FURTHER = 8
_PARTS = (Fraction(1, 64), Fraction(1, 8), Fraction(1, 4))
_PROBE, _ROUNDING = 1, 12
_PURSE = 4_000.0
_WORK = 1_000


@dataclass(frozen=True)
class Repair:
    """One number of one rule, changed as little as makes peace."""

    lever: Lever
    to: Fraction
    """What it would have to be."""
    cost: Fraction
    """How far targets then pass the limits that the rule sets now, in the metric's unit."""

    @property
    def sentence(self) -> str:
        """In words."""
        verb = "raise" if self.to > self.lever.value else "lower"
        now, then = self.lever.text(self.lever.value), self.lever.text(self.to)
        number = self.lever.field.replace("_", " ") + (f" ({self.lever.key})" if self.lever.key else "")
        return f"{verb} {number} of {self.lever.rule} from {now} to {then}"

    def document(self) -> dict[str, Any]:
        """As it stands in result.json."""
        return {
            "rule": self.lever.rule,
            "field": self.lever.field + (f".{self.lever.key}" if self.lever.key else ""),
            "from": self.lever.text(self.lever.value),
            "to": self.lever.text(self.to),
            "cost": decimal_text(self.cost, decimals=2),
            "sentence": self.sentence,
            "verified": True,
        }


@dataclass(frozen=True)
class Solvers:
    """Who answers what in the search for repairs."""

    spreads: Engine
    """Spreads targets evenly."""
    tells: Engine
    """Tells whether rules can hold; asked a hundred times as often."""


@dataclass(frozen=True)
class Search:
    """What a search for repairs has come to."""

    found: tuple[Repair, ...]
    """The cheapest first."""
    unsearched: tuple[str, ...]
    """The rules whose numbers were not all looked at, because the work set aside was done."""


def repairs(book: RuleBook, names: Sequence[str], solvers: Solvers) -> Search:
    """For each rule named, the least change of one of its numbers after which targets can be given out.

    Rules of which no single number makes peace are left out.
    """
    rules = {rule.name: rule for rule in book.rules}
    stated, purse = Stated.of(book), _Purse()
    found: list[Repair] = []
    unsearched: list[str] = []
    every = (lever for name in names for lever in levers(rules[name]))
    for lever in sorted(every, key=partial(_alike, rules)):
        try:
            repair = _least_change(stated, lever, solvers, purse)
        except _OutOfWorkError:
            unsearched.append(lever.rule)
        else:
            found += [repair] if repair else []
    found.sort(key=lambda repair: (repair.cost, repair.lever.name))
    return Search(tuple(found), tuple(dict.fromkeys(unsearched)))


def _alike(rules: dict[str, Rule], lever: Lever) -> int:
    """How many numbers stand in the same list: one that stands alone is what people would turn first."""
    return sum(other.field == lever.field for other in levers(rules[lever.rule]))


class _OutOfWorkError(ArithmeticError):
    """A search has done all the work that was set aside for it."""


@dataclass
class _Purse:
    """The work that a search for repairs may do, counted, not timed, so that answers do not depend on the machine."""

    left: float = _PURSE
    """In probes of a thousand cells that all differ."""

    def pay(self, program: Program, probes: int) -> None:
        """Takes out the work of so many probes of a program. Raises _OutOfWorkError when there is no more."""
        if self.left <= 0:
            raise _OutOfWorkError
        if question := asked(program):
            self.left -= probes * (len(question.fair_share) / 1_000) ** 2


def _least_change(stated: Stated, lever: Lever, solvers: Solvers, purse: _Purse) -> Repair | None:
    """The repair by one lever; None where there is none. Raises _OutOfWorkError."""
    rule = stated.book.rules[stated.book.number(lever.rule)]

    def peace(value: Fraction) -> bool:
        program = stated.with_rule(lever.turned(rule, value)).program
        purse.pay(program, _PROBE)
        return feasible(program, solvers.tells)

    step = resolution(stated.book, lever)
    for values in (rising(lever.value, step), falling(lever.value, step)):
        found = bracket(lever.value, values, peace)
        repair = found and _answered(stated, lever, bisect(*found, step, peace), step, solvers, purse)
        if repair:
            return repair
    return None


def _answered(
    stated: Stated, lever: Lever, to: Fraction, step: Fraction, solvers: Solvers, purse: _Purse
) -> Repair | None:
    """The repair, taken further where only then whole units can be given out."""
    rule = stated.book.rules[stated.book.number(lever.rule)]
    away = step if to > lever.value else -step
    for further in _strides(stated.with_rule(lever.turned(rule, to)).program, to, step):
        value = to + further * away
        turned = stated.with_rule(lever.turned(rule, value)) if value >= 0 else None
        if turned is None or not could_be_whole(turned, solvers.tells):
            continue
        purse.pay(turned.program, _ROUNDING)
        if (x := _whole_answer(turned, solvers)) is not None:
            return Repair(lever, value, _cost(stated, lever, x))
    return None


def _strides(program: Program, to: Fraction, step: Fraction) -> list[int]:
    """How many steps further to look: a few, where that is little work, then ever larger parts of the value."""
    question = asked(program)
    little = question is not None and len(question.fair_share) <= _WORK
    few = [2**n for n in range(_FURTHER)] if little else []
    parts = [ceil(abs(to) * part / step) for part in _PARTS]
    return sorted({0, *few, *parts})


def _whole_answer(stated: Stated, solvers: Solvers) -> Vector | None:
    """(cells,) the even spread of a book whose targets can be rounded; None of any other."""
    settlement = settle(stated.book, stated.demands, solvers.spreads)
    if settlement.spread.termination != "optimal":
        return None
    try:
        round_targets(stated.book, settlement, solvers.spreads, work=_WORK)
    except NoWholeAnswerError:
        return None
    return settlement.spread.x


def _hard(book: RuleBook, demands: Sequence[Demand]) -> list[Demand]:
    return [d for d in demands if book.rules[d.rule].hard]


def _cost(stated: Stated, lever: Lever, x: Vector) -> Fraction:
    """How far targets (cells,) pass the limits that the rule sets now."""
    demand = stated.demands[stated.book.number(lever.rule)]
    amount = demand.matrix @ x
    passed = np.maximum(demand.lower - amount, 0).sum() + np.maximum(amount - demand.upper, 0).sum()
    return round(Fraction(float(passed)), 2)


def peace_together(
    book: RuleBook, choices: Sequence[Sequence[Repair]], solvers: Solvers
) -> tuple[Repair, ...]:
    """One repair out of each choice, the cheapest first, that together let all hard rules hold; none if none do."""
    if not all(choices):
        return ()
    picks = sorted(
        islice(product(*choices), _MOST_PICKS), key=lambda pick: sum(repair.cost for repair in pick)
    )
    for picked in picks:
        changed = [_turned(book, [r for r in picked if r.lever.rule == name]) for name in _rules(picked)]
        turned = Stated.of(revised(book, changed))
        if could_be_whole(turned, solvers.tells) and _whole_answer(turned, solvers) is not None:
            return _furthest(picked)
    return ()


def _furthest(picked: Sequence[Repair]) -> tuple[Repair, ...]:
    """Each lever once, as far as any of them asks."""
    by_lever = {r.lever.name: r for r in sorted(picked, key=lambda r: abs(r.to - r.lever.value))}
    return tuple(by_lever.values())


def _rules(picked: Sequence[Repair]) -> list[str]:
    return list(dict.fromkeys(repair.lever.rule for repair in picked))


def _turned(book: RuleBook, picked: Sequence[Repair]) -> Rule:
    """The rule with every lever turned; one that is picked twice, as far as either asks."""
    rule = book.rules[book.number(picked[0].lever.rule)]
    for repair in sorted(picked, key=lambda r: abs(r.to - r.lever.value)):
        rule = repair.lever.turned(rule, repair.to)
    return rule


@dataclass(frozen=True)
class Concession:
    """What one rule gives in a combination."""

    rule: str
    amount: Fraction
    """The sum by which its limits are passed, in the metric's unit."""


def cheapest_combination(
    book: RuleBook, demands: Sequence[Demand], names: Sequence[str], engine: Engine
) -> tuple[Concession, ...]:
    """The least total miss over the rules named that makes peace among all hard rules; none if they cannot."""
    hard = _hard(book, demands)
    giving = [d for d in hard if book.rules[d.rule].name in names]
    program = awake(assemble(book.frame, [d for d in hard if book.rules[d.rule].name not in names]))
    if program.crossed:
        return ()
    level = stack(book, giving, program)
    problem, _ = relaxation(program, level)
    cost = np.zeros_like(problem.cost)
    cost[len(program.lower) :] = level.weight[level.miss_row] * level.miss_unit / level.size[level.miss_row]
    solution = engine.solve(replace(problem, cost=cost, curvature=np.zeros_like(cost)))
    if solution.termination != "optimal":
        return ()
    given = np.zeros(len(book.rules))
    misses = solution.x[len(program.lower) :]
    np.add.at(given, level.miss_rule, misses * level.miss_unit)
    scale = max(float(given.max(initial=0.0)), 1e-300)
    return tuple(
        Concession(book.rules[rule].name, round(Fraction(float(given[rule])), 2))
        for rule in np.flatnonzero(given > 1e-9 * scale).tolist()
    )
