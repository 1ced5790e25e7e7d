"""The policy of a service: how much may wait, how often a run is tried, and how long what is over is kept."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Policy:
    """How much may wait, how long and how often a run is tried, and how long what is over is kept."""

    queue_limit: int = 2000
    """Unfinished runs of all organisations together."""
    org_queue_limit: int = 500
    """Unfinished runs of one organisation, unless it has a limit of its own."""
    org_running_limit: int | None = None
    """Runs of one organisation that are solved at once."""
    org_messages_limit: int = 4
    """Messages to webhooks of one organisation that are sent at once."""
    webhook_messages_limit: int = 2
    """Messages to one webhook that are sent at once."""
    strikes_max: int = 3
    """A run that was lost this often has failed."""
    attempts_max: int = 30
    """A run that was begun this often has failed, whatever stood in its way."""
    wait_max: timedelta = timedelta(hours=24)
    """A run that waited this long expires."""
    analysis_kept: timedelta = timedelta(hours=24)
    """An analysis is erased so long after its end."""
    deliveries_kept: timedelta = timedelta(days=30)
    """A message to a webhook is forgotten, with its tries, so long after it arrived or was given up."""
    invitations_kept: timedelta = timedelta(days=30)
    """An invitation is forgotten so long after it was accepted, revoked or too old."""


DEFAULT = Policy()
