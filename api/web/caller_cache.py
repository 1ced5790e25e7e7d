"""Callers seen a moment ago, so that a busy key is looked up once in a while and not for every request.

A revocation in this process counts at once; one by another process after `KEPT_S` at most.
"""

import hashlib
import threading
import time
from collections import OrderedDict

from api.db.scopes import Caller

KEPT_S = 2.0
_REMEMBERED = 1000


class Callers:
    """Remembers who a token stands for, by the token's hash, for a moment."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: OrderedDict[bytes, tuple[Caller, float]] = OrderedDict()

    def known(self, token: str) -> Caller | None:
        """Who it was, if that was a moment ago."""
        found = self._seen.get(_digest(token))
        return found[0] if found and found[1] > time.monotonic() else None

    def remember(self, token: str, caller: Caller) -> None:
        """Keep who it is for a moment."""
        with self._lock:
            self._seen[_digest(token)] = (caller, time.monotonic() + KEPT_S)
            if len(self._seen) > _REMEMBERED:
                self._seen.popitem(last=False)

    def forget(self) -> None:
        """Look everybody up again: somebody's rights have changed."""
        with self._lock:
            self._seen.clear()


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
