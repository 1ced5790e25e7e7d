"""Who looks at the pages: somebody who showed an API key once, and bears a signed cookie since."""

import hmac
import secrets
from urllib.parse import quote

from flask import g, redirect, request, session
from werkzeug.wrappers import Response

from api.http.service import service
from api.keys import ROLES, Caller, Role, Scope
from api.problems import Problem
from api.store import NotFound, keys
from api.store.base import now


def visitor() -> Caller | None:
    """The person who asks, if logged in with a key that still holds."""
    if "visitor" not in g:
        g.visitor = _known(session.get("org"), session.get("key"))
    found: Caller | None = g.visitor
    return found


def _known(org_id: object, key_id: object) -> Caller | None:
    if not isinstance(org_id, str) or not isinstance(key_id, str):
        return None
    try:
        with service().store.read() as reading:
            key = keys.get(reading, org_id, key_id)
    except NotFound:
        return None
    if key.revoked_at or (key.expires_at and key.expires_at <= now()):
        return None
    role = Role(key.role)
    scopes = ROLES[role] if key.scopes is None else ROLES[role] & {Scope(scope) for scope in key.scopes}
    return Caller(key.id, key.org_id, key.name, role, frozenset(scopes), key.machine, key.last_used_at)


def enter(scope: Scope | None) -> Response | None:
    """The way to the login for strangers; None for those who may go on, as `g.caller`. Raises Problem 403."""
    found = visitor()
    if found is not None:
        g.caller = found
    if scope is None:
        return None
    if found is None:
        return redirect(f"/login?next={quote(request.full_path.rstrip('?'))}", 303)
    if not found.may(scope):
        raise Problem("forbidden", f"Your key lacks the scope {scope}.")
    return None


def begin(found: Caller) -> None:
    """Start a session of its own for the person; whatever was in the cookie before is gone."""
    session.clear()
    session.permanent = True
    session["org"], session["key"] = found.org_id, found.key_id
    session["csrf"] = secrets.token_urlsafe(24)


def csrf_token() -> str:
    """The word that our own forms bear."""
    if "csrf" not in session:
        session["csrf"] = secrets.token_urlsafe(24)
    return str(session["csrf"])


def check_form() -> None:
    """Raises Problem 400 for a form that did not come from our own page."""
    given = request.form.get("csrf_token", "")
    if not hmac.compare_digest(given.encode(), str(session.get("csrf", "")).encode()) or not given:
        raise Problem("bad-request", "The form is too old, or not ours. Go back, reload and try again.")
