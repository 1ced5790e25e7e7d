"""API keys: `prefix.secret`, made once, checked by hash; roles are sets of scopes."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from api.store import audit, keys, organisations
from api.store.base import now
from api.store.ids import new_id
from api.store.keys import ApiKey


class Role(StrEnum):
    """What a person is to the plan."""

    VIEWER = "viewer"
    PLANNER = "planner"
    APPROVER = "approver"
    ADMIN = "admin"


class Scope(StrEnum):
    """One kind of request that a key may make."""

    PLANS_READ = "plans:read"
    """Published plans and their targets; all that a PRM tool needs."""
    RUNS_READ = "runs:read"
    """Scenarios, inputs, runs, results, comparisons, plans at every stage."""
    INPUTS_WRITE = "inputs:write"
    """Datasets, rule sets, scenarios."""
    RUNS_WRITE = "runs:write"
    PLANS_SUBMIT = "plans:submit"
    PLANS_APPROVE = "plans:approve"
    """Approve, reject and publish."""
    WEBHOOKS_WRITE = "webhooks:write"
    KEYS_WRITE = "keys:write"
    AUDIT_READ = "audit:read"


_VIEWER = frozenset({Scope.PLANS_READ, Scope.RUNS_READ})
_PLANNER = _VIEWER | {Scope.INPUTS_WRITE, Scope.RUNS_WRITE, Scope.PLANS_SUBMIT}
ROLES: dict[Role, frozenset[Scope]] = {
    Role.VIEWER: _VIEWER,
    Role.PLANNER: _PLANNER,
    Role.APPROVER: _PLANNER | {Scope.PLANS_APPROVE, Scope.AUDIT_READ},
    Role.ADMIN: frozenset(Scope),
}
_PREFIX_LETTERS = "abcdefghjkmnpqrstvwxyz23456789"
_USED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class Caller:
    """Who is asking."""

    key_id: str
    org_id: str
    name: str
    role: Role
    scopes: frozenset[Scope]
    machine: bool
    last_used_at: datetime | None

    def may(self, scope: Scope) -> bool:
        return scope in self.scopes


@dataclass(frozen=True)
class NewKey:
    """A key just made; the token is shown this once."""

    key: ApiKey
    token: str


def create(
    session: Session,
    org_id: str,
    *,
    name: str,
    role: Role,
    created_by: str,
    scopes: frozenset[Scope] | None = None,
    machine: bool = False,
    expires_at: datetime | None = None,
) -> NewKey:
    """A new key of the organisation; raises NotFound, and ValueError for scopes the role has not."""
    organisations.get(session, org_id)
    if scopes is not None and not scopes <= ROLES[role]:
        raise ValueError(f"the role {role} has no {', '.join(sorted(scopes - ROLES[role]))}")
    prefix = "gc" + "".join(secrets.choice(_PREFIX_LETTERS) for _ in range(12))
    secret = secrets.token_urlsafe(32)
    key = ApiKey(
        id=new_id("key"),
        org_id=org_id,
        name=name,
        prefix=prefix,
        digest=_digest(secret),
        role=role,
        scopes=None if scopes is None else sorted(scopes),
        machine=machine,
        created_by=created_by,
        expires_at=expires_at,
    )
    session.add(key)
    session.flush()
    audit.record(
        session, org_id, actor=created_by, action="key.create", subject=key.id, detail={"name": name}
    )
    return NewKey(key, f"{prefix}.{secret}")


def authenticate(session: Session, token: str) -> Caller | None:
    """Who the token stands for; None for a wrong, expired or revoked one, in the same time for each."""
    prefix, _, secret = token.partition(".")
    key = keys.by_prefix(session, prefix)
    right = hmac.compare_digest(_digest(secret), key.digest if key else bytes(32))
    if key is None or not right or key.revoked_at or (key.expires_at and key.expires_at <= now()):
        return None
    role = Role(key.role)
    scopes = ROLES[role] if key.scopes is None else ROLES[role] & {Scope(scope) for scope in key.scopes}
    return Caller(key.id, key.org_id, key.name, role, frozenset(scopes), key.machine, key.last_used_at)


def note_use(session: Session, caller: Caller) -> None:
    """Remember that the key was used, to the minute."""
    mine = update(ApiKey).where(ApiKey.id == caller.key_id, ApiKey.org_id == caller.org_id)
    session.execute(mine.values(last_used_at=now()))


def use_is_stale(caller: Caller) -> bool:
    """Whether the use is worth noting again (so that not every request writes)."""
    return caller.last_used_at is None or now() - caller.last_used_at > _USED_EVERY


def revoke(session: Session, org_id: str, key_id: str, *, revoked_by: str) -> ApiKey:
    """The key, good for nothing from now on; raises NotFound."""
    key = keys.get(session, org_id, key_id)
    if key.revoked_at is None:
        key.revoked_at = now()
        audit.record(session, org_id, actor=revoked_by, action="key.revoke", subject=key_id)
    return key


def bootstrap(session: Session, *, organisation: str = "default") -> NewKey | None:
    """The first admin key, with its organisation, when there is no key yet; else None."""
    if session.scalar(select(ApiKey.id).limit(1)):
        return None
    known = {org.name: org for org in organisations.everyone(session)}
    org = known.get(organisation) or organisations.create(session, organisation)
    return create(session, org.id, name="first admin", role=Role.ADMIN, created_by="operator")


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
