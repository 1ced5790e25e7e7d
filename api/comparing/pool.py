"""A pool of processes that solve, one per core; never threads, and nothing is left running at the end."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import active_children, get_context, parent_process
from multiprocessing.connection import wait
from typing import TypeVar

from api.exits import Failed
from api.progress import Progress

T = TypeVar("T")
R = TypeVar("R")


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Pool:
    """Processes that are started when there is work, or none at all if one is enough."""

    def __init__(self, jobs: int, tell: Progress) -> None:
        self._jobs = jobs
        self._tell = tell
        self._executor: ProcessPoolExecutor | None = None

    def each(self, work: Callable[[T], R], tasks: Sequence[T], what: str) -> list[R]:
        """The answers in the order of the tasks; progress is told as `what` is counted.

        Raises Failed when a process was killed.
        """
        if not tasks:
            return []
        self._count(what, 0, len(tasks))
        if self._executor is None and min(self._jobs, len(tasks)) == 1:
            return list(self._one_by_one(work, tasks, what))
        try:
            futures = self._submitted(work, tasks)
            for done, _ in enumerate(as_completed(futures), 1):
                self._count(what, done, len(tasks))
            return [future.result() for future in futures]
        except BrokenProcessPool:
            raise Failed("a process that solved was killed; is memory short? Try --jobs 1") from None

    def _one_by_one(self, work: Callable[[T], R], tasks: Sequence[T], what: str) -> Iterator[R]:
        for done, task in enumerate(tasks, 1):
            yield work(task)
            self._count(what, done, len(tasks))

    def _count(self, what: str, done: int, of: int) -> None:
        self._tell(f"{what} {done:,} of {of:,}", done / of)

    def _submitted(self, work: Callable[[T], R], tasks: Sequence[T]) -> list[Future[R]]:
        """The work under way; processes start here, and leave Ctrl-C to this one."""
        if self._executor is None:
            workers = min(self._jobs, len(tasks))
            self._executor = ProcessPoolExecutor(workers, get_context("spawn"), initializer=_end_with_parent)
        with _ignoring_interrupts():
            return [self._executor.submit(work, task) for task in tasks]

    def close(self, *, now: bool) -> None:
        """End the processes: after their work, or at once."""
        if self._executor is None:
            return
        self._executor.shutdown(wait=not now, cancel_futures=True)
        self._executor = None


@contextmanager
def pool(jobs: int | None, tell: Progress) -> Iterator[Pool]:
    """A pool of so many processes, one per core if left out; whatever passes ends them."""
    before = set(active_children())
    opened = Pool(jobs or cores(), tell)
    try:
        yield opened
    except BaseException:
        opened.close(now=True)
        for child in set(active_children()) - before:
            child.terminate()
        raise
    opened.close(now=False)


def _end_with_parent() -> None:
    """In a process of the pool: see to it that it does not outlive this one, however this one ends."""
    parent = parent_process()
    if parent is not None:
        threading.Thread(target=_wait_and_end, args=(parent.sentinel,), daemon=True).start()


def _wait_and_end(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)


@contextmanager
def _ignoring_interrupts() -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
