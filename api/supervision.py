"""Watching one solve until it ends: what it says, whether it is still wanted, whether its time is up."""

import os
import select
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from api.launching import Child
from api.saying import Progress, Said

_KILLED_WITHIN_S = 10.0


class Stopped(StrEnum):
    """Why a solve was killed by us."""

    CANCEL = "cancel"
    LOST = "lost"
    TIME_LIMIT = "time_limit"
    SHUTDOWN = "shutdown"


@dataclass(frozen=True)
class End:
    """How a solve's process ended."""

    code: int | None
    """Exit code, negative for a signal; None when nobody saw it end."""
    said: Said
    stopped: Stopped | None = None
    usage: dict[str, Any] = field(default_factory=dict)


class Supervision:
    """One solve under watch. `wake` becomes readable when `wanted` may have changed."""

    def __init__(
        self,
        child: Child,
        *,
        time_limit_s: float,
        tell: Callable[[Progress | None], None],
        wanted: Callable[[], Stopped | None],
        wake: socket.socket,
    ) -> None:
        self._child = child
        self._tell = tell
        self._wanted = wanted
        self._wake = wake
        self._sources: list[Any] = [child.channel, child.said, wake]
        self._said = Said()
        self._stopped: Stopped | None = None
        self._begun = time.monotonic()
        self._until = self._begun + time_limit_s

    def run(self) -> End:
        """Watch until the process has ended."""
        self._stop(self._wanted())
        while True:
            ready, _, _ = select.select(self._sources, [], [], max(0.0, self._until - time.monotonic()))
            if self._child.said in ready and not self._listen():
                self._sources.remove(self._child.said)
            if self._child.channel in ready:
                return self._end()
            if self._wake in ready:
                self._wake.recv(4096)
                self._stop(self._wanted())
            if time.monotonic() >= self._until:
                if self._stopped:
                    return self._end_unseen()
                self._stop(Stopped.TIME_LIMIT)

    def _stop(self, why: Stopped | None) -> None:
        if why and self._stopped is None:
            self._stopped, self._until = why, time.monotonic() + _KILLED_WITHIN_S
            self._child.kill()

    def _end_unseen(self) -> End:
        """The zygote did not tell the end of what it was to kill: it stands still."""
        self._child.bury()
        return End(None, self._said, self._stopped)

    def _listen(self) -> bool:
        """Hear what there is to hear; False at the end of it."""
        with suppress(BlockingIOError):
            while piece := os.read(self._child.said, 65536):
                self._said.hear(piece)
                self._tell(self._said.progress)
            return False
        return True

    def _end(self) -> End:
        told = self._child.message()
        if told is None:
            self._child.bury()
        self._listen()
        self._said.end()
        usage = {key: told[key] for key in ("cpu_s", "peak_rss_bytes")} if told else {}
        usage["wall_s"] = round(time.monotonic() - self._begun, 3)
        return End(told["code"] if told else None, self._said, self._stopped, usage)
