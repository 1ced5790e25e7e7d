"""What every request of one server shares, and how a handler gets at it."""

import time
from dataclasses import dataclass, field

from flask import current_app, g, request

from api.aside import Aside
from api.http.callers import Callers
from api.http.config import Config
from api.http.cursors import Cursors
from api.http.rates import Rates
from api.http.waiting import Places
from api.keys import Caller
from api.metrics import Metrics
from api.store import Store


@dataclass(frozen=True)
class Service:
    """The parts of a running server."""

    store: Store
    config: Config
    cursors: Cursors
    rates: Rates
    """Requests of a key."""
    failures: Rates
    """Wrong keys from an address."""
    metrics: Metrics
    places: Places
    """For requests that wait."""
    aside: Aside = field(default_factory=Aside)
    """Where heavy things are read."""
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
