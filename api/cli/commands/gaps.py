"""`cascade gaps`: what partners lack for the next tier, and whether their targets carry them there."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import click

from api.cli import many_options, options

_EXAMPLES = """\b
Examples:
  cascade gaps channel/scenario.yaml
  cascade gaps channel/scenario.yaml --tier Gold -o gaps.xlsx
  cascade gaps channel/scenario.yaml --partner P0042

Needs stand in the scenario as requirements, by tier, of metrics and of columns of the partner table. The nearest
tier is the one whose largest gap, as a part of its need, is least. With --partner, each target that falls short of
it is asked what would bring it there: every answer is a solve of its own.
"""


@click.command(epilog=_EXAMPLES, short_help="Say what partners lack for the next tier.")
@options.scenario
@click.option("--partner", metavar="ID", help="This partner alone, and what it would take.")
@click.option("--tier", metavar="TIER", help="Only partners whose nearest tier above is this.")
@click.option("--most", type=click.IntRange(min=0), default=20, show_default=True, metavar="N",
              help="Print so many partners, the nearest first.")  # fmt: skip
@many_options.output("the gaps")
@options.as_of
@options.as_json("the gaps")
def command(
    scenario: Path, partner: str | None, tier: str | None, most: int, output: Path | None, as_of: date | None,
    as_json: bool,
) -> None:  # fmt: skip
    """Solve SCENARIO and say what each partner lacks for the nearest tier above its own."""
    from api.analysis.gaps.document import GapsRequest
    from api.analysis.gaps.run import gaps
    from api.analysis.gaps.tables import gaps_sheet, tiers_sheet
    from api.cli.load import exit_of, give, load
    from api.text.gaps import gaps_lines

    request = GapsRequest(as_of=as_of, partner=partner, tier=tier)
    document = gaps(load(scenario, as_of=as_of, as_json=as_json), request)
    give(
        document,
        lambda: gaps_lines(document, most=most),
        main=lambda: gaps_sheet(document),
        others=lambda: [tiers_sheet(document)],
        output=output if document.tiers else None,
        as_json=as_json,
    )
    sys.exit(exit_of(document.state))
