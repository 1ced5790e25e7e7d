"""One process that works for this one: it lives on for the next piece of work, unless it took too much."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from math import ceil
from multiprocessing import get_context
from multiprocessing.connection import Connection, Pipe
from multiprocessing.forkserver import ensure_running
from multiprocessing.process import BaseProcess
from typing import Any, NamedTuple, Protocol

from api.processes import limits

_KEPT_MB = 512
"""A process with limits that holds more afterwards is not kept."""
_FORGET_S = 600.0
"""After so long without work, what the work remembers is let go."""
_LATE_S = 5
"""So much later than its parent an alarm ends work that takes too long."""

_LONGEST_FOLDER = 70
"""Bytes of the path of temporary files: with what multiprocessing adds to it, a socket there has one of at most 107."""
_SAFE_PATH = "PYTHONSAFEPATH"
"""Set, it keeps the folder we happen to be in off the path of imports."""


class TooMuch(Exception):  # noqa: N818
    """The work took more time or memory than it may."""


class Allowed(NamedTuple):
    """What one piece of work may take."""

    seconds: float | None = 60.0
    memory_mb: int | None = 4096


class _Reply(NamedTuple):
    """What comes back from the process."""

    answer: Any
    fault: Exception | None
    held_mb: int
    """Memory that the process holds now."""


class _Process(Protocol):
    """What is done with either kind of process."""

    @property
    def pid(self) -> int | None: ...
    def is_alive(self) -> bool: ...
    def kill(self) -> None: ...
    def join(self) -> None: ...


class _Started(subprocess.Popen[bytes]):
    """An interpreter of its own."""

    def __init__(self, pipe: Connection) -> None:
        command = [sys.executable, "-P", "-m", "api.processes.work_process", str(pipe.fileno())]
        nothing = subprocess.DEVNULL
        super().__init__(command, pass_fds=[pipe.fileno()], stdin=nothing, stdout=nothing)

    def is_alive(self) -> bool:
        return self.poll() is None

    def join(self) -> None:
        self.wait()


class Template:
    """A process that has imported a module, and with it what work needs; others are forked off it in a moment.

    There is one in a process, whose module is that of the first that is asked for. On a busy machine an interpreter
    of its own takes tens of seconds to import as much.
    """

    def __init__(self, module: str) -> None:
        self._module = module
        self._context = get_context("forkserver")

    @property
    def possible(self) -> bool:
        """Whether there can be one: its socket is among the temporary files, and a socket's path must be short."""
        return len(os.fsencode(tempfile.gettempdir())) <= _LONGEST_FOLDER

    def begin(self) -> None:
        """Start it, where it is possible and not there already; it imports while we go on, and who forks waits for it."""
        if self.possible:
            self._context.set_forkserver_preload([self._module])
            with _without_interrupts(), _safe_path():
                ensure_running()

    def fork(self, pipe: Connection) -> BaseProcess:
        """A process that works for the other end of the pipe."""
        self.begin()
        process = self._context.Process(target=_forked, args=(pipe,), daemon=True)
        process.start()
        return process


def _forked(pipe: Connection) -> None:
    silent = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1):
        os.dup2(silent, descriptor)
    os.close(silent)
    _work(pipe)


class WorkProcess:
    """The process, seen from the one that it works for."""

    def __init__(self, allowed: Allowed, template: Template | None = None) -> None:
        """A new one that imports what its work needs, or one that is forked off the template, which has."""
        self._allowed = allowed
        self._known: object = None
        self.key = ""
        """For whom it worked last."""
        self._pipe, its = Pipe()
        with its, _without_interrupts():
            fork = template.fork if template and template.possible else _Started
            self._process: _Process = fork(its)
        self._pipe.send((sys.path, allowed))

    def ask(self, work: Callable[..., Any], arguments: tuple[Any, ...], keywords: Mapping[str, Any]) -> Any:
        """What the importable function answers; raises what it raises, and TooMuch.

        A function is sent once, so what it carries along and what it remembers stays there while it is the same. One
        that has `forget` is asked to when there was no work for long.
        """
        task = (None if work is self._known else work, arguments, dict(keywords))
        reply = self._replied(pickle.dumps(task))
        self._known = None if reply.fault else work
        if self._allowed.memory_mb is not None and reply.held_mb > _KEPT_MB:
            self.kill()
        if reply.fault:
            raise reply.fault
        return reply.answer

    def _replied(self, task: bytes) -> _Reply:
        try:
            reply = self._received(task)
        except BaseException:
            self.end()  # else what it answers late would be the answer to whoever asks it next
            raise
        found: _Reply = pickle.loads(reply)
        return found

    def _received(self, task: bytes) -> bytes:
        seconds = self._allowed.seconds
        try:
            self._pipe.send_bytes(task)
            if not self._pipe.poll(seconds):
                raise TooMuch(f"It takes more than {seconds:g} seconds.")
            return self._pipe.recv_bytes()
        except (EOFError, OSError):
            raise TooMuch("It takes too much memory.") from None

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid or 0

    def alive(self) -> bool:
        return self._process.is_alive()

    def end(self) -> None:
        """End the process; who waits for its reply, in another thread, gets TooMuch."""
        self._process.kill()
        self._process.join()

    def kill(self) -> None:
        """End the process, and let go of it."""
        self.end()
        self._pipe.close()


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """Processes that are started meanwhile never receive Ctrl-C, which is for those who ask."""
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


@contextmanager
def _safe_path() -> Iterator[None]:
    """Interpreters that are started meanwhile import nothing from where we happen to be, as under -P."""
    before = os.environ.get(_SAFE_PATH)
    os.environ[_SAFE_PATH] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[_SAFE_PATH]
        else:
            os.environ[_SAFE_PATH] = before


def main(descriptor: int) -> None:
    """Work until the other end of the pipe is closed, or gone; a fault of the work is its reply.

    The parent ends work that takes too long; where it is gone, an alarm does.
    """
    _work(Connection(descriptor))


def _work(pipe: Connection) -> None:
    with suppress(EOFError, OSError):
        path, allowed = pipe.recv()
        sys.path += [folder for folder in path if folder not in sys.path]
        if allowed.memory_mb is not None:
            limits.limit(limits.Limits(allowed.memory_mb << 20, cpu_seconds=None))
        seconds = 0 if allowed.seconds is None else ceil(allowed.seconds) + _LATE_S
        work: Any = None
        while True:
            if not pipe.poll(_FORGET_S) and hasattr(work, "forget"):
                work.forget()
            task = pipe.recv_bytes()
            signal.alarm(seconds)
            work, reply = _done(task, work)
            signal.alarm(0)
            pipe.send_bytes(reply)


def _done(task: bytes, known: Any) -> tuple[Any, bytes]:
    """The function, which is the known one unless another came along, and its reply."""
    try:
        new, arguments, keywords = pickle.loads(task)
        work = known if new is None else new
        return work, _reply(work(*arguments, **keywords), None)
    except MemoryError:
        os._exit(limits.OUT_OF_MEMORY)
    except Exception as fault:  # noqa: BLE001 - the parent raises it
        fault.add_note(traceback.format_exc())
        return None, _reply(None, fault)


def _reply(answer: Any, fault: Exception | None) -> bytes:
    return pickle.dumps(_Reply(answer, fault, limits.held_bytes() >> 20))


if __name__ == "__main__":
    from api.processes import work_process

    work_process.main(int(sys.argv[1]))
