"""PLAN and ACTUALS: what the commands share that put beside a plan what happened."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from api.output.document import Document

Command = Callable[..., None]
D = TypeVar("D", bound="Document")

_UNASSIGNED = "Count rows of unknown partners above the partners."


def plan_and_actuals(
    *, required: bool = False, unassigned: str = _UNASSIGNED
) -> Callable[[Command], Command]:
    """PLAN, ACTUALS, and the options that say how these count, which come as the mapping `counted`."""

    def decorate(command: Command) -> Command:
        @wraps(command)
        def gathered(
            as_of: datetime | None,
            done: tuple[str, ...],
            missing: str | None,
            unassigned: str | None,
            **more: Any,
        ) -> None:
            counted = {
                "as_of": as_of and as_of.strftime("%Y-%m-%d"),
                "done": done or None,
                "missing": missing,
                "unassigned": unassigned,
            }
            command(counted=counted, **more)

        wrapped: Command = gathered
        for option in reversed(_options(required=required, unassigned=unassigned)):
            wrapped = option(wrapped)
        return wrapped

    return decorate


def _options(*, required: bool, unassigned: str) -> Sequence[Callable[[Command], Command]]:
    return (
        click.argument("plan", type=click.Path(path_type=Path)),
        click.argument("actuals", nargs=-1, required=required, type=click.Path(path_type=Path)),
        click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), metavar="DAY",
                     help="Count what was known on this day; the last one in ACTUALS if left out."),
        click.option("--done", multiple=True, metavar="PART",
                     help="A part of the period that is over, where the plan has no calendar."),
        click.option("--missing", type=click.Choice(["zero"]), help="Who has no row has done nothing."),
        click.option("--unassigned", type=click.Choice(["keep"]), help=unassigned),
    )  # fmt: skip


def about_plan(
    plan: Path,
    actuals: Sequence[Path],
    ask: Callable[[Any, Any, Any], D],
    request: Any,
    *,
    as_json: bool,
    metric: str | None = None,
) -> D:
    """What an analysis answers about a plan by its actuals; mistakes in either end the command."""
    from api.analysis.levels import check_name
    from api.analysis.plan import read_plan
    from api.analysis.standing.run import actuals_files
    from api.cli.load import refusing

    with refusing(as_json=as_json):
        found = read_plan(plan)
        check_name("metric", metric, tuple(found.scenario.metrics))
        return ask(found, actuals_files(actuals, found.scenario), request)
