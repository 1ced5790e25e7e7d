"""`cascade frontier`: what a goal reaches against how even the targets stay."""

from __future__ import annotations

import sys
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api import options
from api.comparing import options as ours
from api.exits import Exit, Failed

if TYPE_CHECKING:
    from api.frontier.shown import Frontier
    from scenarios import Scenario

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
_ENDINGS = (".svg", *ours.ENDINGS)


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
@ours.jobs
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
    from api.comparing.pool import pool
    from api.comparing.reading import ask_all
    from api.frontier.shown import Frontier
    from api.progress import progress
    from solver.frontier import Task, solve_point

    chosen = _shares(shares)
    (asked,) = ask_all([scenario], as_of=as_of, as_json=as_json)
    _check(asked.scenario, number)
    tasks = [Task(asked.scenario, number - 1, share) for share in (*chosen, None)]
    with progress() as tell, pool(jobs, tell) as solving:
        *points, without = solving.each(solve_point, tasks, "solving point")
    frontier = Frontier(asked.scenario, number, tuple(points), without)
    _tell(frontier, outputs, as_json=as_json)
    states = {point.state for point in frontier.every}
    sys.exit(Exit.FAILED if "failed" in states else Exit.CONFLICT if "infeasible" in states else Exit.DONE)


def _shares(text: str) -> list[Fraction]:
    """The shares meant. Raises BadParameter where they are not clear or no parts of a whole."""
    from scenarios.numbers import parse_number
    from scenarios.sweep import Unclear, parse_parameter

    try:
        found = [parse_number(value.data) for value in parse_parameter(f"goal.give_up={text}").values]
    except (Unclear, ValueError) as error:
        raise click.BadParameter(f"{error}.".replace("goal.give_up=", ""), param_hint="--give-up") from None
    if not all(0 <= share <= 1 for share in found):
        raise click.BadParameter("a share is below 0% or above 100%.", param_hint="--give-up")
    return found


def _check(scenario: Scenario, number: int) -> None:
    """Raises UsageError where the scenario has no such goal."""
    count = len(scenario.goals)
    if not count:
        raise click.UsageError("the scenario has no goals; write goals: [{maximise: {margin: 1}}] in it.")
    if number > count:
        raise click.BadParameter(f"the scenario has {count} goal{'s' * (count > 1)}.", param_hint="--goal")


def _tell(frontier: Frontier, outputs: tuple[Path, ...], *, as_json: bool) -> None:
    from api.comparing.sheets import json_text
    from api.frontier.shown import frontier_document, frontier_lines

    for path in outputs:
        _write(frontier, path)
    if as_json:
        click.echo(json_text(frontier_document(frontier)), nl=False)
        return
    for line in frontier_lines(frontier):
        click.echo(line)
    for path in outputs:
        click.echo(f"written to {path}")


def _write(frontier: Frontier, path: Path) -> None:
    """Raises Failed if it cannot be written or there is nothing to draw."""
    from api.atomic import whole
    from api.comparing.sheets import write
    from api.frontier.chart import frontier_svg
    from api.frontier.shown import frontier_document, frontier_sheet

    if path.suffix.lower() != ".svg":
        write(
            path,
            document=lambda: frontier_document(frontier),
            main=lambda: frontier_sheet(frontier),
            others=lambda: (),
        )
        return
    if all(point.targets is None for point in frontier.every):
        raise Failed("no point has targets, so there is nothing to draw")
    try:
        with whole(path) as making:
            making.write_text(frontier_svg(frontier), encoding="utf-8")
    except OSError as error:
        raise Failed(f"cannot write {path}: {error.strerror or error}") from None
