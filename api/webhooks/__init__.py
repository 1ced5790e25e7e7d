"""Telling others what happened: signed messages (Standard Webhooks), sent until they arrive."""

from api.webhooks.delivering import Deliverer
from api.webhooks.guard import Forbidden, Guard
from api.webhooks.signing import signatures, verify

__all__ = ["Deliverer", "Forbidden", "Guard", "signatures", "verify"]
