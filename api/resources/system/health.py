"""Whether the service is well, and its figures: at the main port, and at a port of their own."""

import hmac
import shutil
from pathlib import Path
from typing import Any

from flask import Flask, Response, request

from api.db import StoreError
from api.db.column_types import now
from api.db.tables import workers
from api.web.context import Service, service
from api.web.metrics import WORKER_SEEN, Standing
from api.web.problems import HttpProblem
from api.web.responses import answer
from api.web.routing import Routes
from api.web.schemas import View, with_example

_LEAST_FREE = 64 << 20


class LiveView(View):
    """The process answers."""

    model_config = with_example({"live": True})

    live: bool


class ReadyView(View):
    """Whether requests can be served."""

    model_config = with_example(
        {
            "ready": True,
            "store": {"backend": "sqlite"},
            "worker_seen_s": 1.2,
            "queue_age_s": 0.4,
            "disk_free_bytes": 10**10,
            "why": [],
        }
    )

    ready: bool
    store: dict[str, Any]
    worker_seen_s: float | None
    queue_age_s: float | None
    """How long the run has waited that waits longest; 0 when none does."""
    disk_free_bytes: int | None
    why: list[str]
    """What is wrong; empty when ready."""


open_routes = Routes("health", "What anybody may ask.", prefix="/")


@open_routes.open("/livez", answers={200: LiveView})
def get_liveness() -> Response:
    """Ask whether the process answers"""
    return answer(LiveView(live=True)).response()


@open_routes.open("/readyz", answers={200: ReadyView, 503: ReadyView})
def get_readiness() -> Response:
    """Ask whether requests can be served: database, disk, workers"""
    why: list[str] = []
    store, seen, age = _store_facts(why), None, None
    free = _disk_free(why)
    if store:
        seen, age = _queue_facts(why)
    view = ReadyView(
        ready=not why, store=store, worker_seen_s=seen, queue_age_s=age, disk_free_bytes=free, why=why
    )
    return answer(view, 503 if why else 200, {"Retry-After": "5"} if why else {}).response()


def _store_facts(why: list[str]) -> dict[str, Any]:
    try:
        return service().store.facts()
    except StoreError as fault:
        why.append(str(fault))
        return {}


def _queue_facts(why: list[str]) -> tuple[float | None, float | None]:
    """Seconds since a worker was seen last, and since the oldest queued run was submitted."""
    try:
        with service().store.read() as session:
            present = [each for each in workers.present(session) if each.slots]
            standing = Standing.read(session)
    except StoreError as fault:
        why.append(str(fault))
        return None, None
    seen = (now() - present[0].seen_at).total_seconds() if present else None
    if service().config.worker_expected and (seen is None or seen > WORKER_SEEN.total_seconds()):
        why.append("No worker has been seen lately; runs wait.")
    return None if seen is None else round(seen, 1), round(standing.queue_age_s, 1)


def _disk_free(why: list[str]) -> int | None:
    store = service().store
    if store.lacks_room:
        why.append("The disk under the database is full; what is sent is refused.")
    path = store.settings.path
    if path is None:
        return None
    free = shutil.disk_usage(Path(path).parent).free
    if free < _LEAST_FREE:
        why.append("The disk is full.")
    return free


@open_routes.hidden("/metrics")
def get_metrics() -> Response:
    """The figures for Prometheus, for the operator's key: they are of all organisations"""
    wanted = service().config.metrics_key
    if wanted is None:
        raise HttpProblem("not-found", "Figures are at the health port, or for the metrics key; none is set.")
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not hmac.compare_digest(given.encode(), wanted.encode()):
        raise HttpProblem(
            "unauthenticated",
            "Figures are for the operator's metrics key.",
            headers={"WWW-Authenticate": 'Bearer realm="goal-cascade"'},
        )
    return figures()


def figures() -> Response:
    """The figures for Prometheus; those of this process alone while the database is away."""
    found, metrics = service(), service().metrics
    try:
        with found.store.read() as session:
            standing = Standing.read(session, metrics.ended.new(session))
    except StoreError:
        standing = None
    text = metrics.text(standing, waiting=found.wait_slots.taken)
    return Response(text, content_type="text/plain; version=0.0.4; charset=utf-8")


def health_app(found: Service) -> Flask:
    """An application for health and figures alone, for a port that operators alone reach."""
    app = Flask("health", static_folder=None)
    app.extensions["cascade"] = found
    for path, view in (("/livez", get_liveness), ("/readyz", get_readiness), ("/metrics", figures)):
        app.add_url_rule(path, view_func=view)
    return app
