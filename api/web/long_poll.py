"""Waiting for something to happen to a run: a place for each who waits, and one look at the store for all of them."""

import logging
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from flask import request

from api.db import Store, StoreError
from api.db.tables import runs

T = TypeVar("T")

_WAIT = re.compile(r"(?:^|[,;\s])wait=(\d{1,6})(?=$|[,;\s])")
_ASYNC = re.compile(r"(?:^|[,;\s])respond-async(?=$|[,;\s])", re.IGNORECASE)
_POLL_S = 0.1
"""What other processes write is not moves; so often it is looked for, once for all who wait."""
_log = logging.getLogger("cascade.http")


class WaitSlots:
    """Places for requests that wait, of which one tenant gets no more than it leaves free.

    So one alone gets half of them, two a third each, and whoever comes next finds a place (dynamic thresholds with
    alpha 1: Choudhury and Hahne, IEEE/ACM Transactions on Networking 6(2), 1998).
    `moved` hears how many are taken, so that a server can make up for them.
    """

    def __init__(self, number: int, moved: Callable[[int], None] = lambda _: None) -> None:
        self._number = number
        self._taken: Counter[str] = Counter()
        self._lock = threading.Lock()
        self.moved = moved

    def take(self, who: str) -> bool:
        """Whether there was room for one more of this tenant, who now has it."""
        with self._lock:
            room = self._taken[who] < self._number - self._taken.total()
            if room:
                self._move(who, 1)
            return room

    def leave(self, who: str) -> None:
        """Let somebody else have the place."""
        with self._lock:
            self._move(who, -1)

    @property
    def taken(self) -> int:
        """How many wait."""
        return self._taken.total()

    def _move(self, who: str, by: int) -> None:
        self._taken[who] += by
        if not self._taken[who]:
            del self._taken[who]
        self.moved(self._taken.total())

    @contextmanager
    def slot(self, who: str) -> Iterator[bool]:
        """Whether there is room for one more of this tenant; the room is kept until the end."""
        got = self.take(who)
        try:
            yield got
        finally:
            if got:
                self.leave(who)


class RunPoller:
    """Wakes who follows a run when it has changed, in this process or in another."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._followed: Counter[str] = Counter()
        self._events: set[threading.Event] = set()
        self._someone = threading.Event()
        self._thread: threading.Thread | None = None
        self.closing = threading.Event()
        """Set when the server is to end: whoever waits answers at once."""

    @contextmanager
    def following(self, run_id: str) -> Iterator[threading.Event]:
        """An event that is set whenever the run may have changed; the follower clears it."""
        with self._store.notifier.listen(run_id) as changed:
            self._enter(run_id, changed)
            try:
                yield changed
            finally:
                self._leave(run_id, changed)

    def until(self, run_id: str, read: Callable[[], T | None], seconds: float) -> T | None:
        """What `read` finds as soon as it finds something; None when the time is over or the server stops."""
        end = time.monotonic() + seconds
        with self.following(run_id) as changed:
            while (seen := read()) is None:
                left = end - time.monotonic()
                if left <= 0 or self.closing.is_set():
                    return None
                changed.wait(left)
                changed.clear()
        return seen

    def close(self) -> None:
        """Wake everybody, for the last time."""
        self.closing.set()
        self._someone.set()
        with self._lock:
            thread, events = self._thread, tuple(self._events)
        for event in events:
            event.set()
        if thread:
            thread.join()

    def _enter(self, run_id: str, changed: threading.Event) -> None:
        with self._lock:
            self._followed[run_id] += 1
            self._events.add(changed)
            if self._thread is None and not self.closing.is_set():
                self._thread = threading.Thread(target=self._poll, name="cascade-run-poller", daemon=True)
                self._thread.start()
        self._someone.set()

    def _leave(self, run_id: str, changed: threading.Event) -> None:
        with self._lock:
            self._events.discard(changed)
            self._followed[run_id] -= 1
            if not self._followed[run_id]:
                del self._followed[run_id]
                if not self._followed and not self.closing.is_set():
                    self._someone.clear()

    def _poll(self) -> None:
        seen: dict[str, int] = {}
        while self._someone.wait() and not self.closing.wait(_POLL_S):
            with self._lock:
                followed = tuple(self._followed)
            found = self._revisions(followed)
            self._store.notifier.notify(run for run in followed if found.get(run) != seen.get(run))
            seen = found

    def _revisions(self, followed: tuple[str, ...]) -> dict[str, int]:
        """Run to its revision; nothing while the store is away, so that who follows looks for itself."""
        try:
            with self._store.read_latest() as session:
                return runs.revisions(session, followed)
        except StoreError as fault:
            _log.warning("runs cannot be followed for now", extra={"fault": str(fault)})
            return {}
        except Exception:  # noqa: BLE001 - recorded; those who wait depend on the next look
            _log.exception("fault while following runs")
            return {}


def prefers_async() -> bool:
    """Whether `Prefer: respond-async` asks for an answer later (RFC 7240)."""
    return _ASYNC.search(request.headers.get("Prefer", "")) is not None


def preferred_wait(limit: int) -> int:
    """Seconds that `Prefer: wait=N` asks for, at most the limit; 0 without it."""
    match = _WAIT.search(request.headers.get("Prefer", ""))
    return min(limit, int(match[1])) if match else 0
