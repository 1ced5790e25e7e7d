"""`cascade backup`: one file with everything the service keeps."""

from pathlib import Path

import click

from api.exits import Failed
from api.home import home_options, opened


@click.command(
    epilog="\b\nExample:\n  cascade backup nightly.sqlite3 --home /srv/cascade",
    short_help="Back the service's store up into a new file.",
)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@home_options
def command(file: Path, home: Path, database: str | None) -> None:
    """Write a backup to FILE, a new file; the service may go on meanwhile.

    FILE is a SQLite database, also when it was made from PostgreSQL. Bring it back with `cascade restore`.
    """
    from api.backup import backup
    from api.store import StoreError

    with opened(home, database, create=False) as store:
        try:
            backup(store, file)
        except (StoreError, OSError) as error:
            raise Failed(str(error)) from error
    click.echo(f"{file}: {file.stat().st_size:,} bytes")
