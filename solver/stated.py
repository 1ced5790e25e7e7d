"""Stated: what a rule book demands, and what it demands with one rule changed, made anew only where that reaches."""

from __future__ import annotations

from dataclasses import dataclass, replace

from rules import Rows, Rule, RuleBook
from rules.levers import revised
from solver.feasible import awake
from solver.program import Demand, Program, assemble


@dataclass(frozen=True, eq=False)
class Stated:
    """A rule book with its rows and demands, rule by rule."""

    book: RuleBook
    rows: tuple[Rows, ...]
    demands: tuple[Demand, ...]

    @classmethod
    def of(cls, book: RuleBook) -> Stated:
        """What a book states."""
        return cls(
            book, book.rows, tuple(_demand(book, number, rows) for number, rows in enumerate(book.rows))
        )

    def with_rule(self, rule: Rule) -> Stated:
        """The same with another rule of that name; where company targets stay, only its own rows are new."""
        book, frame = revised(self.book, [rule]), self.book.frame
        if (book.frame.totals, book.frame.part_totals) != (frame.totals, frame.part_totals):
            return Stated.of(book)
        number = book.number(rule.name)
        rows = rule.all_rows(frame)
        return Stated(
            replace(book, frame=frame),
            (*self.rows[:number], rows, *self.rows[number + 1 :]),
            (*self.demands[:number], _demand(book, number, rows), *self.demands[number + 1 :]),
        )

    @property
    def hard(self) -> list[tuple[Rows, Demand]]:
        """The rows and the demand of each hard rule."""
        every = zip(self.book.rules, self.rows, self.demands, strict=True)
        return [(rows, demand) for rule, rows, demand in every if rule.hard]

    @property
    def program(self) -> Program:
        """The program of the hard rules, every cell free."""
        return awake(assemble(self.book.frame, [demand for _, demand in self.hard]))


def _demand(book: RuleBook, number: int, rows: Rows) -> Demand:
    return Demand.of(number, rows, book.frame.size)
