"""Suites: rules beside their cases, and what running the cases tells."""

from pathlib import Path

import pytest
from suites import HEAD, runs, suite

from api.analysis.rule_tests import solve_case as solve
from rules.testing import Difference, cover, read_suite, run_case
from rules.testing.suite import cases_beside
from scenarios import Report

GROWS = "  - {name: everyone grows, kind: growth_floor, growth_min: 5%}\n"
CAPPED = "  - {name: within reach, kind: growth_cap, growth_max: 20%}\n"


def differences(folder: Path, rules: str, cases: str) -> tuple[Difference, ...]:
    (run,) = runs(suite(folder, rules, cases))
    return run.differences


def findings(folder: Path, rules: str, cases: str) -> list[str]:
    (folder / "rules.yaml").write_text(rules, encoding="utf-8")
    (folder / "rules.cases.yaml").write_text(cases, encoding="utf-8")
    report = Report()
    assert read_suite(folder / "rules.yaml", report) is None
    return [str(finding).removeprefix(f"{folder}/") for finding in report.findings]


def test_cases_stand_beside_their_rules() -> None:
    assert cases_beside(Path("a/rules.yaml")) == Path("a/rules.cases.yaml")


def test_a_case_names_a_rule_and_knows_its_place(tmp_path: Path) -> None:
    cases = "  - {name: it grows, rule: everyone grows, target: {cumulus: 44}}\n"
    found = suite(tmp_path, GROWS, cases)

    assert found.examples[0].case.rule == {
        "name": "everyone grows",
        "kind": "growth_floor",
        "growth_min": "5%",
    }
    assert str(found.examples[0].place) == f"{tmp_path}/rules.cases.yaml:10:5"
    assert str(found.rules["everyone grows"].place) == f"{tmp_path}/rules.yaml:2:5"


def test_what_is_as_expected_passes(tmp_path: Path) -> None:
    cases = """\
  - name: it says so and it is so
    rule: everyone grows
    rows: |
      acme: x[revenue] >= 105
      borealis: x[revenue] >= 63
      cumulus: x[revenue] >= 42
    target: {acme: 110, borealis: 66, cumulus: 44}
    binds: []
"""
    assert differences(tmp_path, GROWS, cases) == ()


def test_other_rows_other_targets_and_others_bound_are_reported(tmp_path: Path) -> None:
    cases = """\
  - name: wrong in all
    rule: everyone grows
    rows: |
      acme: x[revenue] >= 105
    target: {acme: 111, dunes: 4}
    binds: [acme]
"""
    actual = "acme: x[revenue] >= 105\nborealis: x[revenue] >= 63\ncumulus: x[revenue] >= 42\n"
    assert differences(tmp_path, GROWS, cases) == (
        Difference("rows", "acme: x[revenue] >= 105\n", actual),
        Difference("target of acme", "111", "110"),
        Difference("target of dunes", "4", ""),
        Difference("binds", "acme", ""),
    )


def test_rules_beside_it_hold_too(tmp_path: Path) -> None:
    # The cap holds acme at 105, so the others carry 115 in the ratio of 60 to 40.
    cases = """\
  - name: a cap on one
    rule: everyone grows
    beside: [{name: a cap, kind: growth_cap, where: {partner_id: acme}, growth_max: 5%}]
    target: {acme: 105, borealis: 69, cumulus: 46}
    binds: [acme]
"""
    assert differences(tmp_path, GROWS, cases) == ()


def test_a_conflict_can_be_expected(tmp_path: Path) -> None:
    cases = """\
  - name: caps of twenty percent cannot carry three hundred
    rule: within reach
    scenario: {targets: [{name: company target, metric: revenue, total: 300}]}
    conflict: [company target, within reach]
"""
    assert differences(tmp_path, CAPPED, cases) == ()


def test_a_conflict_that_no_one_expects_is_reported_and_one_that_is_not_there(tmp_path: Path) -> None:
    cases = """\
  - name: cannot be
    rule: within reach
    scenario: {targets: [{name: company target, metric: revenue, total: 300}]}
    target: {acme: 150}
"""
    assert [each.what for each in differences(tmp_path, CAPPED, cases)] == ["conflict"]
    cases = "  - {name: no conflict, rule: within reach, conflict: [within reach]}\n"
    assert differences(tmp_path, CAPPED, cases) == (Difference("conflict", "within reach", ""),)


def test_a_finding_is_compared_without_its_place(tmp_path: Path) -> None:
    cases = """\
  - name: the column is missing
    rule: everyone grows
    partners: |
      partner_id  sales
      acme        5
    finding: "unknown-column: the partner table has no column 'last'. There are: sales."
"""
    (difference,) = differences(tmp_path, GROWS, cases)
    assert difference.found.startswith("unknown-column: ")
    assert "rules.yaml" not in difference.found


def test_a_rule_that_should_be_refused_and_is_not_is_reported(tmp_path: Path) -> None:
    cases = "  - {name: refused, rule: everyone grows, finding: ''}\n"
    assert differences(tmp_path, GROWS, cases) == (
        Difference("finding", "the rule is refused", "it is read"),
    )


def test_a_rule_beside_it_without_a_name_is_a_finding_of_the_case(tmp_path: Path) -> None:
    cases = "  - {name: a, rule: everyone grows, beside: [{kind: lock, target: 5}], binds: []}\n"
    of = suite(tmp_path, GROWS, cases)
    (run,) = runs(of)

    assert [each.found.partition(":")[0] for each in run.differences] == ["missing-field"]
    assert cover(of, [run])[0].cases == 1


def test_doubts_are_forgiven_unless_findings_are_expected(tmp_path: Path) -> None:
    rules = "  - {name: minimum, kind: tier_minimum, minimum: {Gold: 5, Silver: 5, Bronze: 5}}\n"
    assert differences(tmp_path, rules, "  - {name: a, rule: minimum, binds: []}\n") == ()
    case = "  - {name: a, rule: minimum, binds: [], finding: no such thing}\n"
    (difference,) = differences(tmp_path, rules, case)
    assert difference.found == "where-nobody: no partner has tier 'Bronze'. Check the spelling."


def test_expired_decisions_do_not_make_a_case_fail_one_day(tmp_path: Path) -> None:
    cases = """\
  - name: a decision of long ago
    rule: everyone grows
    scenario:
      adjustments: [{partner: acme, metric: revenue, target: 112, by: x, reason: y, until: 2001-01-01}]
    target: {acme: 112}
"""
    assert differences(tmp_path, GROWS, cases) == ()


def test_a_file_of_cases_is_a_suite_of_its_own(tmp_path: Path) -> None:
    path, report = tmp_path / "alone.yaml", Report()
    path.write_text(
        HEAD + "  - {name: a, rule: {kind: growth_floor, growth_min: 5%}, binds: []}\n", encoding="utf-8"
    )
    found = read_suite(path, report)

    assert report.findings == ()
    assert found is not None
    assert found.rules == {}
    assert run_case(found.examples[0].case, solve).passed


@pytest.mark.parametrize(
    ("rules", "cases", "expected"),
    [
        (
            f"rules:\n{GROWS}",
            "cases: []",
            "rules.cases.yaml:1:8: out-of-range: cases is empty. Name at least one.",
        ),
        (
            f"rules:\n{GROWS}",
            "cases: [{name: a, rule: everyone grow, binds: []}]",
            "rules.cases.yaml:1:25: unknown-name: there is no rule 'everyone grow'. "
            "Did you mean 'everyone grows'?",
        ),
        (
            f"rules:\n{GROWS}",
            "cases: [{name: a, rule: everyone grows, beside: [no one], binds: []}]",
            "rules.cases.yaml:1:50: unknown-name: there is no rule 'no one'. "
            "Name a rule of the rule file, or write one out.",
        ),
        (
            f"rules:\n{GROWS}",
            "cases: [{name: a, rule: everyone grows, binds: [], conflict: []}]",
            "rules.cases.yaml:1:9: bad-value: a conflict has no target, and binds no partner.",
        ),
        (
            f"rules:\n{GROWS}",
            'cases: [{name: a, rule: everyone grows, partners: "a \'b", binds: []}]',
            "rules.cases.yaml:1:51: bad-value: cases.0.partners is no table: no closing quotation. "
            "Close every quote.",
        ),
        (
            f"rules:\n{GROWS}{GROWS}",
            "",
            "rules.yaml:3:12: duplicate-name: 'everyone grows' is defined at rules.yaml:2:5 already. "
            "Rename one of them.",
        ),
        (
            "rules: [{kind: growth_floor}]",
            "",
            "rules.yaml:1:9: missing-field: a rule has no name. Write name: and the fields of its kind.",
        ),
        (
            "rules: [{name: a, kind: growth_floor, growth_min: much}]",
            "",
            "rules.yaml:1:51: not-a-number: growth_min is 'much'. Write 3% or 0.03.",
        ),
    ],
)
def test_mistakes_in_either_file_are_findings(tmp_path: Path, rules: str, cases: str, expected: str) -> None:
    assert [each.replace(f"{tmp_path}/", "") for each in findings(tmp_path, rules, cases)] == [expected]


def test_rules_without_cases_are_a_finding(tmp_path: Path) -> None:
    path, report = tmp_path / "rules.yaml", Report()
    path.write_text(f"rules:\n{GROWS}", encoding="utf-8")

    assert read_suite(path, report) is None
    assert [finding.code for finding in report.findings] == ["missing-file"]
    assert "Write rules.cases.yaml" in report.findings[0].remedy
