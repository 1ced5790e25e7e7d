"""Waiting for something to happen to a run, woken by the store's bell, in a limited number of places."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from flask import request

from api.http.service import Service

T = TypeVar("T")

_WAIT = re.compile(r"(?:^|[,;\s])wait=(\d{1,6})(?=$|[,;\s])")
_ELSEWHERE_S = 0.1
"""What other processes write is not heard; so often it is looked for."""


def preferred_wait(limit: int) -> int:
    """Seconds that `Prefer: wait=N` asks for, at most the limit; 0 without it."""
    match = _WAIT.search(request.headers.get("Prefer", ""))
    return min(limit, int(match[1])) if match else 0


@contextmanager
def place(service: Service) -> Iterator[bool]:
    """Whether there is room for one more who waits; the room is kept until the end."""
    got = service.waiting.acquire(blocking=False)
    try:
        yield got
    finally:
        if got:
            service.waiting.release()


def until(service: Service, topic: str, look: Callable[[], T | None], seconds: float) -> T | None:
    """What `look` sees as soon as it sees something; None when the time is over or the server stops."""
    end = time.monotonic() + seconds
    with service.store.bell.listen(topic) as heard:
        while (seen := look()) is None:
            left = end - time.monotonic()
            if left <= 0 or service.stopping.is_set():
                return None
            heard.wait(min(left, _ELSEWHERE_S))
            heard.clear()
    return seen
