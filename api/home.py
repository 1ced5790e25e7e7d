"""Where a service keeps its things: the options that say so, and the store that is found there."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from api.exits import Failed

if TYPE_CHECKING:
    from api.store import Settings, Store

F = TypeVar("F", bound=Callable[..., Any])


def home_options(command: F) -> F:
    """--home, a folder, and --database, a URL or None."""
    database = click.option(
        "--database",
        envvar="CASCADE_DATABASE",
        metavar="URL",
        help="postgresql://…; left out, a SQLite database under --home.",
    )
    home = click.option(
        "--home",
        envvar="CASCADE_HOME",
        type=click.Path(path_type=Path, file_okay=False),
        default=Path("cascade-home"),
        show_default=True,
        help="The folder that holds all the service keeps.",
    )
    return home(database(command))


def settings(home: Path, database: str | None) -> Settings:
    """Where the store lies."""
    from api.store import Settings, home_url

    return Settings(database or home_url(home))


@contextlib.contextmanager
def opened(home: Path, database: str | None, *, create: bool = True) -> Iterator[Store]:
    """The open store; the command ends with a message when there is none to be had."""
    from api.store import Store, StoreError

    place = settings(home, database)
    if not create and place.path and not place.path.exists():
        raise Failed(f"There is no database {place.path}.")
    try:
        store = Store.open(place)
    except StoreError as error:
        raise Failed(str(error)) from error
    try:
        yield store
    finally:
        store.close()
