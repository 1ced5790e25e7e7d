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


class Pinned(http.client.HTTPConnection):
    """A connection to an address, whatever its host's name resolves to by now."""

    def __init__(self, to: Destination, timeout: float) -> None:
        super().__init__(to.host, to.port, timeout=timeout)
        self._to = to
        self._over = False

    def connect(self) -> None:
        raw = socket.create_connection((self._to.ip, self._to.port), self.timeout)
        if not self._to.https:
            self._use(raw)
            return
        context = ssl.create_default_context()
        secure = context.wrap_socket(raw, server_hostname=self._to.host, do_handshake_on_connect=False)
        self._use(secure)
        secure.do_handshake()

    def _use(self, sock: socket.socket) -> None:
        """From here on the deadline can end what goes on; when it was over before, nothing does."""
        self.sock = sock
        if self._over:
            raise TimeoutError("It took too long to connect.")

    def end(self) -> None:
        """The deadline is over, whoever waits for what."""
        self._over = True
        sock: socket.socket | None = self.sock
        if sock is None:
            return
        with suppress(OSError):  # past TLS, whose own shutdown would touch what the other thread uses
            socket.socket.shutdown(sock, socket.SHUT_RDWR)


def send(to: Destination, headers: Mapping[str, str], body: bytes, *, timeout: float = TIMEOUT_S) -> Reply:
    """Post the body; whatever happens is reported, nothing is raised."""
    begun = time.monotonic()
    connection = Pinned(to, timeout)
    deadline = threading.Timer(timeout, connection.end)
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
