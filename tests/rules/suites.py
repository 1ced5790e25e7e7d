"""Rule files with cases, written out for tests; the answers are those of the real solver."""

from pathlib import Path

from api.analysis.rule_tests import solve_case as solve
from rules.testing import Coverage, Mutant, Run, Suite, cover, mutate, read_suite, run_case
from scenarios import Report

HEAD = """\
scenario:
  metrics: {revenue: {unit: USD, round_to: 0.001, baseline: last}}
  targets: [{name: company target, metric: revenue, total: 220}]
partners: |
  partner_id  tier    region  last  asked  reached
  acme        Gold    north   100   120    90
  borealis    Silver  north   60    50     60
  cumulus     Silver  south   40    40     40
cases:
"""


def suite(folder: Path, rules: str, cases: str) -> Suite:
    """The suite of these rules and cases; fails where something is found in them."""
    (folder / "rules.yaml").write_text(f"rules:\n{rules}", encoding="utf-8")
    (folder / "rules.cases.yaml").write_text(HEAD + cases, encoding="utf-8")
    report = Report()
    found = read_suite(folder / "rules.yaml", report)
    assert report.findings == ()
    assert found is not None
    return found


def runs(of: Suite) -> list[Run]:
    return [run_case(example.case, solve) for example in of.examples]


def missing(folder: Path, rules: str, cases: str) -> tuple[str, ...]:
    """The branches of the only rule that no case exercises."""
    return coverage(folder, rules, cases).missing


def coverage(folder: Path, rules: str, cases: str) -> Coverage:
    """The coverage of the only rule."""
    of = suite(folder, rules, cases)
    (only,) = cover(of, runs(of))
    return only


def mutants(folder: Path, rules: str, cases: str) -> tuple[Mutant, ...]:
    of = suite(folder, rules, cases)
    return mutate(of, runs(of), solve)
