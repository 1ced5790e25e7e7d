"""`cascade frontier`: what a goal reaches against how even the targets stay."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli import many_options, options

if TYPE_CHECKING:
    from api.analysis.frontier.document import FrontierDocument

_EXAMPLES = """\b
Examples:
  cascade frontier channel/value.yaml -o frontier.svg
  cascade frontier channel/value.yaml --goal 1 --give-up 0%:5%:0.5% -o frontier.svg -o frontier.csv
  cascade frontier channel/value.yaml --json | jq '.points[] | [.give_up, .reached]'

SHARES are FROM:TO:STEP or a list A,B,C of the part of the goal's best that may be given up for even
targets. Every share is solved, and the scenario without the goal as well. The typical stretch is the
root mean square of target / fair share - 1, each target counted by its fair share.

Exit codes: 3 if the rules conflict, 4 if a point could not be solved.
"""
_ENDINGS = (".svg", *many_options.ENDINGS)


def _checked(ctx: click.Context, param: click.Parameter, value: tuple[Path, ...]) -> tuple[Path, ...]:  # noqa: ARG001
    for path in value:
        if path.suffix.lower() not in _ENDINGS:
            raise click.BadParameter(f"{path} ends with none of {', '.join(_ENDINGS)}.")
    return value


@click.command(epilog=_EXAMPLES, short_help="Weigh a goal against even targets.")
@options.scenario
@click.option("--goal", "number", type=click.IntRange(min=1), default=1, show_default=True, metavar="N",
              help="Look at this goal of the scenario, counted from 1.")  # fmt: skip
@click.option("--give-up", "shares", default="0%:10%:1%", show_default=True, metavar="SHARES",
              help="How much of the goal's best may be given up.")  # fmt: skip
@many_options.jobs
@click.option("-o", "--output", "outputs", type=click.Path(dir_okay=False, path_type=Path), multiple=True,
              callback=_checked, metavar="FILE",
              help="Draw into an .svg, or write a .csv, .xlsx or .json file; may be given several times.")  # fmt: skip
@options.as_of
@options.as_json("every point")
def command(
    scenario: Path, number: int, shares: str, jobs: int | None, outputs: tuple[Path, ...], as_of: date | None,
    as_json: bool,
) -> None:  # fmt: skip
    """Solve SCENARIO for each share of a goal's best given up: what the goal reaches, how even targets stay."""
    from api.analysis.frontier.document import FrontierRequest
    from api.analysis.frontier.run import check_goal, frontier, shares_of
    from api.analysis.load_many import load_all
    from api.analysis.request import Context
    from api.cli import findings as printed
    from api.cli.load import exit_of, refusing
    from api.cli.progress import progress
    from api.processes.solve_pool import pool
    from scenarios.tables.outside import ThisMachine

    request = FrontierRequest(as_of=as_of, goal=number, give_up=shares)
    shares_of(request)
    with refusing(as_json=as_json):
        (loaded,) = load_all([scenario], as_of=as_of, outside=ThisMachine())
    printed.on_stderr(loaded.findings)
    check_goal(loaded.scenario, request)
    with progress() as report, pool(jobs, report) as solving:
        document = frontier(loaded, request, Context(solving, report))
    _show(document, outputs, as_json=as_json)
    sys.exit(exit_of(*(point.state for point in (*document.points, document.without))))


def _show(frontier: FrontierDocument, outputs: tuple[Path, ...], *, as_json: bool) -> None:
    from api.cli.load import show
    from api.text.frontier import frontier_lines

    for path in outputs:
        _write(frontier, path)
    show(frontier, lambda: frontier_lines(frontier), as_json=as_json)
    for path in outputs if not as_json else ():
        click.echo(f"written to {path}")


def _write(frontier: FrontierDocument, path: Path) -> None:
    """Raises OutputError if it cannot be written or there is nothing to draw."""
    from api.analysis.frontier.chart import frontier_svg
    from api.analysis.frontier.tables import frontier_sheet
    from api.output.atomic_files import whole
    from api.output.errors import OutputError
    from api.output.sheets import write

    if path.suffix.lower() != ".svg":
        write(
            path,
            document=lambda: frontier,
            main=lambda: frontier_sheet(frontier),
            others=lambda: (),
        )
        return
    if all(point.reached is None for point in (*frontier.points, frontier.without)):
        raise OutputError("no point has targets, so there is nothing to draw")
    try:
        with whole(path) as making:
            making.write_text(frontier_svg(frontier), encoding="utf-8")
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror or error}") from None
