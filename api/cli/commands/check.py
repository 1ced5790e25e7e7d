"""`cascade check`: the findings of a scenario, nothing else."""

import sys
from datetime import date
from pathlib import Path

import click

from api.cli import options
from api.cli.exit_codes import Exit


@click.command(
    epilog="Example: cascade check channel/scenario.yaml", short_help="Print findings, solve nothing."
)
@options.scenario
@options.as_of
@options.as_json("the findings")
def command(scenario: Path, as_of: date | None, as_json: bool) -> None:
    """Print every mistake and doubt in SCENARIO, its partner table and its rules; solve nothing."""
    from api.analysis.check import CheckRequest, check
    from api.cli import findings as printed
    from scenarios.tables.outside import ThisMachine

    document = check(scenario, CheckRequest(as_of=as_of), outside=ThisMachine())
    if as_json:
        click.echo(document.text(), nl=False)
    elif document.findings:
        printed.show(document.findings, to=sys.stdout)
    else:
        click.echo("no findings")
    sys.exit(Exit.DONE if document.valid else Exit.FINDINGS)
