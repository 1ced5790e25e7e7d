"""Turning whatever went wrong into a problem, and a problem into a response."""

import errno
import logging
from collections.abc import Callable
from typing import Any

from flask import Flask, Response, current_app, json, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from api.db import StoreBusy, StoreError, StoreFull, StoreNewer, StoreUnavailable
from api.db.errors import QueueFull, StateConflict
from api.db.tables.idempotency import KeyReused
from api.web.context import request_name
from api.web.problems import HttpProblem, code_of, retry_after

Render = Callable[[dict[str, Any]], str]
"""From the document of a problem to a page."""

_log = logging.getLogger("cascade.http")
_OURS = (HttpProblem, StateConflict, StoreError, KeyReused, QueueFull, OSError)
_TYPES = ("application/problem+json", "text/html")
_INTERNAL = "Something went wrong on our side. It is logged under the request id."


def install(app: Flask, *, render: Render) -> None:
    """Have every exception that may leave a handler answered as a problem; `render` makes the page of one."""
    app.extensions["problem_page"] = render
    for kind in (*_OURS, HTTPException):
        app.register_error_handler(kind, problem_response)


def problem_response(error: Exception) -> Response:
    """The response to an exception."""
    problem = as_problem(error)
    if problem.status >= 500:
        trace = error if problem.code == "internal" else None
        _log.error(problem.code, exc_info=trace, extra={"fault": str(error), "request_id": request_name()})
    document = problem.document(request_name())
    if not request.path.startswith("/api") and request.accept_mimetypes.best_match(_TYPES) == _TYPES[1]:
        render: Render = current_app.extensions["problem_page"]
        body, media_type = render(document), _TYPES[1]
    else:
        body, media_type = json.dumps(document), _TYPES[0]
    return Response(body, problem.status, problem.headers, content_type=media_type)


def as_problem(error: Exception) -> HttpProblem:
    """The problem that an exception is to the caller."""
    match error:
        case HttpProblem():
            return error
        case HTTPException():
            return _of_http(error)
        case StateConflict():
            return HttpProblem(error.code, str(error))
        case StoreBusy():
            return retry_after("busy", "Another request is writing for long.", 2)
        case StoreUnavailable():
            return retry_after("unavailable", "The database does not answer.", 5)
        case StoreNewer():
            return retry_after("unavailable", str(error), 5)
        case StoreFull():
            return HttpProblem("storage-full", str(error))
        case QueueFull():
            status = 429 if error.scope == "organisation" else 503
            return retry_after("queue-full", str(error), 10, status=status)
        case OSError(errno=errno.ENOSPC):
            return HttpProblem("storage-full", "The disk is full.")
        case OSError():
            return HttpProblem("internal", _INTERNAL)
        case KeyReused():
            return HttpProblem("idempotency-key-reused", "The key was used for another request before.")
    return HttpProblem("internal", str(error))


def _of_http(error: HTTPException) -> HttpProblem:
    code = code_of(error.code or 500)
    headers: dict[str, str] = {}
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        headers["Allow"] = ", ".join(sorted(error.valid_methods))
    detail = f"There is nothing at {request.path[:200]!r}." if code == "not-found" else None
    status = error.code if error.code and error.code >= 400 else 500
    return HttpProblem(code, detail or error.description or "", headers=headers, status=status)
