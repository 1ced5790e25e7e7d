"""Webhooks: where an organisation wants to hear of its runs and plans."""

import base64
import secrets
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, ForeignKey, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from api.db import jobs
from api.db.column_types import Base, now
from api.db.errors import Stale
from api.db.ids import new_id
from api.db.jobs import Task
from api.db.keyring import keyring_of
from api.db.paging import Page, page
from api.db.tenant_scope import fetch


class Webhook(Base):
    """An address and the secret its messages are signed with."""

    __tablename__ = "webhooks"

    id: Mapped[str] = mapped_column(primary_key=True)
    org_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"), index=True)
    url: Mapped[str]
    events: Mapped[list[str]]
    """Message types wanted, `run.succeeded`; empty for all."""
    secret: Mapped[str]
    """Encrypted; `secrets_of` has it in clear, to sign."""
    old_secret: Mapped[str | None]
    old_secret_until: Mapped[datetime | None]
    """Until then messages carry a second signature with the old secret."""
    disabled_reason: Mapped[str | None]
    """None while messages are sent."""
    turn: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    """The number of its last turn to be sent something; 0 before the first."""
    version: Mapped[int] = mapped_column(default=1)
    created_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=now)


def new_secret() -> str:
    """`whsec_` and 32 random bytes in base 64."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def create(session: Session, org_id: str, *, url: str, events: list[str], created_by: str) -> Webhook:
    """A new webhook with a new secret."""
    sealed = keyring_of(session).seal(new_secret().encode()).decode()
    webhook = Webhook(
        id=new_id("wh"), org_id=org_id, url=url, events=events, secret=sealed, created_by=created_by
    )
    session.add(webhook)
    session.flush()
    return webhook


def revise(
    session: Session,
    org_id: str,
    webhook_id: str,
    *,
    expected: int | None,
    url: str,
    events: list[str],
    enabled: bool,
) -> Webhook:
    """The changed webhook; enabling it clears why it was disabled. Raises NotFound and Stale."""
    webhook = _at(session, org_id, webhook_id, expected)
    webhook.url, webhook.events = url, events
    if enabled and webhook.disabled_reason is not None:
        jobs.add(session, Task.DELIVER)  # for what has waited meanwhile
    webhook.disabled_reason = None if enabled else (webhook.disabled_reason or "disabled by its owner")
    webhook.version += 1
    return webhook


def rotate(
    session: Session, org_id: str, webhook_id: str, *, overlap: timedelta = timedelta(hours=24)
) -> Webhook:
    """The webhook with a new secret; the old one signs too during the overlap. Raises NotFound."""
    webhook = fetch(session, Webhook, org_id, webhook_id, lock=True)
    webhook.old_secret, webhook.old_secret_until = webhook.secret, now() + overlap
    webhook.secret = keyring_of(session).seal(new_secret().encode()).decode()
    webhook.version += 1
    return webhook


def secrets_of(session: Session, webhook: Webhook) -> tuple[str, ...]:
    """The secrets that sign now, the newest first: `whsec_…`."""
    kept = [webhook.secret]
    if webhook.old_secret and webhook.old_secret_until and webhook.old_secret_until > now():
        kept.append(webhook.old_secret)
    return tuple(keyring_of(session).unseal(one.encode()).decode() for one in kept)


def disable(session: Session, org_id: str, webhook_id: str, reason: str) -> None:
    """Send it nothing more, and say why. Raises NotFound."""
    webhook = fetch(session, Webhook, org_id, webhook_id, lock=True)
    webhook.disabled_reason = reason
    webhook.version += 1


def delete(session: Session, org_id: str, webhook_id: str, *, expected: int | None) -> None:
    """Forget the webhook with its messages. Raises NotFound and Stale."""
    session.delete(_at(session, org_id, webhook_id, expected))


def get(session: Session, org_id: str, webhook_id: str) -> Webhook:
    """The webhook; raises NotFound."""
    return fetch(session, Webhook, org_id, webhook_id)


def listed(session: Session, org_id: str, *, after: str | None = None, limit: int = 50) -> Page[Webhook]:
    """The organisation's webhooks, newest first."""
    query = select(Webhook).where(Webhook.org_id == org_id)
    return page(session, query, Webhook.id, after=after, limit=limit)


def _at(session: Session, org_id: str, webhook_id: str, expected: int | None) -> Webhook:
    webhook = fetch(session, Webhook, org_id, webhook_id, lock=True)
    if expected is not None and webhook.version != expected:
        raise Stale(webhook_id, webhook.version)
    return webhook
