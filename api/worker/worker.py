"""A worker: solves runs, sends messages and keeps house, until it is to stop."""

import logging
import os
import socket
import threading
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from api.db import Store, StoreError, StoreNewer, delivery_turns
from api.db import run_lifecycle as runs
from api.db.ids import new_id
from api.db.queue_policy import Policy
from api.db.tables import workers
from api.db.tables.workers import Worker as Presence
from api.processes.launcher import Launch, Launcher
from api.worker.executor import STOP, Allowance, Solving
from api.worker.local_runner import LocalRunner
from api.worker.tasks import SolveTask, Work
from api.worker.turns import Turns
from api.worker.under_way import UnderWay
from api.worker.upkeep import Chore, Upkeep
from api.worker.workdir import Folders

if TYPE_CHECKING:
    from api.worker.takeover import Takeover

_log = logging.getLogger("cascade.worker")


class Messages(Protocol):
    """Who sends messages."""

    def deliver_next(self, job_id: int | None = None) -> bool: ...


class Runner(Protocol):
    """Who calls the tasks."""

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def join(self, within_s: float | None = None) -> None: ...


@dataclass(frozen=True)
class Pace:
    """How often a worker does what it does again and again, in seconds."""

    monitor_s: float = 1.0
    """Between two beats, and two checks of who is dead."""
    lease_s: float = 8.0
    """A worker without a beat for so long is dead."""
    presence_s: float = 5.0
    """Between two notes that the worker is there."""
    pause_s: float = 2.0
    """After a fault of this host."""


@dataclass(frozen=True)
class WorkerSettings:
    """How a worker works."""

    home: Path
    """Where the folders of its solves lie."""
    slots: int = 2
    """Solves at once; 0 for none."""
    messages_at_once: int = 12
    """Several organisations' most, so that slow receivers of one leave room."""
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

    def __init__(
        self,
        store: Store,
        settings: WorkerSettings,
        messages: Messages | None = None,
        chores: Sequence[Chore] = (),
        *,
        outdated: Callable[[str], None] = lambda _: None,
    ) -> None:
        """`outdated` is called when a newer program has migrated the database: nothing is begun any more then."""
        self.id = new_id("wkr")
        self._store = store
        self._settings = settings
        self._stopping = threading.Event()
        self._killing = threading.Event()
        self._under_way = UnderWay()
        self._folders = Folders(settings.home, self.id)
        self._launcher = Launcher(settings.launch, self._folders.path)  # gone with it, also after a kill
        self._upkeep = Upkeep(store, settings.policy, chores)
        work = Work(
            self._solve_task().solve_next,
            settings.slots,
            messages.deliver_next if messages else _nothing,
            settings.messages_at_once if messages else 0,
        )
        self._runner: Runner
        if store.backend == "postgresql":
            self._runner, take_over = self._shared(work)
        else:
            self._runner, take_over = LocalRunner(store, self._upkeep, work), self._lapse_lost
        pace = settings.pace
        self._outdated = outdated
        self._turns = Turns(
            (pace.monitor_s, take_over), (pace.presence_s, self._be_seen), outdated=self._begin_nothing_more
        )

    def start(self) -> None:
        """Begin to work; raises StoreBusy when another process has the embedded database."""
        self._store.own()
        if self._store.backend == "sqlite":
            self._recover()
        self._runner.start()
        self._turns.start(self._settings.pace.monitor_s)

    def stop(self, grace_s: float = 10.0) -> None:
        """Begin nothing new, let the solves end within the grace, put the others back; once is enough."""
        if self._stopping.is_set():
            return
        self._stopping.set()
        self._runner.stop()
        self._runner.join(grace_s)
        self._killing.set()
        self._store.notifier.notify([STOP])
        self._runner.join()
        self._turns.stop()
        self._launcher.close()
        self._leave()
        self._folders.close()

    def _shared(self, work: Work) -> tuple[Runner, Callable[[], None]]:
        from api.worker.procrastinate_runner import ProcrastinateRunner
        from api.worker.takeover import Takeover

        pace, policy = self._settings.pace, self._settings.policy
        runner = ProcrastinateRunner(self._store, self._upkeep, work)
        takeover = Takeover(
            self._store,
            runner.workers,
            runner.unfinished,
            lease_s=pace.lease_s,
            gap_s=pace.monitor_s * 3,
            policy=policy,
        )
        return runner, lambda: self._take_over(takeover)

    def _solve_task(self) -> SolveTask:
        settings = self._settings
        solving = Solving(
            self._store,
            self._folders,
            self._launcher,
            allowance=settings.allowance,
            policy=settings.policy,
            stopping=self._killing.is_set,
        )
        return SolveTask(
            self._store,
            self._folders,
            self._launcher,
            solving,
            self._under_way,
            policy=settings.policy,
            stopping=self._stopping,
            disk_free_mb=settings.disk_free_mb,
            pause_s=settings.pace.pause_s,
        )

    def _take_over(self, takeover: "Takeover") -> None:
        dead = self._folders.dead()
        takeover.turn(dead)
        self._clean_up(dead)

    def _recover(self) -> None:
        """Put back what was under way when the process that had the embedded database died."""
        self._lapse_lost()
        with self._store.write() as session:
            delivery_turns.let_go(session)
        self._clean_up(self._folders.dead())

    def _lapse_lost(self) -> None:
        """Put back what no thread has under way: on the embedded database every claim is this process's.

        Claims are read first: one that is committed was held before, and is held until its end is written, or lost.
        """
        with self._store.read() as session:
            claims = runs.claims(session)
        lost = [claim for claim in claims if claim not in self._under_way]
        if not lost:
            return
        with self._store.write() as session:
            for claim in lost:
                if runs.lapse(session, claim, self._settings.policy):
                    _log.warning("took over", extra={"run": claim.run_id, "attempt": claim.attempt})

    def _begin_nothing_more(self, fault: StoreNewer) -> None:
        _log.error("a newer program has the database", extra={"worker": self.id, "fault": str(fault)})
        self._runner.stop()
        self._outdated(str(fault))

    def _clean_up(self, dead: Collection[str]) -> None:
        for worker_id in dead:
            with self._store.write() as session:
                workers.leave(session, worker_id)
            self._folders.clean_up(worker_id)

    def _be_seen(self) -> None:
        """Note that the worker is there, and have a fork server ready, for a solve that may come."""
        if not self._settings.slots:
            return
        self._launcher.prepare(0)
        here = Presence(
            id=self.id,
            host=socket.gethostname(),
            pid=os.getpid(),
            version=self._settings.version,
            slots=self._settings.slots,
        )
        with self._store.write() as session:
            if not workers.seen(session, self.id):
                workers.arrive(session, here)

    def _leave(self) -> None:
        try:
            with self._store.write() as session:
                workers.leave(session, self.id)
        except StoreError as fault:
            _log.warning("left without a word", extra={"fault": str(fault)})


def _nothing(job_id: int | None = None) -> bool:  # noqa: ARG001
    """Messages are for others."""
    return False
