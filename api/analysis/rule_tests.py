"""Testing rules: the cases of a rule file run with the solver, what they leave out, and what they notice."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from api.analysis.request import Request
from api.output.document import Document
from api.output.findings import FindingPart, finding_parts
from api.output.progress import Progress, silent
from rules import RuleBook
from rules.testing import Answer, Coverage, Example, Mutant, Run, Suite, cover, mutate, read_suite, run_case
from scenarios import Refused, Report, Scenario
from solver import allocate


class RuleTestsRequest(Request):
    """What the cases of a rule file come to."""

    mutate: bool = False
    """Loosen, tighten and remove each rule, and list what no case notices."""


class DifferencePart(Document):
    """One thing that is not as the case expects."""

    what: str
    expected: str
    """Empty: nothing."""
    found: str
    """Empty: nothing."""


class CasePart(Document):
    """What became of a case."""

    name: str
    rule: str
    file: str
    line: int | None
    column: int | None
    passed: bool
    differences: tuple[DifferencePart, ...]


class BranchPart(Document):
    """One thing that a rule says, and how many cases exercise it."""

    branch: str
    cases: int


class CoveragePart(Document):
    """What the cases make of one rule."""

    rule: str
    file: str
    line: int | None
    cases: int
    branches: tuple[BranchPart, ...]


class MutantPart(Document):
    """A rule changed, and whether a case notices."""

    rule: str
    file: str
    line: int | None
    column: int | None
    change: str
    effect: str
    noticed_by: str | None
    """The first case that then fails."""


class RuleTestsDocument(Document):
    """The cases of a rule file, run."""

    passed: bool
    whole: bool
    """Whether every branch is exercised and every change that was tried is noticed."""
    cases: tuple[CasePart, ...]
    coverage: tuple[CoveragePart, ...]
    mutants: tuple[MutantPart, ...] | None
    """Null where they were not asked for."""
    findings: tuple[FindingPart, ...]
    """The doubts about the rules and cases."""


def run_rule_tests(
    rules: Path, request: RuleTestsRequest, progress: Progress = silent, *, cases: Path | None = None
) -> RuleTestsDocument:
    """What the cases of a rule file come to; they stand beside it unless named. Raises Refused for mistakes."""
    report = Report()
    suite = read_suite(rules, report, cases=cases)
    if suite is None:
        raise Refused(report.findings)
    runs = []
    for number, example in enumerate(suite.examples):
        progress("cases", number / len(suite.examples))
        runs.append(run_case(example.case, solve_case))
    mutants = None
    if request.mutate:
        mutants = mutate(suite, runs, solve_case, report=lambda share: progress("changed rules", share))
    return _document(suite, runs, cover(suite, runs), mutants, finding_parts(report.findings))


def solve_case(scenario: Scenario, book: RuleBook) -> Answer:
    """What solving a case comes to."""
    allocation = allocate(scenario, book)
    if allocation.conflict is not None:
        return Answer(conflict=allocation.conflict.rules)
    if allocation.state != "succeeded":
        return Answer(failure=allocation.reason)
    return Answer(allocation.target, allocation.unrounded)


def _document(
    suite: Suite,
    runs: Sequence[Run],
    coverage: Sequence[Coverage],
    mutants: Sequence[Mutant] | None,
    findings: tuple[FindingPart, ...],
) -> RuleTestsDocument:
    survive = any(mutant.noticed_by is None for mutant in mutants or ())
    return RuleTestsDocument(
        passed=all(run.passed for run in runs),
        whole=not survive and not any(each.missing for each in coverage),
        cases=tuple(_case(example, run) for example, run in zip(suite.examples, runs, strict=True)),
        coverage=tuple(map(_coverage, coverage)),
        mutants=None if mutants is None else tuple(map(_mutant, mutants)),
        findings=findings,
    )


def _case(example: Example, run: Run) -> CasePart:
    return CasePart(
        name=run.case.name,
        rule=run.case.about,
        file=example.place.file,
        line=example.place.line,
        column=example.place.column,
        passed=run.passed,
        differences=tuple(
            DifferencePart(what=each.what, expected=each.expected, found=each.found)
            for each in run.differences
        ),
    )


def _coverage(each: Coverage) -> CoveragePart:
    return CoveragePart(
        rule=each.rule,
        file=each.place.file,
        line=each.place.line,
        cases=each.cases,
        branches=tuple(BranchPart(branch=branch.name, cases=branch.cases) for branch in each.branches),
    )


def _mutant(mutant: Mutant) -> MutantPart:
    return MutantPart(
        rule=mutant.rule,
        file=mutant.place.file,
        line=mutant.place.line,
        column=mutant.place.column,
        change=mutant.change,
        effect=mutant.effect,
        noticed_by=mutant.noticed_by,
    )
