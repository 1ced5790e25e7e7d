"""Reading the rules of a scenario that differs in some entries from one that was read: what stays is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rules.book import RuleBook
from rules.cell_index import CellIndex
from rules.check import check_rule
from rules.fields import references
from rules.read import read_book, read_rule
from rules.rule import Rule
from rules.totals import check_totals, company_totals
from scenarios import Entry, Report, Scenario

_SAME = ("table", "metrics", "periods", "missing", "adjustments")
"""Fields of a scenario in which it must be the same object for anything to be kept."""


@dataclass(frozen=True, eq=False)
class ReadScenario:
    """A scenario and its rules, for others much like it to be read from."""

    scenario: Scenario
    book: RuleBook


def reread_book(scenario: Scenario, before: ReadScenario, report: Report) -> RuleBook | None:
    """What `read_book` gives, with the rules, columns and rows of entries that stay; their doubts are not repeated."""
    found = Report()
    rules = _rules(scenario, before, found)
    book = None if rules is None else _book(rules, before, found)
    if book is None:
        return read_book(scenario, report)
    for finding in found.findings:
        report.add(finding)
    return book


def _rules(scenario: Scenario, before: ReadScenario, report: Report) -> tuple[Rule, ...] | None:
    """The rules, changed entries read anew; None where there is more to look at than these entries alone."""
    entries, known = (_entries(each) for each in (scenario, before.scenario))
    same = all(getattr(scenario, name) is getattr(before.scenario, name) for name in _SAME)
    if not same or [each.name for each in entries] != [each.name for each in known]:
        return None
    bare = replace(before.book.frame, totals={}, part_totals={})
    rules = list(before.book.rules)
    for number, (entry, old) in enumerate(zip(entries, known, strict=True)):
        if entry is not old:
            rule = _read(entry, scenario, bare, report)
            if rule is None or _names(rule) != _names(rules[number]):
                return None
            rules[number] = rule
    return tuple(rules)


def _entries(scenario: Scenario) -> Sequence[Entry]:
    return (*scenario.targets, *scenario.rules)


def _read(entry: Entry, scenario: Scenario, frame: CellIndex, report: Report) -> Rule | None:
    """The rule; None where it has mistakes."""
    rule = read_rule(entry, tuple(scenario.metrics), report)
    if rule is not None:
        check_rule(rule, entry, frame, report)
    return None if report.has_errors else rule


def _names(rule: Rule) -> tuple[object, ...]:
    """What decides which columns a rule reads."""
    return rule.name, rule.where, tuple(references(rule))


def _book(rules: tuple[Rule, ...], before: ReadScenario, report: Report) -> RuleBook | None:
    """The book; None where its totals have mistakes."""
    book = before.book
    check_totals(rules, book.places, book.frame, report)
    if report.has_errors:
        return None
    totals, parts = company_totals(rules, book.frame)
    if (totals, parts) != (book.frame.totals, book.frame.part_totals):
        return RuleBook(rules, book.places, replace(book.frame, totals=totals, part_totals=parts))
    kept = zip(rules, book.rules, book.rows, strict=True)
    known = {rule.name: rows for rule, old, rows in kept if rule is old}
    return RuleBook(rules, book.places, book.frame, known)
