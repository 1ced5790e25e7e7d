"""Processes for a command that solves many times over: one per core, and none if one is enough."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from api.output.errors import OutputError
from api.output.progress import Progress
from api.processes.pool import SOLVE, Capacity, Pool
from api.processes.work_process import Allowed, TooMuch

T = TypeVar("T")
R = TypeVar("R")

_UNLIMITED = Allowed(seconds=None, memory_mb=None)
"""Who runs a command may use the machine."""


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class SolvePool:
    """So many jobs at once; progress is reported."""

    def __init__(self, jobs: int, report: Progress) -> None:
        # Windows hands no pipes to a process of another program.
        self._jobs = jobs if hasattr(os, "fork") else 1
        self._report = report
        self._pool = Pool({SOLVE: Capacity(jobs, _UNLIMITED)})

    def each(self, work: Callable[[T], R], tasks: Sequence[T], what: str) -> list[R]:
        """The answers in the order of the tasks; progress is reported as `what` is counted.

        The work is sent to each process once, and may remember there what it did before. Raises OutputError when
        a process ends before it has answered.
        """
        if not tasks:
            return []
        self._report(f"{what} 1 of {len(tasks):,}", 0.0)
        answers: dict[int, R] = {}
        for number, answer in self._answers(work, tasks):
            answers[number] = answer
            done = len(answers)
            self._report(f"{what} {min(done + 1, len(tasks)):,} of {len(tasks):,}", done / len(tasks))
        return [answers[number] for number in range(len(tasks))]

    def _answers(self, work: Callable[[T], R], tasks: Sequence[T]) -> Iterator[tuple[int, R]]:
        if min(self._jobs, len(tasks)) == 1:
            yield from ((number, work(task)) for number, task in enumerate(tasks))
            return
        try:
            yield from self._pool.each(SOLVE, work, tasks)
        except TooMuch:
            message = "a process that solved has ended before its answer; is memory short? Try --jobs 1"
            raise OutputError(message) from None

    def close(self) -> None:
        """End the processes, those at work too."""
        self._pool.close()


@contextmanager
def pool(jobs: int | None, report: Progress) -> Iterator[SolvePool]:
    """A pool of so many processes, one per core if left out, which end with it."""
    opened = SolvePool(jobs or cores(), report)
    try:
        yield opened
    finally:
        opened.close()
