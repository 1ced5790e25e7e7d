"""API keys: `prefix.secret`, made once, checked by hash; roles are sets of scopes."""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.db.column_types import now
from api.db.ids import new_id
from api.db.scopes import ROLES, Caller, Role, Scope, scopes_of
from api.db.tables import audit_log, keys, organisations
from api.db.tables.keys import ApiKey

_PREFIX_LETTERS = "abcdefghjkmnpqrstvwxyz23456789"
_TOKEN = re.compile(rf"gc[{_PREFIX_LETTERS}]{{12}}\.[\w-]{{40,100}}", re.ASCII)


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
    user_id: str | None = None,
    token: str | None = None,
) -> NewKey:
    """A new key of the organisation; raises NotFound, and ValueError for scopes the role has not.

    `token` is what the key is to be, from `generate`; None for one that is made now.
    """
    organisations.get(session, org_id)
    if scopes is not None and not scopes <= ROLES[role]:
        raise ValueError(f"the role {role} has no {', '.join(sorted(scopes - ROLES[role]))}")
    prefix, _, secret = (token or generate()).partition(".")
    key = ApiKey(
        id=new_id("key"),
        org_id=org_id,
        name=name,
        prefix=prefix,
        digest=_digest(secret),
        role=role,
        scopes=None if scopes is None else sorted(scopes),
        machine=machine,
        user_id=user_id,
        created_by=created_by,
        expires_at=expires_at,
    )
    session.add(key)
    session.flush()
    audit_log.record(
        session, org_id, actor=created_by, action="key.create", subject=key.id, detail={"name": name}
    )
    return NewKey(key, f"{prefix}.{secret}")


def generate() -> str:
    """A token for a key that is yet to be made."""
    prefix = "".join(secrets.choice(_PREFIX_LETTERS) for _ in range(12))
    return f"gc{prefix}.{secrets.token_urlsafe(32)}"


def well_formed(token: str) -> bool:
    """Whether the text could come from `generate`."""
    return _TOKEN.fullmatch(token) is not None


def authenticate(session: Session, token: str) -> Caller | None:
    """Who the token stands for; None for a wrong, expired or revoked one, in the same time for each."""
    prefix, _, secret = token.partition(".")
    key = keys.by_prefix(session, prefix)
    right = hmac.compare_digest(_digest(secret), key.digest if key else bytes(32))
    if key is None or not right or not valid(key):
        return None
    return caller_of(key)


def caller_of(key: ApiKey) -> Caller:
    """Who asks with the key."""
    role = Role(key.role)
    scopes = scopes_of(role, key.scopes)
    return Caller(
        key.id, key.org_id, key.name, role, scopes, key.machine, key.last_used_at, user_id=key.user_id
    )


def valid(key: ApiKey) -> bool:
    """Whether the key is neither revoked nor expired."""
    return key.revoked_at is None and (key.expires_at is None or key.expires_at > now())


def revoke(session: Session, org_id: str, key_id: str, *, revoked_by: str) -> ApiKey:
    """The key, good for nothing from now on; raises NotFound."""
    key = keys.get(session, org_id, key_id)
    if key.revoked_at is None:
        key.revoked_at = now()
        audit_log.record(session, org_id, actor=revoked_by, action="key.revoke", subject=key_id)
    return key


def bootstrap(session: Session, *, organisation: str = "default", token: str | None = None) -> NewKey | None:
    """The first admin key, with its organisation, when there is no key yet; else None.

    Its plans are approved by somebody else than who submits them, until an admin says otherwise.
    """
    if session.scalar(select(ApiKey.id).limit(1)):
        return None
    known = {org.name: org for org in organisations.everyone(session)}
    org = known.get(organisation) or organisations.create(session, organisation)
    return create(session, org.id, name="first admin", role=Role.ADMIN, created_by="operator", token=token)


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
