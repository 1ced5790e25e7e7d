"""API keys: made by admins, shown once, revoked at once."""

from datetime import UTC, datetime
from typing import Annotated, Any

from flask import Response
from pydantic import AwareDatetime, BeforeValidator, Field
from sqlalchemy.orm import Session

from api import keys as making
from api.http.answers import Answer, answer
from api.http.idempotency import once
from api.http.paging import Listed, PageQuery, listed
from api.http.routes import PREFIX, Routes
from api.http.service import caller, service
from api.http.shapes import Asked, Name, Once, Parameters, View, shown
from api.keys import ROLES, NewKey, Role, Scope
from api.problems import Detail, Problem
from api.store import keys

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

    model_config = shown(_EXAMPLE)

    id: str
    name: str
    prefix: str
    """The part before the point; it may be shown."""
    role: Role
    scopes: Annotated[list[Scope], BeforeValidator(lambda scopes: sorted(scopes or []))]
    """Fewer scopes than the role's; empty for all of them."""
    machine: bool
    created_by: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None


class NewKeyView(KeyView):
    """A key just made: the only time its secret is told."""

    model_config = shown({**_EXAMPLE, "key": "gcabcdefghjkmn.SECRET"})

    key: str
    """Send it as `Authorization: Bearer …`; it is not kept here."""


class KeyList(Listed[KeyView]):
    """Keys, newest first."""

    model_config = shown({"items": [_EXAMPLE], "next_cursor": None})


class CallerView(View):
    """What the key that is asking may do."""

    model_config = shown(
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


class KeyIn(Asked):
    """What the new key is for."""

    model_config = shown({"name": "PRM portal", "role": "viewer", "scopes": ["plans:read"], "machine": True})

    name: Name
    role: Role
    scopes: list[Scope] | None = Field(None, max_length=len(Scope))
    """Only these of the role's scopes."""
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

    The answer alone tells the secret. A replay (same Idempotency-Key) tells everything but that.
    """
    _check(body)
    told: list[NewKey] = []

    def effect(session: Session) -> Answer:
        new = _made(session, body)
        told.append(new)
        view = {**KeyView.model_validate(new.key).model_dump(), "key": "shown once"}
        headers = {"Location": f"{PREFIX}/api-keys/{new.key.id}"}
        return answer(NewKeyView.model_validate(view), 201, headers)

    response = once(effect)
    for new in told:
        view: dict[str, Any] = {**KeyView.model_validate(new.key).model_dump(), "key": new.token}
        response.set_data(NewKeyView.model_validate(view).model_dump_json())
    return response


def _check(body: KeyIn) -> None:
    beyond = sorted(set(body.scopes or ()) - ROLES[body.role])
    if beyond:
        said = f"The role {body.role} has no {', '.join(beyond)}."
        raise Problem("invalid", said, errors=[Detail("/scopes", said, "scope")])
    if body.expires_at and body.expires_at <= datetime.now(UTC):
        raise Problem("invalid", "/expires_at: That is over already.")


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
    )


@routes.get("/api-keys", scope=Scope.KEYS_WRITE, answers={200: KeyList}, problems=("bad-cursor",))
def list_keys(query: PageQuery) -> Response:
    """List the organisation's keys"""
    with service().store.read() as session:
        page = keys.listed(session, caller().org_id, after=query.after(), limit=query.limit)
    return listed(page, KeyView.model_validate)


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
    return answer(KeyView.model_validate(key)).response()


@routes.change("delete", "/api-keys/<key_id>", scope=Scope.KEYS_WRITE, answers={200: KeyView})
def revoke_key(path: KeyPath) -> Response:
    """Revoke a key; from now on it opens nothing"""
    who = caller()
    with service().store.write() as session:
        key = making.revoke(session, who.org_id, path.key_id, revoked_by=who.key_id)
    service().callers.forget()
    return answer(KeyView.model_validate(key)).response()
