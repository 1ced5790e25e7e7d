"""Case files: what they share, and what is wrong with them."""

from fractions import Fraction
from pathlib import Path

from rules.cases import Case, cells, read_cases
from scenarios import Report

FILE = """
kind: growth_floor
scenario: {metrics: {revenue: {unit: USD}}, title: shared}
partners: |
  partner_id  name
  acme        'Acme & Sons'
cases:
  - name: it takes what the file shares
    rule: {growth_min: 3%}
    rows: ""
  - name: its own comes first
    rule: {kind: lock, target: 5}
    scenario: {title: own}
    partners: partner_id
    finding: "wrong-type: nothing."
"""


def read(folder: Path, text: str) -> tuple[tuple[Case, ...], list[str]]:
    path, report = folder / "cases.yaml", Report()
    path.write_text(text, encoding="utf-8")
    return read_cases(path, report), [str(finding) for finding in report.findings]


def test_cases_share_kind_scenario_and_partners(tmp_path: Path) -> None:
    (first, second), found = read(tmp_path, FILE)

    assert found == []
    assert first.rule == {"kind": "growth_floor", "growth_min": "3%"}
    assert first.scenario["title"] == "shared"
    assert "acme" in first.partners
    assert second.rule["kind"] == "lock"
    assert second.scenario == {"metrics": {"revenue": {"unit": "USD"}}, "title": "own"}
    assert second.partners == "partner_id"


def test_tables_are_words_with_quotes_and_dashes() -> None:
    assert cells("id name fy\n\n a 'Acme & Sons' 5\n b \"B's\" -\n") == [
        ["id", "name", "fy"],
        ["a", "Acme & Sons", "5"],
        ["b", "B's", ""],
    ]


def test_targets_are_of_the_first_metric_or_of_each(tmp_path: Path) -> None:
    text = FILE.replace('rows: ""', 'rows: ""\n    target: {acme: 10.5, borealis: {deals: 2}}')
    (first, _), _ = read(tmp_path, text)

    assert first.targets("revenue") == {("acme", "revenue"): Fraction(21, 2), ("borealis", "deals"): 2}


def test_a_case_that_expects_nothing_is_reported(tmp_path: Path) -> None:
    cases, found = read(tmp_path, FILE.replace('    rows: ""\n', ""))

    assert cases == ()
    assert found == [
        "cases.yaml:8:5: bad-value: say what is expected: rows, target, binds, conflict or finding."
    ]


def test_a_case_with_a_field_too_many_is_reported(tmp_path: Path) -> None:
    _, found = read(tmp_path, FILE.replace('    rows: ""\n', '    row: ""\n'))

    assert found[0].startswith("cases.yaml:10:5: unknown-field: ")
