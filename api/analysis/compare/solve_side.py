"""One solve among many, in a process of its own: a scenario goes in, what can be sent back comes out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from api.output.result_parts import ResultDocument

if TYPE_CHECKING:
    from rules import RuleBook
    from scenarios import Finding, Scenario
    from solver import Allocation
    from solver.known import Known


@dataclass(frozen=True, eq=False)
class Solved:
    """What a solve came to."""

    result: ResultDocument | None
    """What result.json would say; None where mistakes forbid it."""
    table: Any = None
    """The Arrow table of allocation.csv; None where there are no targets."""
    findings: tuple[Finding, ...] = ()
    """Mistakes and doubts about the rules."""


def solve(scenario: Scenario) -> Solved:
    """The targets of a scenario, with what result.json says of them."""
    from api.output.result_json import Circumstances, result_document
    from api.output.tables import allocation_table

    book, findings = _book(scenario)
    if book is None:
        return Solved(None, findings=findings)
    allocation = allocated(scenario, book)
    document = result_document(allocation, Circumstances(findings), outputs={})
    return Solved(document, allocation_table(allocation) if allocation.rounded else None, findings)


def _book(scenario: Scenario) -> tuple[RuleBook | None, tuple[Finding, ...]]:
    from rules import read_book
    from scenarios import Report

    report = Report()
    return read_book(scenario, report), report.findings


def allocated(scenario: Scenario, book: RuleBook, *, known: Known | None = None) -> Allocation:
    """The allocation, priorities that are known taken from there.

    A fault of the solver is recorded in it, so that other solves go on.
    """
    from solver import Allocation
    from solver.allocate import allocate

    try:
        return allocate(scenario, book, known=known)
    except Exception as fault:  # noqa: BLE001 - recorded where the solve stands among others
        reason = f"{type(fault).__name__}: {fault}"
        return Allocation(scenario, book, "failed", "error", engines={}, seconds={}, reason=reason)
