"""Loading a scenario with its rules from a file, ready to be solved, or every mistake in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from rules.book import RuleBook
from rules.incentives import read_incentives
from rules.key_results import read_objectives
from rules.read import library as shipped
from rules.read import read_book
from scenarios import Finding, Refused, Report, Scenario, read_scenario
from scenarios.scenario import Library
from scenarios.tables.outside import Outside


@dataclass(frozen=True, eq=False)
class Loaded:
    """A scenario that may be solved."""

    scenario: Scenario
    """The scenario as read."""
    book: RuleBook
    """Its rules."""
    findings: tuple[Finding, ...]
    """The doubts; there are no mistakes."""


def scenario_file(path: Path) -> Path:
    """The scenario file that a path names: itself, or the scenario.yaml in a folder."""
    return path / "scenario.yaml" if path.is_dir() else path


def load(
    path: Path,
    *,
    as_of: date | None = None,
    library: Library | None = None,
    outside: Outside | None = None,
) -> Loaded:
    """The scenario in a file, or in a folder's scenario.yaml, with its rules. Raises Refused for mistakes.

    `library` finds rule sets by name; those that ship if left out. `outside` gives tables that are no files; left
    out, they are refused.
    """
    report, finding = Report(), library or shipped
    scenario = read_scenario(scenario_file(path), report, library=finding, as_of=as_of, outside=outside)
    book = read_book(scenario, report) if scenario else None
    if scenario and book:
        read_objectives(scenario, book.frame.year, report)
        read_incentives(scenario, book.frame.year, report)
    if scenario is None or book is None or report.has_errors:
        raise Refused(report.findings)
    return Loaded(scenario, book, report.findings)
