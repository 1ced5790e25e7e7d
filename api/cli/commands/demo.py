"""`cascade demo`: the service with the example solved, to look at in the browser."""

from __future__ import annotations

import sys
import webbrowser
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from flask import Flask

    from api.resources.keys.service import NewKey

_EXAMPLE = Path(__file__).parents[3] / "scenarios" / "examples" / "channel"
_FILES = {"scenario": "scenario.yaml", "table": "partners.csv", "rules": "rules.yaml"}
_EXAMPLES = """\b
Examples:
  cascade demo
  cascade demo --port 0 --no-open

Nothing is kept: when it is stopped, all that was done in it is gone. `cascade serve` keeps things.
"""


@click.command(epilog=_EXAMPLES, short_help="Show the example in the browser.")
@click.option(
    "--port", default=0, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one."
)
@click.option("--open/--no-open", "browse", default=None, help="Open the browser; left out, on a terminal.")
def command(port: int, browse: bool | None) -> None:
    """Serve the example, solved, and print an address that logs in; Ctrl-C ends it."""
    from api.db.scopes import Role
    from api.resources.keys import service as keys
    from api.server import Place, leave_on_sigterm, running
    from api.web.config import Config
    from api.web.tickets import ticket_for

    leave_on_sigterm()
    with TemporaryDirectory(prefix="cascade-demo-") as home:
        place = Place(port=port, home=Path(home))
        with running(place, Config(worker_expected=True)) as it:
            with it.store.write() as session:
                key = keys.bootstrap(session)
                assert key is not None, "a new home has no key"
                second = keys.create(
                    session, key.key.org_id, name="approver", role=Role.APPROVER, created_by="operator"
                )
                ticket, approver = (
                    ticket_for(it.app, each.key.org_id, each.key.id) for each in (key, second)
                )
            _solve_example(it.app, key)
            address = f"http://{it.server.effective_host}:{it.server.effective_port}"
            click.echo(f"The example is solved. Open {address}/enter?ticket={ticket}")
            click.echo(
                f"To approve a plan as somebody else, in another browser: {address}/enter?ticket={approver}"
            )
            click.echo("An address logs in once, within ten minutes. Ctrl-C ends the demo; nothing is kept.")
            if browse if browse is not None else sys.stdout.isatty():
                webbrowser.open(f"{address}/enter?ticket={ticket}")
            it.server.run()


def _solve_example(app: Flask, key: NewKey) -> None:
    """Upload the example and wait until it is solved."""
    headers = {"Authorization": f"Bearer {key.token}"}
    with app.test_client() as client:
        form = {part: (BytesIO((_EXAMPLE / name).read_bytes()), name) for part, name in _FILES.items()}
        made = client.post(
            "/api/v1/scenarios", data=form, headers=headers, content_type="multipart/form-data"
        )
        if made.status_code != 201:
            raise click.ClickException(f"the example cannot be uploaded: {made.get_data(as_text=True)}")
        runs = f"/api/v1/scenarios/{made.get_json()['id']}/runs"
        client.post(runs, headers={**headers, "Prefer": "wait=30"})
