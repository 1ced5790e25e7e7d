"""What happens before and after every request: naming, recognising, limiting; headers, counting, logging."""

import logging
import time
from itertools import chain

from flask import Flask, Response, current_app, g, request

from api.processes import tracing
from api.web.auth import admit, needs_of
from api.web.context import service
from api.web.problems import HttpProblem
from api.web.request_ids import request_id, trace_id
from api.web.strict_json import refuse_zero

_log = logging.getLogger("cascade.access")
_POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
_PAGE_POLICY = f"{_POLICY}; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'"
"""Pages load our own files only; nothing written into a page runs or styles anything."""

_HTTPS_ONLY = f"max-age={2 * 365 * 24 * 3600}; includeSubDomains"
"""Browsers that have seen it ask by https alone, for two years."""


def install(app: Flask) -> None:
    """Hang the hooks in."""
    app.before_request(_name)
    app.before_request(_admit)
    app.after_request(_finish)


def _name() -> None:
    g.began = time.perf_counter()
    g.request_id = request_id(request.headers.get("X-Request-Id"))
    noted = {
        "http.request.method": _method(),
        "url.path": request.path,
        "client.address": request.remote_addr or "",
    }
    g.span = tracing.begin(_method(), noted, traceparent=request.headers.get("traceparent"), of_server=True)


def _admit() -> None:
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise HttpProblem("unsupported-media-type", "Compressed bodies are not read; send it as it is.")
    refuse_zero((request.path, *request.args, *chain.from_iterable(map(request.args.getlist, request.args))))
    needs = needs_of(current_app.view_functions.get(request.endpoint or ""))
    if needs is not None:
        admit(service(), needs)


def _finish(response: Response) -> Response:
    headers = response.headers
    headers["X-Request-Id"] = g.get("request_id", "")
    headers["X-Content-Type-Options"] = "nosniff"
    headers.setdefault("Referrer-Policy", "no-referrer")
    headers.setdefault("Cache-Control", "no-store")
    if service().config.https:
        headers["Strict-Transport-Security"] = _HTTPS_ONLY
    page = response.mimetype == "text/html"
    headers.setdefault("Content-Security-Policy", _PAGE_POLICY if page else _POLICY)
    if "grant" in g:
        headers["RateLimit-Policy"] = service().rates.policy
        headers["RateLimit"] = f'"default";r={g.grant.remaining};t=1'
    _account(response)
    return response


def _account(response: Response) -> None:
    seconds = time.perf_counter() - g.get("began", time.perf_counter())
    route = str(request.url_rule) if request.url_rule else "unknown"
    service().metrics.answered(_method(), route, response.status_code, seconds)
    _end_span(route, response.status_code)
    if not _log.isEnabledFor(logging.INFO):
        return
    asking = g.get("caller")
    _log.info(
        "answered",
        extra={
            "request_id": g.get("request_id"),
            "trace_id": trace_id(request.headers.get("traceparent")),
            "method": _method(),
            "route": route,
            "path": request.path,
            "status": response.status_code,
            "seconds": round(seconds, 4),
            "client": request.remote_addr,
            "key": asking.key_id if asking else None,
            "organisation": asking.org_id if asking else None,
        },
    )


def _end_span(route: str, status: int) -> None:
    """Names as OpenTelemetry's conventions for HTTP have them."""
    if (span := g.pop("span", None)) is None:
        return
    span.update_name(f"{_method()} {route}")
    span.set_attribute("http.route", route)
    span.set_attribute("http.response.status_code", status)
    span.set_attribute("cascade.request", g.get("request_id", ""))
    if asking := g.get("caller"):
        span.set_attribute("cascade.organisation", asking.org_id)
    span.end()


def _method() -> str:
    """The method, unless somebody made one up."""
    known = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"}
    return request.method if request.method in known else "OTHER"
