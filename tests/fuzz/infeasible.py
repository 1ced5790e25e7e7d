# ruff: noqa: ARG005 - the makers of rules are all asked alike
"""Random books that cannot hold, from a seed: every kind, several metrics and periods, 10 to 10,000 partners.

Run by hand: python tests/fuzz/infeasible.py --first 0 --count 1000 [--most 10000]
"""

import argparse
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

import builders

from rules import Rule, RuleBook
from solver.engines.ortools import OrTools
from solver.engines.piqp import Piqp
from solver.infeasible.conflict import Conflicts, find_conflicts
from solver.infeasible.exemption import Exemption
from solver.infeasible.iis import can_hold
from solver.infeasible.incremental import IncrementalModel
from solver.infeasible.integer_feasibility import whole_verdict
from solver.infeasible.repair import Repair, grids
from solver.infeasible.tuning import Grid, changed
from solver.infeasible.whole_steps import has_targets

SIZES = (10, 30, 100, 300, 1_000, 3_000, 10_000)
REGIONS, TIERS = 5, ("Gold", "Silver", "Bronze")
Draw = np.random.Generator
Fields = dict[str, Any]


@dataclass(frozen=True)
class World:
    """What a rule of a random book may speak of."""

    draw: Draw
    metrics: tuple[str, ...]
    periods: tuple[str, ...]

    def metric(self) -> str:
        return str(self.draw.choice(self.metrics))

    def where(self) -> Fields:
        pick = self.draw.integers(3)
        if pick == 0:
            return {}
        return {"where": {"region": f"r{self.draw.integers(REGIONS)}"} if pick == 1 else {"tier": "Gold"}}

    def percent(self, low: float, high: float) -> str:
        return f"{self.draw.uniform(low, high):.1f}%"


def book_of(seed: int, *, most: int = 10_000) -> RuleBook:
    """A book around targets of 110 % of the baselines, with one or two rules that ask too much."""
    draw = np.random.default_rng(seed)
    partners = int(draw.choice([size for size in SIZES if size <= most]))
    metrics = ("revenue", "licences", "deals")[: int(draw.choice([1, 1, 2, 3]))]
    periods: tuple[str, ...] = ("Q1", "Q2", "Q3", "Q4")[: int(draw.choice([0, 0, 0, 2, 4]))]
    world = World(draw, metrics, periods)
    units = {each: Fraction(int(draw.choice([1, 1, 10]))) for each in metrics}
    base = {each: np.round(draw.lognormal(8, 1, partners)).astype(int) + 50 for each in metrics}
    if draw.random() < 0.3:
        for amounts in base.values():
            amounts[draw.random(partners) < 0.1] = 0
    table = builders.partners(*_lines(draw, base, partners), columns=_columns(metrics))
    named = [builders.metric(each, baseline=f"{each}_last", round_to=units[each]) for each in metrics]
    totals = {each: int(base[each].sum() * 1.1 / float(units[each])) * int(units[each]) for each in metrics}
    frame = builders.frame(table, *named, totals=totals, periods=periods)
    rules = [
        builders.rule("company_target", metric=each, name=f"total of {each}", total=totals[each])
        for each in metrics
    ]
    kept = [
        _rule(world, KEPT[int(draw.integers(len(KEPT)))], f"kept {n}")
        for n in range(int(draw.integers(2, 7)))
    ]
    odd = [
        _rule(world, ODD[int(draw.integers(len(ODD)))], f"odd {n}") for n in range(int(draw.integers(1, 3)))
    ]
    return builders.book(frame, *rules, *(rule for rule in (*kept, *odd) if rule))


def _columns(metrics: tuple[str, ...]) -> str:
    own = [f"{each}_{column}" for each in metrics for column in ("last", "plan", "best", "reached", "room")]
    return " ".join(["partner_id", "tier", "region", "group", "months", "people", *own])


def _lines(draw: Draw, base: dict[str, Any], partners: int) -> Iterator[str]:
    """A partner a line: plans near 110 % of the baseline, bests and room that leave it free."""
    group = np.arange(partners) % max(1, partners // 20)
    months, noise = draw.integers(0, 60, partners), draw.uniform(0.95, 1.05, (partners, len(base)))
    whole = sum(base.values())
    for n in range(partners):
        own = []
        for m, amounts in enumerate(base.values()):
            last = int(amounts[n])
            own += [last, round(last * 1.1 * noise[n, m]), round(last * 0.9), round(last * 0.8), 2 * last]
        yield (
            f"p{n:05d} {TIERS[n % 3]} r{draw.integers(REGIONS)} g{group[n]} {months[n]} {whole[n]} "
            + " ".join(map(str, own))
        )


def _rule(world: World, make: Callable[[World, str], Fields | None], name: str) -> Rule | None:
    metric = world.metric()
    fields = make(world, metric)
    if fields is None:
        return None
    owner = None if fields["kind"] == "capacity_limit" else metric
    return builders.rule(fields.pop("kind"), metric=owner, name=name, **fields)


def _capacity(world: World, per_person: float) -> Fields:
    return {
        "kind": "capacity_limit",
        "uses": dict.fromkeys(world.metrics, "1"),
        "capacity": {"people": f"{per_person:.2f}"},
    }


def _mix(world: World, metric: str, **shares: str) -> Fields | None:
    others = [each for each in world.metrics if each != metric]
    return {"kind": "mix", "of": [metric, others[0]], **shares} if others else None


KEPT: tuple[Callable[[World, str], Fields | None], ...] = (
    lambda w, m: {"kind": "growth_floor", "growth_min": w.percent(-10, 3), **w.where()},
    lambda w, m: {"kind": "growth_cap", "growth_max": w.percent(25, 60), "allowance": 200, **w.where()},
    lambda w, m: {"kind": "headroom", "column": f"{m}_room", "share_max": w.percent(80, 120), **w.where()},
    lambda w, m: {"kind": "group_limit", "by": "region", "share_min": w.percent(2, 10)},
    lambda w, m: {"kind": "concentration", "share_max": w.percent(40, 90)},
    lambda w, m: _capacity(w, float(w.draw.uniform(1.5, 2))),
    lambda w, m: {"kind": "tier_minimum", "minimum": {"Gold": 20, "Silver": 10, "Bronze": 0}},
    lambda w, m: {"kind": "hold_harmless", "plan": f"{m}_plan", "drop_max": "30%", "rise_max": "40%"},
    lambda w, m: {"kind": "personal_best", "columns": [f"{m}_best"], **w.where()},
    lambda w, m: {"kind": "even_within", "by": "group", "band": w.percent(40, 80)},
)
"""Rules that targets of 110 % keep, mostly."""

ODD: tuple[Callable[[World, str], Fields | None], ...] = (
    lambda w, m: {"kind": "growth_floor", "growth_min": w.percent(12, 60)},
    lambda w, m: {"kind": "growth_cap", "growth_max": w.percent(-20, 9)},
    lambda w, m: {"kind": "headroom", "column": f"{m}_room", "share_max": w.percent(20, 54)},
    lambda w, m: {"kind": "group_limit", "by": "region", "share_min": w.percent(21, 30)},
    lambda w, m: {"kind": "group_limit", "where": {"region": "r0"}, "share_min": "70%"},
    lambda w, m: {"kind": "concentration", "share_max": "0.005%"},
    lambda w, m: _capacity(w, float(w.draw.uniform(0.5, 1.05))),
    lambda w, m: _mix(w, m, share_min="97%"),
    lambda w, m: _mix(w, m, share_max="1%"),
    lambda w, m: {"kind": "tier_minimum", "minimum": {"Gold": 100000, "Silver": 10, "Bronze": 0}},
    lambda w, m: {"kind": "hold_harmless", "plan": f"{m}_plan", "drop_max": "0%", "rise_max": "-0%"},
    lambda w, m: {"kind": "personal_best", "columns": [f"{m}_best"], "margin": w.percent(40, 90)},
    lambda w, m: {"kind": "ratchet", "last_target": f"{m}_room", "last_actual": f"{m}_reached"},
    lambda w, m: {"kind": "ramp", "months": "months", "ramp": {0: "10%", 12: "30%"}},
    lambda w, m: {"kind": "lock", "where": {"partner_id": "p00001"}, "target": 10**9},
    lambda w, m: {"kind": "adoption", "column": "people", "share_max": w.percent(5, 20)},
    lambda w, m: {"kind": "season", "share_max": f"{90 // len(w.periods)}%"} if w.periods else None,
)
"""Rules that ask too much, mostly."""


@dataclass(frozen=True)
class Outcome:
    """What was found of one book."""

    seconds: float
    conflicts: Conflicts
    wrong: tuple[str, ...]
    """What is not as it should be."""


def tried(book: RuleBook) -> Outcome | None:
    """The outcome for a book; None where its rules can hold."""
    model, engine = IncrementalModel.of(book), Piqp()
    if can_hold(model, engine):
        return None
    start = time.process_time()
    conflicts = find_conflicts(book, engine, OrTools())
    seconds = time.process_time() - start
    wrong = [*_not_minimal(model, conflicts), *_not_repaired(model, conflicts)]
    return Outcome(seconds, conflicts, tuple(wrong))


def _not_minimal(model: IncrementalModel, conflicts: Conflicts) -> Iterator[str]:
    """Members of the first conflict without which the others cannot hold."""
    engine, first = Piqp(), conflicts.each[0]
    needed = [model.book.number(m.rule) for m in first.members if m.violation is not None]
    if can_hold(model.restricted(needed), engine):
        yield f"{first.rules} can hold"
    for number in needed:
        if not can_hold(model.restricted(set(needed) - {number}), engine):
            yield f"{model.book.rules[number].name} is not needed"


def _not_repaired(model: IncrementalModel, conflicts: Conflicts) -> Iterator[str]:
    """Repairs that do not let the rules hold, could be a step smaller, or switch their rule off."""
    first = conflicts.each[0]
    if not (conflicts.repairs or conflicts.together or first.exemptions):
        yield "no repair"
    for repair in conflicts.repairs[:3]:
        if not _holds(model, [repair]):
            yield f"does not repair: {repair.sentence}"
        yield from _further_than_needed(model, repair, "")
    for repair in (*conflicts.repairs, *conflicts.together):
        if isinstance(repair, Repair) and repair.to <= repair.parameter.least:
            yield f"switches the rule off: {repair.sentence}"
    if conflicts.together and not _holds(model, conflicts.together):
        yield f"does not repair together: {[r.sentence for r in conflicts.together]}"
    for repair in conflicts.together:
        others = _repaired(model, [each for each in conflicts.together if each is not repair])
        if _allows(others):
            yield f"is not needed beside the others: {repair.sentence}"
        elif isinstance(repair, Repair):
            yield from _further_than_needed(others, repair, " beside the others")


def _further_than_needed(model: IncrementalModel, repair: Repair, beside: str) -> Iterator[str]:
    grid = _grid(model, repair)
    less = abs(repair.to - grid.value(0)) / grid.step - 1
    rule = model.book.rules[model.book.number(repair.rule)]
    if less >= 1 and _allows(model.with_rule(changed(rule, grid, int(less)))):
        yield f"a step less repairs too{beside}: {repair.sentence}"


def _allows(model: IncrementalModel) -> bool:
    """Whether rules can hold, in whole units too."""
    whole = whole_verdict(model, Piqp()) is not False
    return whole and can_hold(model, Piqp()) and has_targets(model, Piqp())


def _grid(model: IncrementalModel, repair: Repair) -> Grid:
    rules = frozenset({model.book.number(repair.rule)})
    up = repair.to > repair.parameter.value
    return next(g for g in grids(model, rules) if g.parameter == repair.parameter and g.up == up)


def _holds(model: IncrementalModel, repairs: Any) -> bool:
    return can_hold(_repaired(model, repairs), Piqp())


def _repaired(model: IncrementalModel, repairs: Any) -> IncrementalModel:
    for repair in repairs:
        assert isinstance(repair, Repair | Exemption)
        model = model.with_rule(repair.repaired(model.book.rules[model.book.number(repair.rule)]))
    return model


def main() -> None:
    """Tries books one after the other and prints what is wrong, and the figures."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--first", type=int, default=0)
    asked.add_argument("--count", type=int, default=1000)
    asked.add_argument("--most", type=int, default=10_000)
    options = asked.parse_args()
    seconds: list[float] = []
    found = Counter[str]()
    wrong, seed = 0, options.first - 1
    while len(seconds) < options.count:
        seed += 1
        book = book_of(seed, most=options.most)
        try:
            outcome = tried(book)
        except ArithmeticError as error:
            wrong += 1
            print(seed, "ERROR", error, flush=True)
            continue
        if outcome is None:
            continue
        seconds.append(outcome.seconds)
        found[_kind(outcome.conflicts)] += 1
        wrong += bool(outcome.wrong)
        size = f"{book.frame.partners:,} × {len(book.frame.metrics)} × {book.frame.parts}"
        if outcome.wrong or outcome.seconds > 3:
            print(seed, size, f"{outcome.seconds:.2f} s", outcome.conflicts.rules, outcome.wrong, flush=True)
    seconds.sort()
    middle, most, longest = statistics.median(seconds), seconds[int(0.95 * len(seconds))], seconds[-1]
    print(f"seeds {options.first} to {seed}: {len(seconds)} books, {wrong} not right; {dict(found)}")
    print(f"CPU seconds: median {middle:.2f}, 95 % {most:.2f}, longest {longest:.2f}")


def _kind(conflicts: Conflicts) -> str:
    """What settles the conflicts."""
    if conflicts.repairs:
        return "by one number"
    if conflicts.together:
        return "by several together"
    return "by leaving partners out" if conflicts.each[0].exemptions else "by nothing"


if __name__ == "__main__":
    main()
