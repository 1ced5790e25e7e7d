"""Delivering messages: signed, sent, tried again for days; when and by which thread is the worker's business."""

import json
import logging
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from api.db import NotFound, Store, delivery_turns
from api.db.column_types import now
from api.db.persist import persist
from api.db.queue_policy import DEFAULT, Policy
from api.db.tables import deliveries, webhooks
from api.db.tables.deliveries import Delivery
from api.db.tables.webhooks import Webhook
from api.resources.webhooks.client import Reply, send
from api.resources.webhooks.signing import signatures
from api.resources.webhooks.url_guard import Destination, Forbidden, Guard

_log = logging.getLogger("cascade.webhooks")
_MINUTE, _HOUR = 60, 3600
SCHEDULE = (
    5,
    5 * _MINUTE,
    30 * _MINUTE,
    2 * _HOUR,
    5 * _HOUR,
    10 * _HOUR,
    14 * _HOUR,
    20 * _HOUR,
    24 * _HOUR,
)
"""Seconds after each failed try; after the last one the message is given up."""
_JITTER = 0.1
_NOTE_S = 30.0
"""How long the end of a try is tried to be written; meanwhile the try has its message to itself."""


@dataclass(frozen=True)
class DeliverySettings:
    """How messages are delivered."""

    schedule: tuple[float, ...] = SCHEDULE
    sending: Callable[..., Reply] = send


class Deliverer:
    """Delivers messages in the threads of those who call it."""

    def __init__(
        self,
        store: Store,
        guard: Guard,
        settings: DeliverySettings | None = None,
        *,
        policy: Policy = DEFAULT,
    ) -> None:
        self._store = store
        self._guard = guard
        self._settings = settings or DeliverySettings()
        self._policy = policy

    def deliver_next(self, job_id: int | None = None) -> bool:
        """Try once the message whose turn it is, for the job; False when none may be tried now.

        The next try is added when this one fails. A message whose sender dies meanwhile is sent again: its receiver
        knows it by its id. Raises StoreError.
        """
        with self._store.read() as session:
            if delivery_turns.whose_turn(session, self._policy) is None:
                return False
        with self._store.write() as session:
            begun = delivery_turns.begin(session, self._policy, job_id=job_id)
        if begun is None:
            return False
        delivery, webhook = begun
        self._note(delivery, webhook, self._try(delivery, webhook))
        return True

    def _try(self, delivery: Delivery, webhook: Webhook) -> Reply:
        """What came of it, whatever goes wrong: a message that cannot be sent must keep no other from being sent."""
        try:
            with self._store.read() as session:  # for its keys: nothing is asked
                secrets = webhooks.secrets_of(session, webhook)
            return self._send(delivery, webhook, secrets)
        except Exception as fault:  # noqa: BLE001 - noted as the try's end
            _log.exception("a message could not be sent", extra={"delivery": delivery.id})
            return Reply(None, f"{type(fault).__name__}: it could not be sent from here.", 0.0)

    def _note(self, delivery: Delivery, webhook: Webhook, reply: Reply) -> None:
        retry_at = None if reply.delivered or reply.status == 410 else self._retry_at(delivery.tries)

        def write(session: Session) -> None:
            deliveries.record(
                session,
                delivery,
                status=reply.status,
                error=reply.error,
                seconds=reply.seconds,
                delivered=reply.delivered,
                retry_at=retry_at,
            )
            if reply.status == 410:
                webhooks.disable(session, webhook.org_id, webhook.id, "The receiver answered 410 Gone.")

        try:
            persist(self._store, write, within_s=_NOTE_S)
        except NotFound as fault:
            _log.warning("a try was not recorded", extra={"delivery": delivery.id, "fault": str(fault)})

    def _send(self, delivery: Delivery, webhook: Webhook, secrets: Sequence[str]) -> Reply:
        body = json.dumps(delivery.payload, separators=(",", ":"), ensure_ascii=False).encode()
        try:
            to: Destination = self._guard.check(webhook.url)
        except Forbidden as refused:
            return Reply(None, str(refused), 0.0)
        return self._settings.sending(to, _headers(delivery, secrets, body), body)

    def _retry_at(self, tries: int) -> datetime | None:
        """When to try again after so many tries; None to give up."""
        if tries > len(self._settings.schedule):
            return None
        seconds = self._settings.schedule[tries - 1]
        return now() + timedelta(seconds=seconds * (1 + random.uniform(0, _JITTER)))


def _headers(delivery: Delivery, secrets: Sequence[str], body: bytes) -> dict[str, str]:
    timestamp = int(time.time())
    return {
        "Content-Type": "application/json",
        "User-Agent": "goal-cascade",
        "webhook-id": delivery.id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signatures(secrets, delivery.id, timestamp, body),
    }
