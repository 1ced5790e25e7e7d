"""One claimed run from its files to its written end."""

import errno
import json
import logging
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from sqlalchemy.orm import Session

from api.db import Store, StoreError, StoreFull
from api.db import run_lifecycle as runs
from api.db.persist import persist
from api.db.queue_policy import Policy
from api.db.run_lifecycle import Claim, Outcome
from api.db.tables import analyses, results, scenarios
from api.db.tables import runs as stored_runs
from api.db.tables.runs import Run, State
from api.output.result_bundle import read
from api.processes.launcher import Launcher, LaunchFailed
from api.processes.limits import Limits
from api.processes.messages import PARTS_FOLDER, QUESTION, RESULT_FOLDER, SolveRequest
from api.processes.monitor import End, Monitor
from api.processes.tracing import spanned
from api.worker.held_claim import HeldClaim
from api.worker.outcome import Crashed, Released, outcome
from api.worker.workdir import Folders

T = TypeVar("T")
_log = logging.getLogger("cascade.worker")


@dataclass(frozen=True)
class Allowance:
    """What a solve may use unless its run asks for less, and how it is looked after."""

    time_limit_s: float = 300.0
    analysis_time_limit_s: float = 3600.0
    """The same of an analysis, which may solve a thousand times."""
    memory_limit_mb: int = 4096
    cores: int = 2
    """CPU seconds allowed per second of the time limit."""
    nice: int = 10
    report_s: float = 2.0
    """Between two reports of how far a stage is."""
    persist_s: float = 120.0
    """How long the end of a solve is tried to be written while the database is away."""

    def seconds(self, run: Run) -> float:
        """The time limit of the run."""
        most = self.time_limit_s if run.analysis is None else self.analysis_time_limit_s
        return min(most, float(run.options.get("time_limit_s") or most))

    def limits(self, run: Run) -> Limits:
        """The limits of its process."""
        wanted = int(run.options.get("memory_limit_mb") or self.memory_limit_mb)
        megabytes = min(self.memory_limit_mb, wanted)
        return Limits(megabytes << 20, int(self.seconds(run) * self.cores) + 5, self.nice)


class Solving:
    """Solves claimed runs; `stopping` says whether the worker wants to end now."""

    def __init__(
        self,
        store: Store,
        folders: Folders,
        launcher: Launcher,
        *,
        allowance: Allowance,
        policy: Policy,
        stopping: Callable[[], bool],
    ) -> None:
        self._store = store
        self._folders = folders
        self._launcher = launcher
        self._allowance = allowance
        self._policy = policy
        self._stopping = stopping

    def solve(self, run: Run) -> None:
        """Solve and write the end; raises LaunchFailed, OSError, StoreError when the host cannot now."""
        claim = Claim(run.id, run.attempt)
        with self._wake_up(run.id) as wake:
            try:
                self._solve(run, claim, wake)
            except (LaunchFailed, OSError, StoreError) as fault:
                _log.warning("run given back", extra={"run": run.id, "fault": str(fault)})
                self._give_back(claim, _fault(fault), strike=False)
                raise
            except Exception:  # noqa: BLE001 - recorded; the worker goes on with other runs
                _log.exception("fault of the worker", extra={"run": run.id})
                self._give_back(claim, "worker_fault", strike=True)

    def _solve(self, run: Run, claim: Claim, wake: socket.socket) -> None:
        with self._store.read() as session:
            files = _files(session, run)
        noted: dict[str, str | float] = {
            "cascade.run": run.id,
            "cascade.attempt": run.attempt,
            "cascade.organisation": run.org_id,
        }
        with (
            spanned("run", noted) as span,
            self._folders.folder(f"{run.id}.{run.attempt}", files) as folder,
        ):
            end = self._run_child(run, claim, folder, wake)
            ended = outcome(end)
            span.set_attribute(
                "cascade.outcome", ended.state if isinstance(ended, Outcome) else type(ended).__name__
            )
            self._write(claim, ended, end, folder)

    def _run_child(self, run: Run, claim: Claim, folder: Path, wake: socket.socket) -> End:
        seconds = self._allowance.seconds(run)
        question = None if run.analysis is None else QUESTION
        request = SolveRequest(
            folder=folder, time_limit_s=seconds, question=question, part=run.part, parts=run.parts
        )
        held = HeldClaim(self._store, claim, stopping=self._stopping, report_s=self._allowance.report_s)
        child = self._launcher.launch(request, self._allowance.limits(run))
        try:
            return Monitor(child, time_limit_s=seconds, turn=held.turn, wake=wake).run()
        finally:
            child.close()

    @contextmanager
    def _wake_up(self, run_id: str) -> Iterator[socket.socket]:
        """A socket that becomes readable when the run is changed by this process, or the worker stops."""
        wake, poke = socket.socketpair()
        poke.setblocking(False)

        def call() -> None:
            with suppress(OSError):  # it is full of pokes, or closed just now
                poke.send(b"w")

        with wake, poke, self._store.notifier.calling(run_id, call), self._store.notifier.calling(STOP, call):
            yield wake

    def _write(
        self, claim: Claim, ended: Outcome | Released | Crashed | None, end: End, folder: Path
    ) -> None:
        match ended:
            case None:
                _log.warning("claim lost", extra={"run": claim.run_id, "attempt": claim.attempt})
            case Released():
                self._give_back(claim, "shutdown", strike=False)
            case Crashed(reason):
                _log.error("solve crashed", extra={"run": claim.run_id, "lines": list(end.log)})
                self._give_back(claim, reason, strike=True)
            case Outcome():
                self._finish(claim, ended, end, folder)

    def _finish(self, claim: Claim, ended: Outcome, end: End, folder: Path) -> None:
        solved = ended.state in (State.SUCCEEDED, State.INFEASIBLE)
        answered = solved and end.reply is not None and end.reply.has_result
        packed = read(folder / RESULT_FOLDER) if answered else None
        lines = tuple(line.replace(f"{folder}/", "") for line in end.log)

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
        """Write it, also when the store is away for a while; the fence makes trying again harmless."""
        return persist(self._store, change, within_s=self._allowance.persist_s)


def _files(session: Session, run: Run) -> dict[str, bytes]:
    """Path to content of what the run's process reads."""
    if run.analysis is None:
        return scenarios.contents(session, run.org_id, *run.solved)
    question = json.dumps(analyses.question(session, run)).encode()
    return {**analyses.contents(session, run), **_found_by_parts(session, run), QUESTION: question}


def _found_by_parts(session: Session, run: Run) -> dict[str, bytes]:
    parts = stored_runs.parts(session, run) if run.joins else ()
    return {
        f"{PARTS_FOLDER}/{part.part:06}.json": results.any_document_bytes(session, run.org_id, part.id)
        for part in parts
    }


STOP = "stop"
"""The topic that is rung when the worker wants its solves to end."""


def _fault(fault: Exception) -> str:
    full = isinstance(fault, StoreFull) or getattr(fault, "errno", None) == errno.ENOSPC
    return "disk_full" if full else "host_fault"


__all__ = ["STOP", "Allowance", "Solving"]
