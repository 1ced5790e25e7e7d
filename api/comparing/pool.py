"""A pool of processes that solve, one per core; never threads, and nothing is left running at the end.

Each process has a pipe of its own and there are no locks, so one that is killed at any moment, even while it
tells an answer, is noticed and holds up nobody. (concurrent.futures waits forever in that case.)
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing import get_context, resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import Any, TypeVar

from api.exits import Failed
from api.progress import Progress

T = TypeVar("T")
R = TypeVar("R")

_FAREWELL_S = 5.0


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Pool:
    """Processes that are started when there is work, or none at all if one is enough."""

    def __init__(self, jobs: int, tell: Progress) -> None:
        self._jobs = jobs
        self._tell = tell
        self._processes: dict[Connection, SpawnProcess] = {}

    def each(self, work: Callable[[T], R], tasks: Sequence[T], what: str) -> list[R]:
        """The answers in the order of the tasks; progress is told as `what` is counted.

        Raises Failed when a process ends before it has answered.
        """
        if not tasks:
            return []
        self._tell(f"{what} 1 of {len(tasks):,}", 0.0)
        answers: dict[int, R] = {}
        for number, answer in self._answers(work, tasks):
            answers[number] = answer
            done = len(answers)
            self._tell(f"{what} {min(done + 1, len(tasks)):,} of {len(tasks):,}", done / len(tasks))
        return [answers[number] for number in range(len(tasks))]

    def _answers(self, work: Callable[[T], R], tasks: Sequence[T]) -> Iterator[tuple[int, R]]:
        """The number of each task and its answer, as they come."""
        if not self._processes and min(self._jobs, len(tasks)) == 1:
            yield from ((number, work(task)) for number, task in enumerate(tasks))
            return
        self._start(min(self._jobs, len(tasks)))
        try:
            yield from self._shared_out(work, list(enumerate(tasks)))
        except (EOFError, OSError):
            said = "a process that solved has ended before its answer; is memory short? Try --jobs 1"
            raise Failed(said) from None

    def _shared_out(self, work: Callable[[T], R], waiting: list[tuple[int, T]]) -> Iterator[tuple[int, R]]:
        """The same from the processes; who has answered gets the next task. Raises EOFError and OSError."""
        idle, busy = list(self._processes), dict[Any, int]()
        waiting.reverse()
        while waiting or busy:
            while waiting and idle:
                number, task = waiting.pop()
                pipe = idle.pop()
                pipe.send((work, task))
                busy[pipe] = number
            for ready in wait(list(busy)):
                assert isinstance(ready, Connection)
                yield busy.pop(ready), ready.recv()
                idle.append(ready)

    def _start(self, wanted: int) -> None:
        """Start as many processes as are missing; Ctrl-C is for this one alone."""
        spawn = get_context("spawn")
        resource_tracker.ensure_running()  # else it starts below, and lets interrupts through again
        with _deaf_to_interrupts():
            for _ in range(wanted - len(self._processes)):
                mine, its = spawn.Pipe()
                process = spawn.Process(target=_serve, args=(its,), daemon=True)
                process.start()
                its.close()
                self._processes[mine] = process

    def close(self, *, now: bool) -> None:
        """End the processes: those at work too if it is to be now."""
        for pipe, process in self._processes.items():
            pipe.close()
            if now:
                process.terminate()
        for process in self._processes.values():
            process.join(_FAREWELL_S)
        self._processes = {}


@contextmanager
def pool(jobs: int | None, tell: Progress) -> Iterator[Pool]:
    """A pool of so many processes, one per core if left out; they end with it, at once if something passes."""
    opened = Pool(jobs or cores(), tell)
    try:
        yield opened
    except BaseException:
        opened.close(now=True)
        raise
    opened.close(now=False)


def _serve(pipe: Connection) -> None:
    """In a process of the pool: work until the other end of the pipe is closed, or gone."""
    with suppress(EOFError, OSError):
        while True:
            work, task = pipe.recv()
            pipe.send(work(task))


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """Ctrl-C waits while this lasts; processes started meanwhile never hear of it."""
    if not hasattr(signal, "pthread_sigmask") or threading.current_thread() is not threading.main_thread():
        yield
        return
    heard: list[int] = []
    handler = signal.signal(signal.SIGINT, lambda number, _: heard.append(number))
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        signal.signal(signal.SIGINT, handler)
    if heard and callable(handler):
        handler(signal.SIGINT, None)
