"""Lint: rules that ask nothing, never bind, are implied, are repeated or never hold, found without solving."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from rules import Rule, RuleBook
from rules.kinds.company_target import CompanyTarget
from scenarios.values.rational_array import decimal_text
from solver.engines.quadratic_program import Vector
from solver.model.activity_bounds import ActivityBounds, activity_bounds
from solver.model.program import NO_RULE, ConstraintBlock, Limits, Program, assemble, blocks_of

Mask = NDArray[np.bool_]

_CLOSE = 1e-9
"""Of a limit: two limits this near count as the same. Sums of a million floats lose less; an author means
more."""


@dataclass(frozen=True)
class Doubt:
    """One rule that may not do what its author thinks."""

    rule: str
    """Its name."""
    code: str
    """A finding code."""
    message: str
    """What is the matter."""
    remedy: str
    """What to do about it."""


def lint(book: RuleBook) -> tuple[Doubt, ...]:
    """At most one doubt about each rule, in the order of the book; none about totals that are one number."""
    blocks = blocks_of(book)
    found = (_doubt(book, block, blocks) for block in blocks if not _is_total(book.rules[block.rule]))
    return tuple(doubt for doubt in found if doubt)


def _is_total(rule: Rule) -> bool:
    return isinstance(rule, CompanyTarget) and rule.exact


def _doubt(book: RuleBook, block: ConstraintBlock, blocks: Sequence[ConstraintBlock]) -> Doubt | None:
    """The first doubt about a rule, if there is one."""
    rule = book.rules[block.rule]
    if twin := _twin(book, block.rule):
        message = f"{rule.name!r} says the same as {twin!r}"
        return Doubt(rule.name, "rule-repeated", message, "Remove one of them.")
    if not len(block.lower):
        return _silent(book, rule)
    others = [d for d in blocks if d.rule != block.rule]
    hard = [d for d in others if book.rules[d.rule].hard]
    return (
        # What can name the rules that say as much comes before what only finds that it never binds.
        _implied(book, block, hard)
        or _never_binding_or_hopeless(book, block, assemble(book.frame, hard))
        or _second(book, block, others)
    )


def _silent(book: RuleBook, rule: Rule) -> Doubt | None:
    """A rule that selects partners and asks nothing of them; of one that selects no one, reading tells."""
    selected = int(book.frame.who(rule.where).sum())
    if not selected:
        return None
    message = (
        f"{rule.name!r} selects {selected:,} {'partner' if selected == 1 else 'partners'} and asks nothing"
    )
    return Doubt(rule.name, "rule-silent", message, "Look at its limits and columns, or remove it.")


def _twin(book: RuleBook, number: int) -> str:
    """The first rule before this one that differs in name, rank and reason at most; "" if there is none."""
    asked = _asked(book.rules[number])
    return next((rule.name for rule in book.rules[:number] if _asked(rule) == asked), "")


def _asked(rule: Rule) -> dict[str, object]:
    return {field: value for field, value in rule if field not in ("name", "reason", "priority", "weight")}


def _implied(book: RuleBook, block: ConstraintBlock, hard: Sequence[ConstraintBlock]) -> Doubt | None:
    """A rule whose every row another hard rule's limit on the same cells makes needless."""
    by = _dominating(book, block, hard)
    if by is None:
        return None
    name = book.rules[block.rule].name
    if not by:
        message = f"{name!r} asks for no more than zero, and targets are never below"
        return Doubt(name, "rule-never-binds", message, "Raise it, or remove it.")
    message = f"{name!r} asks for nothing that {_listed(by)} {_does(by)} not ask for already"
    return Doubt(name, "rule-implied", message, "Remove it, or make it ask for more.")


def _second(book: RuleBook, block: ConstraintBlock, others: Sequence[ConstraintBlock]) -> Doubt | None:
    """An elastic rule of which others that come first ask for more."""
    rule = book.rules[block.rule]
    if rule.hard:
        return None
    rank = rule.priority or 0
    first = [d for d in others if (book.rules[d.rule].priority or 0, d.rule) < (rank, block.rule)]
    by = _dominating(book, block, first)
    if not by:
        return None
    message = (
        f"{rule.name!r} asks for less than {_listed(by)}, which {'come' if len(by) > 1 else 'comes'} first"
    )
    return Doubt(rule.name, "rule-shadowed", message, "Give it the earlier priority, or remove it.")


def _dominating(
    book: RuleBook, block: ConstraintBlock, others: Sequence[ConstraintBlock]
) -> list[str] | None:
    """The rules whose limits on the same cells are as narrow in every row: one alone if there is one.

    None where some row has none such. Limits that no one sets, such as zero, are not named.
    """
    setters = _setters(book, block, others)
    if setters is None:
        return None
    # One rule that implies this one by itself is a clearer remark than several that do so between them.
    for other in (d for d in others if d.rule in setters) if len(setters) > 1 else ():
        if _setters(book, block, [other]) is not None:
            return [book.rules[other.rule].name]
    return [book.rules[number].name for number in sorted(setters)]


def _setters(book: RuleBook, block: ConstraintBlock, others: Sequence[ConstraintBlock]) -> set[int] | None:
    """The rules that set the narrowest limits of others, if those are as narrow in every row."""
    program = assemble(book.frame, others)
    low, high = block.ends(np.arange(len(block.lower)))
    rows, cells = program.find(block), np.full(len(low), NO_RULE, dtype=np.intp)
    cells[block.single] = block.cell
    names, wide = set[int](), np.ones(len(low), dtype=bool)
    for limits, thing in ((program.limits, rows), (program.bounds, cells)):
        known = np.flatnonzero(thing != NO_RULE)
        narrow, by = _narrower(limits, thing[known], low[known], high[known])
        wide[known[narrow]] = False
        names |= by
    return None if wide.any() else names - {NO_RULE}


def _narrower(limits: Limits, thing: NDArray[np.intp], low: Vector, high: Vector) -> tuple[Mask, set[int]]:
    """Where limits on things are at least as narrow as (low, high), and the rules that set those."""
    # A limit that there is not asks nothing, so anything is at least as narrow.
    above = limits.lower[thing] >= low - _CLOSE * np.abs(low)
    below = limits.upper[thing] <= high + _CLOSE * np.abs(high)
    narrow = (above | np.isneginf(low)) & (below | np.isposinf(high))
    setters = {int(rule) for rule in limits.lower_rule[thing[np.isfinite(low)]]}
    return narrow, setters | {int(rule) for rule in limits.upper_rule[thing[np.isfinite(high)]]}


def _never_binding_or_hopeless(book: RuleBook, block: ConstraintBlock, hard: Program) -> Doubt | None:
    """A rule within whose limits its rows stay anyway, or an elastic one that cannot hold anywhere."""
    if hard.crossed:
        return None
    rule, found = book.rules[block.rule], activity_bounds(block, hard, _totals(book, hard))
    low, high = block.ends(np.arange(len(block.lower)))
    slack = _CLOSE * (1 + np.maximum(_finite(low), _finite(high)))
    # Hard rules that cannot hold are a conflict, from which anything would follow.
    if (found.least > found.most + slack).any():
        return None
    if ((low <= found.least + slack) & (high >= found.most - slack)).all():
        text = f"{rule.name!r} can never bind: {_nearest(book, block, found)}"
        return Doubt(rule.name, "rule-never-binds", text, "Make it narrower, or remove it.")
    if not rule.hard and ((low > found.most + slack) | (high < found.least - slack)).all():
        message = f"{rule.name!r} can never hold: hard rules stand against it everywhere"
        return Doubt(rule.name, "rule-shadowed", message, "Ask for less, or give the hard rules a priority.")
    return None


def _finite(limits: Vector) -> Vector:
    return np.where(np.isfinite(limits), np.abs(limits), 0.0)


def _totals(book: RuleBook, program: Program) -> NDArray[np.intp]:
    """The rows of the program to which company targets set a limit."""
    setters = np.stack([program.limits.lower_rule, program.limits.upper_rule])
    targets = [n for n, rule in enumerate(book.rules) if isinstance(rule, CompanyTarget)]
    return np.flatnonzero(np.isin(setters, targets).any(axis=0))


def _nearest(book: RuleBook, block: ConstraintBlock, found: ActivityBounds) -> str:
    """How near the rule comes to binding, in amounts where its limits are amounts."""
    low, high = block.ends(np.arange(len(block.lower)))
    over, under = _ratio(found.most, high), _ratio(low, found.least)
    row = int(np.argmax(np.maximum(over, under)))
    if not max(over[row], under[row]) > 0:
        return "the other rules keep it everywhere"
    subject = book.rows[block.rule].subject(row, book.frame.columns.ids) or "all together"
    unit = float(block.shape.first[row])
    if over[row] >= under[row]:
        text = f"{_amount(found.most[row] * unit)} or less, and it allows {_amount(high[row] * unit)}"
    else:
        text = f"{_amount(found.least[row] * unit)} or more, and it asks for {_amount(low[row] * unit)}"
    return f"the other rules keep {subject} at {text}"


def _ratio(part: Vector, whole: Vector) -> Vector:
    """(rows,) part / whole; zero where that says nothing."""
    # Amounts of both signs, or none at all, have no ratio that says how near one comes to the other.
    comparable = np.isfinite(part) & np.isfinite(whole) & (part > 0) & (whole > 0)
    return np.divide(part, whole, out=np.zeros(len(part)), where=comparable)


def _amount(number: float) -> str:
    return decimal_text(round(Fraction(number), 2))


def _listed(names: Sequence[str]) -> str:
    quoted = [repr(name) for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"


def _does(names: Sequence[str]) -> str:
    return "does" if len(names) == 1 else "do"
