"""Running the tasks of the embedded database, whose one process finds in its own rows what is to be done."""

import logging
import threading
import time
from collections.abc import Callable
from functools import partial

from api.db import Store, StoreError
from api.db.jobs import Task
from api.worker.tasks import Work
from api.worker.upkeep import Chore, Upkeep

_log = logging.getLogger("cascade.worker")
_POLL_S = 1.0
"""Whoever adds something notifies; this is for what becomes possible by itself, as when a disk is not full any more."""


class LocalRunner:
    """Threads that do one thing at a time each, from `start` to `stop`."""

    def __init__(self, store: Store, upkeep: Upkeep, work: Work) -> None:
        self._store = store
        self._upkeep = upkeep
        self._kept: dict[str, float] = {}
        self._stopping = threading.Event()
        self._threads = [
            self._thread("cascade-upkeep", "upkeep", self._keep_up),
            *(self._thread("cascade-solve", Task.SOLVE, work.solve_next) for _ in range(work.slots)),
            *(
                self._thread("cascade-deliver", Task.DELIVER, work.deliver_next)
                for _ in range(work.messages_at_once)
            ),
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Begin nothing new."""
        self._stopping.set()
        self._store.notifier.notify(["upkeep", *Task])

    def join(self, within_s: float | None = None) -> None:
        """Wait until what was under way is done, so long at most."""
        until = None if within_s is None else time.monotonic() + within_s
        for thread in self._threads:
            thread.join(None if until is None else max(0.0, until - time.monotonic()))

    def _thread(self, name: str, topic: str, work: Callable[[], bool]) -> threading.Thread:
        return threading.Thread(target=self._loop, args=(topic, work), name=name)

    def _loop(self, topic: str, work: Callable[[], bool]) -> None:
        with self._store.notifier.listen(topic) as notified:
            while not self._stopping.is_set():
                notified.clear()
                if not self._try(work):
                    notified.wait(_POLL_S)

    def _try(self, work: Callable[[], bool]) -> bool:
        try:
            return work()
        except StoreError as fault:
            _log.warning("the store does not answer", extra={"fault": str(fault)})
        except Exception:  # noqa: BLE001 - recorded; the next try may go better
            _log.exception("fault of the worker")
        return False

    def _keep_up(self) -> bool:
        for chore in self._upkeep.chores:
            if time.monotonic() - self._kept.get(chore.name, float("-inf")) >= chore.minutes * 60:
                self._kept[chore.name] = time.monotonic()
                self._try(partial(self._keep, chore))
        return False

    def _keep(self, chore: Chore) -> bool:
        """One by itself: where it fails, the others are done all the same, and it is again when it is due again."""
        chore.do()
        return True
