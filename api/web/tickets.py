"""Tickets: an address that logs its holder in once, shortly after it was made by whoever runs the server."""

import secrets
from typing import Any

from flask import Flask, current_app
from itsdangerous import BadData, URLSafeTimedSerializer

_VALID_S = 600
"""Seconds for which a ticket is good: time to open a browser."""


def ticket_for(app: Flask, org_id: str, key_id: str) -> str:
    """A ticket for the holder of the key."""
    return _serializer(app).dumps([org_id, key_id, secrets.token_urlsafe(12)])


def redeemed(ticket: str) -> tuple[str, str] | None:
    """Organisation and key of the ticket, the first time it is shown; None for any other."""
    try:
        org_id, key_id, number = _serializer(current_app).loads(ticket, max_age=_VALID_S)
    except (BadData, ValueError, TypeError):
        return None
    used: set[Any] = current_app.extensions.setdefault("used_tickets", set())
    if number in used:
        return None
    used.add(number)
    return str(org_id), str(key_id)


def _serializer(app: Flask) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(app.config["SECRET_KEY"], salt="ticket")
