"""Asking: reading a scenario with its rules for a command, which ends here when the input has mistakes."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api import findings as told
from api.exits import Exit

if TYPE_CHECKING:
    from rules import RuleBook
    from scenarios import Finding, Scenario
    from scenarios.scenario import Library


@dataclass(frozen=True)
class Asked:
    """A scenario that may be solved."""

    scenario: Scenario
    """What is asked."""
    book: RuleBook
    """What must hold."""
    findings: tuple[Finding, ...]
    """The doubts; there are no mistakes."""


def read(path: Path, *, as_of: date | None = None, library: Library | None = None) -> Asked:
    """The scenario in a file, or in a folder's scenario.yaml, with its rules. Raises Refused for mistakes.

    `library` finds rule sets; those that ship if left out.
    """
    from rules import library as shipped
    from rules import read_book
    from scenarios import Refused, Report, read_scenario

    report = Report()
    file = path / "scenario.yaml" if path.is_dir() else path
    scenario = read_scenario(file, report, library=library or shipped, as_of=as_of)
    book = read_book(scenario, report) if scenario else None
    if scenario is None or book is None or report.has_errors:
        raise Refused(report.findings)
    return Asked(scenario, book, report.findings)


def ask(
    path: Path,
    *,
    as_of: date | None = None,
    as_json: bool = False,
    tell: Callable[[Sequence[Finding]], None] = told.on_stderr,
) -> Asked:
    """The same for a command: findings are told, mistakes on stdout too as JSON if asked for, and end it."""
    from scenarios import Refused

    try:
        asked = read(path, as_of=as_of)
    except Refused as refused:
        tell(refused.findings)
        if as_json:
            click.echo(json.dumps(told.documents(refused.findings), ensure_ascii=False, indent=1))
        raise click.exceptions.Exit(Exit.FINDINGS) from None
    tell(asked.findings)
    return asked
