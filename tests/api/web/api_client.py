"""Somebody who asks the service: a test client with a key."""

from typing import Any

import factories
from werkzeug.test import TestResponse

from api.app import Application
from api.db import Store
from api.db.scopes import Role, Scope
from api.resources.keys import service as keys


class ApiClient:
    """Asks under `/api/v1`, with the key in the header."""

    def __init__(self, app: Application, token: str, org_id: str, key_id: str) -> None:
        self.token = token
        self.org_id = org_id
        self.key_id = key_id
        self._client = app.test_client(use_cookies=False)

    def ask(self, method: str, path: str, **request: Any) -> TestResponse:
        """The answer to a request for a path below `/api/v1`, or any that starts with `//`."""
        headers = {"Authorization": f"Bearer {self.token}", **request.pop("headers", {})}
        where = path[1:] if path.startswith("//") else f"/api/v1{path}"
        return self._client.open(where, method=method, headers=headers, **request)

    def get(self, path: str, **request: Any) -> TestResponse:
        return self.ask("GET", path, **request)

    def post(self, path: str, json: Any = None, **request: Any) -> TestResponse:
        body = {} if "data" in request else {"json": {} if json is None else json}
        return self.ask("POST", path, **body, **request)


def admin_of(app: Application, store: Store, **fields: Any) -> ApiClient:
    """An admin of a new organisation."""
    return client_of(app, store, factories.organisation(store, **fields), Role.ADMIN)


def client_of(
    app: Application,
    store: Store,
    org_id: str,
    role: Role,
    scopes: frozenset[Scope] | None = None,
    **fields: Any,
) -> ApiClient:
    """Somebody with a new key of the organisation."""
    with store.write() as session:
        new = keys.create(
            session, org_id, name=f"a {role}", role=role, scopes=scopes, created_by="test", **fields
        )
    return ApiClient(app, new.token, org_id, new.key.id)


def prm(app: Application, store: Store, org_id: str) -> ApiClient:
    """The key of a PRM tool."""
    return client_of(app, store, org_id, Role.VIEWER, frozenset({Scope.PLANS_READ}), machine=True)
