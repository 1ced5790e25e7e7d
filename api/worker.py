"""A worker: claims runs and has them solved, a few at once, until it is told to stop."""

import logging
import shutil
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from api import runs
from api.dispatch import Listening
from api.heart import Heart
from api.housekeeping import Housekeeping, Pace, presence
from api.job import Folders
from api.launching import Launch, Launcher, LaunchFailed
from api.runs import QUEUE, Policy, Run
from api.solving import STOP, Allowance, Solving
from api.store import Store, StoreError, workers
from api.store.ids import new_id

_log = logging.getLogger("cascade.worker")


@dataclass(frozen=True)
class WorkerSettings:
    """How a worker works."""

    home: Path
    """Where the folders of its solves lie."""
    slots: int = 2
    """Solves at once."""
    disk_free_mb: int = 64
    """With less free under `home`, nothing is claimed."""
    version: str = ""
    """Of the program, for readiness to show."""
    launch: Launch = field(default_factory=Launch)
    allowance: Allowance = field(default_factory=Allowance)
    policy: Policy = field(default_factory=Policy)
    pace: Pace = field(default_factory=Pace)


class Worker:
    """Works in threads of its own from `start` to `stop`."""

    def __init__(self, store: Store, settings: WorkerSettings) -> None:
        self.id = new_id("wkr")
        self._store = store
        self._settings = settings
        self._faults = 0
        self._stopping = threading.Event()
        self._killing = threading.Event()
        self._slots = threading.Semaphore(settings.slots)
        self._pool = ThreadPoolExecutor(settings.slots, "cascade-solve")
        self._folders = Folders(settings.home, self.id)
        self._launcher = Launcher(settings.launch, settings.home)
        self._heart = Heart(store, beat_s=settings.allowance.beat_s)
        self._solving = Solving(
            store,
            self._folders,
            self._launcher,
            self._heart,
            allowance=settings.allowance,
            policy=settings.policy,
            stopping=self._killing.is_set,
        )
        self._housekeeping = Housekeeping(
            store,
            self._folders,
            lambda: presence(self.id, version=settings.version, slots=settings.slots),
            pace=settings.pace,
            policy=settings.policy,
        )
        self._tokens = Listening(store, self.solve_next, settings.slots) if store.announce else None
        self._threads = (
            threading.Thread(target=self._claim_loop, name="cascade-claim"),
            threading.Thread(target=self._keep_house, name="cascade-house"),
        )

    def start(self) -> None:
        """Begin to claim and to watch."""
        self._heart.start()
        for thread in self._threads:
            thread.start()
        if self._tokens:
            self._tokens.start()

    def stop(self, grace_s: float = 10.0) -> None:
        """Claim no more, let the solves end within the grace, put the others back; once is enough."""
        if self._stopping.is_set():
            return
        self._stopping.set()
        self._store.bell.ring([QUEUE])
        self._wait_for_solves(grace_s)
        self._killing.set()
        self._store.bell.ring([STOP])
        if self._tokens:
            self._tokens.stop()
        for thread in self._threads:
            thread.join()
        self._pool.shutdown()
        self._heart.stop()
        self._launcher.close()
        self._leave()
        self._folders.close()

    def solve_next(self) -> bool:
        """Claim one run as soon as a slot is free, and see to it; False when nothing waits."""
        with self._slots:
            run = None if self._stopping.is_set() else self._claim()
            if run is not None:
                self._solve(run)
            return run is not None

    def _claim_loop(self) -> None:
        with self._store.bell.listen(QUEUE) as heard:
            while not self._stopping.is_set():
                heard.clear()
                if not self._begin_next():
                    heard.wait(self._settings.pace.poll_s)

    def _begin_next(self) -> bool:
        self._slots.acquire()
        run = None if self._stopping.is_set() else self._claim()
        if run is None:
            self._slots.release()
            return False
        self._pool.submit(self._solve, run).add_done_callback(lambda _: self._slots.release())
        return True

    def _claim(self) -> Run | None:
        try:
            return self._claim_next() if self._can_solve() else None
        except StoreError as fault:
            _log.warning("cannot claim", extra={"fault": str(fault)})
        except Exception:  # noqa: BLE001 - recorded; the next try may go better
            _log.exception("fault while claiming")
        return None

    def _can_solve(self) -> bool:
        if not self._launcher.prepare(self._settings.pace.poll_s):
            return False
        free = shutil.disk_usage(self._settings.home).free
        if free < self._settings.disk_free_mb << 20:
            _log.error("the disk is full: nothing is claimed", extra={"free": free})
            return False
        return True

    def _claim_next(self) -> Run | None:
        with self._store.read() as session:
            if not runs.waiting(session):
                return None
        with self._store.write() as session:
            return runs.claim(session, self.id, self._settings.policy)

    def _solve(self, run: Run) -> None:
        try:
            self._solving.solve(run)
            self._faults = 0
        except (LaunchFailed, OSError, StoreError) as fault:
            self._faults += 1
            _log.error("this host cannot solve now", extra={"run": run.id, "fault": str(fault)})
            self._stopping.wait(min(60.0, self._settings.pace.pause_s * self._faults))

    def _keep_house(self) -> None:
        self._housekeeping.turn()
        while not self._stopping.wait(self._settings.pace.watch_s):
            self._housekeeping.turn()

    def _wait_for_solves(self, grace_s: float) -> None:
        until = time.monotonic() + grace_s
        free = [
            self._slots.acquire(timeout=max(0.0, until - time.monotonic()))
            for _ in range(self._settings.slots)
        ]
        for _ in filter(None, free):
            self._slots.release()

    def _leave(self) -> None:
        try:
            with self._store.write() as session:
                workers.leave(session, self.id)
        except StoreError as fault:
            _log.warning("left without a word", extra={"fault": str(fault)})
