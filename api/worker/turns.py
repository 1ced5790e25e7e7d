"""What a worker does for itself again and again, in a thread that neither solves nor jobs hold up."""

import logging
import threading
import time
from collections.abc import Callable

from api.db import StoreError, StoreNewer

_log = logging.getLogger("cascade.worker")


class Turns:
    """Does each of its duties every so many seconds, from `start` to `stop`."""

    def __init__(
        self, *duties: tuple[float, Callable[[], None]], outdated: Callable[[StoreNewer], None]
    ) -> None:
        self._duties = duties
        self._outdated = outdated
        """Called once, when the store says that a newer program has it; there are no turns after."""
        self._done: dict[Callable[[], None], float] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="cascade-turns")
        self._every_s = 1.0

    def start(self, every_s: float) -> None:
        """Begin, with a turn every so many seconds."""
        self._every_s = every_s
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        self._turn()
        while not self._stopping.wait(self._every_s):
            self._turn()

    def _turn(self) -> None:
        """Do what is due; a store that does not answer is tried again at the next turn."""
        for every_s, duty in self._duties:
            if time.monotonic() - self._done.get(duty, float("-inf")) < every_s:
                continue
            try:
                duty()
            except StoreNewer as fault:
                self._stopping.set()
                self._outdated(fault)
                return
            except StoreError as fault:
                _log.warning("the store does not answer", extra={"fault": str(fault)})
                return
            except Exception:  # noqa: BLE001 - recorded; the next turn may go better
                _log.exception("fault of the worker")
            self._done[duty] = time.monotonic()
