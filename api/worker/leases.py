"""Which workers are dead: those whose heartbeat has stood still for a lease while we were looking.

No clock is shared. The monitor counts by its own monotonic clock how long it has seen a heartbeat unchanged, so a
clock that jumps, here or on the database's host, takes nothing from anybody; and when it could not look for
a while (the database was away, the process was stopped) it counts anew, because no one could beat then.
"""

from collections.abc import Mapping
from datetime import datetime


class LeaseMonitor:
    """Reads all heartbeats again and again and says whose lease has lapsed."""

    def __init__(self, *, lease_s: float, gap_s: float) -> None:
        self._lease_s = lease_s
        self._gap_s = gap_s
        self._looked: float | None = None
        self._seen: dict[int, tuple[datetime, float]] = {}

    def lapsed(self, beats: Mapping[int, datetime], *, began: float, ended: float) -> dict[int, datetime]:
        """The workers, with their heartbeats, that have not beaten for a lease.

        `began` and `ended` are monotonic seconds around the reading of `beats`.
        """
        if self._looked is None or began - self._looked > self._gap_s:
            self._seen = {}
        self._looked = ended
        self._seen = {worker: self._since(worker, beat, ended) for worker, beat in beats.items()}
        return {
            worker: beat for worker, (beat, since) in self._seen.items() if began - since >= self._lease_s
        }

    def _since(self, worker: int, beat: datetime, at: float) -> tuple[datetime, float]:
        known = self._seen.get(worker)
        return known if known and known[0] == beat else (beat, at)
