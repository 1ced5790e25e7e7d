"""Which claims the threads of this process have under way; the end of any other will not be written."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from api.db.run_lifecycle import Claim


class UnderWay:
    """The claims that threads of this process hold."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._claims: set[Claim] = set()

    @contextmanager
    def thread(self) -> Iterator[Callable[[Claim], None]]:
        """Gives what to call with a claim before it is committed; the claim is held until the block is left."""
        held: list[Claim] = []

        def hold(claim: Claim) -> None:
            held.append(claim)
            with self._lock:
                self._claims.add(claim)

        try:
            yield hold
        finally:
            with self._lock:
                self._claims.difference_update(held)

    def __contains__(self, claim: Claim) -> bool:
        with self._lock:
            return claim in self._claims
