"""Keys: shown once, kept as a hash, good for what their role and scopes say, until they expire or are revoked."""

import itertools
from datetime import timedelta
from typing import Any

import factories
import pytest
from sqlalchemy import text

from api.db import NotFound, Store
from api.db.column_types import now
from api.db.scopes import ROLES, Caller, Role, Scope
from api.db.tables import audit_log
from api.db.tables.keys import note_use
from api.resources.keys import service as keys
from api.resources.keys.service import NewKey


@pytest.fixture
def org(store: Store) -> str:
    return factories.organisation(store)


def make(store: Store, org: str, role: Role = Role.PLANNER, **fields: Any) -> NewKey:
    with store.write() as session:
        return keys.create(session, org, name="a key", role=role, created_by="key_0", **fields)


def who(store: Store, token: str) -> Caller | None:
    with store.read() as session:
        return keys.authenticate(session, token)


def test_a_key_is_for_its_organisation_and_role(store: Store, org: str) -> None:
    made = make(store, org)
    caller = who(store, made.token)
    assert caller is not None
    assert (caller.key_id, caller.org_id, caller.role) == (made.key.id, org, Role.PLANNER)
    assert caller.may(Scope.RUNS_WRITE)
    assert not caller.may(Scope.PLANS_APPROVE)


def test_the_secret_is_nowhere_in_the_database(store: Store, org: str) -> None:
    prefix, _, secret = make(store, org).token.partition(".")
    with store.read() as session:
        rows = [str(row) for row in session.execute(text("SELECT * FROM api_keys"))]
        rows += [str(row) for row in session.execute(text("SELECT * FROM audit"))]
    assert any(prefix in row for row in rows)
    assert not any(secret in row for row in rows)


def test_a_wrong_token_is_for_no_one(store: Store, org: str) -> None:
    token = make(store, org).token
    prefix, _, secret = token.partition(".")
    other = make(store, org).token.partition(".")[2]
    for wrong in (
        "",
        ".",
        token[:-1],
        token + "x",
        prefix,
        f"{prefix}.",
        f"{prefix}.{other}",
        f".{secret}",
        "ü.ü",
    ):
        assert who(store, wrong) is None


def test_an_expired_or_revoked_key_is_for_no_one(store: Store, org: str) -> None:
    expired = make(store, org, expires_at=now() - timedelta(seconds=1))
    later = make(store, org, expires_at=now() + timedelta(hours=1))
    assert who(store, expired.token) is None
    assert who(store, later.token) is not None
    with store.write() as session:
        keys.revoke(session, org, later.key.id, revoked_by="key_0")
    assert who(store, later.token) is None


def test_scopes_make_a_role_narrower_and_never_wider(store: Store, org: str) -> None:
    made = make(store, org, Role.VIEWER, scopes=frozenset({Scope.PLANS_READ}), machine=True)
    caller = who(store, made.token)
    assert caller is not None
    assert (caller.scopes, caller.machine) == (frozenset({Scope.PLANS_READ}), True)
    with pytest.raises(ValueError, match="viewer has no keys:write"):
        make(store, org, Role.VIEWER, scopes=frozenset({Scope.KEYS_WRITE}))


def test_each_role_may_what_the_one_before_may_and_more() -> None:
    order = [ROLES[role] for role in (Role.VIEWER, Role.PLANNER, Role.APPROVER, Role.ADMIN)]
    assert all(less < more for less, more in itertools.pairwise(order))
    assert order[-1] == frozenset(Scope)


def test_a_key_of_another_organisation_cannot_be_revoked(store: Store, org: str) -> None:
    made = make(store, org)
    stranger = factories.organisation(store)
    with pytest.raises(NotFound), store.write() as session:
        keys.revoke(session, stranger, made.key.id, revoked_by="key_0")


def test_the_first_admin_key_is_made_once(store: Store) -> None:
    with store.write() as session:
        first = keys.bootstrap(session)
    with store.write() as session:
        assert keys.bootstrap(session) is None
    assert first is not None
    caller = who(store, first.token)
    assert caller is not None
    assert caller.role is Role.ADMIN


def test_use_is_noted_to_the_minute(store: Store, org: str) -> None:
    token = make(store, org).token
    caller = who(store, token)
    assert caller is not None
    assert caller.use_is_stale()
    with store.write() as session:
        note_use(session, caller.org_id, caller.key_id)
    noted = who(store, token)
    assert noted is not None
    assert not noted.use_is_stale()


def test_making_and_revoking_is_recorded(store: Store, org: str) -> None:
    made = make(store, org)
    with store.write() as session:
        keys.revoke(session, org, made.key.id, revoked_by="key_9")
    with store.read() as session:
        deeds = [(entry.action, entry.actor) for entry in audit_log.listed(session, org).items]
    assert deeds == [("key.revoke", "key_9"), ("key.create", "key_0")]
