"""What a run has to say as a whole: its result, the effects of its rules, its conflict, its figures."""

from contextlib import suppress
from typing import Any

from flask import Response
from pydantic import Field

from api.http.answers import answer
from api.http.etags import etag, unchanged
from api.http.routes import Routes
from api.http.service import caller, service
from api.http.shapes import View, shown
from api.keys import Scope
from api.problems import Problem
from api.resources.run_views import RunPath
from api.results import document, of_run
from api.store import NotFound, results, runs

_CONFLICT = {
    "rules": [
        {
            "rule": "within reach",
            "kind": "growth_cap",
            "file": "rs_06A1B2C3D4E5F6G7H8J9K0M1N2.yaml",
            "line": 35,
            "lacking": "69565.80",
            "unit": "USD",
        }
    ],
    "sentences": ["every region counts asks at least 3,344,000.00 …: 69,565.77 is lacking."],
    "touched": ["P0013"],
    "confirmed_by": ["PIQP", "OR-Tools"],
}
_EFFECT = {
    "rule": "everyone grows",
    "kind": "growth_floor",
    "priority": 1,
    "unit": "USD",
    "held": True,
    "binding": 12,
    "missed": "0",
    "against": [],
    "misses": [],
}
_FIGURES = {
    "attempts": 1,
    "wall_s": 0.21,
    "cpu_s": 0.2,
    "peak_rss_bytes": 180000000,
    "seconds": {"read": "0.03"},
    "certificate": {"duality_gap": "1e-12"},
}


class ConflictView(View):
    """Why the rules cannot all hold: the smallest set that clashes, with file, line and amounts."""

    model_config = shown(_CONFLICT, extra="allow")

    rules: list[dict[str, Any]]
    sentences: list[str]
    touched: list[str]
    confirmed_by: list[str]


class EffectsView(View):
    """What became of every rule."""

    model_config = shown({"rules": [_EFFECT]})

    rules: list[dict[str, Any]]


class FiguresView(View):
    """What the solve took."""

    model_config = shown(_FIGURES)

    attempts: int
    wall_s: float | None = None
    cpu_s: float | None = None
    peak_rss_bytes: int | None = None
    seconds: dict[str, Any] = Field(default_factory=dict)
    """Stage to seconds."""
    certificate: dict[str, Any] = Field(default_factory=dict)
    """How exact the answer is proven to be."""


class ResultView(View):
    """result.json of the run, as the command line writes it."""

    model_config = shown({"state": "succeeded", "termination": "optimal"}, extra="allow")

    state: str


routes = Routes("results", "What a run has to say as a whole.")


@routes.get(
    "/runs/<run_id>/result",
    scope=Scope.RUNS_READ,
    answers={200: ResultView, 304: None},
    problems=("no-result",),
)
def get_result(path: RunPath) -> Response:
    """Fetch result.json: totals, effects, spread, audit, certificate, hashes of inputs"""
    org_id, run_id = caller().org_id, path.run_id
    with service().store.read() as session:
        content = of_run(session, org_id, run_id, lambda: results.document_bytes(session, org_id, run_id))
    tag = etag(run_id)
    return unchanged(tag) or Response(content, headers={"ETag": tag}, content_type="application/json")


@routes.get(
    "/runs/<run_id>/conflict", scope=Scope.RUNS_READ, answers={200: ConflictView}, problems=("no-result",)
)
def get_conflict(path: RunPath) -> Response:
    """Fetch why the rules cannot all hold

    409 for a run that has no conflict.
    """
    with service().store.read() as session:
        found = document(session, caller().org_id, path.run_id).get("conflict")
    if not found:
        raise Problem("no-result", f"{path.run_id} has no conflict.")
    return answer(ConflictView.model_validate(found)).response()


@routes.get(
    "/runs/<run_id>/rules", scope=Scope.RUNS_READ, answers={200: EffectsView}, problems=("no-result",)
)
def get_effects(path: RunPath) -> Response:
    """Fetch what became of every rule: held, binding, missed by how much and against what"""
    with service().store.read() as session:
        found = document(session, caller().org_id, path.run_id).get("rules") or []
    return answer(EffectsView.model_validate({"rules": found})).response()


@routes.get("/runs/<run_id>/metrics", scope=Scope.RUNS_READ, answers={200: FiguresView})
def get_figures(path: RunPath) -> Response:
    """Fetch what the solve took, and how exact its answer is

    For a run without an answer, what is known of it.
    """
    org_id, run_id = caller().org_id, path.run_id
    with service().store.read() as session:
        run = runs.get(session, org_id, run_id)
        told: dict[str, Any] = {}
        with suppress(NotFound):
            told = results.document(session, org_id, run_id)
    view = FiguresView(
        attempts=run.attempt,
        seconds=(told.get("times") or {}).get("seconds") or {},
        certificate=told.get("certificate") or {},
        **(run.usage or {}),
    )
    return answer(view).response()
