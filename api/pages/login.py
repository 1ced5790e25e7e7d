"""Logging in with an API key, and out."""

import re

from flask import Response, make_response, redirect, request, session
from werkzeug.wrappers import Response as AnyResponse

from api import keys
from api.http.service import service
from api.pages.page import Data, blueprint, page
from api.pages.visitor import begin, check_form
from api.problems import Problem, retry_after

_OWN_PATH = re.compile(r"/(?![/\\])[\w./?&=%:,~+-]*", re.ASCII)


@page("/login", "login.html", scope=None)
def login() -> Data:
    """The form for the key"""
    return {"next": own_path(request.args.get("next"))}


@page("/", "login.html", scope=None)
def home() -> Data | AnyResponse:
    """The runs, for those who are logged in"""
    return redirect("/runs", 303)


@blueprint.post("/login")
def log_in() -> Response:
    """Check the key and begin a session"""
    check_form()
    failures, address = service().failures, request.remote_addr or ""
    grant = failures.look(address)
    if not grant.allowed:
        raise retry_after("too-many-requests", "Too many wrong keys from this address.", grant.wait_s)
    with service().store.read() as reading:
        found = keys.authenticate(reading, request.form.get("key", "").strip()[:200])
    if found is None:
        failures.take(address)
        raise Problem("unauthenticated", "The key is wrong, expired or revoked.")
    begin(found)
    return make_response(redirect(own_path(request.form.get("next")), 303))


@blueprint.post("/logout")
def log_out() -> Response:
    """End the session"""
    check_form()
    session.clear()
    return make_response(redirect("/login", 303))


def own_path(given: str | None) -> str:
    """The path, if it leads to a page of ours; else the runs."""
    return given if given and _OWN_PATH.fullmatch(given) else "/runs"
