"""`cascade test`: rules under test, by the cases that stand beside them."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api import options
from api.exits import Exit

if TYPE_CHECKING:
    from api.testing import Tested
    from rules.testing import Suite

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
    from api.testing import lines

    tested = _test(_read(rules, cases, as_json=as_json), changing=mutate)
    if as_json:
        click.echo(json.dumps(tested.document(), ensure_ascii=False, indent=1))
    else:
        for line in lines(tested):
            click.echo(line)
    sys.exit(Exit.FINDINGS if tested.failed or (strict and not tested.is_whole) else Exit.DONE)


def _read(rules: Path, cases: Path | None, *, as_json: bool) -> Suite:
    """The rules and their cases; mistakes in them end the command."""
    from api import findings as told
    from rules.testing import read_suite
    from scenarios import Report

    report = Report()
    suite = read_suite(rules, report, cases=cases)
    told.on_stderr(report.findings)
    if suite is None:
        if as_json:
            click.echo(json.dumps(told.documents(report.findings), ensure_ascii=False, indent=1))
        raise click.exceptions.Exit(Exit.FINDINGS)
    return suite


def _test(suite: Suite, *, changing: bool) -> Tested:
    from api.progress import progress
    from api.testing import Tested, solve
    from rules.testing import cover, mutate, run_case

    with progress() as tell:
        runs = []
        for number, example in enumerate(suite.examples):
            tell("cases", number / len(suite.examples))
            runs.append(run_case(example.case, solve))
        coverage = cover(suite, runs)
        mutants = None
        if changing:
            mutants = mutate(suite, runs, solve, tell=lambda share: tell("changed rules", share))
    return Tested(suite, tuple(runs), coverage, mutants)
