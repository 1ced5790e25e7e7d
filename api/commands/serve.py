"""`cascade serve`: the service, with its pages and workers, in one process."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.home import home_options

if TYPE_CHECKING:
    from api.serving import Place

_EXAMPLES = """\b
Examples:
  cascade serve --home ./cascade-home
  cascade serve --host 0.0.0.0 --port 8080 --trusted-host plans.example.com --https --behind-proxy 1
  cascade serve --database postgresql://cascade@db/cascade

The first start prints the first admin key, once. All that is kept lies under the home folder.
"""


@click.command(epilog=_EXAMPLES)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at.")
@click.option(
    "--port", default=8080, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one."
)
@home_options
@click.option(
    "--slots", default=2, show_default=True, type=click.IntRange(0, 256), help="Solves at once; 0 for none."
)
@click.option(
    "--threads", default=5, show_default=True, type=click.IntRange(2, 512), help="Requests worked on at once."
)
@click.option(
    "--waiting",
    default=24,
    show_default=True,
    type=click.IntRange(1, 512),
    help="Requests that may wait for runs.",
)
@click.option("--trusted-host", "trusted_hosts", multiple=True, help="A name the server may be addressed by.")
@click.option("--behind-proxy", default=0, type=click.IntRange(0, 8), help="How many proxies stand in front.")
@click.option("--https", is_flag=True, help="Browsers come by https, through a proxy: keep cookies to it.")
@click.option("--requests-per-second", default=100.0, show_default=True, help="Of one key, in the long run.")
@click.option(
    "--private-webhooks", is_flag=True, help="Let webhooks lead to private addresses and plain http."
)
@click.option("--quiet", is_flag=True, help="Log warnings only.")
def command(
    host: str,
    port: int,
    home: Path,
    database: str | None,
    slots: int,
    threads: int,
    waiting: int,
    trusted_hosts: tuple[str, ...],
    behind_proxy: int,
    https: bool,
    requests_per_second: float,
    private_webhooks: bool,
    quiet: bool,
) -> None:
    """Serve the API and its pages until stopped."""
    from api.http.config import Config, Limits
    from api.serving import Place, serve
    from api.store import StoreError

    limits = Limits(
        waiting=waiting,
        requests_per_second=requests_per_second,
        requests_at_once=round(3 * requests_per_second),
    )
    config = Config(
        limits=limits,
        trusted_hosts=trusted_hosts or _own_names(host),
        proxies=behind_proxy,
        https=https,
        worker_expected=slots > 0,
        private_webhooks=private_webhooks,
    )
    place = Place(host=host, port=port, home=home, database=database, slots=slots, threads=threads)
    try:
        serve(place, config, tell=click.echo, quiet=quiet)
    except StoreError as fault:
        raise click.ClickException(str(fault)) from None
    except OSError as fault:
        raise click.ClickException(f"cannot listen at {_address(place)}: {fault}") from None


def _own_names(host: str) -> tuple[str, ...]:
    """Names for this machine when it listens to itself only; any name when it listens to others."""
    local = ("127.0.0.1", "localhost", "::1")
    return ("127.0.0.1", "localhost", "[::1]") if host in local else ()


def _address(place: Place) -> str:
    return f"{place.host}:{place.port}"
