"""`cascade sweep`: a scenario solved over a grid of values, and what is feasible in it."""

from __future__ import annotations

import sys
from collections.abc import Collection
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli import many_options, options
from api.cli.exit_codes import Exit

if TYPE_CHECKING:
    from api.analysis.sweep.document import SweepDocument

_EXAMPLES = """\b
Examples:
  cascade sweep channel/scenario.yaml --set 'everyone grows.growth_min=0%:12%:1%'
  cascade sweep channel/scenario.yaml --set 'company target.total=38M:44M:1M' \\
      --set 'everyone grows.growth_min=0%,3%,6%' -o grid.csv

NAME is a rule or target, FIELD one of its fields (or a key within it: programme minimum.minimum.Gold). Values
are FROM:TO:STEP or a list A,B,C; write 3%, 1200.50, 40k, 38M, a word, or null to take the field away.
Every combination is solved; what is not feasible is reported and does not stop the rest.

Exit codes: 3 if no point is feasible, 4 if a point could not be solved.
"""


@click.command(epilog=_EXAMPLES, short_help="Solve a grid of changed numbers.")
@options.scenario
@click.option("--set", "text", multiple=True, required=True, metavar="NAME.FIELD=VALUES",
              help="Vary this field; may be given several times.")  # fmt: skip
@many_options.jobs
@many_options.output("every point")
@options.as_of
@options.as_json("every point and the frontier")
def command(
    scenario: Path, text: tuple[str, ...], jobs: int | None, output: Path | None, as_of: date | None,
    as_json: bool,
) -> None:  # fmt: skip
    """Solve SCENARIO for every combination of values: totals, what gives way, evenness, what is feasible."""
    from api.analysis.load_many import load_all
    from api.analysis.request import Context
    from api.analysis.sweep.document import SweepRequest
    from api.analysis.sweep.run import grid_of, parameters_of, sweep_grid
    from api.cli import findings as printed
    from api.cli.load import refusing
    from api.cli.progress import progress
    from api.processes.solve_pool import pool
    from scenarios.tables.outside import ThisMachine

    parameters = parameters_of(SweepRequest(as_of=as_of, parameters=text))
    with refusing(as_json=as_json):
        (loaded,) = load_all([scenario], as_of=as_of, outside=ThisMachine())
    printed.on_stderr(loaded.findings)
    with refusing(as_json=as_json):
        grid = grid_of(loaded, parameters)
    printed.on_stderr(grid.findings)
    with progress() as report, pool(jobs, report) as solving:
        document = sweep_grid(grid, Context(solving, report))
    _show(document, output, as_json=as_json)
    sys.exit(_code({point.state for point in document.points}))


def _code(states: Collection[str]) -> Exit:
    if "failed" in states:
        return Exit.FAILED
    return Exit.DONE if "succeeded" in states else Exit.CONFLICT


def _show(document: SweepDocument, output: Path | None, *, as_json: bool) -> None:
    from api.analysis.sweep.tables import frontier_sheet, points_sheet
    from api.cli.load import give
    from api.text.sweep import sweep_lines

    give(
        document,
        lambda: sweep_lines(document),
        main=lambda: points_sheet(document),
        others=lambda: [frontier_sheet(document)],
        output=output,
        as_json=as_json,
    )
