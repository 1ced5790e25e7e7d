"""Every kind's cases: rows as written, findings as said, targets as solved."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from rules import RuleBook, library, read_book
from rules.cases import RULE, Case, read_cases
from rules.text import TOGETHER, rows_text
from scenarios import Finding, Report, Scenario, read_scenario
from solver import Allocation, allocate

FOLDER = Path(__file__).parent.parent / "cases"


def all_cases() -> list[pytest.param]:
    return [
        pytest.param(case, id=f"{path.stem}: {case.name}")
        for path in sorted(FOLDER.glob("*.yaml"))
        for case in read_cases(path, Report())
    ]


@pytest.mark.parametrize("case", all_cases())
def test_case(case: Case, tmp_path: Path) -> None:
    report = Report()
    scenario = read_scenario(case.write(tmp_path), report, library=library, as_of=date(2027, 1, 1))
    book = read_book(scenario, report) if scenario else None

    assert "\n".join(said(finding) for finding in report.findings) == (case.finding or "")
    assert (case.rows is not None) == (book is not None)
    if scenario and book:
        assert rows_text(book.rows[book.number(RULE)], book.frame) == case.rows
        check_answer(case, scenario, book)


def said(finding: Finding) -> str:
    return str(finding).removeprefix(f"{finding.place}: ")


def check_answer(case: Case, scenario: Scenario, book: RuleBook) -> None:
    if case.target is None and case.binds is None:
        return
    allocation = allocate(scenario, book)
    assert allocation.state == "succeeded"
    if case.target is not None:
        assert targets(allocation) == case.targets(next(iter(book.frame.metrics)))
    if case.binds is not None:
        assert binding(allocation) == case.binds


def targets(allocation: Allocation) -> dict[tuple[str, str], object]:
    """Every partner's target of each metric, its parts together."""
    frame = allocation.frame
    return {
        (partner, metric): allocation.target[frame.cells(metric)[:, number]].sum()
        for number, partner in enumerate(frame.columns.ids)
        for metric in frame.metrics
    }


def binding(allocation: Allocation) -> tuple[str, ...]:
    """Whom the rule's rows speak of that have nothing to spare, before rounding."""
    frame, rows = allocation.frame, allocation.book.rows[allocation.book.number(RULE)]
    amounts = rows.matrix(frame.size) @ allocation.unrounded
    low, high = rows.limits()
    tight = np.minimum(amounts - low, high - amounts) <= 1e-9 * max(frame.totals.values())
    ids = frame.columns.ids
    subjects = [rows.subject(row, ids) or TOGETHER for row in np.flatnonzero(tight).tolist()]
    return tuple(dict.fromkeys(subject.partition(",")[0] for subject in subjects))
