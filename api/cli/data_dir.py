"""Where a service keeps its things: the options that say so, and the store that is found there."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from api.cli.exit_codes import Failed
from api.cli.settings import setting, settings_file

if TYPE_CHECKING:
    from api.db import Settings, Store

F = TypeVar("F", bound=Callable[..., Any])


def home_options(command: F) -> F:
    """--home, a folder, --database, a URL or None, and --settings, the file that may say so."""
    database = setting(
        "--database",
        metavar="URL",
        help="postgresql://…; left out, a SQLite database under --home.",
    )
    home = setting(
        "--home",
        type=click.Path(path_type=Path, file_okay=False),
        callback=_whole,
        default=Path("cascade-home"),
        show_default=True,
        help="The folder that holds all the service keeps.",
    )
    return home(database(settings_file(command)))


def _whole(ctx: click.Context, param: click.Parameter, value: Path) -> Path:  # noqa: ARG001
    """The path from the root: solves work in folders of their own, where a relative one means another place."""
    return value.absolute()


def settings(home: Path, database: str | None) -> Settings:
    """Where the store lies."""
    from api.db import Settings

    return Settings.at(home, database)


@contextlib.contextmanager
def opened(home: Path, database: str | None, *, create: bool = True) -> Iterator[Store]:
    """The open store; the command ends with a message when there is none to be had."""
    from api.db import Store, StoreError
    from api.db.startup import one_at_a_time

    place = settings(home, database)
    if not create and place.path and not place.path.exists():
        raise Failed(f"There is no database {place.path}.")
    try:
        with one_at_a_time(place):
            store = Store.open(place)
    except StoreError as error:
        raise Failed(str(error)) from error
    try:
        yield store
    finally:
        store.close()
