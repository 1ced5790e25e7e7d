"""Running a case: its rule is read and, where targets are expected, solved; what differs is reported."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rules.arrays import Mask
from rules.book import RuleBook
from rules.cases import Case
from rules.number_text import number_text
from rules.read import library, read_book
from rules.text import TOGETHER, rows_text
from scenarios import Finding, Report, Scenario, read_scenario
from scenarios.values.rational_array import Exact

_SAME = 1e-9


@dataclass(frozen=True, eq=False)
class Answer:
    """What solving came to; without a conflict and a failure there are targets."""

    targets: Exact | None = None
    """(cells,) the targets."""
    unrounded: NDArray[np.float64] | None = None
    """(cells,) the same before rounding."""
    conflict: tuple[str, ...] = ()
    """The rules that cannot all hold."""
    failure: str = ""
    """Why there is no answer."""


Solve = Callable[[Scenario, RuleBook], Answer]
"""Solves a scenario under its rule book."""


@dataclass(frozen=True)
class Difference:
    """One thing that is not as the case expects."""

    what: str
    """The field of the case, and the partner and metric where it is one of many."""
    expected: str
    """What the case says; empty: nothing."""
    found: str
    """What there is; empty: nothing."""


@dataclass(frozen=True, eq=False)
class Run:
    """What became of a case."""

    case: Case
    """What was expected."""
    differences: tuple[Difference, ...]
    """What is not as expected; none: it passes."""
    findings: tuple[Finding, ...]
    """What reading found."""
    book: RuleBook | None
    """The rules as read; None where they were refused."""
    answer: Answer | None
    """The targets; None where the case does not ask for them."""

    @property
    def passed(self) -> bool:
        """Whether all is as expected."""
        return not self.differences

    def checked(self, rule: str) -> tuple[Mask, Mask]:
        """Two (rows,) masks: the rows of a rule at whose least, and at whose most, the case looks.

        Those are the rows that it writes out, those that bind in its answer, and all of a conflict.
        """
        if self.book is None:
            return np.zeros(0, dtype=bool), np.zeros(0, dtype=bool)
        number, answer = self.book.number(rule), self.answer
        spelled_out = self.case.rows is not None and rule == self.case.about
        if answer is not None and answer.unrounded is not None and not spelled_out:
            return tight(self.book, number, answer.unrounded)
        conflicts = answer is not None and rule in answer.conflict
        all_or_none = np.full(len(self.book.rows[number]), spelled_out or conflicts)
        return all_or_none, all_or_none


def tight(book: RuleBook, number: int, unrounded: NDArray[np.float64]) -> tuple[Mask, Mask]:
    """Two (rows,) masks: the rows of a rule that unrounded targets (cells,) leave nothing to spare.

    The first is of those at their least, the second of those at their most.
    """
    rows = book.rows[number]
    amounts = rows.matrix(book.frame.size) @ unrounded
    low, high = rows.limits()
    close = _SAME * float(max(book.frame.totals.values()))
    return np.asarray(amounts - low <= close, dtype=bool), np.asarray(high - amounts <= close, dtype=bool)


def run_case(case: Case, solve: Solve, *, rules: Sequence[Mapping[str, Any]] | None = None) -> Run:
    """The run of a case, with other rules than its own where given. No adjustment is past its day."""
    report = Report()
    with TemporaryDirectory(prefix="cascade-case-") as folder:
        scenario = read_scenario(case.write(Path(folder), rules), report, library=library, as_of=date.min)
        book = read_book(scenario, report) if scenario else None
    answer = None
    if scenario and book and _needs_answer(case):
        answer = solve(scenario, book)
    return Run(case, tuple(_differences(case, report, book, answer)), report.findings, book, answer)


def _needs_answer(case: Case) -> bool:
    return any(expected is not None for expected in (case.target, case.binds, case.conflict))


def _differences(
    case: Case, report: Report, book: RuleBook | None, answer: Answer | None
) -> Iterator[Difference]:
    doubts = case.finding is not None
    messages = [finding_text(each) for each in report.findings if doubts or each.severity == "error"]
    found = "\n".join(messages)
    if found != (case.finding or ""):
        yield Difference("finding", case.finding or "", found)
    elif book is not None and not case.is_accepted:
        yield Difference("finding", "the rule is refused", "it is read")
    if book is None:
        return
    if case.rows is not None:
        actual = _rows(book, case.about) if case.about in book.places else ""
        if actual != case.rows:
            yield Difference("rows", case.rows, actual)
    if answer is not None:
        yield from _compared(case, book, answer)


def finding_text(finding: Finding) -> str:
    """The finding without its place."""
    return str(finding).removeprefix(f"{finding.place}: ")


def _rows(book: RuleBook, rule: str) -> str:
    return rows_text(book.rows[book.number(rule)], book.frame)


def _compared(case: Case, book: RuleBook, answer: Answer) -> Iterator[Difference]:
    if answer.failure:
        yield Difference("target", "an answer", answer.failure)
    elif answer.conflict or case.conflict is not None:
        if set(answer.conflict) != set(case.conflict or ()):
            yield Difference("conflict", ", ".join(case.conflict or ()), ", ".join(answer.conflict))
    else:
        yield from _compared_targets(case, book, answer)
        found = binding(book, case.about, answer)
        if case.binds is not None and found != case.binds:
            yield Difference("binds", ", ".join(case.binds), ", ".join(found))


def _compared_targets(case: Case, book: RuleBook, answer: Answer) -> Iterator[Difference]:
    found = targets(book, answer)
    several = len(book.frame.metrics) > 1
    for (partner, metric), amount in case.targets(next(iter(book.frame.metrics))).items():
        if found.get((partner, metric)) != amount:
            what = f"target of {partner}, {metric}" if several else f"target of {partner}"
            given = found.get((partner, metric))
            yield Difference(what, number_text(amount), "" if given is None else number_text(given))


def targets(book: RuleBook, answer: Answer) -> dict[tuple[str, str], Fraction]:
    """Every partner's target of each metric, its parts together; none without an answer."""
    frame, amounts = book.frame, answer.targets
    if amounts is None:
        return {}
    return {
        (partner, metric): amounts[frame.cells(metric)[:, number]].sum()
        for metric in frame.metrics
        for number, partner in enumerate(frame.columns.ids)
    }


def binding(book: RuleBook, rule: str, answer: Answer) -> tuple[str, ...]:
    """Whom the rule's rows speak of that have nothing to spare, before rounding."""
    if answer.unrounded is None or rule not in book.places:
        return ()
    number = book.number(rule)
    at = np.flatnonzero(np.logical_or(*tight(book, number, answer.unrounded))).tolist()
    subjects = [book.rows[number].subject(row, book.frame.columns.ids) or TOGETHER for row in at]
    return tuple(dict.fromkeys(subject.partition(",")[0] for subject in subjects))
