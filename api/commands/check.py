"""`cascade check`: the findings of a scenario, nothing else."""

import json
import sys
from datetime import date
from pathlib import Path

import click

from api import options
from api.exits import Exit


@click.command(
    epilog="Example: cascade check channel/scenario.yaml", short_help="Print findings, solve nothing."
)
@options.scenario
@options.as_of
@options.as_json("the findings")
def command(scenario: Path, as_of: date | None, as_json: bool) -> None:
    """Print every mistake and doubt in SCENARIO, its partner table and its rules; solve nothing."""
    from api import findings as told
    from api.asking import read
    from scenarios import Refused

    mistaken = False
    try:
        found = read(scenario, as_of=as_of).findings
    except Refused as refused:
        found, mistaken = refused.findings, True
    if as_json:
        click.echo(json.dumps(told.documents(found), ensure_ascii=False, indent=1))
    elif found:
        told.show(found, to=sys.stdout)
    else:
        click.echo("no findings")
    sys.exit(Exit.FINDINGS if mistaken else Exit.DONE)
