"""Delivering messages: claimed when due, signed, sent a few at once, tried again for days."""

import json
import logging
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from api.store import NotFound, Store, StoreError, deliveries, webhooks
from api.store.base import now
from api.store.deliveries import Delivery
from api.store.webhooks import Webhook
from api.webhooks.guard import Destination, Forbidden, Guard
from api.webhooks.sending import Reply, send
from api.webhooks.signing import signatures

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
_TOPIC = "deliveries"
_LOOK_S = 5.0


@dataclass(frozen=True)
class DeliverySettings:
    """How messages are delivered."""

    at_once: int = 4
    schedule: tuple[float, ...] = SCHEDULE
    hold_s: float = 60.0
    """A message that was claimed by a sender which then died is taken up again after this."""
    sending: Callable[..., Reply] = send


class Deliverer:
    """Delivers in threads of its own from `start` to `stop`."""

    def __init__(self, store: Store, guard: Guard, settings: DeliverySettings | None = None) -> None:
        self._store = store
        self._guard = guard
        self._settings = settings or DeliverySettings()
        self._stopping = threading.Event()
        self._pool = ThreadPoolExecutor(self._settings.at_once, "cascade-deliver")
        self._thread = threading.Thread(target=self._loop, name="cascade-deliveries")

    def start(self) -> None:
        """Begin to deliver."""
        self._thread.start()

    def stop(self) -> None:
        """Claim no more; returns when the messages under way have been sent."""
        self._stopping.set()
        self._store.bell.ring([_TOPIC])
        self._thread.join()
        self._pool.shutdown()

    def deliver_due(self) -> int:
        """Send what is due now; returns how many."""
        hold = timedelta(seconds=self._settings.hold_s)
        with self._store.write() as session:
            claimed = deliveries.claim(session, limit=self._settings.at_once, hold=hold)
        for done in [self._pool.submit(self._deliver, delivery, webhook) for delivery, webhook in claimed]:
            done.result()
        return len(claimed)

    def _loop(self) -> None:
        with self._store.bell.listen(_TOPIC) as heard:
            while not self._stopping.is_set():
                heard.clear()
                if self._due_s() <= 0 and self._try_deliver():
                    continue
                heard.wait(min(_LOOK_S, max(0.05, self._due_s())))

    def _try_deliver(self) -> bool:
        try:
            return self.deliver_due() > 0
        except StoreError as fault:
            _log.warning("cannot deliver now", extra={"fault": str(fault)})
        except Exception:  # noqa: BLE001 - recorded; the messages are due again after their hold
            _log.exception("fault while delivering")
        self._stopping.wait(1.0)
        return False

    def _due_s(self) -> float:
        """Seconds until a message is due."""
        try:
            with self._store.read() as session:
                due = deliveries.next_due(session)
        except StoreError:
            return _LOOK_S
        return (due - now()).total_seconds() if due else _LOOK_S

    def _deliver(self, delivery: Delivery, webhook: Webhook) -> None:
        reply = self._send(delivery, webhook)
        retry_at = None if reply.delivered or reply.status == 410 else self._retry_at(delivery.tries)
        try:
            with self._store.write() as session:
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
        except (StoreError, NotFound) as fault:
            _log.warning("a try was not recorded", extra={"delivery": delivery.id, "fault": str(fault)})

    def _send(self, delivery: Delivery, webhook: Webhook) -> Reply:
        body = json.dumps(delivery.payload, separators=(",", ":"), ensure_ascii=False).encode()
        try:
            to: Destination = self._guard.look(webhook.url)
        except Forbidden as refused:
            return Reply(None, str(refused), 0.0)
        return self._settings.sending(to, _headers(delivery, webhook, body), body)

    def _retry_at(self, tries: int) -> datetime | None:
        """When to try again after so many tries; None to give up."""
        if tries > len(self._settings.schedule):
            return None
        seconds = self._settings.schedule[tries - 1]
        return now() + timedelta(seconds=seconds * (1 + random.uniform(0, _JITTER)))


def _headers(delivery: Delivery, webhook: Webhook, body: bytes) -> dict[str, str]:
    timestamp = int(time.time())
    secrets = [webhook.secret]
    if webhook.old_secret and webhook.old_secret_until and webhook.old_secret_until > now():
        secrets.append(webhook.old_secret)
    return {
        "Content-Type": "application/json",
        "User-Agent": "goal-cascade",
        "webhook-id": delivery.id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signatures(secrets, delivery.id, timestamp, body),
    }
