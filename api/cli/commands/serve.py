"""`cascade serve`: the service, with its pages and workers, in one process."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any

import click

from api.cli.collector import collector_option
from api.cli.data_dir import home_options
from api.cli.retention import policy, retention_options
from api.cli.settings import each_name, setting

if TYPE_CHECKING:
    from api.server import Place
    from api.web.config import Config

_EXAMPLES = """\b
Examples:
  cascade serve --home ./cascade-home
  cascade serve --host 0.0.0.0 --port 8080 --trusted-hosts plans.example.com --https --behind-proxy 1
  cascade serve --database postgresql://cascade@db/cascade --slots 0 --health-port 9100
  cascade serve --settings /etc/cascade/settings.toml

The first start prints the first admin key, once. All that is kept lies under the home folder.
Each option is also a setting of the environment (--behind-proxy 1 is CASCADE_BEHIND_PROXY=1), and of the file.
"""
_PORT = click.IntRange(0, 65535)


@click.command(epilog=_EXAMPLES)
@setting("--host", default="127.0.0.1", show_default=True, help="Address to listen at.")
@setting("--port", default=8080, show_default=True, type=_PORT, help="0 takes a free one.")
@home_options
@setting(
    "--slots", default=2, show_default=True, type=click.IntRange(0, 256), help="Solves at once; 0 for none."
)
@setting(
    "--threads", default=5, show_default=True, type=click.IntRange(2, 512), help="Requests worked on at once."
)
@setting(
    "--waiting",
    default=96,
    show_default=True,
    type=click.IntRange(1, 2000),
    help="Requests that may wait for runs or follow them, beside those.",
)
@setting(
    "--trusted-host",
    "--trusted-hosts",
    "trusted_hosts",
    multiple=True,
    metavar="NAME",
    callback=each_name,
    help="A name the server may be addressed by; may be repeated.",
)
@setting("--behind-proxy", default=0, type=click.IntRange(0, 8), help="How many proxies stand in front.")
@setting("--https", is_flag=True, help="Browsers come by https, through a proxy: keep cookies to it.")
@setting(
    "--requests-per-second",
    default=100.0,
    show_default=True,
    type=click.FloatRange(min=0.1),
    help="Of one key, in the long run, over all processes on one PostgreSQL; three seconds' worth at once.",
)
@setting("--private-webhooks", is_flag=True, help="Let webhooks lead to private addresses and plain http.")
@setting(
    "--first-key",
    metavar="KEY",
    help="What the first admin key is to be, from `cascade keys generate`; it is not printed then.",
)
@setting("--health-host", default="127.0.0.1", show_default=True, help="Address of the health port.")
@setting(
    "--health-port",
    type=_PORT,
    help="A port for /livez, /readyz and /metrics alone; left out, there is none.",
)
@setting(
    "--metrics-key",
    metavar="TEXT",
    help="Whoever sends it as a bearer token reads /metrics at the main port; left out, it is closed there.",
)
@setting(
    "--worker-expected/--no-worker-expected",
    default=True,
    show_default=True,
    help="Whether /readyz is 503 while no worker is there.",
)
@collector_option
@retention_options
@setting("-q", "--quiet", is_flag=True, help="Log warnings only.")
def command(quiet: bool, **given: Any) -> None:
    """Serve the API and its pages until stopped."""
    gc.disable()  # nothing of what is imported is litter; to look through it all is a fifth of the start
    from api.db import StoreError
    from api.server import serve

    gc.freeze()
    gc.enable()
    place, config = server_settings(**given)
    try:
        serve(place, config, report=click.echo, quiet=quiet)
    except StoreError as fault:
        raise click.ClickException(str(fault)) from None
    except OSError as fault:
        raise click.ClickException(f"cannot listen at {place.host}:{place.port}: {fault}") from None


def server_settings(
    *,
    first_key: str | None,
    waiting: int,
    requests_per_second: float,
    trusted_hosts: tuple[str, ...],
    behind_proxy: int,
    https: bool,
    worker_expected: bool,
    private_webhooks: bool,
    metrics_key: str | None,
    keep_analyses: int,
    keep_deliveries: int,
    keep_invitations: int,
    **place: Any,
) -> tuple[Place, Config]:
    """Where the server stands, and how it is set up."""
    from api.resources.keys.service import well_formed
    from api.server import Place
    from api.web.config import Config, Limits

    if first_key is not None and not well_formed(first_key):
        raise click.BadParameter("take one from `cascade keys generate`.", param_hint="--first-key")
    stands = Place(first_key=first_key, **place)
    limits = Limits(
        waiting=waiting,
        requests_per_second=requests_per_second,
        requests_at_once=max(1, round(3 * requests_per_second)),
    )
    kept = policy(
        keep_analyses=keep_analyses, keep_deliveries=keep_deliveries, keep_invitations=keep_invitations
    )
    return stands, Config(
        limits=limits,
        policy=kept,
        trusted_hosts=trusted_hosts or _own_names(stands.host),
        proxies=behind_proxy,
        https=https,
        worker_expected=worker_expected,
        private_webhooks=private_webhooks,
        metrics_key=metrics_key,
    )


def _own_names(host: str) -> tuple[str, ...]:
    """Names for this machine when it listens to itself only; any name when it listens to others."""
    local = ("127.0.0.1", "localhost", "::1")
    return ("127.0.0.1", "localhost", "[::1]") if host in local else ()
