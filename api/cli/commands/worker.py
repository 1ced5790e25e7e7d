"""`cascade worker`: solves queued runs and sends messages, on this machine or for a server on another."""

from __future__ import annotations

import contextlib
import logging
import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.cli.collector import collector_option
from api.cli.data_dir import home_options
from api.cli.exit_codes import Failed
from api.cli.retention import policy, retention_options
from api.cli.settings import setting

if TYPE_CHECKING:
    from api.db import Store
    from api.worker.worker import WorkerSettings

_LOG = logging.getLogger("cascade.worker")


@click.command(
    epilog="\b\nExamples:\n"
    "  cascade worker --home /srv/cascade\n"
    "  cascade worker --database postgresql://cascade@db/cascade --slots 8"
)
@setting("--slots", type=click.IntRange(1, 256), default=2, show_default=True, help="Solves at once.")
@setting(
    "--time-limit", type=click.FloatRange(min=1), default=300, show_default=True, help="Seconds a solve."
)
@setting("--memory-limit", type=click.IntRange(min=256), default=4096, show_default=True, help="MB a solve.")
@setting("--grace", type=click.FloatRange(min=0), default=10, show_default=True, help="Seconds at the end.")
@setting("--private-webhooks", is_flag=True, help="Let webhooks lead to private addresses and plain http.")
@collector_option
@retention_options
@home_options
@setting("--quiet", is_flag=True, help="Log warnings only.")
def command(
    slots: int,
    time_limit: float,
    memory_limit: int,
    grace: float,
    private_webhooks: bool,
    home: Path,
    database: str | None,
    quiet: bool,
    **kept: int,
) -> None:
    """Solve queued runs, and send the messages of webhooks, until stopped (SIGTERM, Ctrl-C).

    Solves that do not end within the grace go back into the queue.
    """
    from api.db import StoreError
    from api.server import Place
    from api.web.logs import log_to
    from api.worker.executor import Allowance
    from api.worker.worker import WorkerSettings
    from scenarios.installed import version

    log_to(level=logging.WARNING if quiet else logging.INFO)
    settings = WorkerSettings(
        home,
        slots=slots,
        version=version("goal-cascade"),
        allowance=Allowance(time_limit_s=time_limit, memory_limit_mb=memory_limit),
        policy=policy(**kept),
    )
    stop = _stop_signalled()
    try:
        store = Place(home=home, database=database).open_store()
    except StoreError as fault:
        raise Failed(str(fault)) from fault
    with contextlib.closing(store):
        _work(store, settings, stop, private_webhooks=private_webhooks, grace_s=grace)


def _work(
    store: Store, settings: WorkerSettings, stop: threading.Event, *, private_webhooks: bool, grace_s: float
) -> None:
    """Work until it is to stop; raises Failed where a newer program has migrated the database."""
    from api.server import unserved, working

    faults: list[str] = []

    def outdated(fault: str) -> None:
        faults.append(fault)
        stop.set()

    with working(
        store,
        settings,
        lambda: unserved(store, settings.policy),
        private_webhooks=private_webhooks,
        grace_s=grace_s,
        outdated=outdated,
    ) as worker:
        _LOG.info("a worker has started", extra={"worker": worker.id, "slots": settings.slots})
        stop.wait()
        _LOG.info("the worker is to stop", extra={"worker": worker.id, "grace_s": grace_s})
    if faults:
        raise Failed(faults[0])


def _stop_signalled() -> threading.Event:
    """Set once SIGTERM or Ctrl-C has come."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    return stop
