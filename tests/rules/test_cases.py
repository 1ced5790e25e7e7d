"""Every kind's cases: rows as written, findings as said, targets as solved."""

from pathlib import Path

import pytest

from api.analysis.rule_tests import solve_case as solve
from rules.cases import Case, read_cases
from rules.testing import run_case
from rules.testing.run import finding_text
from scenarios import Report

FOLDER = Path(__file__).parent.parent / "cases"


def all_cases() -> list[pytest.param]:
    return [
        pytest.param(case, id=f"{path.stem}: {case.name}")
        for path in sorted(FOLDER.glob("*.yaml"))
        for case in read_cases(path, Report())
    ]


@pytest.mark.parametrize("case", all_cases())
def test_case(case: Case) -> None:
    run = run_case(case, solve)

    assert run.differences == ()
    assert "\n".join(map(finding_text, run.findings)) == (case.finding or "")
    assert case.target is None or len(case.targets("revenue")) == len(run.book.frame.columns.ids) * len(
        run.book.frame.metrics
    )
