"""A whole server in one process: the store, the application on waitress and a worker."""

import logging
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from api.app import Application, create_app, create_health_app
from api.db import Settings, Store, StoreError
from api.db.queue_policy import Policy
from api.db.startup import one_at_a_time
from api.resources.keys import service as keys
from api.resources.renewals.chore import RenewalChore
from api.resources.webhooks import Deliverer, Guard
from api.web.config import Config
from api.web.context import Service
from api.web.listener import Arrival, Listener, raise_open_files
from api.web.logs import log_to
from api.worker.upkeep import Chore
from api.worker.worker import Worker, WorkerSettings

_GRACE_S = 10.0
_SPARE_FILES = 500
"""Files and connections beside those of the requests."""
_TURN_S = 0.001
"""How long a busy thread keeps the others waiting; shorter than usual, for the slowest answers' sake."""


@dataclass(frozen=True)
class Place:
    """Where a server stands and how much it does at once."""

    host: str = "127.0.0.1"
    port: int = 8080
    """0 takes a free one."""
    home: Path = Path("cascade-home")
    """Folder of everything that is kept."""
    database: str | None = None
    """`postgresql://…`; None for the embedded database under the home."""
    slots: int = 2
    """Solves at once."""
    threads: int = 5
    """Requests worked on at once, beside those that wait."""
    first_key: str | None = None
    """What the first admin key is to be; None for one that is made up."""
    health_host: str = "127.0.0.1"
    health_port: int | None = None
    """Of `/livez`, `/readyz` and `/metrics` alone; None for no such port."""

    def open_store(self) -> Store:
        """The store, which no other process serves when it is the embedded one; raises StoreError.

        As many processes as like may open PostgreSQL at the same moment, also when it is empty.
        """
        self.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        settings = Settings.at(self.home, self.database)
        with one_at_a_time(settings):
            store = Store.open(settings)
        try:
            store.own()
        except StoreError:
            store.close()
            raise
        return store

    def first_admin(self, store: Store) -> keys.NewKey | None:
        """The first admin key when there was no key; one process of those that start together makes it."""
        with one_at_a_time(store.settings), store.write() as session:
            return keys.bootstrap(session, token=self.first_key)


@contextmanager
def working(
    store: Store,
    settings: WorkerSettings,
    app: Callable[[], Application],
    *,
    private_webhooks: bool,
    grace_s: float,
    outdated: Callable[[str], None] = lambda _: None,
) -> Iterator[Worker]:
    """A worker that solves, sends messages, keeps house and makes renewals, with the application; ends with the block."""
    renewals = RenewalChore(store, app)
    worker = Worker(
        store,
        settings,
        Deliverer(store, Guard(private=private_webhooks), policy=settings.policy),
        [Chore("renew", 1, renewals.prepare_due)],
        outdated=outdated,
    )
    worker.start()
    try:
        yield worker
    finally:
        renewals.close()  # first, so that no chore goes on
        worker.stop(grace_s)


def unserved(store: Store, policy: Policy) -> Application:
    """An application that answers no one: a worker by itself makes renewals with it."""
    return create_app(Config(policy=policy, openid=None), store)


@dataclass(frozen=True)
class Running:
    """The parts of a server that runs."""

    store: Store
    server: Listener
    app: Application
    health: Listener | None


@contextmanager
def running(place: Place, config: Config) -> Iterator[Running]:
    """A server with its application, and a worker beside; all of it ends with the block.

    The caller calls the server's `run()`. Raises StoreError or OSError when it cannot start.
    """
    with ExitStack() as ending:
        store = place.open_store()
        ending.callback(store.close)
        app = create_app(config, store)
        service: Service = app.extensions["cascade"]
        ending.callback(service.close)
        server = _listener(place, config, app)
        service.pool.prepare()
        health = _health(place, service) if place.health_port is not None else None
        settings = WorkerSettings(place.home, slots=place.slots, version=config.version, policy=config.policy)
        ending.enter_context(
            working(store, settings, lambda: app, private_webhooks=config.private_webhooks, grace_s=_GRACE_S)
        )
        service.wait_slots.moved = lambda taken: server.task_dispatcher.set_thread_count(
            place.threads + taken
        )
        ending.callback(_end, service, server, health)
        yield Running(store, server, app, health)


def _end(service: Service, server: Listener, health: Listener | None) -> None:
    """Take no more requests, and let those that wait go."""
    service.wait_slots.moved = lambda _: None
    service.run_poller.close()
    server.close()
    if health:
        health.end()


def _listener(place: Place, config: Config, app: Application) -> Listener:
    arrival = Arrival(per_address=None) if config.proxies else Arrival()
    raise_open_files(arrival.connections + _SPARE_FILES)
    return Listener(
        app,
        host=place.host,
        port=place.port,
        threads=place.threads,
        arrival=arrival,
        max_request_body_size=config.limits.body_bytes,
        clear_untrusted_proxy_headers=not config.proxies,
        trusted_proxy=None,
    )


def _health(place: Place, service: Service) -> Listener:
    """Health and figures at a port of their own, in threads of their own, however busy the server is."""
    assert place.health_port is not None
    listener = Listener(
        create_health_app(service),
        host=place.health_host,
        port=place.health_port,
        threads=2,
        arrival=Arrival(connections=100, per_address=None),
    )
    listener.serve_beside("cascade-health")
    return listener


def serve(place: Place, config: Config, *, report: Callable[[str], None], quiet: bool = False) -> None:
    """Serve until SIGINT or SIGTERM; reports the address, and the first admin key on the first start."""
    log_to(level=logging.WARNING if quiet else logging.INFO)
    sys.setswitchinterval(_TURN_S)
    leave_on_sigterm()
    with running(place, config) as it:
        first = place.first_admin(it.store)
        if first and not place.first_key:
            report(f"The first admin key, shown this once: {first.token}")
        if it.health:
            report(f"Health and metrics at http://{it.health.effective_host}:{it.health.effective_port}")
        report(
            f"Goal Cascade {config.version} at http://{it.server.effective_host}:{it.server.effective_port}"
        )
        it.server.run()


def leave_on_sigterm() -> None:
    """End as Ctrl-C does, so that what is temporary is removed."""
    signal.signal(signal.SIGTERM, _leave)


def _leave(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)
