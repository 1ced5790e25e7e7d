"""The stream of a run's events (server-sent events), resumable by their numbers."""

import json
import time
from collections.abc import Callable, Iterator
from functools import partial

from flask import Response
from sqlalchemy.orm import Session

from api.db import NotFound, StoreError
from api.db.tables import run_events, runs
from api.db.tables.run_events import Event
from api.db.tables.runs import Run, State
from api.web.context import Service, caller, service
from api.web.problems import retry_after

MayFollow = Callable[[Session], bool]
"""Whether who follows still may: their key or session can end while they do."""
RETRY_MS = 2000
"""When a client should take an ended stream up again."""
HEARTBEAT_S = 15.0
"""A silent stream says so often that it is alive."""


def streamed(run_id: str, after: int, may_follow: MayFollow) -> Response:
    """The stream of a run of the caller's organisation; raises NotFound, and HttpProblem 503 where there is no room."""
    here, org_id = service(), caller().org_id
    with here.store.read() as session:
        runs.get_any(session, org_id, run_id)
    if not here.wait_slots.take(org_id):
        raise retry_after("busy", "Too many are waiting already; poll the run instead.", 2)
    response = Response(_stream(here, org_id, run_id, after, may_follow), content_type="text/event-stream")
    response.call_on_close(partial(here.wait_slots.leave, org_id))
    response.headers["Cache-Control"] = "no-cache"
    response.headers["X-Accel-Buffering"] = "no"
    return response


def _stream(service: Service, org_id: str, run_id: str, after: int, may_follow: MayFollow) -> Iterator[bytes]:
    """The run's events after that number, as they happen, until the run is over or the stream's time is.

    Ends with an event `end` when the run is over, also when there is nothing new.
    """
    end = time.monotonic() + service.config.limits.events_s
    sent_at = time.monotonic()
    yield f"retry: {RETRY_MS}\n\n".encode()
    with service.run_poller.following(run_id) as changed:
        while True:
            changed.clear()
            seen = _new_events(service, org_id, run_id, after, may_follow)
            if seen is None:
                return
            run, found = seen
            for event in found:
                yield _frame(event)
                after, sent_at = event.sequence, time.monotonic()
            if State(run.state).final and after >= run.revision:
                yield f"event: end\ndata: {json.dumps({'id': run.id, 'state': run.state})}\n\n".encode()
                return
            left = end - time.monotonic()
            if left <= 0 or service.run_poller.closing.is_set():
                return
            if time.monotonic() - sent_at >= HEARTBEAT_S:
                yield b": still here\n\n"
                sent_at = time.monotonic()
            changed.wait(min(left, HEARTBEAT_S))


def _new_events(
    service: Service, org_id: str, run_id: str, after: int, may_follow: MayFollow
) -> tuple[Run, tuple[Event, ...]] | None:
    """The run and its new events; None when they are not to be had, and the client had better come back."""
    try:
        with service.store.read() as session:
            if not may_follow(session):
                return None
            run = runs.get_any(session, org_id, run_id)
            return run, run_events.since(session, org_id, run_id, after)
    except (StoreError, NotFound):
        return None


def _frame(event: Event) -> bytes:
    data = {"sequence": event.sequence, "kind": event.kind, "at": event.at.isoformat(), **event.data}
    return f"id: {event.sequence}\nevent: {event.kind}\ndata: {json.dumps(data)}\n\n".encode()
