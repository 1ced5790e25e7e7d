"""Doing a thing once: its effect and its answer are written in one transaction under the caller's key."""

import hashlib
import re
from collections.abc import Callable

from flask import Response, request
from sqlalchemy.orm import Session

from api.db import StoreBusy
from api.db.tables import idempotency
from api.web.context import caller, service
from api.web.problems import HttpProblem, retry_after
from api.web.responses import Answer

_KEY = re.compile(r"[\x20-\x7e]{1,255}")

Effect = Callable[[Session], Answer]


def once(effect: Effect, *, demanded: bool = False) -> Response:
    """The answer of the effect, or the one it had when the same request came before.

    `demanded` refuses programs' requests without an Idempotency-Key. Refusals are not remembered.
    """
    key = request.headers.get("Idempotency-Key")
    if key is None:
        if demanded and caller().machine:
            raise HttpProblem("idempotency-key-required", "Keys of programs send an Idempotency-Key.")
        with service().store.write() as session:
            answer = effect(session)
        return answer.response()
    if not _KEY.fullmatch(key):
        raise HttpProblem("bad-request", "An Idempotency-Key has 1 to 255 printable ASCII characters.")
    return _once(effect, _identity(key))


def _once(effect: Effect, asked: idempotency.Request) -> Response:
    reserved = False
    try:
        with service().store.write() as session:
            earlier = idempotency.reserve(session, asked)
            reserved = True
            if earlier is not None:
                return _replayed(earlier, idempotency.body_of(session, earlier))
            answer = effect(session)
            idempotency.remember(
                session, asked, status=answer.status, headers=dict(answer.headers), body=answer.body
            )
    except StoreBusy:
        if reserved or service().store.backend == "sqlite":
            raise
        raise retry_after("request-in-progress", "A request with this key is being answered.", 2) from None
    return answer.response()


def _replayed(earlier: idempotency.Answer, body: str) -> Response:
    answer = Answer(earlier.status or 200, body, earlier.headers or {})
    return answer.response(Idempotency_Replayed="true")


def _identity(key: str) -> idempotency.Request:
    asked = f"{request.query_string.decode('latin-1')}\n{request.mimetype}\n".encode() + request.get_data()
    who = caller()
    return idempotency.Request(
        org_id=who.org_id,
        caller=who.key_id,
        route=f"{request.method} {request.path}",
        key=key,
        fingerprint=hashlib.sha256(asked).hexdigest(),
    )
