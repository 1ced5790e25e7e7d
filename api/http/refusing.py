"""Turning whatever went wrong into a problem, and a problem into an answer."""

import errno
import logging
from typing import Any

from flask import Flask, Response, json, render_template, request
from pydantic import ValidationError
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from api import plans, runs
from api.http.service import request_name
from api.problems import Detail, Problem, pointer, retry_after
from api.shown import visible
from api.store import (
    InUse,
    NotFound,
    Stale,
    StoreBusy,
    StoreError,
    StoreFull,
    StoreUnavailable,
    Taken,
    idempotency,
)

_log = logging.getLogger("cascade.http")
_OURS = (
    Problem,
    NotFound,
    Stale,
    Taken,
    InUse,
    StoreError,
    idempotency.KeyReused,
    runs.QueueFull,
    runs.Finished,
    runs.NotFinished,
    plans.WrongStage,
    plans.NotPublishable,
    plans.SameActor,
    OSError,
)
_KINDS = ("application/problem+json", "text/html")
_OURS_TO_MEND = "Something went wrong on our side. It is logged under the request id."
_HTTP = {
    400: "bad-request",
    404: "not-found",
    405: "method-not-allowed",
    406: "not-acceptable",
    413: "body-too-large",
    415: "unsupported-media-type",
    500: "internal",
}
_SAID = {
    Taken: "name-taken",
    InUse: "in-use",
    idempotency.KeyReused: "idempotency-key-reused",
    runs.Finished: "run-finished",
    runs.NotFinished: "run-not-finished",
    plans.WrongStage: "wrong-stage",
    plans.NotPublishable: "not-publishable",
    plans.SameActor: "same-actor",
    NotFound: "not-found",
    Stale: "stale",
    StoreFull: "storage-full",
}


def install(app: Flask) -> None:
    """Have every exception that may leave a handler answered as a problem."""
    for kind in (*_OURS, HTTPException):
        app.register_error_handler(kind, refuse)


def refuse(error: Exception) -> Response:
    """The answer to an exception."""
    problem = as_problem(error)
    if problem.status >= 500:
        trace = error if problem.code == "internal" else None
        _log.error(problem.code, exc_info=trace, extra={"fault": str(error), "request_id": request_name()})
    told = problem.document(request_name())
    if request.blueprint == "pages" and request.accept_mimetypes.best_match(_KINDS) == _KINDS[1]:
        body, kind = render_template("problem.html", problem=told, visible=visible), "text/html"
    else:
        body, kind = json.dumps(told), _KINDS[0]
    return Response(body, problem.status, problem.headers, content_type=kind)


def as_problem(error: Exception) -> Problem:
    """What to call the exception."""
    match error:
        case Problem():
            return error
        case HTTPException():
            return _of_http(error)
        case StoreBusy():
            return retry_after("busy", "Somebody else is writing for long.", 2)
        case StoreUnavailable():
            return retry_after("unavailable", "The database does not answer.", 5)
        case runs.QueueFull():
            status = 429 if error.scope == "organisation" else 503
            return retry_after("queue-full", str(error), 10, status=status)
        case OSError():
            full = error.errno == errno.ENOSPC
            return (
                Problem("storage-full", "The disk is full.") if full else Problem("internal", _OURS_TO_MEND)
            )
        case idempotency.KeyReused():
            return Problem("idempotency-key-reused", "The key was used for another request before.")
    return Problem(_SAID.get(type(error), "internal"), str(error))


def _of_http(error: HTTPException) -> Problem:
    code = _HTTP.get(error.code or 500, "bad-request")
    headers: dict[str, str] = {}
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        headers["Allow"] = ", ".join(sorted(error.valid_methods))
    said = f"There is nothing at {request.path[:200]!r}." if code == "not-found" else None
    status = error.code if error.code and error.code >= 400 else 500
    return Problem(code, said or error.description or "", headers=headers, status=status)


def invalid(error: ValidationError) -> Any:
    """Raises the problem that pydantic's mistakes make."""
    details = [
        Detail(pointer(*mistake["loc"]), mistake["msg"], mistake["type"])
        for mistake in error.errors(include_url=False, include_context=False, include_input=False)
    ]
    said = "; ".join(f"{detail.pointer or '/'}: {detail.detail}" for detail in details[:3])
    raise Problem("invalid", said, errors=details)
