"""Deliveries: messages to webhooks, written along with what they report, sent until they arrive."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, ForeignKey, Index, delete, exists, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from api.db import jobs
from api.db.column_types import Base, now
from api.db.ids import new_id
from api.db.jobs import Task
from api.db.paging import Page, page
from api.db.statements import changed
from api.db.tables.webhooks import Webhook
from api.db.tenant_scope import fetch

_FORGOTTEN_AT_ONCE = 20_000
"""So many a turn of the upkeep; the embedded database takes no other write meanwhile."""


class Sent(StrEnum):
    """Where a message stands."""

    PENDING = "pending"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"


class Delivery(Base):
    """One message to one webhook; its id is the `webhook-id` the receiver may drop doubles by."""

    __tablename__ = "deliveries"
    __table_args__ = (
        Index("ix_deliveries_org_id_webhook_id", "org_id", "webhook_id", "id"),
        Index("ix_deliveries_due", "state", "due_at"),
        Index("ix_deliveries_turn", "webhook_id", "state", "due_at", "id"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    org_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"))
    webhook_id: Mapped[str] = mapped_column(ForeignKey("webhooks.id", ondelete="CASCADE"))
    type: Mapped[str]
    payload: Mapped[dict[str, Any]]
    """The whole body: type, timestamp, data."""
    state: Mapped[str] = mapped_column(default=Sent.PENDING)
    tries: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime] = mapped_column(default=now)
    """When it is to be tried; of one that has ended, when it did."""
    held_until: Mapped[datetime | None] = mapped_column(index=True)
    """Until then a try that is under way has it to itself; None when none is."""
    job_id: Mapped[int | None] = mapped_column(BigInteger)
    """Procrastinate's job that tries it, or tried it last; None on the embedded database."""
    created_at: Mapped[datetime] = mapped_column(default=now)


class DeliveryTry(Base):
    """One try to send a message."""

    __tablename__ = "delivery_tries"

    delivery_id: Mapped[str] = mapped_column(
        ForeignKey("deliveries.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(default=now)
    status: Mapped[int | None]
    """The receiver's HTTP status; None when there was no answer."""
    error: Mapped[str | None]
    seconds: Mapped[float]


def enqueue(session: Session, org_id: str, message_type: str, data: dict[str, Any]) -> int:
    """A message for every webhook that wants it, in the caller's transaction; returns how many."""
    wanting = select(Webhook).where(Webhook.org_id == org_id, Webhook.disabled_reason.is_(None))
    webhooks = [w for w in session.scalars(wanting) if not w.events or message_type in w.events]
    payload = {"type": message_type, "timestamp": now().isoformat(), "data": data}
    for webhook in webhooks:
        message = {"id": new_id("msg"), "org_id": org_id, "webhook_id": webhook.id, "type": message_type}
        session.add(Delivery(**message, payload=payload))
        jobs.add(session, Task.DELIVER)
    return len(webhooks)


def record(
    session: Session,
    delivery: Delivery,
    *,
    status: int | None,
    error: str | None,
    seconds: float,
    delivered: bool,
    retry_at: datetime | None,
) -> bool:
    """Note what came of the try; without `retry_at` a failed message is given up. False when late, or noted before."""
    state = Sent.DELIVERED if delivered else Sent.PENDING if retry_at else Sent.GIVEN_UP
    mine = update(Delivery).where(
        Delivery.id == delivery.id,
        Delivery.tries == delivery.tries,
        Delivery.state == Sent.PENDING,
        Delivery.held_until.is_not(None),
    )
    statement = mine.values(state=state, due_at=retry_at or now(), held_until=None)
    if not changed(session, statement):
        return False
    if state is Sent.PENDING:
        jobs.add(session, Task.DELIVER, at=retry_at)
    session.add(
        DeliveryTry(
            delivery_id=delivery.id, number=delivery.tries, status=status, error=error, seconds=seconds
        )
    )
    return True


def replay(session: Session, org_id: str, delivery_id: str) -> Delivery:
    """Send the message again, now; raises NotFound."""
    delivery = fetch(session, Delivery, org_id, delivery_id, lock=True)
    delivery.state, delivery.due_at, delivery.held_until = Sent.PENDING, now(), None
    jobs.add(session, Task.DELIVER)
    return delivery


def get(session: Session, org_id: str, delivery_id: str) -> Delivery:
    """The message; raises NotFound."""
    return fetch(session, Delivery, org_id, delivery_id)


def tries(session: Session, org_id: str, delivery_id: str) -> tuple[DeliveryTry, ...]:
    """What came of each try; raises NotFound."""
    get(session, org_id, delivery_id)
    query = select(DeliveryTry).where(DeliveryTry.delivery_id == delivery_id)
    return tuple(session.scalars(query.order_by(DeliveryTry.number)))


def listed(
    session: Session, org_id: str, webhook_id: str, *, after: str | None = None, limit: int = 50
) -> Page[Delivery]:
    """The webhook's messages, newest first."""
    query = select(Delivery).where(Delivery.org_id == org_id, Delivery.webhook_id == webhook_id)
    return page(session, query, Delivery.id, after=after, limit=limit)


def waiting(session: Session, limit: int = 1) -> tuple[tuple[str, datetime], ...]:
    """The messages that are to be sent and when, the most urgent first, without those under way."""
    query = (
        select(Delivery.id, Delivery.due_at)
        .join(Webhook, Webhook.id == Delivery.webhook_id)
        .where(Delivery.state == Sent.PENDING, free(), Webhook.disabled_reason.is_(None))
    )
    return tuple((one, due) for one, due in session.execute(query.order_by(Delivery.due_at).limit(limit)))


def under_way(session: Session) -> list[datetime]:
    """Until when each try that is under way has its message to itself, the longest first."""
    held = select(Delivery.held_until).where(Delivery.held_until > now())
    return list(session.scalars(held.order_by(Delivery.held_until.desc())))


def free() -> ColumnElement[bool]:
    """What holds of a message of which no try is under way."""
    return or_(Delivery.held_until.is_(None), Delivery.held_until <= now())


def forget_ended(session: Session, *, kept: timedelta, most: int = _FORGOTTEN_AT_ONCE) -> int:
    """Delete messages that ended longer ago, with their tries; returns how many.

    So are those that have waited as long for a webhook that is sent nothing.
    """
    off = exists().where(Webhook.id == Delivery.webhook_id, Webhook.disabled_reason.is_not(None))
    old = select(Delivery.id).where(
        Delivery.state.in_(list(Sent)),  # for the index
        Delivery.due_at < now() - kept,
        or_(Delivery.state != Sent.PENDING, off),
    )
    return changed(session, delete(Delivery).where(Delivery.id.in_(old.limit(most))))
