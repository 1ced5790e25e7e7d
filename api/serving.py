"""A whole server in one process: the store, the application on waitress, a worker, the sender of messages."""

import logging
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from api import dispatch, keys
from api.app import create_app
from api.http.config import Config
from api.http.service import Service
from api.logs import log_to
from api.store import Settings, Store, home_url
from api.webhooks import Deliverer, Guard
from api.worker import Worker, WorkerSettings

_GRACE_S = 10.0
_CONNECTIONS = 1000
"""Open at once; one that says nothing costs little."""
_SILENT_S = 30
"""After so long without a word a connection is closed."""
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

    def open_store(self) -> Store:
        """The store, which tells workers elsewhere of new runs where it can; raises StoreError."""
        self.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        store = Store.open(Settings(self.database or home_url(self.home)))
        dispatch.attach(store)
        return store


@contextmanager
def running(place: Place, config: Config) -> Iterator[tuple[Store, Any]]:
    """The store and the waitress server, worker and sender running beside; all of it ends with the block.

    The caller calls the server's `run()`. Raises StoreError or OSError when it cannot start.
    """
    from waitress.server import create_server  # type: ignore[import-untyped]

    store = place.open_store()
    app = create_app(config, store)
    server = create_server(
        app,
        host=place.host,
        port=place.port,
        threads=place.threads,
        max_request_body_size=config.limits.body_bytes,
        connection_limit=_CONNECTIONS,
        asyncore_use_poll=True,
        channel_timeout=_SILENT_S,
        cleanup_interval=10,
        ident=None,
        clear_untrusted_proxy_headers=not config.proxies,
        trusted_proxy=None,
    )
    sender = Deliverer(store, Guard(private=config.private_webhooks))
    worker = Worker(store, WorkerSettings(place.home, slots=place.slots)) if place.slots else None
    sender.start()
    if worker:
        worker.start()
    service: Service = app.extensions["cascade"]
    service.places.moved = lambda taken: server.task_dispatcher.set_thread_count(place.threads + taken)
    try:
        yield store, server
    finally:
        service.places.closing.set()
        server.close()
        if worker:
            worker.stop(_GRACE_S)
        sender.stop()
        service.aside.close()
        store.close()


def serve(place: Place, config: Config, *, tell: Callable[[str], None], quiet: bool = False) -> None:
    """Serve until SIGINT or SIGTERM; tells the address, and the first admin key on the first start."""
    log_to(level=logging.WARNING if quiet else logging.INFO)
    sys.setswitchinterval(_TURN_S)
    signal.signal(signal.SIGTERM, _leave)
    with running(place, config) as (store, server):
        with store.write() as session:
            first = keys.bootstrap(session)
        if first:
            tell(f"The first admin key, shown this once: {first.token}")
        tell(f"Goal Cascade {config.version} at http://{server.effective_host}:{server.effective_port}")
        server.run()


def _leave(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)
