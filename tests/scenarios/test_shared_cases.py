"""Small inputs after public reports, kept beside the project: each gets the finding, or is read, as it should be."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from rules import RuleBook, library, read_book
from scenarios import Report, Scenario, read_scenario

FOLDERS = [parent / "shared" / "cases" / "inputs" for parent in Path(__file__).resolve().parents]
CASES = next((folder for folder in FOLDERS if folder.is_dir()), None)

ERROR, DOUBT, NOTE = "error", "warning", "note"
RIGHT: dict[str, list[tuple[str, str, str]]] = {
    "c01-semicolon-comma": [(NOTE, "read-as", "semicolons, decimal comma")],
    "c01c-semicolon-thousands": [(NOTE, "read-as", "semicolons, points between thousands")],
    "c01d-dot-thousands-in-comma-csv": [
        (DOUBT, "ambiguous-number", "100.000, read as 100 "),
        (DOUBT, "far-from-baseline", "a digit too many"),
    ],
    "c02-sep-hint": [(NOTE, "read-as", "semicolons")],
    "c03-unicode-text": [(NOTE, "read-as", "tabs, utf-16")],
    "c03c-tsv": [(NOTE, "read-as", "tabs")],
    "c03d-cp1252": [(NOTE, "read-as", "windows-1252 (as in 'Süd')")],
    "c05-currency": [
        (NOTE, "read-as", "currency signs, commas between thousands"),
        (DOUBT, "mixed-currency", "in $, and revenue is counted in EUR"),
    ],
    "c05b-brackets": [(NOTE, "read-as", "brackets"), (ERROR, "negative-amount", "-25000")],
    "c07-title-rows": [(NOTE, "read-as", "header in line 4")],
    "c07b-title-row-single": [(NOTE, "read-as", "header in line 2")],
    "c08-sf-footer": [(DOUBT, "footer", "lines 6 to 10 look like the footer")],
    "c09-subtotal-rows": [
        (ERROR, "total-row", f"'{name}'") for name in ("North Total", "South Total", "Grand Total")
    ],
    "c09e-total-colon-space": [(ERROR, "total-row", name) for name in ("Total EMEA", "Total (2)", "Σ")],
    "c10-long-format": [(ERROR, "long-table", "36 rows are about 3 partners")],
    "c10b-long-quarter": [(ERROR, "long-table", "12 rows are about 3 partners")],
    "c13b-id-case-same": [(DOUBT, "similar-ids", "'Acme'"), (DOUBT, "similar-ids", "'acme'")],
    "c13c-id-mixed-15-18": [(DOUBT, "similar-ids", "three characters")],
    "d00-where-date": [(DOUBT, "missing-value", "joined is empty for C")],
    "d08-where-or": [],
    "r31-empty-cap": [(ERROR, "missing-value", "credit_limit is empty for A")],
    "x01-error-cells": [(ERROR, "error-cell", "#REF!"), (ERROR, "error-cell", "#N/A")],
    "x01b-error-cells-missing-zero": [(ERROR, "error-cell", "#REF!"), (ERROR, "error-cell", "#N/A")],
    "x01e-error-in-where": [(ERROR, "error-cell", "tier holds #N/A for P2")],
    "x02-formula-uncached": [
        (ERROR, "error-cell", f"a formula without a value (=E{row}+F{row})") for row in (2, 3)
    ],
    "x03-id-formatted-zeros": [(DOUBT, "altered-id", "shows 00123 and holds 123")],
    "x03d-id-scientific": [(DOUBT, "altered-id", "1.23457E+11"), (ERROR, "duplicate-partner", "1.23457E+11")],
    "x03e-19-digit-ids": [(DOUBT, "altered-id", "the rest are lost")],
    "x03f-hubspot-ids": [(DOUBT, "altered-id", "90210000000000000")],
    "x04-hidden-first-sheet": [(NOTE, "read-as", "sheet 'Partners'")],
    "x04b-hidden-row": [(DOUBT, "hidden-row", "row 5 of 'Sheet' is hidden, and is read")],
    "x04c-filtered-row": [(DOUBT, "hidden-row", "hidden by a filter")],
    "x04d-readme-first-sheet": [(NOTE, "read-as", "sheet 'Partners'")],
    "x05c-merged-region-cascade": [(NOTE, "merged-cell", "A2:A3")],
    "x06-title-rows": [(NOTE, "read-as", "header in row 4")],
    "x09-bool-true": [],
    "y02-percent-10-for-0.1": [(DOUBT, "percent-large", "growth_min is 3, which is 300%")],
    "y02d-target-growth-10": [(DOUBT, "percent-large", "growth is 10, which is 1000%")],
    "y02j-total-dot-thousands": [
        (DOUBT, "ambiguous-number", "414.000, which is 414 and could mean 414000"),
        (DOUBT, "far-from-baseline", "company target is 414"),
    ],
    "y03d-colon-in-name": [(ERROR, "yaml-syntax", "the value of name holds a colon")],
    "y03e-hash-in-name": [(DOUBT, "yaml-comment", "the value is 'rule'")],
    "y03g-percent-front": [(ERROR, "yaml-syntax", "a value begins with %")],
    "y03h-missing-space": [(ERROR, "yaml-syntax", "a space is missing after the colon")],
    "y03j-where-or": [(ERROR, "bad-value", "where has or. Write any:")],
    "z03-date-id": [(DOUBT, "altered-id", "holds a date, 2027-03-01")],
    "z06b-really-encrypted": [(ERROR, "not-a-table", "protected by a password")],
    "z07-html-as-csv": [(ERROR, "not-a-table", "a web page")],
    "z12-null-region": [(DOUBT, "null-word", "'NULL'"), (DOUBT, "null-word", "'-'")],
}
"""For each input the findings it must get: severity, code, and a part of the message."""

CELLS = {
    "x01-error-cells": "partners.xlsx:Sheet!D3",
    "x01b-error-cells-missing-zero": "partners.xlsx:Sheet!D3",
    "x01e-error-in-where": "partners.xlsx:Sheet!B3",
    "x02-formula-uncached": "partners.xlsx:Sheet!D2",
    "z03-date-id": "partners.xlsx:Sheet!A3",
}
"""Where the first finding about a workbook's cell stands."""


def read(name: str) -> tuple[Report, Scenario | None, RuleBook | None]:
    assert CASES is not None
    report = Report()
    scenario = read_scenario(CASES / name / "scenario.yaml", report, library=library)
    book = read_book(scenario, report) if scenario is not None else None
    return report, scenario, book


def violation(report: Report, right: list[tuple[str, str, str]]) -> Iterator[tuple[str, str, str]]:
    found = [(each.severity, each.code, f"{each.message}. {each.remedy}") for each in report.findings]
    for severity, code, words in right:
        if not any((severity, code) == each[:2] and words in each[2] for each in found):
            yield severity, code, words


@pytest.mark.skipif(CASES is None, reason="the inputs are kept beside the project, and are not here")
@pytest.mark.parametrize("name", RIGHT)
def test_an_input_gets_what_is_right_for_it(name: str) -> None:
    report, _, book = read(name)

    assert list(violation(report, RIGHT[name])) == [], report.findings
    assert {each.code for each in report.findings} - {code for _, code, _ in RIGHT[name]} <= {
        "ambiguous-number", "duplicate-partner", "unknown-partner", "not-a-multiple", "far-from-baseline",
    }  # fmt: skip
    assert (book is None) == any(each.severity == "error" for each in report.findings)
    if name in CELLS:
        assert CELLS[name] in [str(each.place) for each in report.findings]
