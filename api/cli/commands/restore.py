"""`cascade restore`: what a backup holds, back in place."""

from pathlib import Path

import click

from api.cli.data_dir import home_options, opened, settings
from api.cli.exit_codes import Failed


@click.command(
    epilog="\b\nExample:\n  cascade restore nightly.sqlite3 --home /srv/cascade --replace",
    short_help="Bring a backup back.",
)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--replace", is_flag=True, help="Move a SQLite database that is there aside.")
@home_options
def command(file: Path, replace: bool, home: Path, database: str | None) -> None:
    """Bring the backup FILE back, into SQLite or into an empty PostgreSQL database.

    Stop the service first. Nothing is ever deleted: with --replace the database that was there is kept under
    another name. A backup holds no key: its secrets are encrypted with the one in cascade.key or in
    CASCADE_SECRET_KEY of the service that made it, which belongs on the machine where it is brought back.
    """
    from api.db import StoreError
    from api.db.backup import restore

    try:
        restore(file, settings(home, database), replace=replace)
    except (StoreError, OSError) as error:
        raise Failed(str(error)) from error
    click.echo(f"{file} is back.")
    _warn_if_locked(home, database)


def _warn_if_locked(home: Path, database: str | None) -> None:
    """Say what is needed where the backup's secrets cannot be read here."""
    from api.db.sealed import readable

    with opened(home, database) as store:
        fault = readable(store)
    if fault:
        click.echo(f"It cannot be served yet. {fault}", err=True)
