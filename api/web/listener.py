"""The HTTP server: waitress, with limits on how long a request may take to arrive and on who holds the connections."""

import json
import logging
import resource
import socket
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from operator import methodcaller
from typing import Any

from waitress.channel import HTTPChannel  # type: ignore[import-untyped]
from waitress.parser import HTTPRequestParser, ParsingError  # type: ignore[import-untyped]
from waitress.server import TcpWSGIServer  # type: ignore[import-untyped]
from waitress.task import ErrorTask  # type: ignore[import-untyped]

from api.web.addresses import site_of
from api.web.problems import HttpProblem, code_of
from api.web.request_ids import request_id

_WAKE = methodcaller("pull_trigger")
"""Have the loop of a waitress server go round once more."""
_log = logging.getLogger("cascade.http")


@dataclass(frozen=True)
class Arrival:
    """What is allowed to requests on their way here."""

    connections: int = 4000
    """Open at once; one that says nothing costs little."""
    per_address: int | None = 500
    """Of these from one address; None where all come from a proxy."""
    head_s: float = 10.0
    """From the first byte of a request, or from the connection, to the end of its headers."""
    body_grace_s: float = 20.0
    """So much longer for the body, beside the time that its bytes are allowed."""
    body_bytes_s: int = 1000
    """At least so many bytes of the body a second, in the long run."""
    keep_alive_s: int = 30
    """Between two requests on one connection, and while the other end reads nothing."""
    check_s: int = 2
    """Between two looks at who is late."""


class _Refusal(ErrorTask):  # type: ignore[misc]
    """What waitress refuses by itself, in the shape of all other refusals."""

    def execute(self) -> None:
        error, name = self.request.error, request_id(self.request.headers.get("X_REQUEST_ID"))
        problem = HttpProblem(code_of(error.code), f"{error.reason}: {error.body}", status=error.code)
        _log.info("refused", extra={"status": error.code, "fault": error.body, "request_id": name})
        body = json.dumps(problem.document(name)).encode()
        self.status = f"{error.code} {error.reason}"
        self.response_headers += [("Content-Type", "application/problem+json"), ("X-Request-Id", name)]
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class _Parser(HTTPRequestParser):  # type: ignore[misc]
    """Refuses a length beside chunks: where a proxy believes the length, a second request hides behind the first.

    RFC 9112, section 6.1, allows to refuse it, and wants the connection closed in any case.
    """

    def parse_header(self, head: bytes) -> None:
        super().parse_header(head)
        if self.chunked and "CONTENT_LENGTH" in self.headers:
            raise ParsingError("Content-Length beside Transfer-Encoding")


class _Channel(HTTPChannel):  # type: ignore[misc]
    """A connection that knows when its unfinished request began."""

    began = 0.0
    error_task_class = _Refusal
    parser_class = _Parser

    def send_continue(self) -> None:
        """Nothing where the request is there whole: waitress would wait for more of it."""
        if self.request.completed:
            self.request.expect_continue = False
        else:
            super().send_continue()

    def received(self, data: bytes) -> bool:
        before = self.request
        accepted: bool = super().received(data)
        if self.request is not before:
            self.began = time.time()
        return accepted

    def late(self, now: float, arrival: Arrival) -> bool:
        """Whether the request that is being received takes longer than it may."""
        if self.requests:
            return False
        if self.request is None:
            silent: bool = self.creation_time == self.last_activity
            return silent and now - self.creation_time > arrival.head_s
        allowed = arrival.head_s
        if self.request.headers_finished:
            allowed += arrival.body_grace_s + self.request.body_bytes_received / arrival.body_bytes_s
        return bool(now - self.began > allowed)


class Listener(TcpWSGIServer):  # type: ignore[misc]
    """Waitress at one address, in one process; `run()` serves until SystemExit or `close()`."""

    channel_class = _Channel

    def __init__(
        self, application: Any, *, host: str, port: int, threads: int, arrival: Arrival, **options: Any
    ) -> None:
        self._arrival = arrival
        self._ending = threading.Event()
        self._beside: threading.Thread | None = None
        super().__init__(
            application,
            host=host,
            port=port,
            threads=threads,
            connection_limit=arrival.connections,
            channel_timeout=arrival.keep_alive_s,
            cleanup_interval=arrival.check_s,
            asyncore_use_poll=True,
            ident=None,
            **options,
        )

    def serve_beside(self, name: str) -> None:
        """Serve in a thread of its own, until `end`."""
        self._beside = threading.Thread(target=self.run, name=name, daemon=True)
        self._beside.start()

    def end(self) -> None:
        """End what `serve_beside` began."""
        self._ending.set()
        _WAKE(self)
        if self._beside:
            self._beside.join()
        for channel in tuple(self.active_channels.values()):
            channel.handle_close()
        self.close()

    def readable(self) -> bool:
        if self._ending.is_set():
            raise SystemExit
        found: bool = super().readable()
        return found

    def maintenance(self, now: float) -> None:
        super().maintenance(now)
        for channel in tuple(self.active_channels.values()):
            if channel.late(now, self._arrival):
                channel.will_close = True

    def set_socket_options(self, conn: socket.socket) -> None:
        """Raises OSError, upon which waitress drops the connection, for one too many from its address."""
        super().set_socket_options(conn)
        most = self._arrival.per_address
        if most is None or len(self.active_channels) < most:
            return
        site = site_of(conn.getpeername()[0])
        if Counter(site_of(channel.addr[0]) for channel in self.active_channels.values())[site] >= most:
            conn.close()
            raise OSError(f"{site} has {most} connections already")


def raise_open_files(wanted: int) -> None:
    """Let the process hold so many files open, or as many as it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
