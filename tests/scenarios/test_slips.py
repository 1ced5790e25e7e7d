"""Slips in scenarios, in the words of a colleague: what stands there, and what to write instead."""

from pathlib import Path

import pytest

from rules import read_book
from scenarios import Report
from scenarios.read.read_scenario import read_scenario

SCENARIO = """\
scenario: s
partners: p.csv
metrics:
  revenue: {unit: EUR, round_to: 1, baseline: last_year}
targets:
  - {name: company target, growth: 10%}
add:
  - {name: r1, kind: growth_floor, where: {region: N}, growth_min: 1%}
"""
WHERE = "where: {region: N}"


@pytest.mark.parametrize(
    ("before", "after", "line", "words"),
    [
        pytest.param("name: company target", "name: target: all", 6,
                     'the value of name holds a colon, or a comma is missing. Quote it: name: "targ', id="colon in braces"),
        pytest.param("name: r1, kind", "name: r1 kind", 8, "or put a comma in front of the next key", id="no comma"),
        pytest.param("growth: 10%}", "growth: 10%}}", 6, "a brace is closed that is not open", id="a brace too many"),
        pytest.param("  - {name: r1", "  – {name: r1", 8, "– stands where the plain dash", id="another dash"),
        pytest.param("  - {name: r1", "  -{name: r1", 8, "a space is missing after the dash", id="no space after a dash"),
        pytest.param(WHERE, "where: {region: {not: N}}", 8, "Write not: {region: ...}", id="not inside"),
        pytest.param(WHERE, "where: {last_year: {gt: 5}}", 8, "Write min, which is so much or more", id="gt"),
        pytest.param(WHERE, "where: {last_year: {before: 5}}", 8, "Write max, which is so much or less", id="before"),
        pytest.param(WHERE, "where: {region: {is: N}}", 8, "Write region: 'N'", id="is"),
        pytest.param(WHERE, "where: {any: {region: N}}", 8, "Write any: [{...}, {...}]", id="any without a list"),
        pytest.param("scenario: s", "scenario: s\ncascade: region", 2, "Write a list: [region]", id="a word for a list"),
        pytest.param("p.csv", "https://example.org/p.csv", 2, "is an address, and no file. Download it", id="an address"),
        pytest.param("p.csv", "{file: p.csv, separator: semicolon}", 2, "Write at most 1 character", id="a word for a sign"),
    ],
)  # fmt: skip
def test_a_slip_is_named_where_it_stands(
    tmp_path: Path, before: str, after: str, line: int, words: str
) -> None:
    (tmp_path / "p.csv").write_text("partner_id,region,last_year\nA,N,100\nB,S,200\n")
    (tmp_path / "scenario.yaml").write_text(SCENARIO.replace(before, after), encoding="utf-8")
    report = Report()
    scenario = read_scenario(tmp_path / "scenario.yaml", report)
    if scenario is not None:
        read_book(scenario, report)
    found = [str(each) for each in report.findings]
    assert [each for each in found if each.startswith(f"scenario.yaml:{line}:") and words in each], found
