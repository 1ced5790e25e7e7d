"""Logging in, with a password or an API key, and out; guessing is slowed down without shutting others out."""

import hashlib
import logging
import re

from flask import Response, make_response, redirect, request

from api.db.scopes import Caller
from api.db.tables import sessions, users
from api.pages.page import Data, blueprint, html, page
from api.pages.visitor import begin, check_form, end, known
from api.resources.keys import service as keys
from api.resources.users import service as people
from api.web.addresses import site_of
from api.web.context import service
from api.web.problems import HttpProblem, retry_after
from api.web.rate_limit import Grant, RateLimit
from api.web.tickets import redeemed

_log = logging.getLogger("cascade.login")
_OWN_PATH = re.compile(r"/(?![/\\])[\w./?&=%:,~+-]*", re.ASCII)

Bucket = tuple[RateLimit, str]
"""Attempts, and the name under which they are counted."""


@page("/login", "login.html", scope=None)
def login() -> Data:
    """The form for the password or the key"""
    return {"next": own_path(request.args.get("next")), "providers": provider_names()}


@blueprint.post("/login")
def log_in() -> Response:
    """Check the password or the key, and begin a session"""
    check_form()
    key = request.form.get("key", "").strip()[:200]
    try:
        begin(_by_key(key) if key else _by_password())
    except HttpProblem as refused:
        return _again(refused)
    return make_response(redirect(own_path(request.form.get("next")), 303))


def _again(refused: HttpProblem) -> Response:
    """The form with the reason, for people; programs get the problem, which is raised."""
    if request.accept_mimetypes.best_match(("application/problem+json", "text/html")) != "text/html":
        raise refused
    data = {
        "next": own_path(request.form.get("next")),
        "providers": provider_names(),
        "fault": refused.detail,
        "email": request.form.get("email", "")[:200],
    }
    answer = html("login.html", data, refused.status)
    answer.headers.update(refused.headers)
    return answer


def provider_names() -> list[str]:
    """What the buttons for logging in elsewhere say."""
    provider = service().provider
    return [provider.client.name] if provider else []


def _by_key(key: str) -> Caller:
    """Who the key stands for. A right one always gets in: only wrong ones are counted."""
    with service().store.read() as reading:
        found = keys.authenticate(reading, key)
    if found is None:
        _log.warning("login refused", extra={"address": _address(), "with": "a key"})
        _count([(service().failures, f"key {site_of(_address())}")])
        raise HttpProblem("unauthenticated", "The key is wrong, expired or revoked.")
    return found


def _by_password() -> Caller:
    """The person, whose password was right. Raises HttpProblem 401, and 429 before the password is looked at."""
    email = users.normalised(request.form.get("email", "")[:200])
    password = request.form.get("password", "")[:1000]
    with service().store.read() as reading:
        user = users.by_email(reading, email)
        buckets = _buckets(user, email)
        for failures, bucket in buckets:
            _refuse_when_empty(failures.peek(bucket))
        found = people.log_in(reading, email, password)
    if found is None:
        known_as = user.id if user else None
        _log.warning("login refused", extra={"address": _address(), "with": "a password", "user": known_as})
        _count(buckets)
        raise HttpProblem("unauthenticated", "The address or the password is wrong.")
    with service().store.write() as writing:
        people.note_login(writing, found.id, found.org_id, address=_address(), password=password)
    return found.caller()


def _buckets(user: users.User | None, email: str) -> list[Bucket]:
    """What wrong passwords are counted by: account and address together, and each alone.

    The account alone is allowed more than any one address uses up. Somebody who is logged in from this address
    already is held to the first alone, so that a flood of guesses from their own network, or at their account from
    many addresses, does not shut them out.
    """
    failures, site = service().failures, site_of(_address())
    pair = failures, bucket_of("password", email, site)
    with service().store.read() as reading:
        if user is not None and sessions.familiar(
            reading, user.id, _address(), service().config.limits.lasting()
        ):
            return [pair]
    return [
        pair,
        (service().account_failures, bucket_of("account", email)),
        (failures, bucket_of("passwords", site)),
    ]


def bucket_of(*words: str) -> str:
    """The name under which attempts are counted; nothing can be read from it."""
    return hashlib.sha256("\n".join(words).encode()).hexdigest()[:32]


def _count(buckets: list[Bucket]) -> None:
    for grant in [failures.take(bucket) for failures, bucket in buckets]:
        _refuse_when_empty(grant)


def _refuse_when_empty(grant: Grant) -> None:
    if not grant.allowed:
        raise retry_after(
            "too-many-requests", "Too many wrong attempts. Wait before the next one.", grant.wait_s
        )


def _address() -> str:
    return request.remote_addr or ""


@blueprint.get("/enter")
def enter_by_ticket() -> Response:
    """Begin a session with a ticket of `cascade demo`, once"""
    found = redeemed(request.args.get("ticket", "")[:500])
    with service().store.read() as reading:
        caller = found and known(reading, *found)
    if caller:
        begin(caller)
    return make_response(redirect("/" if caller else "/login", 303))


@blueprint.post("/logout")
def log_out() -> Response:
    """End the session"""
    check_form()
    end()
    away = make_response(redirect("/login", 303))
    away.headers["Clear-Site-Data"] = '"cache", "storage"'
    return away


def own_path(given: str | None) -> str:
    """The path, if it leads to a page of ours; else the first page."""
    return given if given and _OWN_PATH.fullmatch(given) else "/"
