"""One solve in a process of its own: a scenario goes in, what can be sent back comes out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from rules import RuleBook
    from scenarios import Finding, Scenario
    from solver import Allocation

State = Literal["succeeded", "infeasible", "failed", "refused"]
"""As of an allocation; refused: there are mistakes, and nothing was solved."""


@dataclass(frozen=True, eq=False)
class Solved:
    """What a solve came to."""

    state: State
    document: dict[str, Any]
    """What result.json would say; of a refused one, its state alone."""
    table: Any = None
    """The Arrow table of allocation.csv; None where there are no targets."""
    findings: tuple[Finding, ...] = ()
    """Mistakes and doubts about the rules."""


def solve(scenario: Scenario) -> Solved:
    """The targets of a scenario, with what result.json says of them."""
    from api.outputs import Circumstances, allocation_table, result_document

    book, findings = _book(scenario)
    if book is None:
        return Solved("refused", {"state": "refused"}, findings=findings)
    allocation = _allocated(scenario, book)
    document = result_document(allocation, Circumstances(findings), outputs={})
    table = allocation_table(allocation) if allocation.state == "succeeded" else None
    return Solved(allocation.state, document, table, findings)


def solve_briefly(scenario: Scenario) -> Solved:
    """The same without targets, and of what gave way only how much."""
    book, findings = _book(scenario)
    if book is None:
        return Solved("refused", {"state": "refused"}, findings=findings)
    allocation = _allocated(scenario, book)
    document = allocation.document()
    for effect in document.get("rules", ()):
        effect["partners"] = len(effect.pop("misses"))
    return Solved(allocation.state, document, findings=findings)


def _book(scenario: Scenario) -> tuple[RuleBook | None, tuple[Finding, ...]]:
    from rules import read_book
    from scenarios import Report

    report = Report()
    return read_book(scenario, report), report.findings


def _allocated(scenario: Scenario, book: RuleBook) -> Allocation:
    """The allocation; a fault of the solver is recorded in it, so that other solves go on."""
    from solver import Allocation, allocate

    try:
        return allocate(scenario, book)
    except Exception as fault:  # noqa: BLE001 - recorded where the solve stands among others
        said = f"{type(fault).__name__}: {fault}"
        return Allocation(scenario, book, "failed", "error", engines={}, seconds={}, reason=said)
