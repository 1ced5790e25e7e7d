"""One claimed run from its files to its written end."""

import errno
import logging
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from api import runs
from api.child import Limits
from api.heart import Heart, Held
from api.job import Folders
from api.launching import Launcher, LaunchFailed
from api.outcomes import Crashed, Released, outcome
from api.packed import read
from api.runs import Beat, Claim, Outcome, Policy, Run, State
from api.saying import Progress
from api.store import Store, StoreError, StoreFull, scenarios
from api.supervision import End, Stopped, Supervision

T = TypeVar("T")
_log = logging.getLogger("cascade.worker")


@dataclass(frozen=True)
class Allowance:
    """What a solve may use unless its run asks for less, and how it is looked after."""

    time_limit_s: float = 300.0
    memory_limit_mb: int = 4096
    cores: int = 2
    """CPU seconds allowed per second of the time limit."""
    nice: int = 2
    beat_s: float = 2.0
    """Between two beats of a claim."""
    persist_s: float = 120.0
    """How long the end of a solve is tried to be written while the database is away."""

    def seconds(self, options: Mapping[str, Any]) -> float:
        """The time limit of a run with these options."""
        return min(self.time_limit_s, float(options.get("time_limit_s") or self.time_limit_s))

    def limits(self, options: Mapping[str, Any]) -> Limits:
        """The limits of its process."""
        megabytes = min(self.memory_limit_mb, int(options.get("memory_limit_mb") or self.memory_limit_mb))
        return Limits(megabytes << 20, int(self.seconds(options) * self.cores) + 5, self.nice)


class Solving:
    """Solves claimed runs; `stopping` says whether the worker wants to end now."""

    def __init__(
        self,
        store: Store,
        folders: Folders,
        launcher: Launcher,
        heart: Heart,
        *,
        allowance: Allowance,
        policy: Policy,
        stopping: Callable[[], bool],
    ) -> None:
        self._store = store
        self._folders = folders
        self._launcher = launcher
        self._heart = heart
        self._allowance = allowance
        self._policy = policy
        self._stopping = stopping

    def solve(self, run: Run) -> None:
        """Solve and write the end; raises LaunchFailed, OSError, StoreError when the host cannot now."""
        claim = Claim(run.id, run.attempt)
        with self._woken(run.id) as (wake, call), self._heart.holding(claim, call) as held:
            try:
                self._solve(run, held, wake)
            except (LaunchFailed, OSError, StoreError) as fault:
                _log.warning("run given back", extra={"run": run.id, "fault": str(fault)})
                self._give_back(claim, _fault(fault), strike=False)
                raise
            except Exception:  # noqa: BLE001 - recorded; the worker goes on with other runs
                _log.exception("fault of the worker", extra={"run": run.id})
                self._give_back(claim, "worker_fault", strike=True)

    def _solve(self, run: Run, held: Held, wake: socket.socket) -> None:
        with self._store.read() as session:
            files = scenarios.contents(session, run.org_id, run.scenario_id, run.scenario_version)
        with self._folders.folder(f"{run.id}.{run.attempt}", files) as folder:
            self._write(held.claim, self._run_child(run, held, folder, wake), folder)

    def _run_child(self, run: Run, held: Held, folder: Path, wake: socket.socket) -> End:
        seconds = self._allowance.seconds(run.options)
        child = self._launcher.launch(folder, self._allowance.limits(run.options))

        def tell(progress: Progress | None) -> None:
            held.progress = progress

        try:
            return Supervision(
                child, time_limit_s=seconds, tell=tell, wanted=lambda: self._wanted(held), wake=wake
            ).run()
        finally:
            child.close()

    @contextmanager
    def _woken(self, run_id: str) -> Iterator[tuple[socket.socket, Callable[[], None]]]:
        """A socket that becomes readable when the run changes or the worker stops, and what makes it so."""
        wake, poke = socket.socketpair()
        poke.setblocking(False)

        def call() -> None:
            with suppress(OSError):  # it is full of pokes, or closed just now
                poke.send(b"w")

        with wake, poke, self._store.bell.calling(run_id, call), self._store.bell.calling(STOP, call):
            yield wake, call

    def _wanted(self, held: Held) -> Stopped | None:
        if self._stopping():
            return Stopped.SHUTDOWN
        try:
            with self._store.read() as session:
                answer = runs.hear(session, held.claim)
        except StoreError:
            answer = held.answer
        return {Beat.CANCEL: Stopped.CANCEL, Beat.LOST: Stopped.LOST}.get(answer)

    def _write(self, claim: Claim, end: End, folder: Path) -> None:
        ended = outcome(end, folder / "out")
        match ended:
            case None:
                _log.warning("claim lost", extra={"run": claim.run_id, "attempt": claim.attempt})
            case Released():
                self._give_back(claim, "shutdown", strike=False)
            case Crashed(reason):
                _log.error("solve crashed", extra={"run": claim.run_id, "said": list(end.said.lines)})
                self._give_back(claim, reason, strike=True)
            case Outcome():
                self._finish(claim, ended, end, folder)

    def _finish(self, claim: Claim, ended: Outcome, end: End, folder: Path) -> None:
        answered = ended.state in (State.SUCCEEDED, State.INFEASIBLE)
        packed = read(folder / "out") if answered else None
        lines = tuple(line.replace(f"{folder}/", "") for line in end.said.lines)

        def write(session: Session) -> bool:
            if lines:
                runs.log(session, claim, lines)
            return runs.finish(session, claim, ended, packed)

        if not self._persist(write):
            _log.warning("late result dropped", extra={"run": claim.run_id, "attempt": claim.attempt})

    def _give_back(self, claim: Claim, reason: str, *, strike: bool) -> None:
        self._persist(
            lambda session: runs.give_back(session, claim, reason=reason, strike=strike, policy=self._policy)
        )

    def _persist(self, change: Callable[[Session], T]) -> T:
        """Write it, trying again while the store is busy or away; the fence makes trying again harmless."""
        begun, pause = time.monotonic(), 0.05
        while True:
            try:
                with self._store.write() as session:
                    return change(session)
            except StoreError:
                if time.monotonic() - begun > self._allowance.persist_s:
                    raise
                time.sleep(pause)
                pause = min(2.0, pause * 2)


STOP = "stop"
"""The topic that is rung when the worker wants its solves to end."""


def _fault(fault: Exception) -> str:
    full = isinstance(fault, StoreFull) or getattr(fault, "errno", None) == errno.ENOSPC
    return "disk_full" if full else "host_fault"


__all__ = ["STOP", "Allowance", "Solving"]
