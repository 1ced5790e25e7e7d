"""Taking over from dead workers on PostgreSQL: their jobs are erased, their runs go back into the queue.

So are jobs of our own whose end could not be written, since the database was away just then.

Procrastinate says whose heartbeat is old by the database's clock, and takes every worker for dead when the database
was away for longer than that, or its clock jumps; and it beats no more for a worker that waits for its last job. So
the beats are ours, in a thread that nothing else stops, and who is dead is said by a lease monitor.
"""

import logging
import time
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager

from api.db import Store
from api.db import procrastinate_jobs as jobs
from api.db import run_lifecycle as runs
from api.db.queue_policy import Policy
from api.db.run_lifecycle import Claim
from api.worker.leases import LeaseMonitor

_log = logging.getLogger("cascade.worker")


class Takeover:
    """Beats for this process's workers of Procrastinate, and takes over from those of others that are dead."""

    def __init__(
        self,
        store: Store,
        own: Callable[[], Collection[int]],
        unfinished: Callable[[float], AbstractContextManager[Collection[int]]],
        *,
        lease_s: float,
        gap_s: float,
        policy: Policy,
    ) -> None:
        self._store = store
        self._own = own
        self._unfinished = unfinished
        self._lease_s = lease_s
        self._policy = policy
        self._leases = LeaseMonitor(lease_s=lease_s, gap_s=gap_s)

    def turn(self, dead: Collection[str]) -> None:
        """Beat, and take over from who stood still for a lease, and from these dead workers. Raises StoreError."""
        began = time.monotonic()
        with self._unfinished(self._lease_s) as jobs_left, self._store.write() as session:
            jobs.beat(session, self._own())
            jobs.erase(session, jobs_left)
        with self._store.read() as session:
            beats, lost = jobs.heartbeats(session), jobs.abandoned(session, dead)
        lapsed = self._leases.lapsed(beats, began=began, ended=time.monotonic())
        if lapsed:
            with self._store.write() as session:
                jobs.remove_workers(session, lapsed)
            with self._store.read() as session:
                lost = jobs.abandoned(session, dead)
        for run_id, attempt in lost:
            self._lapse(Claim(run_id, attempt))
        self._drop()

    def _lapse(self, claim: Claim) -> None:
        with self._store.write() as session:
            state = runs.lapse(session, claim, self._policy)
        if state is not None:
            _log.warning("took over", extra={"run": claim.run_id, "attempt": claim.attempt, "state": state})

    def _drop(self) -> None:
        with self._store.write() as session:
            if jobs.drop_abandoned(session):
                jobs.refill(session, runs.ready(session))
