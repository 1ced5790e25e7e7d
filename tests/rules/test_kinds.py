"""No kind is half done: each is said, shown, described field by field, and has cases of all three sorts."""

from itertools import chain
from pathlib import Path

import pytest

from rules import KINDS, Rule
from rules.cases import read_cases
from rules.describe import describe
from scenarios import Report
from scenarios.findings.validate import validate
from scenarios.yaml.parse import parse_yaml

CASES = Path(__file__).parent.parent / "cases"
FILES = Path(__file__).parent.parent.parent / "rules" / "kinds"
kinds = pytest.mark.parametrize("kind", KINDS)


@kinds
def test_its_docstring_says_what_it_is(kind: str) -> None:
    described = describe(KINDS[kind])

    assert described.sentence.endswith(".")
    assert any(sign in described.formula for sign in "=≤≥")


@kinds
def test_its_example_is_a_rule(kind: str) -> None:
    report = Report()
    example = parse_yaml(describe(KINDS[kind]).example, report, name="example")

    assert example is not None
    assert example["kind"] == kind
    assert validate(KINDS[kind], example, report, what=kind) is not None
    assert report.findings == ()


@kinds
def test_every_field_is_described(kind: str) -> None:
    fields = describe(KINDS[kind]).fields

    assert set(fields) == set(KINDS[kind].model_fields)
    assert [name for name, text in fields.items() if not text.endswith(".")] == []


@kinds
def test_its_cases_bind_and_do_not_bind_and_are_refused(kind: str) -> None:
    report = Report()
    cases = read_cases(CASES / f"{kind}.yaml", report)

    assert report.findings == ()
    assert {case.rule["kind"] for case in cases} == {kind}
    assert any(case.binds for case in cases)
    assert any(case.binds == () for case in cases)
    assert any(case.rows is None for case in cases)


@kinds
def test_its_cases_use_every_field_of_its_own(kind: str) -> None:
    used = set(chain.from_iterable(case.rule for case in read_cases(CASES / f"{kind}.yaml", Report())))

    assert set(KINDS[kind].model_fields) - set(Rule.model_fields) - used == set()


@kinds
def test_its_file_is_short(kind: str) -> None:
    assert len((FILES / f"{kind}.py").read_text().splitlines()) <= 80


def test_every_case_file_is_of_a_kind() -> None:
    assert {path.stem for path in CASES.glob("*.yaml")} == set(KINDS)
