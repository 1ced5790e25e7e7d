"""`cascade levels`: the targets rolled up, from the partners over each level to the company."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api import options
from api.comparing import options as ours

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.asking import Asked
    from solver.levels import Levels

_EXAMPLES = """\b
Examples:
  cascade levels channel/scenario.yaml
  cascade levels channel/scenario.yaml --to partner -o levels.xlsx
  cascade levels channel/scenario.yaml --json | jq '.nodes[] | select(.level == "region")'

The levels are those that the scenario lists under cascade. Beside its base, which always adds up to the
company target, each node has its assigned number, padded as over_assign says for its level.
"""


@click.command(epilog=_EXAMPLES, short_help="Roll the targets up to the company.")
@options.scenario
@click.option(
    "--to", metavar="LEVEL", help="Go down to this level; to the last above the partners if left out."
)
@click.option("--metric", metavar="NAME", help="Print this metric alone.")
@click.option("--period", metavar="NAME", help="Print this period instead of the whole.")
@ours.output("the levels")
@options.as_of
@options.as_json("the levels")
def command(
    scenario: Path, to: str | None, metric: str | None, period: str | None, output: Path | None,
    as_of: date | None, as_json: bool,
) -> None:  # fmt: skip
    """Solve SCENARIO and roll its targets up: what each level comes to, and what it is assigned."""
    from api.answering import allocated
    from api.asking import ask
    from solver.levels import roll_up

    asked = ask(scenario, as_of=as_of, as_json=as_json)
    _check(asked, to, metric, period)
    _tell(roll_up(allocated(asked, as_json=as_json)), to, metric, period, output, as_json=as_json)


def _check(asked: Asked, to: str | None, metric: str | None, period: str | None) -> None:
    """Raises UsageError for names that the scenario does not have."""
    from solver.levels import COMPANY, PARTNER

    found = asked.scenario
    if not found.cascade and not found.over_assign:
        raise click.UsageError("the scenario has no levels; write cascade: [region, tier] in it.")
    _known(to, (COMPANY, *found.cascade, PARTNER), "--to")
    _known(metric, tuple(found.metrics), "--metric")
    _known(period, found.periods, "--period")


def _known(name: str | None, names: Sequence[str], option: str) -> None:
    from scenarios import did_you_mean

    if name is not None and name not in names:
        there = f" There are: {', '.join(names)}." if names else " The scenario has none."
        raise click.BadParameter(
            f"{name!r} is not there.{did_you_mean(name, names) or there}", param_hint=option
        )


def _tell(
    levels: Levels,
    to: str | None,
    metric: str | None,
    period: str | None,
    output: Path | None,
    *,
    as_json: bool,
) -> None:
    from api.comparing.sheets import Sheet, json_text, write
    from api.outputs.levels import level_rows, rows_table
    from api.outputs.levels_shown import levels_document, levels_lines

    if output is not None:
        write(
            output,
            document=lambda: levels_document(levels, to=to),
            main=lambda: Sheet("Levels", rows_table(level_rows(levels, to=to))),
            others=lambda: (),
        )
    if as_json:
        click.echo(json_text(levels_document(levels, to=to)), nl=False)
        return
    for line in levels_lines(levels, to=to, metrics=(metric,) if metric else (), period=period):
        click.echo(line)
    if output is not None:
        click.echo(f"\nwritten to {output}")
