"""One's own account: what one may do, the password, and where one is logged in."""

from flask import Response, g, make_response, redirect, request

from api.db import NotFound
from api.db.tables import sessions, users
from api.db.tables.users import User
from api.pages.login import bucket_of
from api.pages.number_format import COOKIE, FORMATS, of_browser
from api.pages.page import Data, blueprint, html, page
from api.pages.visitor import begin, check_form, enter
from api.resources.users import passwords
from api.resources.users import service as people
from api.resources.users.service import WeakPasswordError
from api.web.addresses import site_of
from api.web.context import caller, service
from api.web.problems import HttpProblem

_YEAR = 365 * 24 * 60 * 60
"""Seconds that a choice lasts in a browser."""


@page("/account", "account.html", scope=None)
def account() -> Data | Response:
    """Your account"""
    return _account() if "caller" in g else make_response(redirect("/login?next=/account", 303))


def _account(fault: str | None = None) -> Data:
    who = caller()
    with service().store.read() as session:
        user = _user()
        found = sessions.listed(session, who.org_id, who.key_id, service().config.limits.lasting())
    return {
        "name": who.name,
        "email": user.email if user else None,
        "role": who.role,
        "scopes": sorted(who.scopes),
        "has_password": bool(user and user.password_hash),
        "shortest": passwords.SHORTEST,
        "fault": fault,
        "changed": request.args.get("changed") == "1",
        "formats": {each.name: each.example for each in FORMATS.values()},
        "of_browser": of_browser().example,
        "chosen": request.cookies.get(COOKIE, ""),
        "sessions": [
            {
                "id": each.id,
                "address": each.address,
                "agent": each.agent,
                "created_at": each.created_at.isoformat(),
                "seen_at": each.seen_at.isoformat(),
                "current": each.id == g.session_id,
            }
            for each in found
        ],
    }


def _user() -> User | None:
    """Who is logged in, if it is a person and not a key."""
    with service().store.read() as session:
        try:
            return users.get(session, caller().org_id, caller().key_id)
        except NotFound:
            return None


@blueprint.post("/account/password")
def change_password() -> Response:
    """Change one's own password; all other sessions end, this one begins anew"""
    _enter_with_form()
    user, new = _user(), request.form.get("password", "")
    if user is None:
        raise HttpProblem("forbidden", "A key has no password.")
    bucket = bucket_of("password", user.email, site_of(request.remote_addr or ""))
    if not service().failures.peek(bucket).allowed:
        raise HttpProblem("too-many-requests", "Too many wrong attempts. Wait before the next one.")
    try:
        if new != request.form.get("again", ""):
            raise WeakPasswordError("The two new ones are not the same.")
        with service().store.write() as session:
            person = users.get(session, user.org_id, user.id, lock=True)
            people.change_password(session, person, request.form.get("old", "")[:1000], new)
    except WeakPasswordError as refused:
        service().failures.take(bucket)
        return html("account.html", _account(str(refused)), 422)
    begin(caller())
    return make_response(redirect("/account?changed=1", 303))


@blueprint.post("/account/numbers")
def choose_numbers() -> Response:
    """Have numbers written in one way in this browser, or as the browser's language has them"""
    _enter_with_form()
    response, name = make_response(redirect("/account", 303)), request.form.get("format", "")
    if name in FORMATS:
        secure = service().config.https
        response.set_cookie(COOKIE, name, max_age=_YEAR, secure=secure, httponly=True, samesite="Lax")
    else:
        response.delete_cookie(COOKIE)
    return response


@blueprint.post("/account/sessions/end")
def end_sessions() -> Response:
    """End one other session, or all others"""
    _enter_with_form()
    who, only = caller(), request.form.get("session") or None
    with service().store.write() as session:
        sessions.end(session, who.org_id, who.key_id, only=only, but=g.session_id)
    return make_response(redirect("/account", 303))


def _enter_with_form() -> None:
    """Raises HttpProblem for strangers, and for forms that are not ours."""
    check_form()
    enter(None)
    if "caller" not in g:
        raise HttpProblem("unauthenticated", "Log in first.")
