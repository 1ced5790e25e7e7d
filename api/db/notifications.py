"""A notifier that wakes the threads of one process when something they wait for has been written."""

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

_TOPICS = "cascade.topics"


def notify(session: Session, *topics: str) -> None:
    """Notify those who wait for these topics once the session's transaction is committed."""
    session.info.setdefault(_TOPICS, set()).update(topics)


def topics(session: Session) -> frozenset[str]:
    """The topics that are notified when the session's transaction is committed."""
    return frozenset(session.info.get(_TOPICS, ()))


class Notifier:
    """Threads listen to topics (a run's id, a task); what other processes write is found by polling."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: dict[str, list[Callable[[], None]]] = {}

    def notify(self, topics: Iterable[str]) -> None:
        with self._lock:
            called = [call for topic in topics for call in self._listeners.get(topic, ())]
        for call in called:
            call()

    @contextmanager
    def calling(self, topic: str, call: Callable[[], None]) -> Iterator[None]:
        """Have `call` called, by the ringing thread, whenever the topic is rung."""
        with self._lock:
            self._listeners.setdefault(topic, []).append(call)
        try:
            yield
        finally:
            with self._lock:
                self._listeners[topic].remove(call)
                if not self._listeners[topic]:
                    del self._listeners[topic]

    @contextmanager
    def listen(self, topic: str) -> Iterator[threading.Event]:
        """An event that is set whenever the topic is rung; the listener clears it."""
        notified = threading.Event()
        with self.calling(topic, notified.set):
            yield notified
