"""What the service says about itself: versions, limits, health, figures, its document."""

import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Response, jsonify

from api.http.answers import answer
from api.http.routes import PREFIX, Routes
from api.http.service import service
from api.http.shapes import View, shown
from api.keys import Scope
from api.store import StoreError, runs, workers
from api.store.base import now
from scenarios.source import MAX_BYTES as YAML_BYTES
from scenarios.tables.cells import MAX_COLUMNS, MAX_ROWS

_LEAST_FREE = 64 << 20
_WORKER_SEEN = timedelta(seconds=30)


_LIMITS = {
    "body_bytes": 67108864,
    "json_bytes": 16777216,
    "yaml_bytes": 5000000,
    "partners": 2000000,
    "columns": 1000,
    "page_items": 200,
    "batch_runs": 100,
    "compared_runs": 5,
    "xlsx_rows": 100000,
    "wait_s": 30,
    "waiting": 24,
    "time_limit_s": 300.0,
    "memory_limit_mb": 4096,
    "queue_runs": 2000,
    "organisation_queue_runs": 500,
    "requests_per_second": 100.0,
    "requests_at_once": 300,
}


class VersionView(View):
    """Which program this is."""

    model_config = shown({"name": "goal-cascade", "version": "0.1.0"})

    name: str
    version: str


class ApiView(View):
    """The versions of the API there are."""

    model_config = shown({"versions": [{"name": "v1", "path": "/api/v1", "deprecated": False}]})

    versions: list[dict[str, Any]]


class LimitsView(View):
    """What is accepted."""

    model_config = shown(_LIMITS)

    body_bytes: int
    json_bytes: int
    """Of one JSON body."""
    yaml_bytes: int
    """Of one YAML body."""
    partners: int
    """Rows of a partner table."""
    columns: int
    """Columns of a partner table."""
    page_items: int
    batch_runs: int
    compared_runs: int
    xlsx_rows: int
    wait_s: int
    """The longest wait that `Prefer: wait` is granted."""
    waiting: int
    """Requests that may wait at once."""
    time_limit_s: float
    memory_limit_mb: int
    queue_runs: int
    """Unfinished runs of all organisations."""
    organisation_queue_runs: int
    """Unfinished runs of one organisation, unless it has a limit of its own."""
    requests_per_second: float
    requests_at_once: int


class LiveView(View):
    """The process answers."""

    model_config = shown({"live": True})

    live: bool


class ReadyView(View):
    """Whether requests can be served."""

    model_config = shown(
        {
            "ready": True,
            "store": {"backend": "sqlite"},
            "worker_seen_s": 1.2,
            "disk_free_bytes": 10**10,
            "why": [],
        }
    )

    ready: bool
    store: dict[str, Any]
    worker_seen_s: float | None
    disk_free_bytes: int | None
    why: list[str]
    """What is wrong; empty when ready."""


open_routes = Routes("health", "What anybody may ask.", prefix="/")
routes = Routes("discovery", "What the service accepts.")


@open_routes.open("/livez", answers={200: LiveView})
def get_liveness() -> Response:
    """Ask whether the process answers"""
    return answer(LiveView(live=True)).response()


@open_routes.open("/readyz", answers={200: ReadyView, 503: ReadyView})
def get_readiness() -> Response:
    """Ask whether requests can be served: database, disk, workers"""
    why: list[str] = []
    store, seen = _store_facts(why), None
    if not why:
        seen = _worker_seen(why)
    free = _disk_free(why)
    view = ReadyView(ready=not why, store=store, worker_seen_s=seen, disk_free_bytes=free, why=why)
    return answer(view, 503 if why else 200, {"Retry-After": "5"} if why else {}).response()


def _store_facts(why: list[str]) -> dict[str, Any]:
    try:
        return service().store.facts()
    except StoreError as fault:
        why.append(str(fault))
        return {}


def _worker_seen(why: list[str]) -> float | None:
    """Seconds since a worker was seen last."""
    with service().store.read() as session:
        present = workers.present(session)
    seen = (now() - present[0].seen_at).total_seconds() if present else None
    if service().config.worker_expected and (seen is None or seen > _WORKER_SEEN.total_seconds()):
        why.append("No worker has been seen lately; runs wait.")
    return None if seen is None else round(seen, 1)


def _disk_free(why: list[str]) -> int | None:
    path = service().store.settings.path
    if path is None:
        return None
    free = shutil.disk_usage(Path(path).parent).free
    if free < _LEAST_FREE:
        why.append("The disk is full.")
    return free


@open_routes.open("/version", answers={200: VersionView})
def get_version() -> Response:
    """Ask which program this is"""
    return answer(VersionView(name="goal-cascade", version=service().config.version)).response()


@open_routes.open("/api", answers={200: ApiView})
def get_api_versions() -> Response:
    """Ask which versions of the API there are"""
    return answer(ApiView(versions=[{"name": "v1", "path": PREFIX, "deprecated": False}])).response()


@open_routes.hidden("/openapi.json")
def get_document() -> Response:
    """The OpenAPI document"""
    from api.resources import published

    return jsonify(published())


@open_routes.hidden("/metrics", scope=Scope.AUDIT_READ, offers=("text/plain",))
def get_metrics() -> Response:
    """The figures for Prometheus"""
    with service().store.read() as session:
        counted, present = runs.counts(session), workers.present(session)
    lately = [worker for worker in present if now() - worker.seen_at < _WORKER_SEEN]
    text = service().metrics.text(runs={str(k): v for k, v in counted.items()}, workers=len(lately))
    return Response(text, content_type="text/plain; version=0.0.4; charset=utf-8")


@routes.get("/limits", scope=None, answers={200: LimitsView})
def get_limits() -> Response:
    """Read what is accepted"""
    config = service().config
    view = LimitsView(
        yaml_bytes=YAML_BYTES,
        partners=MAX_ROWS,
        columns=MAX_COLUMNS,
        queue_runs=config.policy.queue_limit,
        organisation_queue_runs=config.policy.org_queue_limit,
        **{name: value for name, value in vars(config.limits).items() if name in LimitsView.model_fields},
    )
    return answer(view).response()
