"""Smallest changes: numbers and exemptions that together let rules hold, each as small as the others allow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from rules import Rule
from solver.engines.quadratic_program import Engine
from solver.infeasible.exemption import Exemption
from solver.infeasible.iis import can_hold
from solver.infeasible.incremental import IncrementalModel
from solver.infeasible.integer_feasibility import is_stricter, whole_verdict
from solver.infeasible.repair import Repair, grids, priced
from solver.infeasible.tuning import Grid, Refutations, least_steps_in_units
from solver.infeasible.whole_steps import has_targets, walked_back, whole_steps_within
from solver.infeasible.work import OutOfWorkError, Work

_PASSES = 4
"""How often all changes are brought back: a company target that goes back moves what others need."""
_STEPS_TO_UNITS = (0, 1, 1, 2, 4, 8, 16, 32, 64, 128)
"""Steps further that every number goes, one after the other, until whole units keep all rules."""


@dataclass(frozen=True, eq=False)
class Change:
    """One number, so many steps away."""

    grid: Grid
    steps: int

    @classmethod
    def of(cls, model: IncrementalModel, repair: Repair) -> Change:
        """The number of a repair, from what its rule says in the model."""
        rules = frozenset({model.book.number(repair.rule)})
        up = repair.to > repair.parameter.value
        grid = next(
            each
            for each in grids(model, rules)
            if (each.parameter.name, each.up) == (repair.parameter.name, up)
        )
        return cls(grid, int(abs(repair.to - grid.value(0)) / grid.step))

    @property
    def rule(self) -> str:
        """The name of the rule."""
        return self.grid.parameter.rule

    @property
    def moved(self) -> float:
        """How far the number moves, as a part of what it is."""
        start = float(self.grid.parameter.value)
        # A number of zero has no parts to move by: one percent stands in.
        return abs(float(self.grid.value(self.steps)) - start) / max(abs(start), 0.01)

    def further(self, steps: int) -> Change:
        """The same, taken further as far as values make sense."""
        return Change(self.grid, min(self.grid.most, self.steps + steps))

    def repaired(self, rule: Rule) -> Rule:
        """The rule with it."""
        return self.grid.parameter.with_value(rule, self.grid.value(self.steps))


Changes = dict[str, Change]
"""By the name of the number."""
_Taken = Mapping[str, Change | Exemption]


def with_changes(model: IncrementalModel, changes: _Taken) -> IncrementalModel:
    """The model with all changes."""
    for change in changes.values():
        model = model.with_rule(change.repaired(model.book.rules[model.book.number(change.rule)]))
    return model


def allows(model: IncrementalModel, engine: Engine) -> bool:
    """Whether the hard rules can hold, in whole units too."""
    whole = whole_verdict(model, engine)
    # Stricter rows that are proved to hold prove the rules as well; undecided ones prove nothing.
    held = can_hold(model, engine) if whole is None or not is_stricter(model) else whole
    return whole is not False and held and has_targets(model, engine)


def smallest(model: IncrementalModel, changes: Changes, engine: Engine, work: Work) -> tuple[Repair, ...]:
    """Numbers with which rules hold but for whole units, as small as the others allow; none where no units are found."""
    return tuple(each for each in _smallest(model, changes, engine, work) if isinstance(each, Repair))


def smallest_of(
    model: IncrementalModel, taken: Iterable[Repair | Exemption], engine: Engine, work: Work
) -> tuple[Repair | Exemption, ...]:
    """The same of repairs and exemptions that were taken one after the other."""
    changes = {
        f"{each.rule} {each.partners}" if isinstance(each, Exemption) else each.parameter.name: each
        if isinstance(each, Exemption)
        else Change.of(model, each)
        for each in taken
    }
    return _smallest(model, changes, engine, work)


def _smallest(
    model: IncrementalModel, changes: _Taken, engine: Engine, work: Work
) -> tuple[Repair | Exemption, ...]:
    """The changes, the one that moves furthest brought back first."""
    found = _in_units(model, changes, engine)
    return () if found is None else _reported(model, _brought_back(model, found, engine, work), engine)


def _in_units(model: IncrementalModel, changes: _Taken, engine: Engine) -> _Taken | None:
    """The changes, numbers taken further where only then whole units can be given out; None where they cannot."""
    for further in _STEPS_TO_UNITS:
        changes = {name: each.further(further) for name, each in changes.items()}
        if allows(with_changes(model, changes), engine):
            return changes
    return None


def _reported(model: IncrementalModel, changes: _Taken, engine: Engine) -> tuple[Repair | Exemption, ...]:
    numbers = [each for each in changes.values() if isinstance(each, Change)]
    values = [(each.grid.parameter, each.grid.value(each.steps)) for each in numbers]
    repairs = iter(priced(model, with_changes(model, changes), values, engine) if values else ())
    return tuple(each if isinstance(each, Exemption) else next(repairs) for each in changes.values())


def _brought_back(model: IncrementalModel, changes: _Taken, engine: Engine, work: Work) -> _Taken:
    back = _Back(model, engine, Refutations(engine, work))
    try:
        for _ in range(_PASSES):
            before = changes
            for name in _furthest_first(before):
                changes = back.brought(changes, name)
            # Where limits have only come nearer, no other number can go back further than it has.
            if changes == before or _narrower(with_changes(model, before), with_changes(model, changes)):
                break
    # What is left may be more than has to be, and lets the rules hold: the work set aside is done.
    except OutOfWorkError:
        pass
    return changes


def _narrower(before: IncrementalModel, after: IncrementalModel) -> bool:
    """Whether what rules ask afterwards is what they asked before, with limits that are no wider."""
    pairs = [
        (one.block, two.block) for one, two in zip(before.parts, after.parts, strict=True) if one is not two
    ]
    return all(
        one.shape is two.shape and bool(np.all(two.lower >= one.lower) and np.all(two.upper <= one.upper))
        for one, two in pairs
    )


def _furthest_first(changes: _Taken) -> Sequence[str]:
    """The names: exemptions, which lift limits altogether, then numbers by how far they move."""

    def far(name: str) -> float:
        change = changes[name]
        return -change.moved if isinstance(change, Change) else -float("inf")

    return sorted(changes, key=far)


@dataclass(frozen=True, eq=False)
class _Back:
    """Brings back one change after the other; what refutes one number may refute the next."""

    model: IncrementalModel
    engine: Engine
    known: Refutations

    def brought(self, changes: _Taken, name: str) -> _Taken:
        """The changes with one as small as the others allow, or left out; the same ones where it stays.

        Raises OutOfWorkError.
        """
        change = changes[name]
        rest = {other: each for other, each in changes.items() if other != name}
        others = with_changes(self.model, rest)
        if rest and self.known.gap(others) <= 0 and allows(others, self.engine):
            return rest
        if isinstance(change, Exemption):
            return changes
        grid, rule = change.grid, others.book.rules[others.book.number(change.rule)]

        def at(steps: int) -> IncrementalModel:
            return others.with_rule(Change(grid, steps).repaired(rule))

        least = least_steps_in_units(others, grid, self.known)
        if least is None or least > change.steps:
            # It holds nearer than the first that was found: whole units come and go on the way there.
            steps = walked_back(lambda steps: allows(at(steps), self.engine), change.steps)
        else:
            steps = whole_steps_within(at, least, change.steps, self.engine)
        nearer = replace(change, steps=steps)
        return changes if steps == change.steps else {**changes, name: nearer}
