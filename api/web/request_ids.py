"""What a request is called in answers and logs: the caller's own id when it is harmless, else a new one."""

import re
import secrets

_PLAIN = re.compile(r"[A-Za-z0-9._-]{1,64}")
_TRACE = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")


def request_id(given: str | None) -> str:
    """The id given, if nothing in it could break a header or a log line; else 32 random digits."""
    return given if given and _PLAIN.fullmatch(given) else secrets.token_hex(16)


def trace_id(traceparent: str | None) -> str | None:
    """The trace (W3C Trace Context) that the request belongs to, if it says so properly."""
    match = _TRACE.fullmatch(traceparent or "")
    return match[1] if match and set(match[1]) != {"0"} else None
