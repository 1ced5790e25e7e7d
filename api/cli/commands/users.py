"""`cascade users`: people who log in, managed by whoever runs the service; so the first administrator is made."""

from pathlib import Path

import click

from api.cli.data_dir import home_options, opened
from api.cli.exit_codes import Failed

_EXAMPLES = """\b
Examples:
  cascade users add ada@example.com --name Ada --role admin --address https://plans.example.com
  cascade users list
  cascade users deactivate ada@example.com

A link is good once, for seven days; by it the person chooses a password.
"""


@click.group(epilog=_EXAMPLES, short_help="Invite, list and deactivate people.")
def command() -> None:
    """Invite, list and deactivate the people who log in."""


_address = click.option(
    "--address", default="http://127.0.0.1:8080", show_default=True, help="Where browsers find the service."
)


@command.command()
@click.argument("email")
@click.option("--name", required=True, help="What the person is called.")
@click.option("--role", type=click.Choice(["viewer", "planner", "approver", "admin"]), default="viewer")
@click.option("--organisation", default="default", show_default=True, help="Made when it is new.")
@_address
@home_options
def add(
    email: str, name: str, role: str, organisation: str, address: str, home: Path, database: str | None
) -> None:
    """Invite the person who will log in as EMAIL, and print the link, this once."""
    from pydantic import TypeAdapter, ValidationError

    from api.db import NotFound, Taken
    from api.db.scopes import Role
    from api.db.tables import organisations
    from api.resources.users.schemas import Email
    from api.resources.users.service import invite

    try:
        TypeAdapter(Email).validate_python(email)
    except ValidationError:
        raise click.BadParameter(f"'{email}' is no e-mail address.", param_hint="EMAIL") from None
    with opened(home, database) as store, store.write() as session:
        try:
            org = organisations.find(session, organisation)
        except NotFound:
            org = organisations.create(session, organisation)
        try:
            made = invite(session, org.id, email=email, name=name, role=Role(role), created_by="operator")
        except Taken as error:
            raise Failed(str(error)) from error
    click.echo(address.rstrip("/") + made.path)


@command.command("list")
@home_options
def list_users(home: Path, database: str | None) -> None:
    """List the people, and the invitations that are open."""
    from api.db.tables import invitations, organisations, users

    with opened(home, database) as store, store.read() as session:
        for org in organisations.everyone(session):
            for user in users.listed(session, org.id, limit=10_000).items:
                state = "active" if user.active else "deactivated"
                click.echo(f"{user.id}  {user.email}  {user.role}  {org.name}  {user.name}  {state}")
            for each in invitations.listed(session, org.id, limit=10_000).items:
                if each.open:
                    until = f"invited until {each.expires_at:%Y-%m-%d}"
                    click.echo(f"{each.id}  {each.email}  {each.role}  {org.name}  {each.name}  {until}")


@command.command()
@click.argument("email")
@_address
@home_options
def reset(email: str, address: str, home: Path, database: str | None) -> None:
    """Print a link by which the person EMAIL chooses a new password."""
    from api.db.tables import users
    from api.resources.users.service import reset

    with opened(home, database, create=False) as store, store.write() as session:
        user = users.by_email(session, email)
        if user is None:
            raise Failed(f"There is no account '{email}'. `cascade users list` shows who does.")
        made = reset(session, user.org_id, user.id, created_by="operator")
    click.echo(address.rstrip("/") + made.path)


@command.command()
@click.argument("email")
@home_options
def deactivate(email: str, home: Path, database: str | None) -> None:
    """End the sessions and keys of the person EMAIL, who cannot log in any more."""
    from api.db.errors import LastAdmin
    from api.db.tables import users
    from api.resources.users.service import change

    with opened(home, database, create=False) as store, store.write() as session:
        user = users.by_email(session, email)
        if user is None:
            raise Failed(f"There is no account '{email}'. `cascade users list` shows who does.")
        try:
            change(session, user.org_id, user.id, expected=None, by="operator", active=False)
        except LastAdmin as error:
            raise Failed(str(error)) from error
    click.echo(f"{user.email} cannot log in any more.")
