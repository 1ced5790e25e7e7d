"""`cascade explain`: how one partner's targets were made."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api import options

if TYPE_CHECKING:
    from scenarios import PartnerTable


@click.command(
    epilog="Example: cascade explain channel/scenario.yaml R07", short_help="Print one partner's receipts."
)
@options.scenario
@click.argument("partner")
@options.as_of
@options.as_json("the statement")
def command(scenario: Path, partner: str, as_of: date | None, as_json: bool) -> None:
    """Print the receipt of PARTNER's targets in SCENARIO: what each rule added or took, and why."""
    from api.answering import allocated
    from api.asking import ask
    from api.outputs import statement_document, statement_lines, statements
    from api.terminal import columns

    asked = ask(scenario, as_of=as_of, as_json=as_json)
    who = _known(partner, asked.scenario.table)
    allocation = allocated(asked, as_json=as_json)
    found = statements(allocation, who)
    if as_json:
        click.echo(json.dumps(statement_document(allocation, found), ensure_ascii=False, indent=1))
        return
    for line in statement_lines(allocation, found, columns=columns()):
        click.echo(line)


def _known(partner: str, table: PartnerTable) -> str:
    """The partner's id as the table has it. Raises UsageError for an unknown one."""
    from scenarios import did_you_mean
    from scenarios.words import composed

    who = composed(partner)
    if table.position(who) is None:
        raise click.UsageError(f"no partner {who!r} in {table.name}.{did_you_mean(who, table.ids.tolist())}")
    return who
