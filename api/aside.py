"""Aside: work on what people hand in, in processes of its own, so that no input stalls or fells the server.

A reader lives on and reads the next thing too, unless it took too much: then another takes its place.
"""

import os
import pickle
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from math import ceil
from multiprocessing.connection import Connection, Pipe
from typing import Any, NamedTuple, ParamSpec, TypeVar

from api import child

P = ParamSpec("P")
R = TypeVar("R")

_STOUT_MB = 512
"""A reader that holds more is not kept."""
_LATE_S = 5
"""So much later than the server an alarm ends work that takes too long."""


class TooMuch(Exception):  # noqa: N818
    """The work took more time or memory than it may."""


class Allowed(NamedTuple):
    """What one piece of work may take."""

    seconds: float = 60.0
    memory_mb: int = 4096


class Aside:
    """At most `readers` processes, started when there is work, ended by `close`."""

    def __init__(self, readers: int = 2, allowed: Allowed | None = None) -> None:
        self._allowed = allowed or Allowed()
        self._places = threading.BoundedSemaphore(readers)
        self._lock = threading.Lock()
        self._idle: list[_Reader] = []

    def call(self, work: Callable[P, R], *arguments: P.args, **keywords: P.kwargs) -> R:
        """What the importable function answers; waits for a reader. Raises TooMuch, or what it raises."""
        with self._places:
            reader = self._reader()
            try:
                told = reader.ask((work, arguments, keywords), self._allowed.seconds)
            except BaseException:
                reader.kill()
                raise
            self._put_back(reader, told)
        if told.fault:
            raise told.fault
        return told.answer  # type: ignore[no-any-return]

    def _put_back(self, reader: "_Reader", told: "_Told") -> None:
        if told.held_mb > _STOUT_MB:
            reader.kill()
            return
        with self._lock:
            self._idle.append(reader)

    def _reader(self) -> "_Reader":
        with self._lock:
            while self._idle:
                reader = self._idle.pop()
                if reader.alive():
                    return reader
        return _Reader(self._allowed)

    def close(self) -> None:
        """End the processes that wait for work."""
        with self._lock:
            for reader in self._idle:
                reader.kill()
            self._idle.clear()


class _Told(NamedTuple):
    """What comes back from a reader."""

    answer: Any
    fault: Exception | None
    held_mb: int
    """Memory that the process holds now."""


class _Reader:
    """One process, seen from the server."""

    def __init__(self, allowed: Allowed) -> None:
        self._pipe, its = Pipe()
        told = (its.fileno(), allowed.memory_mb, ceil(allowed.seconds))
        command = [sys.executable, "-P", "-m", "api.aside", *map(str, told)]
        with its:
            self._process = subprocess.Popen(
                command, pass_fds=[its.fileno()], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
            )

    def ask(self, task: Any, seconds: float) -> _Told:
        """What it tells; raises TooMuch when it tells nothing."""
        try:
            self._pipe.send_bytes(pickle.dumps(task))
            if not self._pipe.poll(seconds):
                raise TooMuch(f"It takes more than {seconds:g} seconds to read.")
            told: _Told = pickle.loads(self._pipe.recv_bytes())
            return told
        except (EOFError, OSError):
            raise TooMuch("It takes too much memory to read.") from None

    def alive(self) -> bool:
        return self._process.poll() is None

    def kill(self) -> None:
        self._pipe.close()
        self._process.kill()
        self._process.wait()


def main(descriptor: int, memory_mb: int, seconds: int) -> None:
    """Work until the server closes its end, or is gone; a fault of the work is its answer.

    The server ends work that takes too long; where it is gone, an alarm does.
    """
    pipe = Connection(descriptor)
    child.limit(child.Limits(memory_mb << 20, cpu_seconds=None))
    with suppress(EOFError):
        while True:
            task = pipe.recv_bytes()
            signal.alarm(seconds + _LATE_S)
            answer = _done(task)
            signal.alarm(0)
            pipe.send_bytes(answer)


def _done(task: bytes) -> bytes:
    try:
        work, arguments, keywords = pickle.loads(task)
        return _told(work(*arguments, **keywords), None)
    except MemoryError:
        os._exit(child.OUT_OF_MEMORY)
    except Exception as fault:  # noqa: BLE001 - the server raises it
        fault.add_note(traceback.format_exc())
        return _told(None, fault)


def _told(answer: Any, fault: Exception | None) -> bytes:
    return pickle.dumps(_Told(answer, fault, child.held_bytes() >> 20))


if __name__ == "__main__":
    from api import aside

    aside.main(*map(int, sys.argv[1:]))
