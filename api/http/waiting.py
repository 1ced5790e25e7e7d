"""Waiting for something to happen to a run, woken by the store's bell, in a limited number of places."""

import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from flask import request

from api.store.bell import Bell

T = TypeVar("T")

_WAIT = re.compile(r"(?:^|[,;\s])wait=(\d{1,6})(?=$|[,;\s])")
_ELSEWHERE_S = 0.1
"""What other processes write is not heard; so often it is looked for."""


class Places:
    """Places for requests that wait, at most two thirds of them for one caller.

    `moved` hears how many are taken, so that a server can make up for them.
    """

    def __init__(self, number: int, moved: Callable[[int], None] = lambda _: None) -> None:
        self._number = number
        self._each = max(1, number * 2 // 3)
        self._taken: Counter[str] = Counter()
        self._lock = threading.Lock()
        self.moved = moved
        self.closing = threading.Event()
        """Set when the server is to end: whoever waits answers at once."""

    def take(self, who: str) -> bool:
        """Whether there was room for one more of this caller, who now has it."""
        with self._lock:
            room = self._taken.total() < self._number and self._taken[who] < self._each
            if room:
                self._move(who, 1)
            return room

    def leave(self, who: str) -> None:
        """Let somebody else have the place."""
        with self._lock:
            self._move(who, -1)

    def _move(self, who: str, by: int) -> None:
        self._taken[who] += by
        if not self._taken[who]:
            del self._taken[who]
        if not self.closing.is_set():
            self.moved(self._taken.total())

    @contextmanager
    def place(self, who: str) -> Iterator[bool]:
        """Whether there is room for one more of this caller; the room is kept until the end."""
        got = self.take(who)
        try:
            yield got
        finally:
            if got:
                self.leave(who)

    def until(self, bell: Bell, topic: str, look: Callable[[], T | None], seconds: float) -> T | None:
        """What `look` sees as soon as it sees something; None when the time is over or the server stops."""
        end = time.monotonic() + seconds
        with bell.listen(topic) as heard:
            while (seen := look()) is None:
                left = end - time.monotonic()
                if left <= 0 or self.closing.is_set():
                    return None
                heard.wait(min(left, _ELSEWHERE_S))
                heard.clear()
        return seen


def preferred_wait(limit: int) -> int:
    """Seconds that `Prefer: wait=N` asks for, at most the limit; 0 without it."""
    match = _WAIT.search(request.headers.get("Prefer", ""))
    return min(limit, int(match[1])) if match else 0
