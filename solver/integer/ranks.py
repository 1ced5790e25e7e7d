"""Ranks: in which order promises of whole targets are kept when units leave no room for all of them."""

from __future__ import annotations

from dataclasses import dataclass

from rules import RuleBook

HARD = -1
"""The rank of what may not be broken."""
COMPANY, CASCADE, YEAR, PERIOD, TIGHT = range(5)
"""Totals of the company, of a node, of a partner's year, of a period; rows that held with nothing to spare."""
TOTALS = ("company", "cascade", "year", "period", "rule")
"""What these ranks are called in results."""


@dataclass(frozen=True)
class Ranks:
    """The ranks of one scenario: totals, then elastic rules by priority, then the distance."""

    priorities: tuple[int, ...]
    """Of elastic rules, the first to be kept first."""

    @classmethod
    def of(cls, book: RuleBook) -> Ranks:
        """The ranks of a book."""
        return cls(tuple(sorted({rule.priority for rule in book.rules if rule.priority is not None})))

    def elastic(self, priority: int) -> int:
        """The rank of elastic rules of a priority."""
        return len(TOTALS) + self.priorities.index(priority)

    @property
    def distance(self) -> int:
        """The last rank: the sum of distances from the even spread."""
        return len(TOTALS) + len(self.priorities)

    def __len__(self) -> int:
        return self.distance + 1
