"""Telling others what happened: signed messages (Standard Webhooks), sent until they arrive."""

from api.resources.webhooks.delivery import Deliverer
from api.resources.webhooks.signing import signatures, verify
from api.resources.webhooks.url_guard import Forbidden, Guard

__all__ = ["Deliverer", "Forbidden", "Guard", "signatures", "verify"]
