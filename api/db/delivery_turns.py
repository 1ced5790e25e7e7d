"""Whose message is tried next: organisations take turns, and in them webhooks, each with so many under way at most.

The organisation with the fewest messages under way goes first; of several, the one whose last turn is the longest ago.
So neither a long queue nor slow receivers of one delay another's.
"""

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, Subquery, func, select, update
from sqlalchemy.orm import Session

from api.db.column_types import now
from api.db.queue_policy import DEFAULT, Policy
from api.db.tables import deliveries
from api.db.tables.deliveries import Delivery, Sent
from api.db.tables.webhooks import Webhook
from api.db.tenant_scope import alone

_EARLY = timedelta(seconds=2)
"""A job may come so much before its message is due: the clocks of this machine and the database's are not one."""
_HELD = timedelta(seconds=60)
"""How long a try has a message to itself: several times the time that a receiver may take."""


def begin(
    session: Session, policy: Policy = DEFAULT, *, job_id: int | None = None
) -> tuple[Delivery, Webhook] | None:
    """The message to try now (by this job on PostgreSQL), with its webhook; None when none may be tried.

    The try has it to itself for a while: if nothing is recorded of it, the message is due again then, or as soon as
    the job is known to have died with its worker.
    """
    alone(session, "turns of messages")
    while (delivery_id := whose_turn(session, policy)) is not None:
        wanted = select(Delivery).where(Delivery.id == delivery_id, *_due()).with_for_update()
        delivery = session.scalar(wanted)
        if delivery is not None:  # else it was deleted, or came to its end, meanwhile
            webhook = session.get_one(Webhook, delivery.webhook_id)
            delivery.tries += 1
            delivery.held_until, delivery.job_id = now() + _HELD, job_id
            webhook.turn = 1 + (session.scalar(select(func.max(Webhook.turn))) or 0)
            return delivery, webhook
    return None


def whose_turn(session: Session, policy: Policy = DEFAULT) -> str | None:
    """The message that `begin` would take."""
    if session.scalar(select(Delivery.id).where(*_due()).limit(1)) is None:
        return None  # known at once, and so most often
    found: str | None = session.scalar(_next(policy))
    return found


def let_go(session: Session) -> None:
    """Make due at once what was under way in the process that had the embedded database before."""
    session.execute(update(Delivery).where(Delivery.held_until.is_not(None)).values(held_until=None))


def _next(policy: Policy) -> Select[Any]:
    """The oldest message of each webhook that is sent any, in the order of turns."""
    first = _oldest_due()
    last = select(Webhook.org_id, func.max(Webhook.turn).label("turn")).group_by(Webhook.org_id).subquery()
    held = select(Delivery.org_id, Delivery.webhook_id).where(Delivery.held_until > now()).cte("held")
    of_org, of_hook = _counted(held.c.org_id), _counted(held.c.webhook_id)
    org_has, hook_has = func.coalesce(of_org.c.tries, 0), func.coalesce(of_hook.c.tries, 0)
    return (
        select(first)
        .select_from(Webhook)
        .join(last, last.c.org_id == Webhook.org_id)
        .outerjoin(of_org, of_org.c.whose == Webhook.org_id)
        .outerjoin(of_hook, of_hook.c.whose == Webhook.id)
        .where(
            Webhook.disabled_reason.is_(None),
            first.is_not(None),
            org_has < policy.org_messages_limit,
            hook_has < policy.webhook_messages_limit,
        )
        .order_by(org_has, last.c.turn, hook_has, Webhook.turn, Webhook.id)
        .limit(1)
    )


def _oldest_due() -> ScalarSelect[str]:
    mine = select(Delivery.id).where(Delivery.webhook_id == Webhook.id, *_due())
    return mine.order_by(Delivery.due_at, Delivery.id).limit(1).correlate(Webhook).scalar_subquery()


def _due() -> tuple[ColumnElement[bool], ...]:
    return Delivery.state == Sent.PENDING, Delivery.due_at <= now() + _EARLY, deliveries.free()


def _counted(whose: ColumnElement[str]) -> Subquery:
    """How many of the tries under way each has."""
    return select(whose.label("whose"), func.count().label("tries")).group_by(whose).subquery()
