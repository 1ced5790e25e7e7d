"""Signatures of messages as in Standard Webhooks 1.0: HMAC-SHA256 of `id.timestamp.body`, in base 64."""

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping

TOLERANCE_S = 300
"""A message older, or from further in the future, is somebody playing it again."""


def signatures(secrets: Iterable[str], message_id: str, timestamp: int, body: bytes) -> str:
    """The value of `webhook-signature`: one signature for each secret (`whsec_…`), a space between."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return " ".join(f"v1,{_signature(secret, signed)}" for secret in secrets)


def verify(secret: str, headers: Mapping[str, str], body: bytes, *, now: float) -> bool:
    """Whether the message is from us and fresh; what a receiver does, in constant time."""
    timestamp = headers.get("webhook-timestamp", "")
    if not timestamp.isdecimal() or abs(now - int(timestamp)) > TOLERANCE_S:
        return False
    signed = f"{headers.get('webhook-id', '')}.{timestamp}.".encode() + body
    wanted = f"v1,{_signature(secret, signed)}".encode()
    given = headers.get("webhook-signature", "").encode().split(b" ")
    return sum(hmac.compare_digest(wanted, one) for one in given) > 0


def _signature(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
