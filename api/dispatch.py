"""Waking workers on other machines: on PostgreSQL, Procrastinate carries one token per queued run.

A token says that there is something to solve, not what: the `runs` table decides that at the claim.
So a lost token costs a poll's delay, and a token too many finds nothing to do.
"""

import asyncio
import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from sqlalchemy import inspect
from sqlalchemy.orm import Session

from api.runs import QUEUE
from api.store import Store, StoreUnavailable

if TYPE_CHECKING:
    from procrastinate import App

_TASK = "cascade.solve_next"
_QUEUE = "cascade"
_STALLED_S = 30.0
_log = logging.getLogger("cascade.dispatch")


def attach(store: Store) -> bool:
    """Have the store's queued runs announced to other machines; False where that is not to be had.

    It needs PostgreSQL and the `postgresql` extra; without, workers find new runs by polling.
    """
    try:
        import procrastinate
    except ModuleNotFoundError:
        return False
    if store.backend != "postgresql":
        return False
    app = procrastinate.App(connector=procrastinate.SyncPsycopgConnector(conninfo=_address(store)))
    _bring_up(store, app)
    store.announce = _announcer(app)
    return True


def _announcer(app: "App") -> Callable[[Session, frozenset[str]], None]:
    from procrastinate.exceptions import ConnectorException

    def announce(session: Session, topics: frozenset[str]) -> None:
        if QUEUE not in topics:
            return
        raw = session.connection().connection.driver_connection
        try:
            app.configure_task(_TASK, queue=_QUEUE, connection=raw).defer()
        except ConnectorException as error:
            raise StoreUnavailable(f"The database does not answer. Try again shortly. ({error})") from error

    return announce


def _bring_up(store: Store, app: "App") -> None:
    if inspect(store.engine).has_table("procrastinate_jobs"):
        return
    with app.open():
        app.schema_manager.apply_schema()


def _address(store: Store) -> str:
    return store.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)


class Listening:
    """Takes tokens in a thread of its own, and calls `solve_next` for each, a few at once."""

    def __init__(self, store: Store, solve_next: Callable[[], Any], slots: int) -> None:
        self._address = _address(store)
        self._solve_next = solve_next
        self._slots = slots
        self._stopping = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._main: asyncio.Task[None] | None = None
        self._thread = threading.Thread(target=self._run, name="cascade-tokens")

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Take no more tokens; returns when the calls under way have."""
        self._stopping.set()
        loop, main = self._loop, self._main
        if loop and main:
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(main.cancel)
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                asyncio.run(self._take_tokens())
            except asyncio.CancelledError:
                pass
            except Exception as fault:  # noqa: BLE001 - the database is away; the claims go on by polling
                _log.warning("no tokens for now", extra={"fault": str(fault)})
            self._stopping.wait(1.0)

    async def _take_tokens(self) -> None:
        import procrastinate

        self._loop, self._main = asyncio.get_running_loop(), asyncio.current_task()
        app = procrastinate.App(
            connector=procrastinate.PsycopgConnector(conninfo=self._address, min_size=1, max_size=4)
        )
        app.task(name=_TASK, queue=_QUEUE)(self._solve_next)
        async with app.open_async():
            await _drop_stalled(app)
            await app.run_worker_async(
                queues=[_QUEUE],
                concurrency=self._slots,
                delete_jobs="always",
                install_signal_handlers=False,
                stalled_worker_timeout=_STALLED_S,
            )


async def _drop_stalled(app: "App") -> None:
    """Drop the tokens dead workers held; the runs they stood for have their own way back."""
    from procrastinate.jobs import Status

    for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=_STALLED_S):
        await app.job_manager.finish_job(job, status=Status.FAILED, delete_job=True)
