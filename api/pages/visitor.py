"""Who looks at the pages: somebody who logged in, and whose browser has the token of a session since."""

import hmac
import re
import secrets
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import quote

from flask import g, redirect, request, session
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from api.db import NotFound, StoreError
from api.db.scopes import Caller, Scope
from api.db.tables import keys, sessions, users
from api.resources.keys.service import caller_of, valid
from api.web.addresses import site_of
from api.web.context import service
from api.web.problems import HttpProblem, retry_after
from api.web.strict_json import refuse_zero


def visitor() -> Caller | None:
    """Who asks, if their session lasts and they may still log in."""
    if "visitor" not in g:
        g.session_id, g.visitor = None, None
        token = session.get("token")
        if isinstance(token, str):
            g.visitor = _holder(token)
    found: Caller | None = g.visitor
    return found


def _holder(token: str) -> Caller | None:
    with service().store.read() as reading:
        found = sessions.find(reading, token, service().config.limits.lasting())
        who = known(reading, found.org_id, found.actor) if found else None
    if found is None or who is None:
        return None
    g.session_id = found.id
    if found.seen_is_stale():
        _note_use(found.id)
    return who


def still_here() -> Callable[[Session], bool]:
    """Whether the visitor's session lasts and they may still log in, to be asked later, outside of the request."""
    token, lasting = str(session.get("token")), service().config.limits.lasting()

    def lasts(reading: Session) -> bool:
        found = sessions.find(reading, token, lasting)
        return found is not None and known(reading, found.org_id, found.actor) is not None

    return lasts


def _note_use(session_id: str) -> None:
    """Record that the session is in use; where the store is busy, the next request does."""
    with suppress(StoreError), service().store.write() as writing:
        sessions.note_use(writing, session_id)


def known(reading: Session, org_id: str, actor: str) -> Caller | None:
    """Who the person or the key stands for; None if they are deactivated, gone, expired or revoked."""
    with suppress(NotFound):
        user = users.get(reading, org_id, actor)
        return user.caller() if user.active else None
    with suppress(NotFound):
        key = keys.get(reading, org_id, actor)
        return caller_of(key) if valid(key) else None
    return None


def enter(scope: Scope | None) -> Response | None:
    """The way to the login for strangers; None for those who may go on, as `g.caller`. Raises HttpProblem 403."""
    found = visitor()
    if found is not None:
        g.caller = found
    if scope is None:
        return None
    if found is None:
        return redirect(f"/login?next={quote(request.full_path.rstrip('?'))}", 303)
    if not found.may(scope):
        raise HttpProblem("forbidden", f"You lack the scope {scope}.")
    return None


def begin(found: Caller) -> None:
    """Start a session of its own for the person; one that the browser had ends."""
    old = session.get("token")
    with service().store.write() as writing:
        sessions.forget_ended(writing, service().config.limits.lasting())
        if isinstance(old, str):
            sessions.end_by_token(writing, old)
        _, token = sessions.begin(
            writing,
            found.org_id,
            found.key_id,
            address=request.remote_addr or "",
            agent=request.headers.get("User-Agent", ""),
            lasting=service().config.limits.lasting(),
        )
    session.clear()
    session.permanent = True
    session["token"], session["csrf"] = token, secrets.token_urlsafe(24)


def end() -> None:
    """End the browser's session, here and in the browser."""
    token = session.get("token")
    if isinstance(token, str):
        with service().store.write() as writing:
            sessions.end_by_token(writing, token)
    session.clear()


def csrf_token() -> str:
    """The word that our own forms bear."""
    if "csrf" not in session:
        session["csrf"] = secrets.token_urlsafe(24)
    return str(session["csrf"])


def ask_for_turn() -> None:
    """Use up one of the requests that the person, or a stranger's address, may make; raises HttpProblem 429."""
    found = visitor()
    grant = service().rates.take(found.key_id if found else f"pages {site_of(request.remote_addr or '')}")
    if not grant.allowed:
        raise retry_after("too-many-requests", "Too many pages at once. Wait a moment.", grant.wait_s)


def check_form() -> None:
    """Raises HttpProblem 400 for a form that did not come from our own page."""
    given = request.form.get("csrf_token", "")
    if not hmac.compare_digest(given.encode(), str(session.get("csrf", "")).encode()) or not given:
        raise HttpProblem("bad-request", _NOT_OURS)
    refuse_zero(request.form.values())


def form_version() -> int:
    """The version of what the page was opened at; raises HttpProblem 400 where the form has none."""
    given = request.form.get("version", "")
    if not re.fullmatch(r"[0-9]{1,9}", given):
        raise HttpProblem("bad-request", _NOT_OURS)
    return int(given)


_NOT_OURS = "The form is too old, or not ours. Go back, reload and try again."
