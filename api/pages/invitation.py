"""The page of an invitation: who was invited chooses a password, and is logged in with it."""

from flask import Response, make_response, redirect, request

from api.db import NotFound
from api.db.errors import Taken
from api.db.tables import invitations, organisations, users
from api.pages.login import provider_names
from api.pages.page import Data, blueprint, html, page
from api.pages.visitor import begin, check_form
from api.resources.users import passwords
from api.resources.users import service as people
from api.resources.users.service import WeakPasswordError
from api.web.context import service
from api.web.problems import HttpProblem

_SPENT = "This link was used, taken back, or is too old. Ask whoever sent it for a new one."


@page("/invitation", "invitation.html", scope=None)
def invitation() -> Data:
    """The form for a new password"""
    return _invited(request.args.get("token", "")[:200])


@blueprint.post("/invitation")
def accept() -> Response:
    """Keep the password, and begin a session"""
    check_form()
    token, password = request.form.get("token", "")[:200], request.form.get("password", "")
    try:
        if password != request.form.get("again", ""):
            raise WeakPasswordError("The two are not the same.")
        with service().store.write() as session:
            user = people.accept(session, token, password)
            people.note_login(session, user.id, user.org_id, address=request.remote_addr or "")
    except WeakPasswordError as refused:
        return html("invitation.html", {**_invited(token), "fault": str(refused)}, 422)
    except (NotFound, Taken):
        raise HttpProblem("not-found", _SPENT) from None
    begin(user.caller())
    return make_response(redirect("/", 303))


def _invited(token: str) -> Data:
    """Who is invited to what; raises HttpProblem 404 for a link that is good no more."""
    with service().store.read() as session:
        found = invitations.by_token(session, token)
        if found is None:
            raise HttpProblem("not-found", _SPENT)
        return {
            "token": token,
            "email": found.email,
            "name": found.name,
            "role": found.role,
            "organisation": organisations.get(session, found.org_id).name,
            "by": users.name_of(session, found.org_id, found.created_by),
            "anew": found.user_id is not None,
            "shortest": passwords.SHORTEST,
            "fault": None,
            "providers": provider_names(),
        }
