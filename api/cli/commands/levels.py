"""`cascade levels`: the targets rolled up, from the partners over each level to the company."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli import many_options, options

if TYPE_CHECKING:
    from api.analysis.levels import LevelsDocument
    from solver import Allocation

_EXAMPLES = """\b
Examples:
  cascade levels channel/scenario.yaml
  cascade levels channel/scenario.yaml --to partner -o levels.xlsx
  cascade levels channel/scenario.yaml --json | jq '.levels.nodes[] | select(.level == "region")'

The levels are those that the scenario lists under cascade. Beside its base, which always adds up to the
company target, each node has its assigned number, padded as over_assign says for its level.
Below stand the groups of splits (shares:), in which each partner counts by its shares.
"""


@click.command(epilog=_EXAMPLES, short_help="Roll the targets up to the company.")
@options.scenario
@click.option(
    "--to", metavar="LEVEL", help="Go down to this level; to the last above the partners if left out."
)
@click.option("--metric", metavar="NAME", help="Print this metric alone.")
@click.option("--period", metavar="NAME", help="Print this period instead of the whole.")
@many_options.output("the levels")
@options.as_of
@options.as_json("the levels")
def command(
    scenario: Path, to: str | None, metric: str | None, period: str | None, output: Path | None,
    as_of: date | None, as_json: bool,
) -> None:  # fmt: skip
    """Solve SCENARIO and roll its targets up: what each level comes to, and what it is assigned."""
    from api.analysis.levels import LevelsRequest, check_levels, check_name, levels_document
    from api.analysis.solve import allocation_of
    from api.cli.load import exit_of, load, show
    from api.cli.terminal import columns
    from api.text.levels import levels_lines

    request = LevelsRequest(as_of=as_of, to=to)
    loaded = load(scenario, as_of=as_of, as_json=as_json)
    check_levels(loaded, request)
    check_name("metric", metric, tuple(loaded.scenario.metrics))
    check_name("period", period, loaded.scenario.periods)
    allocation = allocation_of(loaded)
    document = levels_document(allocation, request)
    if output is not None and document.levels is not None:
        _write(allocation, document, to, output)
    chosen = (metric,) if metric else ()
    show(
        document,
        lambda: levels_lines(document, metrics=chosen, period=period, columns=columns()),
        as_json=as_json,
    )
    if output is not None and document.levels is not None and not as_json:
        click.echo(f"\nwritten to {output}")
    sys.exit(exit_of(document.state))


def _write(allocation: Allocation, document: LevelsDocument, to: str | None, output: Path) -> None:
    from api.output.levels_table import levels_table
    from api.output.sheets import Sheet, write

    write(
        output,
        document=lambda: document,
        main=lambda: Sheet("Levels", levels_table(allocation, to=to)),
        others=lambda: (),
    )
