"""How often somebody may ask: a bucket of tokens for each, refilled steadily."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

_REMEMBERED = 10_000


@dataclass(frozen=True)
class Grant:
    """Whether this request may go on, and how things stand."""

    allowed: bool
    remaining: int
    """Requests that may follow at once."""
    wait_s: float
    """Until the next token; zero when there is one."""


class Rates:
    """Buckets of `burst` tokens, each refilled at `per_second`; the least recently seen are forgotten."""

    def __init__(self, *, per_second: float, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_second
        self._burst = burst
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self.policy = f'"default";q={burst};w={max(1, round(burst / per_second))}'

    def take(self, who: str) -> Grant:
        """Use a token up, if there is one."""
        with self._lock:
            tokens = self._tokens(who)
            allowed = tokens >= 1
            self._keep(who, tokens - allowed)
        return self._grant(allowed, tokens - allowed)

    def look(self, who: str) -> Grant:
        """How things stand, without using a token up."""
        with self._lock:
            tokens = self._tokens(who)
        return self._grant(tokens >= 1, tokens)

    def _tokens(self, who: str) -> float:
        tokens, since = self._buckets.get(who, (float(self._burst), 0.0))
        return min(float(self._burst), tokens + (self._clock() - since) * self._per_second)

    def _keep(self, who: str, tokens: float) -> None:
        self._buckets[who] = (tokens, self._clock())
        self._buckets.move_to_end(who)
        if len(self._buckets) > _REMEMBERED:
            self._buckets.popitem(last=False)

    def _grant(self, allowed: bool, tokens: float) -> Grant:
        return Grant(allowed, int(tokens), 0.0 if tokens >= 1 else (1 - tokens) / self._per_second)
