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
from api.runs import Beat
from api.saying import Progress, Said


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


@dataclass(frozen=True)
class Care:
    """How a solve is watched, in seconds."""

    time_limit_s: float
    beat_s: float
    stage_s: float = 0.5
    """A new stage is told after this long already."""


class Supervision:
    """One solve under watch. `wake` becomes readable when `wanted` may have changed."""

    def __init__(
        self,
        child: Child,
        care: Care,
        *,
        beat: Callable[[Progress | None], Beat],
        wanted: Callable[[], Stopped | None],
        wake: socket.socket,
    ) -> None:
        self._child = child
        self._care = care
        self._beat = beat
        self._wanted = wanted
        self._wake = wake
        self._sources: list[Any] = [child.channel, child.said, wake]
        self._said = Said()
        self._stopped: Stopped | None = None
        self._told: Progress | None = None
        self._begun = self._beaten = time.monotonic()

    def run(self) -> End:
        """Watch until the process has ended."""
        while True:
            ready, _, _ = select.select(self._sources, [], [], self._patience())
            if self._child.said in ready and not self._listen():
                self._sources.remove(self._child.said)
            if self._child.channel in ready:
                return self._end()
            if self._wake in ready:
                self._wake.recv(4096)
                self._stop(self._wanted())
            self._keep_time()

    def _patience(self) -> float:
        until = self._beaten + (self._care.stage_s if self._new_stage() else self._care.beat_s)
        if self._stopped is None:
            until = min(until, self._begun + self._care.time_limit_s)
        return max(0.0, until - time.monotonic())

    def _new_stage(self) -> bool:
        return self._said.progress is not None and (
            self._told is None or self._told.stage != self._said.progress.stage
        )

    def _keep_time(self) -> None:
        now = time.monotonic()
        if now - self._begun >= self._care.time_limit_s:
            self._stop(Stopped.TIME_LIMIT)
        wait = self._care.stage_s if self._new_stage() else self._care.beat_s
        if now - self._beaten >= wait:
            self._beaten, self._told = now, self._said.progress
            answer = self._beat(self._told)
            self._stop({Beat.CANCEL: Stopped.CANCEL, Beat.LOST: Stopped.LOST}.get(answer))

    def _stop(self, why: Stopped | None) -> None:
        if why and self._stopped is None:
            self._stopped = why
            self._child.kill()

    def _listen(self) -> bool:
        """Hear what there is to hear; False at the end of it."""
        with suppress(BlockingIOError):
            while piece := os.read(self._child.said, 65536):
                self._said.hear(piece)
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
