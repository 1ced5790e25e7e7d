"""Running the tasks on PostgreSQL: Procrastinate's workers in a thread, one for each solve that may run at once."""

import asyncio
import logging
import threading
import time
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from math import inf
from typing import Any

from procrastinate import App, JobContext, PsycopgConnector, RetryStrategy
from procrastinate.worker import Worker

from api.db import Store, StoreError, jobs
from api.db.jobs import Task
from api.db.procrastinate_jobs import QUEUES
from api.worker.tasks import Work
from api.worker.upkeep import Chore, Upkeep

_log = logging.getLogger("cascade.worker")
_UPKEEP = "upkeep"
_AGAIN = RetryStrategy(max_attempts=100, wait=2, retry_exceptions=[StoreError])
"""What could not be begun because the database was busy or away is tried again."""
_POLL_S = 1.0
"""Whoever adds a job notifies; this is for what is added while a worker is not listening yet, or not any more."""
_IN_A_ROW = 10
"""Messages that one job sends at most: a worker that must stop, since the database was away, waits for its jobs."""
_DAY_S = 86_400.0
"""Procrastinate's own heartbeat and clean-up of workers are left to `Takeover`."""


class ProcrastinateRunner:
    """Does the jobs of the database, from `start` to `stop`."""

    def __init__(self, store: Store, upkeep: Upkeep, work: Work) -> None:
        self._store = store
        self._address = store.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._upkeep = upkeep
        self._work = work
        self._workers: set[Any] = set()
        self._ended: dict[int, float] = {}
        """Jobs whose work has ended lately, and when."""
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="cascade-jobs")

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Begin nothing new."""
        self._stopping.set()
        for worker in tuple(self._workers):
            worker.stop()

    def join(self, within_s: float | None = None) -> None:
        """Wait until what was under way is done, so long at most."""
        until = inf if within_s is None else time.monotonic() + within_s
        while self._thread.is_alive() and time.monotonic() < until:
            self.stop()  # again: a worker that was just beginning may have missed it
            self._thread.join(min(0.5, max(0.0, until - time.monotonic())))

    def workers(self) -> list[int]:
        """Procrastinate's ids of the workers that are at work, or wait for their last jobs."""
        return [worker.worker_id for worker in tuple(self._workers) if worker.worker_id is not None]

    @contextmanager
    def unfinished(self, after_s: float) -> Iterator[list[int]]:
        """Each job whose work ended so long ago: one that is there still could not be ended. Forgotten after the block."""
        late = time.monotonic() - after_s
        found = {job_id: at for job_id, at in tuple(self._ended.items()) if at < late}
        yield list(found)
        for job_id, at in found.items():
            if self._ended.get(job_id) == at:  # else it is tried again
                self._ended.pop(job_id, None)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                asyncio.run(self._do_jobs())
            except Exception as fault:  # noqa: BLE001 - the database is away; what is under way goes on
                _log.warning("no jobs for now", extra={"fault": str(fault)})
            self._stopping.wait(1.0)

    async def _do_jobs(self) -> None:
        slots, messages = self._work.slots, self._work.messages_at_once
        threads = slots + messages + len(self._upkeep.chores)
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(threads, "cascade-job"))
        connector = PsycopgConnector(conninfo=self._address, min_size=1, max_size=4, timeout=10.0)
        tasks, upkeep = App(connector=connector), App(connector=connector)
        self._add_tasks(tasks)
        for chore in self._upkeep.chores:
            self._add_chore(upkeep, chore)
        async with upkeep.open_async():
            lanes = [self._lane(tasks, QUEUES[Task.SOLVE], 1) for _ in range(slots)]
            if messages:
                lanes.append(self._lane(tasks, QUEUES[Task.DELIVER], messages))
            lanes.append(self._lane(upkeep, _UPKEEP, len(self._upkeep.chores)))
            await asyncio.gather(*lanes)

    def _add_tasks(self, app: App) -> None:
        for task, do in ((Task.SOLVE, self._solve), (Task.DELIVER, self._deliver)):
            app.task(name=task, queue=QUEUES[task], retry=_AGAIN, pass_context=True)(do)

    def _add_chore(self, app: App, chore: Chore) -> None:
        name = f"cascade.{chore.name}"

        def do(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - Procrastinate says when it was due
            with self._noting_end(context):
                chore.do()

        task = app.task(name=name, queue=_UPKEEP, queueing_lock=name, priority=10, pass_context=True)(do)
        app.periodic(cron=f"*/{chore.minutes} * * * *")(task)

    @contextmanager
    def _noting_end(self, context: JobContext) -> Iterator[int]:
        """Note when the work of the job has ended; gives the job's id."""
        job_id = context.job.id
        assert job_id is not None
        self._ended.pop(job_id, None)  # it is tried again
        try:
            yield job_id
        finally:
            self._ended[job_id] = time.monotonic()

    def _solve(self, context: JobContext) -> None:
        with self._noting_end(context) as job_id:
            self._work.solve_next(job_id)

    def _deliver(self, context: JobContext, delivery_id: str = "") -> None:  # noqa: ARG002 - of earlier releases
        """Send as long as there is something to send, a while at most: what has to wait now has no job of its own.

        Then, and when the worker is to stop, a job is added for what may be left.
        """
        with self._noting_end(context) as job_id:
            for _ in range(_IN_A_ROW):
                if not self._work.deliver_next(job_id):
                    return
                if self._stopping.is_set():
                    break
            with self._store.write() as session:
                jobs.add(session, Task.DELIVER)

    async def _lane(self, app: App, queue: str, concurrency: int) -> None:
        """A worker, and another one when it had to stop because the database was away.

        One that must stop waits for its last job first; so each solve has a worker of its own.
        """
        while not self._stopping.is_set():
            worker: Any = Worker(
                app,
                queues=[queue],
                concurrency=concurrency,
                fetch_job_polling_interval=_POLL_S,
                delete_jobs="always",
                install_signal_handlers=False,
                update_heartbeat_interval=_DAY_S,
                stalled_worker_timeout=_DAY_S,
            )
            self._workers.add(worker)
            await self._work_until_stopped(worker.run())
            self._workers.remove(worker)

    async def _work_until_stopped(self, run: Coroutine[Any, Any, None]) -> None:
        try:
            await run
        except Exception as fault:  # noqa: BLE001 - the database is away; another worker begins soon
            _log.warning("a worker of Procrastinate ended", extra={"fault": str(fault)})
        if not self._stopping.is_set():
            await asyncio.sleep(1.0)
