"""How a server is set up: its limits, and what stands in front of it."""

from dataclasses import dataclass, field
from datetime import timedelta

from api.db.queue_policy import Policy
from api.db.tables.sessions import Lasting
from api.web.openid import Client, client_of_environment
from scenarios.installed import version


@dataclass(frozen=True)
class Limits:
    """What is accepted; published at `/api/v1/limits`."""

    body_bytes: int = 64 << 20
    """Of one request."""
    json_bytes: int = 16 << 20
    """Of one JSON or YAML body."""
    page_items: int = 200
    submitted_runs: int = 100
    """In one request."""
    compared_runs: int = 5
    xlsx_rows: int = 100_000
    """Longer tables are had as CSV."""
    wait_s: int = 30
    """The longest wait that `Prefer: wait` is granted."""
    waiting: int = 96
    """Requests that may wait, for a run or for its events, at once."""
    events_s: float = 25.0
    """How long one stream of events stays open."""
    time_limit_s: float = 300.0
    """Of one solve."""
    answer_s: float = 60.0
    """An analysis that takes longer is not answered at once, but becomes a run."""
    analysis_time_limit_s: float = 3600.0
    """Of one analysis that is a run."""
    memory_limit_mb: int = 4096
    """Of one solve."""
    requests_per_second: float = 100.0
    """Of one key, in the long run."""
    requests_at_once: int = 300
    """Of one key, after a pause."""
    failures_per_minute: float = 6.0
    """Wrong keys from one address, wrong passwords of one account from one address."""
    failures_at_once: int = 20
    """The same, after a pause."""
    session_unused_s: float = 2 * 3600
    """A browser's session ends after so long without a request."""
    session_s: float = 12 * 3600
    """A browser's session ends after so long, whatever happens."""

    def lasting(self) -> Lasting:
        """How long a browser's session lasts."""
        return Lasting(timedelta(seconds=self.session_unused_s), timedelta(seconds=self.session_s))


@dataclass(frozen=True)
class Config:
    """How one server is set up."""

    limits: Limits = field(default_factory=Limits)
    policy: Policy = field(default_factory=Policy)
    """How much may wait in the queue, and how long what is over is kept."""
    trusted_hosts: tuple[str, ...] = ()
    """Names under which the server may be addressed; empty for any."""
    proxies: int = 0
    """How many proxies of ours stand in front and may say who asks."""
    https: bool = False
    """Whether browsers reach the pages by https, so that cookies can be kept to it."""
    worker_expected: bool = False
    """Whether readiness needs a worker that was seen lately."""
    metrics_key: str | None = None
    """The operator's key, which reads `/metrics`; None: it is closed at the main port."""
    private_webhooks: bool = False
    """Whether webhooks may lead to private addresses and plain http: for tests and closed networks."""
    openid: Client | None = field(default_factory=client_of_environment)
    """The OpenID provider that people may log in through."""
    version: str = field(default_factory=lambda: version("goal-cascade"))
