"""Sending one message to one address that was looked at: no redirects, no second thoughts, a deadline."""

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from api.resources.webhooks.url_guard import Destination

TIMEOUT_S = 15.0
"""From the first packet to the status line."""


@dataclass(frozen=True)
class Reply:
    """What came of it."""

    status: int | None
    """None when there was no answer."""
    error: str | None
    seconds: float

    @property
    def delivered(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


class _Pinned(http.client.HTTPConnection):
    """A connection to an address, whatever its host's name resolves to by now."""

    def __init__(self, to: Destination, timeout: float) -> None:
        super().__init__(to.host, to.port, timeout=timeout)
        self._to = to

    def connect(self) -> None:
        raw = socket.create_connection((self._to.ip, self._to.port), self.timeout)
        if self._to.https:
            context = ssl.create_default_context()
            self.sock = context.wrap_socket(raw, server_hostname=self._to.host)
        else:
            self.sock = raw


def send(to: Destination, headers: Mapping[str, str], body: bytes, *, timeout: float = TIMEOUT_S) -> Reply:
    """Post the body; whatever happens is reported, nothing is raised."""
    begun = time.monotonic()
    connection = _Pinned(to, timeout)
    deadline = threading.Timer(timeout, _cut, [connection])
    deadline.daemon = True
    deadline.start()
    try:
        connection.request("POST", to.target, body, dict(headers))
        status, error = connection.getresponse().status, None
    except (OSError, http.client.HTTPException, ValueError) as fault:
        status, error = None, f"{type(fault).__name__}: {fault}"[:500]
    finally:
        deadline.cancel()
        connection.close()
    return Reply(status, error, round(time.monotonic() - begun, 3))


def _cut(connection: http.client.HTTPConnection) -> None:
    sock: socket.socket | None = connection.sock
    with suppress(OSError):
        if sock is not None:
            sock.shutdown(socket.SHUT_RDWR)
