"""`cascade backup`: one file with everything the service keeps."""

from pathlib import Path

import click

from api.cli.data_dir import home_options, opened
from api.cli.exit_codes import Failed


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
    from api.db import StoreError
    from api.db.backup import backup

    with opened(home, database, create=False) as store:
        try:
            backup(store, file)
        except (StoreError, OSError) as error:
            raise Failed(str(error)) from error
    click.echo(f"{file}: {file.stat().st_size:,} bytes")
