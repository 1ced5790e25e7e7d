"""How often somebody may ask: a bucket of tokens for each, refilled steadily, shared by all processes where it can be."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from api.db import Store
from api.db.tables import rate_buckets

_REMEMBERED = 10_000
_CHUNK_S = 0.2
"""A process draws so many seconds' worth of tokens at once: the shared bucket is written to five times a second."""


@dataclass(frozen=True)
class Grant:
    """Whether this request may go on, and how things stand."""

    allowed: bool
    remaining: int
    """Requests that may follow at once."""
    wait_s: float
    """Until the next token; zero when there is one."""


class RateLimit(Protocol):
    """Buckets of tokens, one for each key or address."""

    @property
    def policy(self) -> str:
        """The value of the RateLimit-Policy header."""

    def take(self, who: str) -> Grant:
        """Use a token up, if there is one."""

    def peek(self, who: str) -> Grant:
        """How things stand, without using a token up."""


class Rates:
    """Buckets of `burst` tokens, each refilled at `per_second`; the least recently seen are forgotten."""

    def __init__(self, *, per_second: float, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_second
        self._burst = burst
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self.policy = _policy(per_second, burst)

    def take(self, who: str) -> Grant:
        """Use a token up, if there is one."""
        with self._lock:
            tokens = self._tokens(who)
            allowed = tokens >= 1
            self._keep(who, tokens - allowed)
        return self._grant(allowed, tokens - allowed)

    def peek(self, who: str) -> Grant:
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
        return Grant(allowed, int(tokens), _wait(tokens, self._per_second))


@dataclass
class _Drawn:
    """Tokens that this process has drawn and not used yet."""

    tokens: int = 0
    left: float = 0.0
    """In the shared bucket, at the last draw."""
    empty_until: float = 0.0
    """Until then the shared bucket need not be asked: it is empty."""


class SharedRates:
    """As `Rates`, with the buckets in PostgreSQL; a process draws a handful of tokens at once.

    All processes together never grant more than one bucket holds; some, that another process has drawn, may lie idle.
    """

    def __init__(self, store: Store, name: str, *, per_second: float, burst: int) -> None:
        self._store = store
        self._name = name
        self._per_second = per_second
        self._burst = burst
        self._chunk = max(1, min(burst // 10, int(per_second * _CHUNK_S)))
        self._lock = threading.Lock()
        self._drawn: OrderedDict[str, _Drawn] = OrderedDict()
        self.policy = _policy(per_second, burst)

    def take(self, who: str) -> Grant:
        """Use a token up, if there is one; raises StoreError."""
        with self._lock:
            drawn = self._known(who)
            if drawn.tokens:
                drawn.tokens -= 1
                return self._grant(True, drawn)
            if time.monotonic() < drawn.empty_until:
                return self._grant(False, drawn)
        given, left = self._draw(who, self._chunk)
        with self._lock:
            drawn.tokens += max(0, given - 1)
            drawn.left = left
            if not given:
                drawn.empty_until = time.monotonic() + _wait(left, self._per_second)
            return self._grant(given > 0, drawn)

    def peek(self, who: str) -> Grant:
        """How things stand, without using a token up; raises StoreError."""
        with self._lock:
            drawn = self._known(who)
            if drawn.tokens:
                return self._grant(True, drawn)
        _, left = self._draw(who, 0)
        with self._lock:
            drawn.left = left
            return self._grant(left >= 1, drawn)

    def _known(self, who: str) -> _Drawn:
        drawn = self._drawn.setdefault(who, _Drawn())
        self._drawn.move_to_end(who)
        if len(self._drawn) > _REMEMBERED:
            self._drawn.popitem(last=False)
        return drawn

    def _draw(self, who: str, wanted: int) -> tuple[int, float]:
        with self._store.write() as session:
            return rate_buckets.draw(
                session,
                f"{self._name} {who}",
                wanted=wanted,
                per_second=self._per_second,
                burst=self._burst,
            )

    def _grant(self, allowed: bool, drawn: _Drawn) -> Grant:
        tokens = drawn.tokens + drawn.left
        return Grant(allowed, int(tokens), 0.0 if allowed else _wait(drawn.left, self._per_second))


def rates_of(store: Store, name: str, *, per_second: float, burst: int) -> RateLimit:
    """Buckets that all processes on the store share; on SQLite, which one server has to itself, its own."""
    if store.backend == "postgresql":
        return SharedRates(store, name, per_second=per_second, burst=burst)
    return Rates(per_second=per_second, burst=burst)


def _policy(per_second: float, burst: int) -> str:
    return f'"default";q={burst};w={max(1, round(burst / per_second))}'


def _wait(tokens: float, per_second: float) -> float:
    """Seconds until there is a token."""
    return 0.0 if tokens >= 1 else (1 - tokens) / per_second
