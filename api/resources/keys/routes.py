"""API keys: made by admins, shown once, revoked at once."""

from datetime import UTC, datetime
from typing import Any

from flask import Response
from pydantic import AwareDatetime, Field
from sqlalchemy.orm import Session

from api.db.scopes import ROLES, Role, Scope, scopes_of
from api.db.tables import keys
from api.db.tables.keys import ApiKey
from api.resources.keys import service as making
from api.resources.keys.service import NewKey
from api.web.context import caller, service
from api.web.idempotency import once
from api.web.pagination import Listed, PageQuery, listed
from api.web.problems import HttpProblem, invalid_value
from api.web.responses import Answer, answer
from api.web.routing import PREFIX, Routes
from api.web.schemas import Name, Once, Parameters, RequestBody, View, with_example

_EXAMPLE = {
    "id": "key_06A1B2C3D4E5F6G7H8J9K0M1N2",
    "name": "PRM portal",
    "prefix": "gcabcdefghjkmn",
    "role": "viewer",
    "scopes": ["plans:read"],
    "machine": True,
    "created_by": "key_06A1B2C3D4E5F6G7H8J9K0M1N0",
    "created_at": "2026-10-01T08:00:00Z",
    "expires_at": None,
    "revoked_at": None,
    "last_used_at": None,
}


class KeyView(View):
    """A key, without its secret."""

    model_config = with_example(_EXAMPLE)

    id: str
    name: str
    prefix: str
    """The part before the point; it may be shown."""
    role: Role
    scopes: list[Scope]
    """What it may do; empty: nothing."""
    machine: bool
    created_by: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None


def view_of(key: ApiKey) -> KeyView:
    """The key, with the scopes that it has in effect."""
    columns = {name: getattr(key, name) for name in KeyView.model_fields if name != "scopes"}
    return KeyView(**columns, scopes=sorted(scopes_of(Role(key.role), key.scopes)))


class NewKeyView(KeyView):
    """A key just made: the only time its secret is given."""

    model_config = with_example({**_EXAMPLE, "key": "gcabcdefghjkmn.SECRET"})

    key: str
    """Send it as `Authorization: Bearer …`; it is not kept here."""


class KeyList(Listed[KeyView]):
    """Keys, newest first."""

    model_config = with_example({"items": [_EXAMPLE], "next_cursor": None})


class CallerView(View):
    """What the key that is asking may do."""

    model_config = with_example(
        {
            "id": "key_06A1B2C3D4E5F6G7H8J9K0M1N2",
            "name": "PRM portal",
            "organisation": "org_06A1B2C3D4E5F6G7H8J9K0M1N2",
            "role": "viewer",
            "scopes": ["plans:read"],
            "machine": True,
        }
    )

    id: str
    name: str
    organisation: str
    role: Role
    scopes: list[Scope]
    machine: bool


class KeyIn(RequestBody):
    """What the new key is for."""

    model_config = with_example(
        {"name": "PRM portal", "role": "viewer", "scopes": ["plans:read"], "machine": True}
    )

    name: Name
    role: Role
    scopes: list[Scope] | None = Field(None, max_length=len(Scope))
    """Only these of the role's scopes; an empty list is none of them, left out is all."""
    machine: bool = False
    """Used by a program, which must send an Idempotency-Key with its runs."""
    expires_at: AwareDatetime | None = None


class KeyPath(Parameters):
    """Which key."""

    key_id: str


routes = Routes("api-keys", "Who may ask, and for what.")


@routes.post("/api-keys", scope=Scope.KEYS_WRITE, answers={201: NewKeyView})
def create_key(header: Once, body: KeyIn) -> Response:  # noqa: ARG001
    """Make a key

    It can be given no scope that the key asking has not. The answer alone tells the secret; a replay (same
    Idempotency-Key) tells everything but that.
    """
    _check(body)
    made: list[NewKey] = []

    def effect(session: Session) -> Answer:
        new = _made(session, body)
        made.append(new)
        view = {**view_of(new.key).model_dump(), "key": "shown once"}
        headers = {"Location": f"{PREFIX}/api-keys/{new.key.id}"}
        return answer(NewKeyView.model_validate(view), 201, headers)

    response = once(effect)
    for new in made:
        view: dict[str, Any] = {**view_of(new.key).model_dump(), "key": new.token}
        response.set_data(NewKeyView.model_validate(view).model_dump_json())
    return response


def _check(body: KeyIn) -> None:
    beyond = sorted(set(body.scopes or ()) - ROLES[body.role])
    if beyond:
        raise invalid_value("/scopes", f"The role {body.role} has no {', '.join(beyond)}.")
    missing = scopes_of(body.role, body.scopes) - caller().scopes
    if missing:
        raise HttpProblem("forbidden", f"Your key cannot give what it has not: {', '.join(sorted(missing))}.")
    if body.expires_at and body.expires_at <= datetime.now(UTC):
        raise invalid_value("/expires_at", "That is over already.")


def _made(session: Session, body: KeyIn) -> NewKey:
    who = caller()
    return making.create(
        session,
        who.org_id,
        name=body.name,
        role=body.role,
        created_by=who.key_id,
        scopes=None if body.scopes is None else frozenset(body.scopes),
        machine=body.machine,
        expires_at=body.expires_at,
        user_id=who.user_id,
    )


@routes.get("/api-keys", scope=Scope.KEYS_WRITE, answers={200: KeyList}, problems=("bad-cursor",))
def list_keys(query: PageQuery) -> Response:
    """List the organisation's keys"""
    with service().store.read() as session:
        page = keys.listed(session, caller().org_id, after=query.after(), limit=query.limit)
    return listed(page, view_of)


@routes.get("/api-keys/current", scope=None, answers={200: CallerView})
def get_current_key() -> Response:
    """Read what this key may do"""
    who = caller()
    view = CallerView(
        id=who.key_id,
        name=who.name,
        organisation=who.org_id,
        role=who.role,
        scopes=sorted(who.scopes),
        machine=who.machine,
    )
    return answer(view).response()


@routes.get("/api-keys/<key_id>", scope=Scope.KEYS_WRITE, answers={200: KeyView})
def get_key(path: KeyPath) -> Response:
    """Read a key, without its secret"""
    with service().store.read() as session:
        key = keys.get(session, caller().org_id, path.key_id)
    return answer(view_of(key)).response()


@routes.change("delete", "/api-keys/<key_id>", scope=Scope.KEYS_WRITE, answers={200: KeyView})
def revoke_key(path: KeyPath) -> Response:
    """Revoke a key; from now on it opens nothing"""
    who = caller()
    with service().store.write() as session:
        key = making.revoke(session, who.org_id, path.key_id, revoked_by=who.key_id)
    service().callers.forget()
    return answer(view_of(key)).response()
