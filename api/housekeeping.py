"""What a worker does besides solving: take over from dead workers, be seen, and drop what is too old."""

import logging
import os
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from api import runs
from api.job import Folders
from api.runs import Claim, Policy
from api.store import Store, StoreError, idempotency, workers
from api.store.workers import Worker as Presence
from api.watch import Watch

_log = logging.getLogger("cascade.worker")
_FORGOTTEN = timedelta(hours=1)


@dataclass(frozen=True)
class Pace:
    """How often a worker looks, in seconds."""

    poll_s: float = 0.5
    """For runs that another process submitted."""
    watch_s: float = 1.0
    """For claims that are dead."""
    lease_s: float = 8.0
    """A claim without a beat for so long is dead."""
    presence_s: float = 5.0
    """Between two notes that the worker is there."""
    tidy_s: float = 600.0
    """Between two clean-ups of what is too old."""
    pause_s: float = 2.0
    """After a fault of this host."""


class Housekeeping:
    """The chores; `turn` does those that are due."""

    def __init__(
        self,
        store: Store,
        folders: Folders,
        presence: Callable[[], Presence],
        *,
        pace: Pace,
        policy: Policy,
    ) -> None:
        self._store = store
        self._folders = folders
        self._presence = presence
        self._policy = policy
        self._watch = Watch(lease_s=pace.lease_s, gap_s=pace.watch_s * 3)
        self._chores = (
            (pace.watch_s, self._take_over),
            (pace.presence_s, self._be_seen),
            (pace.tidy_s, self._tidy),
        )
        self._done: dict[Callable[[], None], float] = {}

    def turn(self) -> None:
        """Do what is due; a store that does not answer is tried again at the next turn."""
        for every_s, chore in self._chores:
            if time.monotonic() - self._done.get(chore, float("-inf")) < every_s:
                continue
            try:
                chore()
            except StoreError as fault:
                _log.warning("the store does not answer", extra={"fault": str(fault)})
                return
            except Exception:  # noqa: BLE001 - recorded; the next turn may go better
                _log.exception("fault while keeping house")
            self._done[chore] = time.monotonic()

    def _take_over(self) -> None:
        dead = self._folders.dead()
        began = time.monotonic()
        with self._store.read() as session:
            out = runs.claims(session)
            orphaned = runs.claims(session, workers=dead) if dead else {}
        lapsed = self._watch.look(out, began=began, ended=time.monotonic())
        for claim, beats in {**lapsed, **orphaned}.items():
            self._lapse(claim, beats)
        for worker_id in dead:
            self._strike_off(worker_id)

    def _lapse(self, claim: Claim, beats: int) -> None:
        with self._store.write() as session:
            state = runs.lapse(session, claim, beats, self._policy)
        if state is not None:
            _log.warning("took over", extra={"run": claim.run_id, "attempt": claim.attempt, "state": state})

    def _strike_off(self, worker_id: str) -> None:
        with self._store.write() as session:
            workers.leave(session, worker_id)
        self._folders.bury(worker_id)

    def _be_seen(self) -> None:
        with self._store.write() as session:
            if not workers.seen(session, self._presence().id):
                workers.arrive(session, self._presence())
            runs.expire(session)

    def _tidy(self) -> None:
        with self._store.write() as session:
            idempotency.forget_old(session)
            workers.strike_off_unseen(session, for_longer_than=_FORGOTTEN)


def presence(worker_id: str, *, version: str, slots: int) -> Presence:
    """The row that says where this worker runs."""
    return Presence(id=worker_id, host=socket.gethostname(), pid=os.getpid(), version=version, slots=slots)


__all__ = ["Housekeeping", "Pace", "presence"]
