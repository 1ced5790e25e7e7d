"""`cascade restore`: what a backup holds, back in place."""

from pathlib import Path

import click

from api.exits import Failed
from api.home import home_options, settings


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
    another name.
    """
    from api.backup import restore
    from api.store import StoreError

    try:
        restore(file, settings(home, database), replace=replace)
    except (StoreError, OSError) as error:
        raise Failed(str(error)) from error
    click.echo(f"{file} is back.")
