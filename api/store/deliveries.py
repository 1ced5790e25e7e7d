"""Deliveries: messages to webhooks, written along with what they tell of, sent until they arrive."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from api.store.base import Base, now
from api.store.database import notify
from api.store.ids import new_id
from api.store.paging import Page, page
from api.store.scoped import fetch
from api.store.webhooks import Webhook
from api.store.writing import changed


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
    session.add_all(
        Delivery(id=new_id("msg"), org_id=org_id, webhook_id=w.id, type=message_type, payload=payload)
        for w in webhooks
    )
    if webhooks:
        notify(session, "deliveries")
    return len(webhooks)


def claim(
    session: Session, *, limit: int = 20, hold: timedelta = timedelta(seconds=60)
) -> tuple[tuple[Delivery, Webhook], ...]:
    """Messages that are due, with their webhooks; nobody else gets them for the time of `hold`."""
    due = (
        select(Delivery, Webhook)
        .join(Webhook, Webhook.id == Delivery.webhook_id)
        .where(Delivery.state == Sent.PENDING, Delivery.due_at <= now(), Webhook.disabled_reason.is_(None))
        .order_by(Delivery.due_at)
        .limit(limit)
        .with_for_update(of=Delivery, skip_locked=True)
    )
    claimed = tuple((delivery, webhook) for delivery, webhook in session.execute(due))
    for delivery, _ in claimed:
        delivery.due_at = now() + hold
        delivery.tries += 1
    return claimed


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
    """Note what came of the claimed try; without `retry_at` a failed message is given up. False when late."""
    state = Sent.DELIVERED if delivered else Sent.PENDING if retry_at else Sent.GIVEN_UP
    mine = update(Delivery).where(
        Delivery.id == delivery.id, Delivery.tries == delivery.tries, Delivery.state == Sent.PENDING
    )
    statement = mine.values(state=state, due_at=retry_at or now())
    if not changed(session, statement):
        return False
    session.add(
        DeliveryTry(
            delivery_id=delivery.id, number=delivery.tries, status=status, error=error, seconds=seconds
        )
    )
    return True


def replay(session: Session, org_id: str, delivery_id: str) -> Delivery:
    """Send the message again, now; raises NotFound."""
    delivery = fetch(session, Delivery, org_id, delivery_id, lock=True)
    delivery.state, delivery.due_at = Sent.PENDING, now()
    notify(session, "deliveries")
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


def next_due(session: Session) -> datetime | None:
    """When the sender should look again; None when nothing waits."""
    query = (
        select(Delivery.due_at)
        .join(Webhook, Webhook.id == Delivery.webhook_id)
        .where(Delivery.state == Sent.PENDING, Webhook.disabled_reason.is_(None))
    )
    return session.scalar(query.order_by(Delivery.due_at).limit(1))
