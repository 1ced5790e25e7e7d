"""`cascade keys`: API keys, made and revoked by whoever runs the service."""

from datetime import UTC, datetime
from pathlib import Path

import click

from api.exits import Failed
from api.home import home_options, opened


@click.group(
    epilog="\b\nExamples:\n"
    "  cascade keys create --name 'PRM of Acme' --scope plans:read --machine\n"
    "  cascade keys list\n"
    "  cascade keys revoke key_01M7ZSRX0KFDDACC62DGPCQM0E"
)
def command() -> None:
    """Make, list and revoke API keys."""


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
    from api import keys
    from api.store import NotFound, organisations

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
                role=keys.Role(role),
                scopes=frozenset(map(keys.Scope, scopes)) or None,
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
    from api.store import organisations
    from api.store.keys import listed

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
    from api import keys
    from api.store import NotFound, organisations

    with opened(home, database) as store, store.write() as session:
        for org in organisations.everyone(session):
            try:
                keys.revoke(session, org.id, key_id, revoked_by="operator")
            except NotFound:
                continue
            return click.echo(f"{key_id} is revoked.")
    raise Failed(f"There is no key '{key_id}'. `cascade keys list` shows them.")
