"""`cascade test`: rules under test, by the cases that stand beside them."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from api.cli import options
from api.cli.exit_codes import Exit

_EXAMPLES = """\b
Examples:
  cascade test rules.yaml
  cascade test rules.yaml --mutate --strict
  cascade test rules.yaml --json | jq '.cases[] | select(.passed | not)'

The cases of rules.yaml stand in rules.cases.yaml beside it:

\b
  scenario:
    metrics: {revenue: {unit: USD, round_to: 1, baseline: last}}
    targets: [{name: company target, total: 220}]
  partners: |
    partner_id  tier    last
    acme        Gold    100
    borealis    Silver  100
  cases:
    - name: gold partners grow by five percent
      rule: everyone grows
      rows: |
        acme: x[revenue] >= 105

A case expects rows, target, binds, conflict or finding. It exits with 1 when a case fails.
"""


@click.command(epilog=_EXAMPLES, short_help="Run the cases of a rule file.")
@click.argument("rules", type=click.Path(path_type=Path))
@click.option("--cases", type=click.Path(path_type=Path), metavar="FILE",
              help="Take the cases from this file instead.")  # fmt: skip
@click.option("--mutate", is_flag=True,
              help="Loosen, tighten and remove each rule, and list what no case notices.")  # fmt: skip
@click.option("--strict", is_flag=True,
              help="Exit with 1, too, when a branch is not exercised or a change not noticed.")  # fmt: skip
@options.as_json("cases, coverage and changes")
def command(rules: Path, cases: Path | None, mutate: bool, strict: bool, as_json: bool) -> None:
    """Run the cases of the rule file RULES; tell which rules, and which branches, no case exercises."""
    from api.analysis.rule_tests import RuleTestsRequest, run_rule_tests
    from api.cli import findings as printed
    from api.cli.load import refusing, show
    from api.cli.progress import progress
    from api.text.rule_tests import rule_tests_lines

    with progress() as report, refusing(as_json=as_json):
        document = run_rule_tests(rules, RuleTestsRequest(mutate=mutate), report, cases=cases)
    if document.findings:
        printed.show(document.findings, to=sys.stderr)
    show(document, lambda: rule_tests_lines(document), as_json=as_json)
    sys.exit(Exit.FINDINGS if not document.passed or (strict and not document.whole) else Exit.DONE)
