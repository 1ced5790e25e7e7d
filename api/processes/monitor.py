"""Monitoring one solve until it ends: its messages, whether it is still wanted, whether its time is up."""

import os
import select
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from api.processes.launcher import Child
from api.processes.messages import Progress, SolveReply
from api.processes.output import Log, Messages

_KILLED_WITHIN_S = 10.0
_TURN_S = 0.5
"""Between two turns of whoever has the solve done."""


class Stopped(StrEnum):
    """Why a solve was killed by us."""

    CANCEL = "cancel"
    LOST = "lost"
    TIME_LIMIT = "time_limit"
    SHUTDOWN = "shutdown"


@dataclass(frozen=True)
class End:
    """How a solve's process ended."""

    reply: SolveReply | None = None
    """What it replied; None when it ended before."""
    signal: int | None = None
    """The signal that ended it, if one did and it was seen."""
    log: tuple[str, ...] = ()
    """The last lines of its log."""
    stopped: Stopped | None = None
    usage: dict[str, Any] = field(default_factory=dict)


class Monitor:
    """One solve under watch.

    `turn` is called with the progress again and again, and when `wake` becomes readable; it says whether to stop.
    """

    def __init__(
        self,
        child: Child,
        *,
        time_limit_s: float,
        turn: Callable[[Progress | None], Stopped | None],
        wake: socket.socket,
    ) -> None:
        self._child = child
        self._turn = turn
        self._wake = wake
        self._messages, self._log = Messages(), Log()
        self._receivers = {child.messages: self._messages.receive, child.log: self._log.receive}
        self._stopped: Stopped | None = None
        self._begun = time.monotonic()
        self._until = self._begun + time_limit_s

    def run(self) -> End:
        """Wait until the process has ended."""
        turn_at = self._begun
        while True:
            if time.monotonic() >= turn_at:
                self._stop(self._turn(self._messages.progress))
                turn_at = time.monotonic() + _TURN_S
            sources: list[Any] = [self._child.channel, self._wake, *self._receivers]
            until = min(turn_at, self._until)
            ready, _, _ = select.select(sources, [], [], max(0.0, until - time.monotonic()))
            for pipe in [pipe for pipe in self._receivers if pipe in ready]:
                self._drain(pipe)
            if self._child.channel in ready:
                return self._end()
            if self._wake in ready:
                self._wake.recv(4096)
                turn_at = self._begun
            if time.monotonic() >= self._until:
                if self._stopped:
                    return self._end_unseen()
                self._stop(Stopped.TIME_LIMIT)

    def _stop(self, why: Stopped | None) -> None:
        if why and self._stopped is None:
            self._stopped, self._until = why, time.monotonic() + _KILLED_WITHIN_S
            self._child.kill()

    def _end_unseen(self) -> End:
        """The fork server does not report the end of what it was to kill: it stands still."""
        self._child.kill_directly()
        return self._ended(None)

    def _drain(self, pipe: int) -> None:
        """Receive what the pipe holds; one that is at its end is let go."""
        with suppress(BlockingIOError):
            while piece := os.read(pipe, 65536):
                self._receivers[pipe](piece)
            del self._receivers[pipe]

    def _end(self) -> End:
        report = self._child.message()
        if report is None:
            self._child.kill_directly()
        for pipe in list(self._receivers):
            self._drain(pipe)
        return self._ended(report)

    def _ended(self, report: Mapping[str, Any] | None) -> End:
        self._log.end()
        usage = {key: report[key] for key in ("cpu_s", "peak_rss_bytes")} if report else {}
        usage["wall_s"] = round(time.monotonic() - self._begun, 3)
        code = report["code"] if report else 0
        return End(
            self._messages.reply, -code if code < 0 else None, tuple(self._log.lines), self._stopped, usage
        )
