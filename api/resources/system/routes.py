"""What the service says about itself: versions, limits, its document."""

from typing import Any

from flask import Response, jsonify

from api.resources.system.health import open_routes
from api.web.context import service
from api.web.openapi import published
from api.web.responses import answer
from api.web.routing import PREFIX, Routes
from api.web.schemas import View, with_example
from scenarios.tables.cells import MAX_COLUMNS, MAX_ROWS
from scenarios.yaml.parse import MAX_BYTES as YAML_BYTES

_LIMITS = {
    "body_bytes": 67108864,
    "json_bytes": 16777216,
    "yaml_bytes": 5000000,
    "partners": 2000000,
    "columns": 1000,
    "page_items": 200,
    "submitted_runs": 100,
    "compared_runs": 5,
    "xlsx_rows": 100000,
    "wait_s": 30,
    "waiting": 96,
    "time_limit_s": 300.0,
    "answer_s": 60.0,
    "analysis_time_limit_s": 3600.0,
    "memory_limit_mb": 4096,
    "queue_runs": 2000,
    "organisation_queue_runs": 500,
    "requests_per_second": 100.0,
    "requests_at_once": 300,
}


class ApiView(View):
    """Which program this is, and the versions of its API."""

    model_config = with_example(
        {
            "name": "goal-cascade",
            "version": "0.1.0",
            "versions": [{"name": "v1", "path": "/api/v1", "deprecated": False}],
        }
    )

    name: str
    version: str
    versions: list[dict[str, Any]]


class LimitsView(View):
    """What is accepted."""

    model_config = with_example(_LIMITS)

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
    submitted_runs: int
    compared_runs: int
    xlsx_rows: int
    wait_s: int
    """The longest wait that `Prefer: wait` is granted."""
    waiting: int
    """Requests that may wait at once."""
    time_limit_s: float
    """Of one solve."""
    answer_s: float
    """An analysis that takes longer becomes a run."""
    analysis_time_limit_s: float
    """Of one analysis that is a run."""
    memory_limit_mb: int
    queue_runs: int
    """Unfinished runs of all organisations."""
    organisation_queue_runs: int
    """Unfinished runs of one organisation, unless it has a limit of its own."""
    requests_per_second: float
    requests_at_once: int


routes = Routes("discovery", "What the service accepts.")


@open_routes.open("/api", answers={200: ApiView})
def get_api_versions() -> Response:
    """Ask which program this is, and which versions of the API there are"""
    versions = [{"name": "v1", "path": PREFIX, "deprecated": False}]
    view = ApiView(name="goal-cascade", version=service().config.version, versions=versions)
    return answer(view).response()


@open_routes.hidden("/openapi.json")
def get_document() -> Response:
    """The OpenAPI document"""
    return jsonify(published())


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
