"""`cascade sweep`: a scenario solved over a grid of values, and what is possible in it."""

from __future__ import annotations

import sys
from collections.abc import Collection
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api import options
from api.comparing import options as ours
from api.exits import Exit

if TYPE_CHECKING:
    from api.comparing.points import Sweep
    from scenarios.sweep import Parameter

_EXAMPLES = """\b
Examples:
  cascade sweep channel/scenario.yaml --set 'everyone grows.growth_min=0%:12%:1%'
  cascade sweep channel/scenario.yaml --set 'company target.total=38M:44M:1M' \\
      --set 'everyone grows.growth_min=0%,3%,6%' -o grid.csv

NAME is a rule or target, FIELD one of its fields (or a key within it: programme minimum.minimum.Gold). Values
are FROM:TO:STEP or a list A,B,C; write 3%, 1200.50, 40k, 38M, a word, or null to take the field away.
Every combination is solved; what is not possible is told and does not stop the rest.

Exit codes: 3 if no point is possible, 4 if a point could not be solved.
"""


@click.command(epilog=_EXAMPLES, short_help="Solve a grid of changed numbers.")
@options.scenario
@click.option("--set", "written", multiple=True, required=True, metavar="NAME.FIELD=VALUES",
              help="Vary this field; may be given several times.")  # fmt: skip
@ours.jobs
@ours.output("every point")
@options.as_of
@options.as_json("every point and the frontier")
def command(
    scenario: Path, written: tuple[str, ...], jobs: int | None, output: Path | None, as_of: date | None,
    as_json: bool,
) -> None:  # fmt: skip
    """Solve SCENARIO for every combination of values: totals, what gives way, evenness, what is possible."""
    from api.comparing.points import locate_all, swept
    from api.comparing.pool import pool
    from api.comparing.reading import ask_all, refuse_errors
    from api.progress import progress

    parameters = _parameters(written)
    (asked,) = ask_all([scenario], as_of=as_of, as_json=as_json)
    asking, findings = locate_all(asked, parameters)
    refuse_errors(findings, as_json=as_json)
    assert asking is not None, "a parameter that is not found is an error"
    with progress() as tell, pool(jobs, tell) as solving:
        sweep = swept(asking, solving)
    _tell(sweep, output, as_json=as_json)
    states = {point.solved.state for point in sweep.points}
    sys.exit(_code(states))


def _code(states: Collection[str]) -> Exit:
    if "failed" in states:
        return Exit.FAILED
    return Exit.DONE if "succeeded" in states else Exit.CONFLICT


def _parameters(written: tuple[str, ...]) -> list[Parameter]:
    """What to vary. Raises UsageError where it is not clear, named twice, or too much."""
    from math import prod

    from scenarios.sweep import MOST_POINTS, Unclear, parse_parameter

    try:
        found = [parse_parameter(text) for text in written]
    except Unclear as error:
        raise click.BadParameter(f"{error}.", param_hint="--set") from None
    names = [parameter.written for parameter in found]
    if twice := [name for at, name in enumerate(names) if name in names[:at]]:
        raise click.BadParameter(f"{twice[0]!r} is given twice.", param_hint="--set")
    points = prod(len(parameter.values) for parameter in found)
    if points > MOST_POINTS:
        raise click.BadParameter(f"{points:,} points, more than {MOST_POINTS:,}.", param_hint="--set")
    return found


def _tell(sweep: Sweep, output: Path | None, *, as_json: bool) -> None:
    from api.comparing.sheets import json_text, write
    from api.comparing.sweep_shown import frontier_sheet, points_sheet, sweep_document, sweep_lines

    if output is not None:
        write(
            output,
            document=lambda: sweep_document(sweep),
            main=lambda: points_sheet(sweep),
            others=lambda: [frontier_sheet(sweep)],
        )
    if as_json:
        click.echo(json_text(sweep_document(sweep)), nl=False)
        return
    for line in sweep_lines(sweep):
        click.echo(line)
    if output is not None:
        click.echo(f"written to {output}")
