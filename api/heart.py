"""The heart of a worker: one thread that keeps all its claims alive, from the claim to the written end."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy.orm import Session

from api import runs
from api.runs import Beat, Claim
from api.saying import Progress
from api.store import Store, StoreError


@dataclass
class Held:
    """A claim that is kept alive, and how far its solve is."""

    claim: Claim
    wake: Callable[[], None]
    """Called when the answer to a beat is other than to go on."""
    answer: Beat = Beat.GO_ON
    progress: Progress | None = None
    told: Progress | None = None
    beaten: float = 0.0

    def due(self, now: float, *, beat_s: float, stage_s: float) -> bool:
        """Whether to beat: a new stage is told sooner than that all is as before."""
        new = self.progress is not None and (not self.told or self.told.stage != self.progress.stage)
        return now - self.beaten >= (stage_s if new else beat_s)


class Heart:
    """Beats in a thread of its own from `start` to `stop`."""

    def __init__(self, store: Store, *, beat_s: float, stage_s: float = 0.5) -> None:
        self._store = store
        self._beat_s = beat_s
        self._stage_s = stage_s
        self._lock = threading.Lock()
        self._held: dict[Claim, Held] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="cascade-heart")

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join()

    @contextmanager
    def holding(self, claim: Claim, wake: Callable[[], None]) -> Iterator[Held]:
        """Keep the claim alive; what is written to `progress` is told with the beats."""
        held = Held(claim, wake, beaten=time.monotonic())
        with self._lock:
            self._held[claim] = held
        try:
            yield held
        finally:
            with self._lock:
                del self._held[claim]

    def _run(self) -> None:
        while not self._stopping.wait(min(self._stage_s, self._beat_s)):
            self._beat_who_is_due()

    def _beat_who_is_due(self) -> None:
        now = time.monotonic()
        with self._lock:
            due = [h for h in self._held.values() if h.due(now, beat_s=self._beat_s, stage_s=self._stage_s)]
        if not due:
            return
        try:
            with self._store.write() as session:
                for held in due:
                    _beat(session, held)
        except StoreError:
            return
        for held in due:
            held.beaten = now
            if held.answer is not Beat.GO_ON:
                held.wake()


def _beat(session: Session, held: Held) -> None:
    held.told = progress = held.progress
    stage, share = (progress.stage, progress.share) if progress else (None, None)
    held.answer = runs.beat(session, held.claim, stage=stage, share=share)
