"""Which claims are dead: those whose beats have stood still for a lease while we were looking.

No clock is shared. The watch counts by its own monotonic clock how long it has seen a claim unchanged, so a
clock that jumps, here or on the database's host, takes nothing from anybody; and when it could not look for
a while (the database was away, the process was stopped) it counts anew, because nobody could beat then.
"""

from collections.abc import Mapping

from api.runs import Claim


class Watch:
    """Looks at all claims again and again and says which ones have lapsed."""

    def __init__(self, *, lease_s: float, gap_s: float) -> None:
        self._lease_s = lease_s
        self._gap_s = gap_s
        self._looked: float | None = None
        self._seen: dict[Claim, tuple[int, float]] = {}

    def look(self, beats: Mapping[Claim, int], *, began: float, ended: float) -> dict[Claim, int]:
        """The claims, with their beats, that have not moved for a lease.

        `began` and `ended` are monotonic seconds around the reading of `beats`.
        """
        if self._looked is None or began - self._looked > self._gap_s:
            self._seen = {}
        self._looked = ended
        self._seen = {claim: self._since(claim, count, ended) for claim, count in beats.items()}
        return {
            claim: count for claim, (count, since) in self._seen.items() if began - since >= self._lease_s
        }

    def _since(self, claim: Claim, count: int, at: float) -> tuple[int, float]:
        known = self._seen.get(claim)
        return known if known and known[0] == count else (count, at)
