"""A claim while its solve runs: what the solve reports goes into the store, which says whether it is still wanted."""

import time
from collections.abc import Callable
from math import inf

from api.db import Store, StoreError
from api.db import run_lifecycle as runs
from api.db.run_lifecycle import Claim, Order
from api.processes.messages import Progress
from api.processes.monitor import Stopped

_STOPS = {Order.CANCEL: Stopped.CANCEL, Order.LOST: Stopped.LOST}


class HeldClaim:
    """One claim; `turn` is called by the solve's monitor."""

    def __init__(self, store: Store, claim: Claim, *, stopping: Callable[[], bool], report_s: float) -> None:
        self._store = store
        self._claim = claim
        self._stopping = stopping
        self._report_s = report_s
        self._reported: Progress | None = None
        self._reported_at = -inf

    def turn(self, progress: Progress | None) -> Stopped | None:
        """Report a new stage at once, its share now and then; returns why the solve is to stop, if it is."""
        if self._stopping():
            return Stopped.SHUTDOWN
        try:
            order = self._report(progress) if progress and self._is_news(progress) else self._check()
        except StoreError:
            return None  # asked again soon; what the solve comes to is written when the store is back
        return _STOPS.get(order)

    def _is_news(self, progress: Progress) -> bool:
        known = self._reported
        if known is None or known.stage != progress.stage:
            return True
        return known != progress and time.monotonic() - self._reported_at >= self._report_s

    def _report(self, progress: Progress) -> Order:
        with self._store.write() as session:
            order = runs.report(session, self._claim, stage=progress.stage, share=progress.share)
        self._reported, self._reported_at = progress, time.monotonic()
        return order

    def _check(self) -> Order:
        with self._store.read() as session:
            return runs.check_claim(session, self._claim)
