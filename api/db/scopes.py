"""Roles and scopes: what a key may do, and the caller that a key stands for."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from api.db.column_types import now

_USED_EVERY = timedelta(minutes=1)
"""The use of a key is recorded to the minute."""


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
    ACTUALS_WRITE = "actuals:write"
    """What partners have done, from a CRM or a PRM tool."""
    RESPONSES_WRITE = "responses:write"
    """What partners say to their targets, from a PRM tool on their behalf."""
    RUNS_WRITE = "runs:write"
    PLANS_SUBMIT = "plans:submit"
    PLANS_APPROVE = "plans:approve"
    """Approve, reject and publish."""
    WEBHOOKS_WRITE = "webhooks:write"
    KEYS_WRITE = "keys:write"
    USERS_WRITE = "users:write"
    """Invite people, change what they may do, deactivate them."""
    AUDIT_READ = "audit:read"


_VIEWER = frozenset({Scope.PLANS_READ, Scope.RUNS_READ})
_PLANNER = _VIEWER | {
    Scope.INPUTS_WRITE,
    Scope.ACTUALS_WRITE,
    Scope.RESPONSES_WRITE,
    Scope.RUNS_WRITE,
    Scope.PLANS_SUBMIT,
}
ROLES: dict[Role, frozenset[Scope]] = {
    Role.VIEWER: _VIEWER,
    Role.PLANNER: _PLANNER,
    Role.APPROVER: _PLANNER | {Scope.PLANS_APPROVE, Scope.AUDIT_READ},
    Role.ADMIN: frozenset(Scope),
}


def scopes_of(role: Role, scopes: Iterable[str] | None) -> frozenset[Scope]:
    """What a key of the role may do: all of it for None, else only these; nothing for an empty list."""
    return ROLES[role] if scopes is None else ROLES[role] & {Scope(scope) for scope in scopes}


@dataclass(frozen=True)
class Caller:
    """Who is asking: a key, or a person in a browser."""

    key_id: str
    """The key's id; the person's in a browser."""
    org_id: str
    name: str
    role: Role
    scopes: frozenset[Scope]
    machine: bool
    last_used_at: datetime | None
    user_id: str | None = None
    """The person whose key or session it is; None where it is no person's."""

    def may(self, scope: Scope) -> bool:
        return scope in self.scopes

    def use_is_stale(self) -> bool:
        """Whether the use is worth recording again (so that not every request writes)."""
        return self.last_used_at is None or now() - self.last_used_at > _USED_EVERY
