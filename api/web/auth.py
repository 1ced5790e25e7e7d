"""Who asks, and whether they may: keys from the Authorization header, nowhere else."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import g, request

from api.db import StoreError
from api.db.scopes import Caller, Scope
from api.db.tables import keys
from api.web.addresses import site_of
from api.web.context import Service
from api.web.problems import HttpProblem, retry_after

_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="goal-cascade"'}
_LONGEST = 200


@dataclass(frozen=True)
class Needs:
    """What an operation needs of a request before it is looked at."""

    scope: Scope | None
    """None: any valid key."""
    offers: tuple[str, ...] = ("application/json",)
    """Media types it can answer with."""


def needs_of(view: Callable[..., Any] | None) -> Needs | None:
    """What the view needs; None for those that anybody may ask."""
    found: Needs | None = getattr(view, "needs", None)
    return found


def admit(service: Service, needs: Needs) -> None:
    """Let the request pass, with `g.caller` set; raises HttpProblem 401, 403, 406 or 429."""
    asking = _authenticate(service)
    g.caller = asking
    g.grant = service.rates.take(asking.key_id)
    if not g.grant.allowed:
        raise retry_after("too-many-requests", "The key has used up its requests.", g.grant.wait_s)
    if needs.scope and not asking.may(needs.scope):
        raise HttpProblem("forbidden", f"The key lacks the scope {needs.scope}.")
    _check_format(needs.offers)
    _note_use(service, asking)


def _authenticate(service: Service) -> Caller:
    token = _bearer(request.headers.get("Authorization"))
    if token is None:
        raise HttpProblem(
            "unauthenticated", "There is no key in the Authorization header.", headers=_CHALLENGE
        )
    known = service.callers.known(token)
    if known is not None:
        return known
    with service.store.read() as session:
        found = service.authenticate(session, token)
    if found is None:
        _count_failure(service)
        raise HttpProblem("unauthenticated", "The key is wrong, expired or revoked.", headers=_CHALLENGE)
    service.callers.remember(token, found)
    return found


def _bearer(header: str | None) -> str | None:
    scheme, _, token = (header or "").partition(" ")
    token = token.strip()
    return token if scheme.lower() == "bearer" and 0 < len(token) <= _LONGEST and token.isascii() else None


def _count_failure(service: Service) -> None:
    grant = service.failures.take(site_of(request.remote_addr or ""))
    if not grant.allowed:
        raise retry_after("too-many-requests", "Too many wrong keys from this address.", grant.wait_s)


def _check_format(offers: tuple[str, ...]) -> None:
    wanted = request.headers.get("Accept")
    if not wanted or wanted == "*/*" or wanted == offers[0]:
        return
    if request.accept_mimetypes.best_match(offers) is None:
        raise HttpProblem("not-acceptable", f"This can be had as {', '.join(offers)}.")


def _note_use(service: Service, asking: Caller) -> None:
    if not asking.use_is_stale() or not service.notes_use_of(asking.key_id):
        return
    try:
        with service.store.write() as session:
            keys.note_use(session, asking.org_id, asking.key_id)
    except StoreError:
        service.noted[asking.key_id] = time.monotonic()
