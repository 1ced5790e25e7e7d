"""Arguments and options that several commands share."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


def scenario(command: F) -> F:
    """SCENARIO, the path of a file or of its folder; whether it is there is for the reading to find."""
    return click.argument("scenario", type=click.Path(path_type=Path))(command)


def as_of(command: F) -> F:
    """--as-of DAY, a date or None."""
    return click.option(
        "--as-of",
        type=click.DateTime(["%Y-%m-%d"]),
        callback=_day,
        metavar="DAY",
        help="Apply adjustments that count on this day (2021-03-31); today if left out.",
    )(command)


def engine(command: F) -> F:
    """--engine NAME, or None for our own."""
    return click.option(
        "--engine",
        metavar="NAME",
        help="Pursue linear goals with another engine: pulp:CBC, pulp:HiGHS_CMD, or another that PuLP finds.",
    )(command)


def as_json(what: str) -> Callable[[F], F]:
    """--json, a flag `as_json`."""
    return click.option("--json", "as_json", is_flag=True, help=f"Print {what} as JSON.")


def _day(ctx: click.Context, param: click.Parameter, value: datetime | None) -> date | None:  # noqa: ARG001
    return value.date() if value else None
