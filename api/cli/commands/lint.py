"""`cascade lint`: rules that may not do what their author thinks."""

import sys
from datetime import date
from pathlib import Path

import click

from api.cli import options
from api.cli.exit_codes import Exit

_EXAMPLES = """\b
Examples:
  cascade lint channel
  cascade lint channel/scenario.yaml channel/stretch.yaml
  cascade lint channel/*.yaml --no-solve --json | jq '.findings[].code'

A doubt is reported when it stands in every scenario given that has the rule. Exits with 1 when there is any
finding; without one, with 3 when the rules of a scenario conflict, and with 4 when a solve fails.
"""
_ENDS = {
    "succeeded": Exit.DONE,
    "unsolved": Exit.DONE,
    "refused": Exit.FINDINGS,
    "infeasible": Exit.CONFLICT,
    "failed": Exit.FAILED,
}


@click.command(epilog=_EXAMPLES, short_help="Report rules that do nothing.")
@click.argument("scenarios", type=click.Path(path_type=Path), nargs=-1, required=True, metavar="SCENARIO...")
@click.option("--no-solve", is_flag=True, help="Look at the rules only, not at what binds in the answers.")
@options.as_of
@options.as_json("the findings")
def command(scenarios: tuple[Path, ...], no_solve: bool, as_of: date | None, as_json: bool) -> None:
    """Report rules that match no one, never bind, are implied by others, are repeated or can never hold."""
    from api.analysis.lint import LintRequest, lint_scenarios
    from api.cli import findings as printed
    from api.cli.progress import progress

    with progress() as report:
        document = lint_scenarios(scenarios, LintRequest(as_of=as_of, solve=not no_solve), report)
    if as_json:
        click.echo(document.text(), nl=False)
    elif document.findings:
        printed.show(document.findings, to=sys.stdout)
    else:
        click.echo("no findings")
    for each in document.scenarios:
        if each.reason:
            click.echo(
                f"{each.file}: {each.reason}; its rules are judged by the other scenarios alone", err=True
            )
    sys.exit(Exit.FINDINGS if document.findings else max(_ENDS[each.state] for each in document.scenarios))
