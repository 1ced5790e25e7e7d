"""`cascade numbers`: the numbers of a scenario's rules and targets, by the names that variants change them by."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from api.cli import options

_EXAMPLES = """\b
Examples:
  cascade numbers channel
  cascade numbers channel/scenario.yaml --json | jq '.rules[].numbers[].field'
"""


@click.command(epilog=_EXAMPLES, short_help="List the numbers of rules and targets.")
@click.argument("scenario", type=click.Path(path_type=Path))
@options.as_of
@options.as_json("the numbers")
def command(scenario: Path, as_of: date | None, as_json: bool) -> None:
    """List what each rule and target says, and the numbers in it that a variant may change."""
    from api.analysis.numbers import numbers_of
    from api.cli.load import load
    from api.text.numbers import numbers_lines

    document = numbers_of(load(scenario, as_of=as_of))
    if as_json:
        click.echo(document.text(), nl=False)
        return
    for line in numbers_lines(document):
        click.echo(line)
