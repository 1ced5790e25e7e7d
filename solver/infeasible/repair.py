"""Repairs: single numbers of rules, changed as little as lets the rules hold, each proved by solving again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial

import numpy as np

from rules import Rule
from rules.tunable import TunableParameter, tunable_parameters
from solver.engines.quadratic_program import Engine
from solver.infeasible.bisection import resolution
from solver.infeasible.iis import RuleSet
from solver.infeasible.incremental import IncrementalModel, RulePart
from solver.infeasible.integer_feasibility import whole_system
from solver.infeasible.tuning import Grid, Refutations, least_steps, least_steps_in_units, stepped
from solver.infeasible.violation import Violation, least_violation
from solver.infeasible.whole_steps import ROUNDED, first_whole_steps, least_whole_steps
from solver.infeasible.work import OutOfWorkError, Work

_LARGEST_PERCENT = Fraction(10)
"""Growth or share: beyond 1000 % a number is most likely a slip of the pen."""
_FURTHEST = 64
"""An amount is not raised beyond so many times what it is, or four times the largest company target."""
_BEFORE = -2
"""The number of a rule as it is now, beside the same rule as it would be."""


@dataclass(frozen=True)
class Repair:
    """One number of one rule, changed as little as lets the rules hold."""

    parameter: TunableParameter
    to: Fraction
    """What it would have to be."""
    cost: Fraction
    """How far targets then pass the limits that the rule sets now, in the metric's unit."""
    affected: tuple[str, ...] = ()
    """The partners whose targets then pass those limits, alone or with others."""
    unit: str = ""
    """The unit of the cost."""
    cost_share: Fraction = Fraction(0)
    """The cost as a part of the company target of the metric: by it, repairs in different units are compared."""

    @property
    def rule(self) -> str:
        """The name of the rule."""
        return self.parameter.rule

    @property
    def sentence(self) -> str:
        """In words."""
        return self.parameter.change(self.to)

    @property
    def moved(self) -> Fraction:
        """How far the number moves, as a part of what it is."""
        return abs(self.to - self.parameter.value) / max(abs(self.parameter.value), Fraction(1, 100))

    @property
    def order(self) -> tuple[Fraction, Fraction, str]:
        """What repairs are sorted by: the cheapest first, of equals the one that moves least."""
        return self.cost_share, self.moved, self.parameter.name

    def repaired(self, rule: Rule) -> Rule:
        """The rule with the number changed."""
        return self.parameter.with_value(rule, self.to)


@dataclass(frozen=True)
class Search:
    """What a search for repairs has come to."""

    found: tuple[Repair, ...]
    """The cheapest first."""
    unsearched: tuple[str, ...] = ()
    """The rules whose numbers were not all looked at, because the work set aside was done."""
    inner: Mapping[tuple[str, bool], int | None] = field(default_factory=dict)
    """For each number and way the fewest steps that the rules of the conflict need; None where none are enough."""


class Searcher:
    """Looks for repairs of one conflict after another; certificates and the work budget are shared."""

    def __init__(self, engine: Engine, work: Work | None = None) -> None:
        self._engine = engine
        self._work = work or Work()

    def repairs(
        self, model: IncrementalModel, rules: RuleSet, giving: RuleSet, before: Search | None = None
    ) -> Search:
        """For each number of the rules that give way, the least change after which the model can hold.

        `rules`, which cannot hold by themselves, come first: what they need, all rules need. A search `before` may have
        found out already what that is.
        """
        needed = {} if before is None else dict(before.inner)
        known = Refutations(self._engine, self._work)
        inner = model.restricted(rules)
        least: list[_Candidate] = []
        unsearched: list[str] = []
        for grid in grids(model, giving):
            try:
                # The few rules of the conflict first: their systems are small, and where they need more,
                # all rules do.
                way = grid.parameter.name, grid.up
                steps = needed[way] if way in needed else least_steps(inner, grid, known)
                needed[way] = steps
                # Rows and bounds brought to units rule out most values without a search for whole targets.
                if steps is not None:
                    steps = least_steps_in_units(model, grid, known, steps)
                if steps is not None:
                    least.append(_Candidate.of(model, grid, steps, self._engine))
            # Reported as unsearched: "no repair" would be said of what was never looked at.
            except OutOfWorkError:
                unsearched.append(grid.parameter.rule)
        return Search(_nearest(self._in_units(least)), tuple(dict.fromkeys(unsearched)), needed)

    def _in_units(self, candidates: list[_Candidate]) -> list[Repair]:
        """The repairs, taken further where only then whole units can be given out; the cheapest first."""
        found: list[Repair] = []
        for candidate in sorted(candidates, key=lambda each: each.repair.order):
            # Further is dearer. So the first that is found is looked for as far as need be; of those that
            # cannot be cheaper any more only those whose units are near.
            brief = bool(found) and candidate.repair.order > min(each.order for each in found)
            repair = candidate.in_units(self._engine, brief=brief)
            found += [repair] if repair else []
        return sorted(found, key=lambda each: each.order)


@dataclass(frozen=True, eq=False)
class _Candidate:
    """A number with which rules can hold, whole units left aside."""

    model: IncrementalModel
    grid: Grid
    steps: int
    repair: Repair

    @classmethod
    def of(cls, model: IncrementalModel, grid: Grid, steps: int, engine: Engine) -> _Candidate:
        """The number so many steps away, priced."""
        repaired = stepped(model, grid, steps)
        (repair,) = priced(model, repaired, [(grid.parameter, grid.value(steps))], engine)
        return cls(model, grid, steps, repair)

    def in_units(self, engine: Engine, *, brief: bool) -> Repair | None:
        """The repair with which there are whole units; of a brief search only where they are near."""
        at = partial(stepped, self.model, self.grid)
        found = least_whole_steps(at, self.steps, self.grid.most, engine, brief=brief)
        if found is None or found == self.steps:
            return self.repair if found else None
        return _Candidate.of(self.model, self.grid, found, engine).repair


def unit_repairs(model: IncrementalModel, rules: RuleSet, engine: Engine) -> tuple[Repair, ...]:
    """Where hard rules hold but in no whole units: for each number of some rules the least change with which they do.

    The cheapest first. Each is proved by whole targets that keep every hard rule exactly.
    """
    # A search for whole targets per step: beyond this size none is offered, rather than one unproved.
    if model.book.frame.size > ROUNDED:
        return ()
    found: list[Repair] = []
    for grid in grids(model, rules):
        at = partial(stepped, model, grid)
        if (steps := first_whole_steps(at, grid.most, engine)) is not None:
            repaired = at(steps)
            value = [(grid.parameter, grid.value(steps))]
            found += priced(model, repaired, value, engine, whole_system(repaired).parts)
    return _nearest(sorted(found, key=lambda repair: repair.order))


def grids(model: IncrementalModel, rules: RuleSet) -> list[Grid]:
    """The values that each number of the rules may take, up and down; numbers that stand alone first."""
    every = [p for number in sorted(rules) for p in tunable_parameters(model.book.rules[number])]
    alike = {p.name: sum(q.rule == p.rule and q.field == p.field for q in every) for p in every}
    # A number per tier or group is one of many: the one that stands alone says more, and stable sorting
    # keeps the rest.
    every.sort(key=lambda parameter: alike[parameter.name])
    return [grid for parameter in every for grid in _both_ways(model, parameter)]


def _both_ways(model: IncrementalModel, parameter: TunableParameter) -> Iterable[Grid]:
    step = resolution(model.book, parameter)
    totals = max(model.book.frame.totals.values(), default=Fraction(0))
    highest = _LARGEST_PERCENT if parameter.percent else max(_FURTHEST * parameter.value, 4 * totals)
    yield Grid(parameter, step, True, int((highest - parameter.value) / step))
    # The lowest value itself would switch the rule off, and is no repair.
    yield Grid(parameter, step, False, -int(-(parameter.value - parameter.least) // step) - 1)


def _nearest(repairs: Sequence[Repair]) -> tuple[Repair, ...]:
    """Each number once, the cheaper way."""
    by_name: dict[str, Repair] = {}
    for repair in repairs:
        by_name.setdefault(repair.parameter.name, repair)
    return tuple(by_name.values())


def priced(
    model: IncrementalModel,
    repaired: IncrementalModel,
    changes: Sequence[tuple[TunableParameter, Fraction]],
    engine: Engine,
    hard: Sequence[RulePart] | None = None,
) -> tuple[Repair, ...]:
    """Numbers and what they become as repairs, each with the least by which targets then pass the limits of today.

    Of all rules that change together, in parts of company targets; with the partners in those limits. `hard` is what
    the rules then ask, the parts of `repaired` where it is not given.
    """
    book = model.book
    numbers = sorted({book.number(parameter.rule) for parameter, _ in changes})
    # The limits of today beside the repaired rule, under numbers that no rule has.
    now = [part.of_rule(_BEFORE - part.rule) for part in model.only(numbers)]
    # A unit costs 1 / T: rules of several metrics add up only in shares of company targets.
    prices = {_BEFORE - number: 1 / float(measure(model, number)[1]) for number in numbers}
    missed = least_violation(book.frame, repaired.hard if hard is None else hard, now, engine, prices)
    return tuple(_priced(model, missed, parameter, value) for parameter, value in changes)


def _priced(
    model: IncrementalModel, missed: Violation | None, parameter: TunableParameter, value: Fraction
) -> Repair:
    number = model.book.number(parameter.rule)
    unit, total = measure(model, number)
    if missed is None:
        return Repair(parameter, value, Fraction(0), (), unit)
    (now,) = model.only([number])
    rows = missed.row[(missed.rule == _BEFORE - number) & (missed.amount > 0)]
    # Cells run by metric, period, partner: the remainder is the partner.
    partners = np.unique(np.unique(now.block.matrix[rows].indices) % model.book.frame.partners)
    ids = model.book.frame.columns.ids
    cost = round(Fraction(missed.of(_BEFORE - number)), 2)
    return Repair(parameter, value, cost, tuple(ids[p] for p in partners.tolist()), unit, cost / total)


def measure(model: IncrementalModel, number: int) -> tuple[str, Fraction]:
    """The unit in which a rule counts, empty where it counts several, and the company target to compare with."""
    frame, rule = model.book.frame, model.book.rules[number]
    if rule.metric:
        return frame.metrics[rule.metric].unit, frame.totals[rule.metric] or Fraction(1)
    return "", max(frame.totals.values()) or Fraction(1)
