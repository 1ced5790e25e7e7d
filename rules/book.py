"""The rule book: every rule of a scenario, validated, in order, with the frame they speak of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from rules.cell_index import CellIndex
from rules.rows import Rows
from rules.rule import Rule
from scenarios import Place


@dataclass(frozen=True, eq=False)
class RuleBook:
    """Company targets first, then the rules in the order of their files, then adjustments as locks."""

    rules: tuple[Rule, ...]
    """Names are unique."""
    places: Mapping[str, Place]
    """Name of each rule to where it stands."""
    frame: CellIndex
    """The cells and what rules may ask about them."""
    known: Mapping[str, Rows] = field(default_factory=dict, repr=False)
    """Rows that need not be made anew, by the name of their rule."""

    @cached_property
    def rows(self) -> tuple[Rows, ...]:
        """The rows of each rule, in the order of the rules."""
        return tuple(
            self.known[rule.name] if rule.name in self.known else self.frame.rows_of(rule)
            for rule in self.rules
        )

    def number(self, name: str) -> int:
        """The place of a rule in the book. Raises KeyError for an unknown name."""
        for number, rule in enumerate(self.rules):
            if rule.name == name:
                return number
        raise KeyError(name)
