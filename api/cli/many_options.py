"""Options that the commands which solve several times share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

ENDINGS = (".csv", ".xlsx", ".json")
"""What a file to write may end with."""


def jobs(command: F) -> F:
    """--jobs N, or None."""
    message = "Solve in so many processes; one per core if left out."
    return click.option("--jobs", type=click.IntRange(min=1), metavar="N", help=message)(command)


def output(what: str) -> Callable[[F], F]:
    """-o FILE, a path with an ending that is written, or None."""
    return click.option(
        "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), callback=_checked, metavar="FILE",
        help=f"Write {what} into this .csv, .xlsx or .json file.",
    )  # fmt: skip


def most(command: F) -> F:
    """--most N, how many partners to print."""
    return click.option("--most", type=click.IntRange(min=0), default=10, show_default=True, metavar="N",
                        help="Print so many of the largest moves.")(command)  # fmt: skip


def _checked(ctx: click.Context, param: click.Parameter, value: Path | None) -> Path | None:  # noqa: ARG001
    if value is not None and value.suffix.lower() not in ENDINGS:
        raise click.BadParameter(f"{value} ends with none of {', '.join(ENDINGS)}.")
    return value
