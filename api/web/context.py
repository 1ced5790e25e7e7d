"""What every request of one server shares, and how a handler gets at it."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from flask import current_app, g, request
from sqlalchemy.orm import Session

from api.db import Store
from api.db.scopes import Caller
from api.processes.pool import Pool
from api.web.caller_cache import Callers
from api.web.config import Config
from api.web.cursors import Cursors
from api.web.long_poll import RunPoller, WaitSlots
from api.web.metrics import Metrics
from api.web.openid import Provider
from api.web.rate_limit import RateLimit

Authenticate = Callable[[Session, str], Caller | None]
"""From a token to the caller; None for one that is wrong, expired or revoked."""


@dataclass(frozen=True)
class Service:
    """The parts of a running server."""

    store: Store
    config: Config
    authenticate: Authenticate
    cursors: Cursors
    rates: RateLimit
    """Requests of a key."""
    failures: RateLimit
    """Wrong keys and passwords from an address."""
    account_failures: RateLimit
    """Wrong passwords of an account, from wherever."""
    metrics: Metrics
    wait_slots: WaitSlots
    """For requests that wait, by organisation."""
    run_poller: RunPoller
    """Wakes those that wait for a run."""
    pool: Pool
    """Where heavy things are read, and analyses answered."""
    variants: Callable[..., Any]
    """What the pool's processes try other numbers with, each its own; it remembers what it read of runs."""
    provider: Provider | None = None
    """Whom people may log in through."""
    callers: Callers = field(default_factory=Callers)
    """Who was seen a moment ago."""
    noted: dict[str, float] = field(default_factory=dict)
    """Key to when its use was written down, in monotonic seconds."""

    def notes_use_of(self, key_id: str) -> bool:
        """Whether it is this request that writes down the use of the key, once a minute."""
        now = time.monotonic()
        last = self.noted.get(key_id)
        if last is not None and now - last < 60:
            return False
        self.noted[key_id] = now
        return True

    def close(self) -> None:
        """Let those go that wait, and end the processes that read and analyse."""
        self.run_poller.close()
        self.pool.close()


def service() -> Service:
    """The server that answers this request."""
    found: Service = current_app.extensions["cascade"]
    return found


def caller() -> Caller:
    """Who asks; set for every operation that needs a key."""
    found: Caller = g.caller
    return found


def request_name() -> str:
    """The request's id."""
    return str(g.get("request_id", ""))


def listing() -> str:
    """What names the list that is asked for, but for the page: organisation, path and filters."""
    filters = sorted((name, value) for name, value in request.args.items() if name not in ("cursor", "limit"))
    return f"{caller().org_id} {request.path} {filters}"
