"""What jobs do, whoever runs them: the task functions of a worker."""

import logging
import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from api.db import Store, StoreError, jobs
from api.db import run_lifecycle as runs
from api.db.column_types import now
from api.db.jobs import Task
from api.db.queue_policy import Policy
from api.db.run_lifecycle import Claim
from api.db.tables.runs import Run
from api.processes.launcher import Launcher, LaunchFailed
from api.worker.executor import Solving
from api.worker.under_way import UnderWay
from api.worker.workdir import Folders

_log = logging.getLogger("cascade.worker")


class Step(Protocol):
    """Does the next thing, for the job on PostgreSQL; False when there is none that can be done. Raises StoreError."""

    def __call__(self, job_id: int | None = None) -> bool: ...


@dataclass(frozen=True)
class Work:
    """What a worker does, and how many at once of each."""

    solve_next: Step
    slots: int
    deliver_next: Step
    messages_at_once: int


class SolveTask:
    """Solves the run whose turn it is."""

    def __init__(
        self,
        store: Store,
        folders: Folders,
        launcher: Launcher,
        solving: Solving,
        under_way: UnderWay,
        *,
        policy: Policy,
        stopping: threading.Event,
        disk_free_mb: int,
        pause_s: float,
    ) -> None:
        self._store = store
        self._folders = folders
        self._launcher = launcher
        self._solving = solving
        self._under_way = under_way
        self._policy = policy
        self._stopping = stopping
        self._disk_free_mb = disk_free_mb
        self._pause_s = pause_s
        self._faults = 0

    def solve_next(self, job_id: int | None = None) -> bool:
        """Claim the next run for the job and see to it; False when none can be begun here and now.

        The job of a run that cannot be begun now is put back for a little later, for whoever can. Raises StoreError.
        """
        with self._under_way.thread() as hold:
            run = self._claim(job_id, hold)
            if run is not None:
                self._solve(run)
        return run is not None

    def _claim(self, job_id: int | None, hold: Callable[[Claim], None]) -> Run | None:
        able = not self._stopping.is_set() and self._can_solve()
        with self._store.read() as session:
            if not runs.waiting(session):
                return None
        with self._store.write() as session:
            run = runs.claim(session, self._folders.worker_id, self._policy, job_id=job_id) if able else None
            if run is not None:
                hold(Claim(run.id, run.attempt))
            elif job_id is not None:
                jobs.add(session, Task.SOLVE, at=now() + timedelta(seconds=self._pause_s))
        return run

    def _can_solve(self) -> bool:
        if not self._launcher.prepare(self._pause_s):
            return False
        free = shutil.disk_usage(self._folders.path).free
        if free < self._disk_free_mb << 20:
            _log.error("the disk is full: nothing is claimed", extra={"free": free})
            return False
        return True

    def _solve(self, run: Run) -> None:
        try:
            self._solving.solve(run)
            self._faults = 0
        except (LaunchFailed, OSError, StoreError) as fault:
            self._faults += 1
            _log.error("this host cannot solve now", extra={"run": run.id, "fault": str(fault)})
            self._stopping.wait(min(60.0, self._pause_s * self._faults))
