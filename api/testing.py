"""Testing rules: cases run with the solver, and what the command says of them, as lines and as a document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import ndiff
from typing import Any

from api.outputs.layout import aligned, counted
from rules import RuleBook
from rules.testing import Answer, Coverage, Difference, Mutant, Run, Suite
from scenarios import Place, Scenario
from solver import allocate


@dataclass(frozen=True)
class Tested:
    """What testing a rule file came to."""

    suite: Suite
    """The rules and the cases."""
    runs: tuple[Run, ...]
    """A run for each case, in order."""
    coverage: tuple[Coverage, ...]
    """Of each rule."""
    mutants: tuple[Mutant, ...] | None
    """None where they were not asked for."""

    @property
    def failed(self) -> list[tuple[Place, Run]]:
        """The runs that are not as expected, each with the place of its case."""
        placed = zip(self.suite.examples, self.runs, strict=True)
        return [(example.place, run) for example, run in placed if not run.passed]

    @property
    def survivors(self) -> list[Mutant]:
        """The mutants that no case notices."""
        return [mutant for mutant in self.mutants or () if mutant.noticed_by is None]

    @property
    def is_whole(self) -> bool:
        """Whether every branch is exercised and every mutant that was tried is noticed."""
        return not self.survivors and not any(each.missing for each in self.coverage)

    def document(self) -> dict[str, Any]:
        """What --json prints of it."""
        placed = zip(self.suite.examples, self.runs, strict=True)
        tried = {} if self.mutants is None else {"mutants": [_mutant(each) for each in self.mutants]}
        return {
            "passed": not self.failed,
            "whole": self.is_whole,
            "cases": [_case(example.place, run) for example, run in placed],
            "coverage": [_covered(each) for each in self.coverage],
            **tried,
        }


def solve(scenario: Scenario, book: RuleBook) -> Answer:
    """What the solver says to a case."""
    allocation = allocate(scenario, book)
    if allocation.conflict is not None:
        return Answer(clash=allocation.conflict.rules)
    if allocation.state != "succeeded":
        return Answer(failure=allocation.reason)
    return Answer(allocation.target, allocation.unrounded)


def lines(tested: Tested) -> Iterator[str]:
    """What the command prints: failures with their difference, coverage, survivors, a count of each."""
    for place, run in tested.failed:
        yield f"{place}: {run.case.name}"
        for difference in run.differences:
            yield from _difference(difference)
        yield ""
    if tested.coverage:
        yield from _coverage(tested.coverage)
        yield ""
    if tested.survivors:
        yield from _survivors(tested)
        yield ""
    yield _count(tested)


def _difference(difference: Difference) -> Iterator[str]:
    expected, found = difference.expected.splitlines(), difference.found.splitlines()
    if len(expected) < 2 and len(found) < 2:
        said = [" ".join(each) or "nothing" for each in (expected, found)]
        yield f"  {difference.what}: expected {said[0]}, found {said[1]}"
        return
    yield f"  {difference.what}: - expected, + found"
    yield from (f"    {line}" for line in ndiff(expected, found) if not line.startswith("?"))


def _coverage(coverage: Iterable[Coverage]) -> Iterator[str]:
    table = [("rule", "cases", "branches", "no case exercises")]
    for each in coverage:
        reached = f"{len(each.branches) - len(each.missing)} of {len(each.branches)}"
        table.append((each.rule, str(each.cases), reached, "; ".join(each.missing)))
    yield from aligned(table, right={1, 2}, indent=0)


def _survivors(tested: Tested) -> Iterator[str]:
    yield "changes that no case notices"
    for mutant in tested.survivors:
        effect = "" if mutant.effect in ("removed", "changed") else f" ({mutant.effect})"
        yield f"  {mutant.place}: {mutant.rule}: {mutant.change}{effect}"


def _count(tested: Tested) -> str:
    branches = [branch for each in tested.coverage for branch in each.branches]
    said = [f"{counted(len(tested.runs), 'case')}, {len(tested.failed):,} failed"]
    if branches:
        reached = sum(branch.cases > 0 for branch in branches)
        said.append(f"{reached:,} of {len(branches):,} branches exercised")
    if tested.mutants is not None:
        noticed = len(tested.mutants) - len(tested.survivors)
        said.append(f"{noticed:,} of {len(tested.mutants):,} changes noticed")
    return "; ".join(said)


def _place(place: Place) -> dict[str, Any]:
    return {"file": place.file, "line": place.line}


def _case(place: Place, run: Run) -> dict[str, Any]:
    differences = [{"what": d.what, "expected": d.expected, "found": d.found} for d in run.differences]
    return {
        "name": run.case.name,
        "rule": run.case.about,
        **_place(place),
        "passed": run.passed,
        "differences": differences,
    }


def _covered(each: Coverage) -> dict[str, Any]:
    branches = [{"branch": branch.name, "cases": branch.cases} for branch in each.branches]
    return {"rule": each.rule, **_place(each.place), "cases": each.cases, "branches": branches}


def _mutant(mutant: Mutant) -> dict[str, Any]:
    return {
        "rule": mutant.rule,
        **_place(mutant.place),
        "change": mutant.change,
        "effect": mutant.effect,
        "noticed_by": mutant.noticed_by,
    }
