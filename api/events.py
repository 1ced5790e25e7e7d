"""The stream of a run's events (server-sent events), resumable by their numbers."""

import json
import time
from collections.abc import Iterator

from api.http.service import Service
from api.store import StoreError, events, runs
from api.store.events import Event
from api.store.runs import Run, State

RETRY_MS = 2000
"""When a client should take an ended stream up again."""
HEARTBEAT_S = 15.0
"""A silent stream says so often that it is alive."""
_ELSEWHERE_S = 0.5


def stream(service: Service, org_id: str, run_id: str, after: int) -> Iterator[bytes]:
    """The run's events after that number, as they happen, until the run is over or the stream's time is.

    Ends with an event `end` when the run is over, also when there is nothing new.
    """
    end = time.monotonic() + service.config.limits.events_s
    said = time.monotonic()
    yield f"retry: {RETRY_MS}\n\n".encode()
    with service.store.bell.listen(run_id) as heard:
        while True:
            heard.clear()
            seen = _look(service, org_id, run_id, after)
            if seen is None:
                return
            run, found = seen
            for event in found:
                yield _frame(event)
                after, said = event.sequence, time.monotonic()
            if State(run.state).final and after >= run.revision:
                yield f"event: end\ndata: {json.dumps({'id': run.id, 'state': run.state})}\n\n".encode()
                return
            left = end - time.monotonic()
            if left <= 0 or service.places.closing.is_set():
                return
            if time.monotonic() - said >= HEARTBEAT_S:
                yield b": still here\n\n"
                said = time.monotonic()
            heard.wait(min(left, _ELSEWHERE_S))


def _look(service: Service, org_id: str, run_id: str, after: int) -> tuple[Run, tuple[Event, ...]] | None:
    """The run and its new events; None when they are not to be had, and the client had better come back."""
    try:
        with service.store.read() as session:
            run = runs.get(session, org_id, run_id)
            return run, events.since(session, org_id, run_id, after)
    except StoreError:
        return None


def _frame(event: Event) -> bytes:
    told = {"sequence": event.sequence, "kind": event.kind, "at": event.at.isoformat(), **event.data}
    return f"id: {event.sequence}\nevent: {event.kind}\ndata: {json.dumps(told)}\n\n".encode()
