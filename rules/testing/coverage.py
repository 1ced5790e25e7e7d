"""Coverage: which rules, and which branches of them, no case exercises.

A branch is one thing that a rule says: a number, an entry of a list, a word of its `where`, the partners whom
its `where` leaves out. A case exercises it if it looks at a row that changes when that thing does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from itertools import groupby

import numpy as np

from rules.book import RuleBook
from rules.rows import Rows
from rules.testing.compare import edited, lines, lost, moved
from rules.testing.edits import Edit, list_edits, number_edits, where_edits
from rules.testing.run import Run
from rules.testing.suite import RuleUnderTest, Suite
from scenarios import Place

_STEPS = (Fraction(1, 10**6), Fraction(1, 10), Fraction(1))
"""By how much numbers are moved to see where they count; more only where less is rounded away."""
_SIDES = {"": "", "below": ", from below", "above": ", from above"}


@dataclass(frozen=True)
class Branch:
    """One thing that a rule says."""

    name: str
    """What it is, such as `allowance`."""
    cases: int
    """How many cases exercise it."""


@dataclass(frozen=True)
class Coverage:
    """What cases make of one rule."""

    rule: str
    """Its name."""
    place: Place
    """Where it begins."""
    cases: int
    """How many cases speak of it."""
    branches: tuple[Branch, ...]
    """In the order of its fields."""

    @property
    def missing(self) -> tuple[str, ...]:
        """The branches that no case exercises."""
        return tuple(branch.name for branch in self.branches if not branch.cases)


def cover(suite: Suite, runs: Sequence[Run]) -> tuple[Coverage, ...]:
    """The coverage of each rule of the file by the runs of its cases."""
    return tuple(_cover(name, tested, runs) for name, tested in suite.rules.items())


def speaks_of(run: Run, rule: str) -> bool:
    """Whether the rule is one of the case's."""
    return any(data.get("name") == rule for data in run.case.rules)


def _cover(name: str, tested: RuleUnderTest, runs: Sequence[Run]) -> Coverage:
    about = [run for run in runs if speaks_of(run, name)]
    wanted = list(dict.fromkeys(_name(edit) for edit in _edits(tested, _STEPS[0])))
    seen: dict[str, set[str]] = {branch: set() for branch in wanted}
    counted: Counter[tuple[str, str]] = Counter()
    for run in about:
        if run.book is not None:
            for branch, side, checked in _reached(name, tested, run, run.book):
                seen[branch].add(side)
                counted[branch, side] += checked
    branches = [
        Branch(f"{branch}{_SIDES[side]}", counted[branch, side] if side else _most(counted, branch))
        for branch in wanted
        for side in (sorted(seen[branch]) if {"below", "above"} <= seen[branch] else ("",))
    ]
    if not any(number_edits(tested.data, tested.rule, _STEPS[0])):
        branches.append(Branch("its rows", sum(any(map(np.any, run.checked(name))) for run in about)))
    if description := tested.rule.spares:
        branches.append(Branch(f"spares {description}", sum(_spares(name, run) for run in about)))
    return Coverage(name, tested.place, len(about), tuple(branches))


def _most(counted: Counter[tuple[str, str]], branch: str) -> int:
    return max((number for (name, _), number in counted.items() if name == branch), default=0)


def _edits(tested: RuleUnderTest, step: Fraction) -> Iterator[Edit]:
    yield from number_edits(tested.data, tested.rule, step)
    yield from list_edits(tested.data, tested.rule)
    yield from where_edits(tested.data)


def _name(edit: Edit) -> str:
    """The branch that an edit is about."""
    if edit.path[0] == "where":
        return f"{_inner(edit)}, others" if edit.widens else _inner(edit)
    return ".".join(edit.path)


def _inner(edit: Edit) -> str:
    return f"where {edit.path[1]}{''.join(f' {part}' for part in edit.path[2:])}"


def _reached(name: str, tested: RuleUnderTest, run: Run, book: RuleBook) -> Iterator[tuple[str, str, bool]]:
    """Each branch and side that there is in the case, and whether the case looks at it."""
    done: set[str] = set()
    for step in _STEPS:
        for branch, edits in groupby(_edits(tested, step), _name):
            sides: dict[str, bool] = {}
            for edit in edits if branch not in done else ():
                for side, looked in _sides(name, edit, run, book).items():
                    sides[side] = sides.get(side, False) or looked
            yield from ((branch, side, looked) for side, looked in sides.items())
            done |= {branch} if sides else set()


def _sides(name: str, edit: Edit, run: Run, book: RuleBook) -> dict[str, bool]:
    """The sides from which rows change with the edit, and whether the case looks at one that does."""
    rule, frame = book.rules[book.number(name)], book.frame
    changed = edited(rule, edit)
    if changed is None:
        return {}
    before, after = lines(rule, frame), lines(changed, frame)
    if edit.widens:
        return {"": run.case.is_accepted} if set(after) - set(before) else {}
    rows = frame.rows_of(rule)
    low, high = moved(rows, frame.rows_of(changed), lost(before, after))
    at_low, at_high = run.checked(name)
    looked = (low & at_low) | (high & at_high)
    side = partial(_side, rows, partners=frame.partners)
    return {side(row): False for row in np.flatnonzero(low | high).tolist()} | {
        side(row): True for row in np.flatnonzero(looked).tolist()
    }


def _side(rows: Rows, row: int, partners: int) -> str:
    """From where a row limits one partner that it balances against others; else ""."""
    if rows.lower is not None or rows.partner[row] < 0:
        return ""
    entries = np.flatnonzero(rows.row == row)
    own = entries[rows.cell[entries] % partners == rows.partner[row]]
    if len(own) == len(entries):
        return ""
    return "below" if rows.coefficient[own].sum() < 0 else "above"


def _spares(name: str, run: Run) -> bool:
    """Whether the case has somebody selected of whom nothing is asked."""
    if run.book is None or not run.case.is_accepted:
        return False
    number, frame = run.book.number(name), run.book.frame
    selected = np.flatnonzero(frame.who(run.book.rules[number].where))
    return bool(np.setdiff1d(selected, run.book.rows[number].partner).size)
