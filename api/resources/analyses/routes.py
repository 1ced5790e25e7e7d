"""Analyses: explain, what-if, compare, sweep, frontier, impact, lint, rule tests and more, in one operation."""

from collections.abc import Mapping
from typing import Any

from flask import Response, request
from pydantic import ValidationError

from api.analysis.answer import Question as AnalysisQuestion
from api.analysis.answer import seconds_needed
from api.analysis.registry import ANALYSES
from api.db.scopes import Scope
from api.processes.work_process import TooMuch
from api.resources.analyses.as_run import submitted
from api.resources.analyses.schemas import QUESTIONS, AnalysisIn, AnalysisView, Asking, Question
from api.resources.analyses.service import document_text
from api.resources.analyses.sources import Sources, recorded, stored, uploaded
from api.resources.runs.schemas import RunView
from api.resources.scenarios.bundle import MULTIPART
from api.resources.scenarios.uploads import heaviness
from api.web.context import caller, service
from api.web.long_poll import prefers_async
from api.web.problems import invalid_value
from api.web.request import JSON, require_type
from api.web.routing import Body, Routes
from api.web.strict_json import read_json
from api.web.validation import invalid

routes = Routes(
    "analyses", "Questions about scenarios, runs and rules, answered without leaving anything behind."
)

_FORM = {
    "type": "object",
    "required": ["question"],
    "properties": {
        "question": {"type": "string", "description": "The question as JSON; it names the uploaded files."},
        "files": {"type": "array", "items": {"type": "string", "format": "binary"}},
    },
}


@routes.post(
    "/analyses",
    scope=Scope.RUNS_WRITE,
    answers={200: AnalysisView, 202: RunView},
    problems=("findings", "no-result", "not-found", "queue-full"),
    body=Body(AnalysisIn, {MULTIPART: {"schema": _FORM}}),
)
def create_analysis(header: Asking) -> Response:  # noqa: ARG001
    """Ask for an analysis

    Of what is stored, by ids; or, as a form, of uploaded files, of which nothing is kept. The answer is the
    document that the command prints with --json, to the byte. An infeasible scenario is an answer, too.
    What takes long, and all that comes with `Prefer: respond-async`, becomes a run: 202 with its Location. Its
    document is its result then, for a day. It is in no list, and no webhook reports it.
    """
    is_form = require_type(request, JSON, MULTIPART) == MULTIPART
    request.get_data()  # kept, because an Idempotency-Key is for the whole body
    body = read_json(request.form.get("question", "").encode()) if is_form else request.get_json()
    sources = _sources(body, is_form=is_form)
    asked = _question_about(body, sources)
    at_once = seconds_needed(asked, heaviness(sources.files)) <= service().config.limits.answer_s
    if prefers_async() or not at_once:
        return submitted(asked, sources.files)
    try:
        return Response(document_text(asked, sources), content_type="application/json")
    except TooMuch:
        return submitted(asked, sources.files)


def _sources(body: Any, *, is_form: bool) -> Sources:
    """The files in question; raises HttpProblem and NotFound."""
    question = _question(body)
    if is_form:
        return uploaded(request, question, service().config.limits.body_bytes)
    if body["analysis"] == "replay":
        return recorded(question.runs)
    with service().store.read() as session:
        return stored(session, caller().org_id, question)


def _question(body: Any) -> Question:
    name = body.get("analysis") if isinstance(body, dict) else None
    if not isinstance(name, str) or name not in QUESTIONS:
        raise invalid_value("/analysis", f"Name one of {', '.join(QUESTIONS)}.")
    try:
        return QUESTIONS[name].model_validate(body)
    except ValidationError as error:
        return invalid(error)  # type: ignore[no-any-return]


def _question_about(body: Mapping[str, Any], sources: Sources) -> AnalysisQuestion:
    """The question for the analysis, with the files for the ids."""
    name = str(body["analysis"])
    fields = {field: body[field] for field in ANALYSES[name].request.model_fields if field in body}
    return sources.question(name, fields)
