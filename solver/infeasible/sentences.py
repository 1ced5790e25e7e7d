"""Sentences: the arithmetic of a conflict, in words and amounts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from rules import RuleBook
from solver.infeasible.certificate import Proof
from solver.infeasible.iis import IrreducibleSet
from solver.infeasible.system import System
from solver.model.program import NO_RULE, Index

_MOST_NAMED = 5
"""Cells or rows of a rule that are reported one by one; more are reported together."""


def sentences(book: RuleBook, found: IrreducibleSet) -> list[str]:
    """Why the rules of a set cannot hold: cell by cell, else row by row, else added up."""
    system = found.system
    if (system.bounds.gap > 0).any():
        return _cells(book, system)
    rows = np.flatnonzero(system.row_gap > 0)
    return _rows(book, system, rows) if len(rows) else [_sum(book, found.proof)]


def caught(found: IrreducibleSet) -> Index:
    """The cells in conflict: those whose bounds cross, else those of rows out of reach, else those added up."""
    system = found.system
    if (crossed := np.flatnonzero(system.bounds.gap > 0)).size:
        return np.asarray(crossed, dtype=np.intp)
    rows = np.flatnonzero(system.row_gap > 0)
    return _cells_of(system, rows) if len(rows) else found.proof.cells


def _cells_of(system: System, rows: Index) -> Index:
    """The cells in some rows, those of shared sums too."""
    columns = np.unique(system.matrix[rows].indices)
    sums = columns[columns >= system.frame.size] - system.frame.size
    members = system.members[sums].indices if len(sums) else np.empty(0, dtype=np.intp)
    return np.unique(np.concatenate([columns[columns < system.frame.size], members])).astype(np.intp)


def _cells(book: RuleBook, system: System) -> list[str]:
    bounds = system.bounds
    crossed = np.flatnonzero(bounds.gap > 0)
    violation = (bounds.lower - bounds.upper)[crossed]
    # The largest first, ties by cell, so that the sentence is the same whatever the order of the rows.
    order = crossed[np.argsort(-violation, kind="stable")]
    reported = [_cell(book, system, int(cell)) for cell in order[:_MOST_NAMED]]
    more = len(order) - len(reported)
    whole = f"{more:,} more partners are caught likewise; together {violation.sum():,.2f} is missing."
    return reported + ([whole] if more else [])


def _cell(book: RuleBook, system: System, cell: int) -> str:
    bounds = system.bounds
    floor, cap = _name(book, bounds.lower_rule[cell]), _name(book, bounds.upper_rule[cell])
    least, most = bounds.lower[cell], bounds.upper[cell]
    who = book.frame.columns.ids[cell % book.frame.partners]
    return (
        f"{floor} asks at least {least:,.2f} of {who}, and {cap} allows at most {most:,.2f}: "
        f"{least - most:,.2f} is missing."
    )


def _rows(book: RuleBook, system: System, rows: Index) -> list[str]:
    """All rows of a rule where they are few, else its largest and their sum."""
    gap, reported = system.row_gap, list[str]()
    for number in dict.fromkeys(system.rule[rows].tolist()):
        mine = rows[system.rule[rows] == number]
        if len(mine) > _MOST_NAMED:
            mine = mine[np.argsort(-gap[mine], kind="stable")]
        reported += [_row(book, system, row) for row in mine[:_MOST_NAMED].tolist()]
        if (more := len(mine) - _MOST_NAMED) > 0:
            total, name = gap[mine].sum(), _name(book, number)
            reported.append(
                f"{more:,} more limits of {name} are caught likewise; all together {total:,.2f} is at odds."
            )
    return reported


def _row(book: RuleBook, system: System, row: int) -> str:
    """A row that its own other limit, or its cells' bounds, keep out of reach."""
    least, most = system.least[row], system.most[row]
    low, high = system.lower[row], system.upper[row]
    cells, subject = _cells_of(system, np.array([row], dtype=np.intp)), _subject(book, system, row)
    if low > high:
        return f"{subject} asks at least {low:,.2f}, and allows at most {high:,.2f}: {low - high:,.2f} is missing."
    if most < low:
        return (
            f"{subject} asks at least {low:,.2f}, and the caps of its {len(cells):,} targets "
            f"({_names(book, system.bounds.upper_rule[cells])}) come to {most:,.2f}: {low - most:,.2f} is missing."
        )
    return (
        f"{subject} allows at most {high:,.2f}, and the floors of its {len(cells):,} targets "
        f"({_names(book, system.bounds.lower_rule[cells])}) come to {least:,.2f}: {least - high:,.2f} too much."
    )


def _subject(book: RuleBook, system: System, row: int) -> str:
    part = next(part for part in system.parts if part.rule == system.rule[row])
    subject = part.rows.subject(int(system.row[row]), book.frame.columns.ids)
    return f"{_name(book, part.rule)} ({subject})" if subject else _name(book, part.rule)


def _sum(book: RuleBook, proof: Proof) -> str:
    """What the limits of each rule come to, those of several rules weighed as the certificate weighs them."""
    of_rules = proof.of_rules
    # 1e-9 of the largest: a rule whose limits cancel neither asks nor allows, and is only on the way.
    least = max((abs(amount) for amount in of_rules.values()), default=0.0) * 1e-9
    asks = {rule: amount for rule, amount in of_rules.items() if amount > least}
    allows = {rule: -amount for rule, amount in of_rules.items() if amount < -least}
    between = [rule for rule in of_rules if rule not in asks and rule not in allows]
    reported = f"{_amounts(book, asks)} {'asks' if len(asks) == 1 else 'ask'} together more than "
    reported += f"{_amounts(book, allows)} leave" if allows else "nothing below zero leaves"
    reported += f", by way of {_names(book, between)}" if between else ""
    return f"{reported}: {proof.amount:,.2f} is missing."


def _amounts(book: RuleBook, of: dict[int, float]) -> str:
    return _and([f"{_name(book, rule)} ({amount:,.2f})" for rule, amount in of.items()]) or "these rules"


def _name(book: RuleBook, number: int) -> str:
    return "nothing below zero" if number == NO_RULE else book.rules[int(number)].name


def _names(book: RuleBook, numbers: Iterable[int]) -> str:
    known = sorted({int(number) for number in numbers} - {NO_RULE})
    return _and([_name(book, number) for number in known]) or "zero"


def _and(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else ""
