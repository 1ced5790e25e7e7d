"""`cascade secrets`: the key that secrets at rest are encrypted with."""

from pathlib import Path

import click

from api.cli.data_dir import home_options, opened
from api.cli.exit_codes import Failed

_EXAMPLES = """\b
Examples:
  cascade secrets generate
  cascade secrets rotate --home /srv/cascade

The key is in cascade.key under the home, or in CASCADE_SECRET_KEY (several with `,` between, the newest first),
or in the file that CASCADE_SECRET_KEY_FILE names. It is in no backup.
"""


@click.group(epilog=_EXAMPLES, short_help="Make, change or replace the key of the secrets.")
def command() -> None:
    """Make, change or replace the key that secrets in the database are encrypted with."""


@command.command()
def generate() -> None:
    """Print a new key, for CASCADE_SECRET_KEY."""
    from api.db.keyring import generate

    click.echo(generate())


@command.command()
@click.option("--drop-old", is_flag=True, help="Keep the key before it no longer; stop the servers first.")
@home_options
def rotate(drop_old: bool, home: Path, database: str | None) -> None:
    """Encrypt every secret anew, with a new key.

    Servers may go on meanwhile. A key of the environment is changed there first: the new one in front of the old
    one, then this, then the old one goes.
    """
    from api.db import StoreError
    from api.db.sealed import rotate

    with opened(home, database, create=False) as store:
        try:
            changed = rotate(store, drop_old=drop_old)
        except StoreError as error:
            raise Failed(str(error)) from error
    click.echo(f"{changed} secrets are encrypted with the newest key.")


@command.command()
@click.confirmation_option(prompt="All sessions end, and receivers of webhooks need new secrets. Go on?")
@home_options
def reset(home: Path, database: str | None) -> None:
    """Make new secrets where the key is lost."""
    from api.db import StoreError
    from api.db.sealed import reset

    with opened(home, database, create=False) as store:
        try:
            hooks = reset(store)
        except StoreError as error:
            raise Failed(str(error)) from error
    click.echo(
        f"There are new secrets; {hooks} webhooks have new ones, which `rotate` of each webhook tells."
    )
