"""Rule tests: failures with their difference, coverage, changes that no case notices, a count of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import ndiff

from api.analysis.rule_tests import CasePart, CoveragePart, DifferencePart, MutantPart, RuleTestsDocument
from api.output.numbers import counted
from api.output.text_layout import aligned


def rule_tests_lines(document: RuleTestsDocument) -> Iterator[str]:
    """The lines to print."""
    for case in document.cases:
        if not case.passed:
            yield from (*_failure(case), "")
    if document.coverage:
        yield from (*_coverage(document.coverage), "")
    survivors = [mutant for mutant in document.mutants or () if mutant.noticed_by is None]
    if survivors:
        yield from (*_survivors(survivors), "")
    yield _count(document, len(survivors))


def _failure(case: CasePart) -> Iterator[str]:
    yield f"{_place(case)}: {case.name}"
    for difference in case.differences:
        yield from _difference(difference)


def _difference(difference: DifferencePart) -> Iterator[str]:
    expected, found = difference.expected.splitlines(), difference.found.splitlines()
    if len(expected) < 2 and len(found) < 2:
        texts = [" ".join(each) or "nothing" for each in (expected, found)]
        yield f"  {difference.what}: expected {texts[0]}, found {texts[1]}"
        return
    yield f"  {difference.what}: - expected, + found"
    yield from (f"    {line}" for line in ndiff(expected, found) if not line.startswith("?"))


def _coverage(coverage: Sequence[CoveragePart]) -> Iterator[str]:
    table = [("rule", "cases", "branches", "no case exercises")]
    for each in coverage:
        missing = [branch.branch for branch in each.branches if not branch.cases]
        reached = f"{len(each.branches) - len(missing)} of {len(each.branches)}"
        table.append((each.rule, str(each.cases), reached, "; ".join(missing)))
    yield from aligned(table, right={1, 2}, indent=0)


def _survivors(survivors: Sequence[MutantPart]) -> Iterator[str]:
    yield "changes that no case notices"
    for mutant in survivors:
        effect = "" if mutant.effect in ("removed", "changed") else f" ({mutant.effect})"
        yield f"  {_place(mutant)}: {mutant.rule}: {mutant.change}{effect}"


def _place(part: CasePart | MutantPart) -> str:
    return ":".join(str(each) for each in (part.file, part.line, part.column) if each is not None)


def _count(document: RuleTestsDocument, survivors: int) -> str:
    branches = [branch for each in document.coverage for branch in each.branches]
    failed = sum(not case.passed for case in document.cases)
    parts = [f"{counted(len(document.cases), 'case')}, {failed:,} failed"]
    if branches:
        reached = sum(branch.cases > 0 for branch in branches)
        parts.append(f"{reached:,} of {len(branches):,} branches exercised")
    if document.mutants is not None:
        noticed = len(document.mutants) - survivors
        parts.append(f"{noticed:,} of {len(document.mutants):,} changes noticed")
    return "; ".join(parts)
