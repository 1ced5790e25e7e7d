"""A series: scenarios that differ in a few entries, solved one after the other; what they share is read once."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Protocol

from rules import RuleBook, read_book
from rules.reread import ReadScenario, reread_book
from scenarios import Place, Report, Scenario
from scenarios.diff.parameter_grid import Spot, Value, variant
from solver.allocate import allocate
from solver.allocation import Allocation
from solver.known import Known


class Solve(Protocol):
    """Solves a scenario by its rule book."""

    def __call__(self, scenario: Scenario, book: RuleBook, *, known: Known | None = None) -> Allocation:
        """The allocation; what is known of the very same rules is taken from there."""


class Series:
    """Answers are those that each scenario has alone, to the last digit.

    Rules, rows and where priorities before the first change left a solve are kept. A solve could start from the one
    before it where rules differ, too, but which of several rules then stand against a miss would depend on the way.
    """

    def __init__(self, solve: Solve = allocate) -> None:
        self._solve = solve
        self._known = Known()
        self._base: Scenario | None = None
        self._read: ReadScenario | None = None

    @classmethod
    def beside(cls, scenario: Scenario, book: RuleBook, solve: Solve = allocate) -> Series:
        """A series that has read a scenario and its rules already."""
        series = cls(solve)
        series._base, series._read = scenario, ReadScenario(scenario, book)
        return series

    def with_changes(
        self, changes: Mapping[str, Mapping[str, str | int | Decimal | None]], report: Report
    ) -> Allocation | None:
        """The allocation of the scenario that the series stands beside, with other fields in some targets and rules.

        `changes` has them by name, as `change` of a variant; None takes a field away. None after reporting mistakes.
        Raises KeyError for a name that no target and no rule has.
        """
        if self._base is None:
            raise TypeError("a series that stands beside no scenario has nothing to change: Series.beside")
        settings = {
            Spot(name, (field,)): (Value(str(value), value), Place(f"change of {name}"))
            for name, fields in changes.items()
            for field, value in fields.items()
        }
        return self.solve(variant(self._base, settings), report)

    def solve(self, scenario: Scenario, report: Report) -> Allocation | None:
        """The allocation; None after reporting mistakes in its rules."""
        book = self._book(scenario, report)
        if book is None:
            return None
        self._read = ReadScenario(scenario, book)
        return self._solve(scenario, book, known=self._known)

    def _book(self, scenario: Scenario, report: Report) -> RuleBook | None:
        return (
            read_book(scenario, report) if self._read is None else reread_book(scenario, self._read, report)
        )
