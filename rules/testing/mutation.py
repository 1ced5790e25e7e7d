"""Mutation: each rule removed, loosened and tightened, to see whether any case notices."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal

from rules.testing.compare import Effect, edited, effect, lines, lost
from rules.testing.coverage import speaks_of
from rules.testing.edits import Edit, list_edits, number_edits, where_edits
from rules.testing.run import Run, Solve, run_case
from rules.testing.suite import RuleUnderTest, Suite
from scenarios import Place

_STEP = Fraction(1, 10)
"""How much of itself a number is moved."""


@dataclass(frozen=True)
class Mutant:
    """A rule changed, and whether that was noticed."""

    rule: str
    """The rule's name."""
    place: Place
    """Where it begins."""
    change: str
    """What was changed."""
    effect: Effect | Literal["removed"]
    """What that does to what is asked, in the cases that speak of it."""
    noticed_by: str | None
    """The first case that then fails; None: the mutant survives."""


def mutate(
    suite: Suite, runs: Sequence[Run], solve: Solve, *, report: Callable[[float], None] = lambda _: None
) -> tuple[Mutant, ...]:
    """The mutants of each rule of the file, tried on the cases that pass; `tell` hears the share done."""
    found: list[Mutant] = []
    for number, (name, tested) in enumerate(suite.rules.items()):
        report(number / len(suite.rules))
        about = [run for run in runs if run.passed and speaks_of(run, name)]
        found += _mutants(name, tested, about, solve)
    return tuple(found)


def _mutants(name: str, tested: RuleUnderTest, runs: Sequence[Run], solve: Solve) -> Iterator[Mutant]:
    by = next((run.case.name for run in runs if _notices(run, name, None, solve)), None)
    yield Mutant(name, tested.place, "removed", "removed", by)
    for edit in _edits(tested):
        if edited(tested.rule, edit) is None:
            continue
        by = next((run.case.name for run in runs if _notices(run, name, edit, solve)), None)
        yield Mutant(name, tested.place, edit.description, _effect(name, edit, runs), by)


def _edits(tested: RuleUnderTest) -> Iterator[Edit]:
    yield from number_edits(tested.data, tested.rule, _STEP)
    yield from list_edits(tested.data, tested.rule)
    yield from where_edits(tested.data)


def _notices(run: Run, name: str, edit: Edit | None, solve: Solve) -> bool:
    """Whether the case fails with the rule edited; removed where there is no edit."""
    if edit is not None and _is_equivalent(run, name, edit):
        return False
    rules = [dict(data) if data.get("name") != name else _changed(edit) for data in run.case.rules]
    return not run_case(run.case, solve, rules=[each for each in rules if each]).passed


def _changed(edit: Edit | None) -> Mapping[str, Any]:
    return {} if edit is None else edit.data


def _is_equivalent(run: Run, name: str, edit: Edit) -> bool:
    """Whether the edit changes no row of the case, so that solving it again would be in vain."""
    if run.book is None:
        return False
    rule = run.book.rules[run.book.number(name)]
    changed = edited(rule, edit)
    return changed is not None and lines(rule, run.book.frame) == lines(changed, run.book.frame)


def _effect(name: str, edit: Edit, runs: Sequence[Run]) -> Effect:
    """What the edit does in the first case in which it does anything."""
    for run in runs:
        if run.book is None:
            continue
        rule, frame = run.book.rules[run.book.number(name)], run.book.frame
        changed = edited(rule, edit)
        if changed is None:
            continue
        before, after = lines(rule, frame), lines(changed, frame)
        if before != after:
            dropped, added = bool(lost(before, after).any()), bool(lost(after, before).any())
            return effect(frame.rows_of(rule), frame.rows_of(changed), dropped=dropped, added=added)
    return "changed"
