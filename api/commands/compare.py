"""`cascade compare`: allocations side by side, what moved, and which change moved it."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api import options
from api.comparing import options as ours
from api.exits import Exit

if TYPE_CHECKING:
    from scenarios.compare import Comparison

_EXAMPLES = """\b
Examples:
  cascade compare channel/scenario.yaml channel/stretch.yaml
  cascade compare channel/scenario.yaml channel/stretch.yaml -o moves.xlsx
  cascade compare last-week/ this-week/ --json | jq .against_first[0].moves

A, B, C are scenarios, which are solved on the spot, or folders written by cascade solve -o. Each later
one is compared with A. Between two scenarios the changes are made one after the other, in the
order of the file, and each is charged with what moves when it is made; between folders the inputs that
differ are named. CSV holds every target; XLSX and JSON hold totals, stretch, rules and reasons too.

Exit codes: 3 if the rules of one of them conflict, 4 if one cannot be solved; the others are shown all
the same.
"""


@click.command(epilog=_EXAMPLES, short_help="Compare allocations, and say what moved them.")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="A B [C]...")
@click.option(
    "--why/--no-why", default=True, help="Find out which change moved what; costs a solve for each."
)
@ours.most
@ours.jobs
@ours.output("the comparison")
@options.as_of
@options.as_json("the comparison")
def command(
    paths: tuple[Path, ...], why: bool, most: int, jobs: int | None, output: Path | None, as_of: date | None,
    as_json: bool,
) -> None:  # fmt: skip
    """Compare allocations: totals, stretch, rules, largest moves, who newly stands at a limit, and why."""
    from api.comparing.pool import pool
    from api.comparing.sides import compared, read_sources
    from api.progress import progress

    if len(paths) < 2:
        raise click.UsageError("name at least two scenarios or folders.")
    sources = read_sources(paths, as_of=as_of, as_json=as_json)
    with progress() as tell, pool(jobs, tell) as solving:
        comparison = compared(sources, solving, why=why)
    _tell(comparison, output, most=most, as_json=as_json)
    states = {side.state for side in comparison.sides}
    sys.exit(Exit.FAILED if "failed" in states else Exit.CONFLICT if "infeasible" in states else Exit.DONE)


def _tell(comparison: Comparison, output: Path | None, *, most: int, as_json: bool) -> None:
    from api.comparing.document import comparison_document
    from api.comparing.lines import comparison_lines
    from api.comparing.sheets import json_text, write
    from api.comparing.tables import moves_sheet, other_sheets

    if output is not None:
        write(
            output,
            document=lambda: comparison_document(comparison),
            main=lambda: moves_sheet(comparison),
            others=lambda: other_sheets(comparison),
        )
    if as_json:
        click.echo(json_text(comparison_document(comparison)), nl=False)
        return
    for line in comparison_lines(comparison, most=most):
        click.echo(line)
    if output is not None:
        click.echo(f"\nwritten to {output}")
