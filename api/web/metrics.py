"""What the service counts for Prometheus; one registry per server, nothing global."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from sqlalchemy.orm import Session

from api.db.column_types import now
from api.db.tables import runs, workers
from api.db.tables.runs import Run

_REQUEST_S = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0)
_RUN_S = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 900.0, 3600.0)
_LATE = timedelta(minutes=1)
"""An end may be seen so much later than it says it was: it is written down before it is committed."""
WORKER_SEEN = timedelta(seconds=30)
"""A worker that was not seen for so long is taken for gone."""


@dataclass(frozen=True)
class Standing:
    """How the queue and the workers stand."""

    runs: dict[str, int]
    """State to number of unfinished runs."""
    queue_age_s: float
    """How long the run waits that waits longest; 0 when none does."""
    workers: int
    slots: int
    """Solves at once of all workers."""
    ended: tuple[Run, ...] = ()
    """Runs that have ended since the last time."""

    @classmethod
    def read(cls, session: Session, ended: tuple[Run, ...] = ()) -> "Standing":
        """How they stand now; workers that were not seen lately are not there."""
        moment = now()
        oldest = runs.oldest_queued(session)
        there = [
            each for each in workers.present(session) if each.slots and moment - each.seen_at < WORKER_SEEN
        ]
        return cls(
            runs=runs.counts(session),
            queue_age_s=max(0.0, (moment - oldest).total_seconds()) if oldest else 0.0,
            workers=len(there),
            slots=sum(each.slots for each in there),
            ended=ended,
        )


class EndedRuns:
    """Each run that ends, once, from the time when this server was started."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._since = now()
        self._known: dict[str, datetime] = {}

    def new(self, session: Session) -> tuple[Run, ...]:
        """The runs that have ended since the last time."""
        with self._lock:
            found = runs.ended_since(session, max(self._since, self._newest() - _LATE))
            new = tuple(run for run in found if run.id not in self._known)
            self._known |= {run.id: run.finished_at for run in new if run.finished_at}
            least = self._newest() - 2 * _LATE
            self._known = {run_id: at for run_id, at in self._known.items() if at >= least}
            return new

    def _newest(self) -> datetime:
        return max(self._known.values(), default=self._since)


class Metrics:
    """The counters of one server."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.ended = EndedRuns()
        ProcessCollector(registry=self.registry)
        self._requests = Histogram(
            "cascade_request_seconds",
            "Time to answer a request",
            ["method", "route", "status"],
            buckets=_REQUEST_S,
            registry=self.registry,
        )
        self._waiting = self._gauge("cascade_waiting", "Requests that wait for runs or follow them")
        self._store = self._gauge("cascade_store_up", "1 when the database answers")
        self._runs = Gauge(
            "cascade_runs", "Unfinished runs of all organisations", ["state"], registry=self.registry
        )
        self._queue_age = self._gauge(
            "cascade_queue_age_seconds", "How long the oldest queued run has waited"
        )
        self._workers = self._gauge("cascade_workers", "Workers seen within half a minute")
        self._slots = self._gauge("cascade_worker_slots", "Solves that these workers can do at once")
        self._ended = Counter(
            "cascade_runs_ended",
            "Runs that ended, seen since this process started",
            ["state", "termination"],
            registry=self.registry,
        )
        self._retries = Counter(
            "cascade_run_retries", "Attempts beyond the first, of runs that ended", registry=self.registry
        )
        self._wait = self._run_times(
            "cascade_run_wait_seconds", "From submission to the last attempt's start"
        )
        self._solve = self._run_times("cascade_solve_seconds", "From the last attempt's start to the end")

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request."""
        self._requests.labels(method, route, str(status)).observe(seconds)

    def text(self, standing: Standing | None, *, waiting: int) -> bytes:
        """All of them, in Prometheus' text format; without a standing, the database does not answer."""
        self._waiting.set(waiting)
        self._store.set(standing is not None)
        if standing is not None:
            self._take(standing)
        return generate_latest(self.registry)

    def _take(self, standing: Standing) -> None:
        for state, number in standing.runs.items():
            self._runs.labels(state).set(number)
        self._queue_age.set(standing.queue_age_s)
        self._workers.set(standing.workers)
        self._slots.set(standing.slots)
        self._count(standing.ended)

    def _count(self, ended: Iterable[Run]) -> None:
        for run in ended:
            self._ended.labels(run.state, run.termination or "none").inc()
            self._retries.inc(max(0, run.attempt - 1))
            if run.started_at and run.finished_at:
                kind = run.analysis or "solve"
                self._wait.labels(kind).observe((run.started_at - run.created_at).total_seconds())
                self._solve.labels(kind).observe((run.finished_at - run.started_at).total_seconds())

    def _gauge(self, name: str, about: str) -> Gauge:
        return Gauge(name, about, registry=self.registry)

    def _run_times(self, name: str, about: str) -> Histogram:
        return Histogram(name, about, ["kind"], buckets=_RUN_S, registry=self.registry)
