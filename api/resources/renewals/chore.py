"""The worker's chore of preparing what is due; an application is made for it when there is something to prepare."""

import threading
from collections.abc import Callable
from datetime import datetime

from flask import Flask

from api.db import Store
from api.db.column_types import now
from api.db.tables import renewals
from api.resources.renewals.preparer import Preparer


class RenewalChore:
    """Works in the thread of whoever calls it."""

    def __init__(
        self, store: Store, application: Callable[[], Flask], clock: Callable[[], datetime] = now
    ) -> None:
        self._store = store
        self._application = application
        self._clock = clock
        self._lock = threading.Lock()
        self._closed = False
        self._preparer: Preparer | None = None

    def prepare_due(self) -> int:
        """Prepare what is due by the clock's day, UTC; returns how many. Raises StoreError."""
        with self._store.read() as session:
            found = renewals.scheduled(session)
        made = 0
        for each in found:
            preparer = self._ready()
            made += preparer is not None and preparer.prepare(each, self._clock().date())
        return made

    def close(self) -> None:
        """End what is under way: the next process tries it again."""
        with self._lock:
            self._closed = True
            if self._preparer is not None:
                self._preparer.close()

    def _ready(self) -> Preparer | None:
        """What prepares; None once it is to end."""
        with self._lock:
            if self._preparer is None and not self._closed:
                self._preparer = Preparer(self._application())
            return None if self._closed else self._preparer
