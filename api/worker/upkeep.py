"""Periodic work of the whole service, which one worker does at a time: what waits too long, what is kept too long."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from api.db import Store
from api.db import run_lifecycle as runs
from api.db.column_types import now
from api.db.erasure import forget_analyses
from api.db.queue_policy import Policy
from api.db.tables import deliveries, idempotency, invitations, rate_buckets, workers

_FORGOTTEN = timedelta(hours=1)
_FULL_AGAIN = timedelta(days=1)
"""After so long every bucket of tokens is full, whatever its rate."""


@dataclass(frozen=True)
class Chore:
    """Something that is done every so many minutes, in one transaction."""

    name: str
    minutes: int
    do: Callable[[Session, Policy], object]


def _expire(session: Session, policy: Policy) -> None:  # noqa: ARG001
    runs.expire(session)


def _forget(session: Session, policy: Policy) -> None:
    idempotency.forget_old(session)
    workers.deregister_unseen(session, for_longer_than=_FORGOTTEN)
    forget_analyses(session, kept=policy.analysis_kept)
    deliveries.forget_ended(session, kept=policy.deliveries_kept)
    invitations.forget_closed(session, kept=policy.invitations_kept)
    rate_buckets.forget(session, before=now() - _FULL_AGAIN)


def _refill(session: Session, policy: Policy) -> None:  # noqa: ARG001
    if session.get_bind().dialect.name == "postgresql":
        from api.db import procrastinate_jobs

        procrastinate_jobs.refill(session, runs.ready(session))


CHORES = (Chore("expire", 1, _expire), Chore("refill", 1, _refill), Chore("forget", 10, _forget))
"""What is done periodically: by Procrastinate's periodic jobs, or by a thread on the embedded database."""


class Upkeep:
    """Does the chores on a store."""

    def __init__(self, store: Store, policy: Policy) -> None:
        self._store = store
        self._policy = policy

    def do(self, chore: Chore) -> None:
        """Do it now. Raises StoreError."""
        with self._store.write() as session:
            chore.do(session, self._policy)
