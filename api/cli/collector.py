"""`--collector`: where the spans of a server or worker go."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from api.cli.settings import setting

F = TypeVar("F", bound=Callable[..., Any])


def collector_option(command: F) -> F:
    """--collector, which is checked and taken into use at once."""
    about = "An OpenTelemetry collector (OTLP over HTTP), such as http://127.0.0.1:4318: gets spans of requests and runs."
    return setting("--collector", metavar="URL", callback=_export, expose_value=False, help=about)(command)


def _export(_context: click.Context, _option: click.Parameter, url: str | None) -> None:
    if not url:
        return
    if not url.startswith(("http://", "https://")):
        raise click.BadParameter(f"{url!r} is no address. Write http://HOST:4318.")
    from api.processes import tracing
    from scenarios.installed import version

    tracing.export_to(url, version("goal-cascade"))
