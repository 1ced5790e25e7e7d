"""`cascade keys`: API keys, made and revoked by whoever runs the service."""

from datetime import UTC, datetime
from pathlib import Path

import click

from api.cli.data_dir import home_options, opened
from api.cli.exit_codes import Failed
from api.cli.settings import setting


@click.group(
    epilog="\b\nExamples:\n"
    "  cascade keys first\n"
    "  cascade keys create --name 'PRM of Acme' --scope plans:read --machine\n"
    "  cascade keys list\n"
    "  cascade keys revoke key_01M7ZSRX0KFDDACC62DGPCQM0E"
)
def command() -> None:
    """Make, list and revoke API keys."""


@command.command()
@setting(
    "--first-key",
    metavar="KEY",
    help="What the first admin key is to be, from `cascade keys generate`; it is not printed then.",
)
@home_options
def first(first_key: str | None, home: Path, database: str | None) -> None:
    """Make the first admin key; where there is a key already, nothing is made and nothing is printed."""
    from api.resources.keys.service import well_formed
    from api.server import Place

    if first_key is not None and not well_formed(first_key):
        raise click.BadParameter("take one from `cascade keys generate`.", param_hint="--first-key")
    place = Place(home=home, database=database, first_key=first_key)
    with opened(home, database) as store:
        made = place.first_admin(store)
    if made and first_key is None:
        click.echo(made.token)


@command.command()
def generate() -> None:
    """Print what a key may be, for --first-key; nothing is made."""
    from api.resources.keys.service import generate as generated

    click.echo(generated())


@command.command()
@click.option("--name", required=True, help="Whose key it is.")
@click.option("--role", type=click.Choice(["viewer", "planner", "approver", "admin"]), default="viewer")
@click.option("--scope", "scopes", multiple=True, help="Only this of what the role may; may be repeated.")
@click.option("--machine", is_flag=True, help="For a program, which must send an Idempotency-Key.")
@click.option("--expires", type=click.DateTime(["%Y-%m-%d"]), help="The first day it is not good any more.")
@click.option("--organisation", default="default", show_default=True, help="Made when it is new.")
@home_options
def create(
    name: str,
    role: str,
    scopes: tuple[str, ...],
    machine: bool,
    expires: datetime | None,
    organisation: str,
    home: Path,
    database: str | None,
) -> None:
    """Make a key and print it, this once."""
    from api.db import NotFound
    from api.db.scopes import Role, Scope
    from api.db.tables import organisations
    from api.resources.keys import service as keys

    with opened(home, database) as store, store.write() as session:
        try:
            org = organisations.find(session, organisation)
        except NotFound:
            org = organisations.create(session, organisation)
        try:
            made = keys.create(
                session,
                org.id,
                name=name,
                role=Role(role),
                scopes=frozenset(map(Scope, scopes)) or None,
                machine=machine,
                expires_at=expires.replace(tzinfo=UTC) if expires else None,
                created_by="operator",
            )
        except ValueError as error:
            raise click.BadParameter(str(error), param_hint="--scope") from error
    click.echo(made.token)


@command.command("list")
@home_options
def list_keys(home: Path, database: str | None) -> None:
    """List the keys; their secrets are not kept."""
    from api.db.tables import organisations
    from api.db.tables.keys import listed

    with opened(home, database) as store, store.read() as session:
        for org in organisations.everyone(session):
            for key in listed(session, org.id, limit=10_000).items:
                until = "revoked" if key.revoked_at else f"until {key.expires_at or 'revoked'}"
                click.echo(f"{key.id}  {key.prefix}  {key.role}  {org.name}  {key.name}  {until}")


@command.command()
@click.argument("key_id")
@home_options
def revoke(key_id: str, home: Path, database: str | None) -> None:
    """Make the key KEY_ID good for nothing."""
    from api.db import NotFound
    from api.db.tables import organisations
    from api.resources.keys import service as keys

    with opened(home, database) as store, store.write() as session:
        for org in organisations.everyone(session):
            try:
                keys.revoke(session, org.id, key_id, revoked_by="operator")
            except NotFound:
                continue
            return click.echo(f"{key_id} is revoked.")
    raise Failed(f"There is no key '{key_id}'. `cascade keys list` shows them.")
