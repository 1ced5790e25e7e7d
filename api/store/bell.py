"""A bell that wakes the threads of one process when something they wait for has been written."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager


class Bell:
    """Threads listen to topics (a run's id, `queue`); other processes are found by polling."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: dict[str, set[threading.Event]] = {}

    def ring(self, topics: Iterable[str]) -> None:
        with self._lock:
            for topic in topics:
                for listener in self._listeners.get(topic, ()):
                    listener.set()

    @contextmanager
    def listen(self, topic: str) -> Iterator[threading.Event]:
        """An event that is set whenever the topic is rung; the listener clears it."""
        heard = threading.Event()
        with self._lock:
            self._listeners.setdefault(topic, set()).add(heard)
        try:
            yield heard
        finally:
            with self._lock:
                self._listeners[topic].discard(heard)
                if not self._listeners[topic]:
                    del self._listeners[topic]
