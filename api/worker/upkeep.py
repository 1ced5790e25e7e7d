"""Periodic work of the whole service, which one worker does at a time: what waits too long, what is kept too long."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

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


Step = Callable[[Session, Policy], object]
"""What is done in one transaction."""


@dataclass(frozen=True)
class Chore:
    """Something that is done every so many minutes."""

    name: str
    minutes: int
    do: Callable[[], object]
    """Raises StoreError."""


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


STEPS: tuple[tuple[str, int, Step], ...] = (
    ("expire", 1, _expire),
    ("refill", 1, _refill),
    ("forget", 10, _forget),
)
"""Name, minutes and step of the chores that every worker has."""


class Upkeep:
    """The chores on a store: done by Procrastinate's periodic jobs, or by a thread on the embedded database."""

    def __init__(self, store: Store, policy: Policy, more: Sequence[Chore] = ()) -> None:
        self._store = store
        self._policy = policy
        own = (Chore(name, minutes, partial(self._step, step)) for name, minutes, step in STEPS)
        self.chores = (*own, *more)

    def _step(self, step: Step) -> None:
        with self._store.write() as session:
            step(session, self._policy)
