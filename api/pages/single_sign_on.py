"""Logging in through an OpenID provider: there, and back; who has no account here needs an invitation."""

from dataclasses import asdict

from flask import Response, make_response, redirect, request, session

from api.db import NotFound
from api.db.errors import Taken
from api.db.tables import users
from api.pages.login import own_path
from api.pages.page import blueprint
from api.pages.visitor import begin
from api.resources.users import service as people
from api.web.context import service
from api.web.openid import Attempt, Provider, ProviderError
from api.web.problems import HttpProblem


@blueprint.get("/oidc/start")
def start_single_sign_on() -> Response:
    """Send the browser to the provider"""
    try:
        where, attempt = _provider().start(_own_address())
    except ProviderError as fault:
        raise HttpProblem("unauthenticated", str(fault)) from None
    session["oidc"] = {
        **asdict(attempt),
        "next": own_path(request.args.get("next")),
        "invitation": request.args.get("invitation", "")[:200],
    }
    return make_response(redirect(where, 303))


@blueprint.get("/oidc/callback")
def finish_single_sign_on() -> Response:
    """Let in whom the provider names"""
    kept = session.pop("oidc", None)
    state, code = request.args.get("state", ""), request.args.get("code", "")
    if not kept or not code or kept["state"] != state:
        raise HttpProblem("bad-request", "This login was not begun here, or was given up. Try again.")
    attempt = Attempt(kept["state"], kept["nonce"], kept["verifier"])
    try:
        subject = _provider().subject(code, attempt, _own_address())
    except ProviderError as fault:
        raise HttpProblem("unauthenticated", str(fault)) from None
    begin(_let_in(subject, kept["invitation"]).caller())
    return make_response(redirect(kept["next"], 303))


def _let_in(subject: str, invitation: str) -> users.User:
    """The person, new when they come with an invitation. Accounts are never joined by their address alone."""
    issuer = _provider().client.issuer
    with service().store.write() as writing:
        user = users.by_subject(writing, issuer, subject)
        if user is None and invitation:
            try:
                user = people.accept_with_provider(writing, invitation, issuer=issuer, subject=subject)
            except (NotFound, Taken) as refused:
                raise HttpProblem("not-found", f"The invitation is good no more: {refused}") from None
        if user is None or not user.active:
            raise HttpProblem(
                "unauthenticated", "There is no account for you here. Ask an administrator to invite you."
            )
        people.note_login(writing, user.id, user.org_id, address=request.remote_addr or "")
    return user


def _provider() -> Provider:
    found = service().provider
    if found is None:
        raise HttpProblem("not-found", "There is no login through a provider here.")
    return found


def _own_address() -> str:
    return request.host_url.rstrip("/") + "/oidc/callback"
