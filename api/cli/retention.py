"""How long what is over is kept: the options of the programs that keep house."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

import click

from api.cli.settings import setting

if TYPE_CHECKING:
    from api.db.queue_policy import Policy

F = TypeVar("F", bound=Callable[..., Any])

_DAYS = click.IntRange(1, 36_500)


def retention_options(command: F) -> F:
    """--keep-analyses, --keep-deliveries and --keep-invitations, in days."""
    analyses = _days("--keep-analyses", 1, "Days that an analysis which became a run is kept after its end.")
    messages = _days("--keep-deliveries", 30, "Days that a message to a webhook is kept after its end.")
    invitations = _days(
        "--keep-invitations", 30, "Days that an invitation is kept once it is accepted, revoked or too old."
    )
    return analyses(messages(invitations(command)))


def policy(*, keep_analyses: int, keep_deliveries: int, keep_invitations: int) -> Policy:
    """The policy of a service that keeps things for so many days."""
    from api.db.queue_policy import Policy

    return Policy(
        analysis_kept=timedelta(days=keep_analyses),
        deliveries_kept=timedelta(days=keep_deliveries),
        invitations_kept=timedelta(days=keep_invitations),
    )


def _days(name: str, default: int, help: str) -> Callable[[F], F]:  # noqa: A002
    return setting(name, metavar="DAYS", type=_DAYS, default=default, show_default=True, help=help)
