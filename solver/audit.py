"""The audit: every hard rule recomputed from the input in exact arithmetic, trusting no solver."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from rules import Rows, RuleBook
from scenarios.values.rational_array import Exact, decimal_text
from solver.explain.receipts import Receipts


@dataclass(frozen=True)
class Failure:
    """One promise that the targets do not keep."""

    rule: str
    """The rule's name."""
    subject: str
    """The partner or group; empty for all together."""
    amount: Fraction
    """What it comes to."""
    limit: Fraction
    """What it must come to at least or at most."""


@dataclass(frozen=True)
class Audit:
    """What the targets keep, and what not."""

    checked: int
    """How many rows of hard rules were recomputed."""
    failures: tuple[Failure, ...]
    """Hard rules that do not hold; none when verified."""
    receipts_add_up: bool
    """Whether the items of every receipt add up to the target exactly."""

    @property
    def verified(self) -> bool:
        """Whether the targets may be given out."""
        return not self.failures and self.receipts_add_up

    def document(self) -> dict[str, Any]:
        """As it stands in result.json."""
        failures = [
            {
                "rule": f.rule,
                "subject": f.subject,
                "amount": decimal_text(f.amount),
                "limit": decimal_text(f.limit),
            }
            for f in self.failures
        ]
        return {
            "verified": self.verified,
            "rows_checked": self.checked,
            "receipts_add_up": self.receipts_add_up,
            "failures": failures,
        }


def audit(book: RuleBook, targets: Exact, receipts: Receipts) -> Audit:
    """The audit of `targets` (cells,) and their receipts."""
    hard = [(rule.name, rows) for rule, rows in zip(book.rules, book.rows, strict=True) if rule.hard]
    failures = [f for name, rows in hard for f in _failures(book, name, rows, targets)]
    # No rule says it, for it holds of every program: the audit trusts none of them.
    negative = np.flatnonzero(targets < 0)
    failures += [Failure("nothing below zero", "", targets.at(c), Fraction(0)) for c in negative.tolist()]
    # Equal as fractions, to the last digit: a receipt that is nearly right is wrong.
    sums = receipts.amount.sum_by(receipts.cell, len(targets))
    return Audit(sum(len(rows) for _, rows in hard), tuple(failures), bool(sums.equals(targets).all()))


def _failures(book: RuleBook, name: str, rows: Rows, targets: Exact) -> list[Failure]:
    amounts = rows.amounts(targets)
    ids = book.frame.columns.ids
    found = []
    if rows.lower is not None:
        found += [(row, rows.lower.at(row)) for row in np.flatnonzero(amounts < rows.lower).tolist()]
    if rows.upper is not None:
        found += [(row, rows.upper.at(row)) for row in np.flatnonzero(amounts > rows.upper).tolist()]
    return [Failure(name, rows.subject(row, ids), amounts.at(row), limit) for row, limit in found]
