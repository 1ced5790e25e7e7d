"""The pool: work in other processes, within limits; each sort of work has its capacity, each key its fair turn."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import ParamSpec, TypeVar

from api.processes.work_process import Allowed, Template, TooMuch, WorkProcess

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")

READ = "read"
"""Looking into what was uploaded or stored."""
ANALYSE = "analyse"
"""Answering an analysis."""
TRY = "try"
"""Trying other numbers in the rules of a run, which the process remembers."""
SOLVE = "solve"
"""Solving many times over, for one command."""


@dataclass(frozen=True)
class Capacity:
    """How much of one sort of work is done at once, and what each piece may take."""

    processes: int = 2
    """Kept for the next piece of work; one key alone has them all."""
    allowed: Allowed = field(default_factory=Allowed)
    most: int = 8
    """While there are fewer, whoever has nothing under way need not wait for others' work to end."""


class Pool:
    """Processes that are started when there is work, off the template if there is one; `close` ends them."""

    def __init__(self, capacities: Mapping[str, Capacity], template: Template | None = None) -> None:
        self._capacities = dict(capacities)
        self._template = template
        self._turns = {
            name: Turns(capacity.processes, capacity.most) for name, capacity in capacities.items()
        }
        self._lock = threading.Lock()
        self._free: dict[str, list[WorkProcess]] = {name: [] for name in capacities}
        self._busy: set[WorkProcess] = set()
        self._closed = False

    def prepare(self) -> None:
        """Have the template ready for the first work that comes."""
        if self._template:
            self._template.begin()

    def call(
        self, capacity: str, key: str, work: Callable[P, R], *arguments: P.args, **keywords: P.kwargs
    ) -> R:
        """What the importable function answers, in the turn of the key. Raises TooMuch, or what it raises."""
        with self._turns[capacity].turn(key):
            process = self._taken(capacity, key)
            try:
                answer: R = process.ask(work, arguments, keywords)
                return answer
            except TooMuch:
                process.kill()
                raise
            finally:
                self._put_back(capacity, process)

    def each(self, capacity: str, work: Callable[[T], R], tasks: Sequence[T]) -> Iterator[tuple[int, R]]:
        """The number of each task and its answer, as they come; raises what `call` raises, and is closed then."""
        at_once = min(len(tasks), self._capacities[capacity].processes)
        with ThreadPoolExecutor(max(1, at_once)) as threads:
            # Ctrl-C may come while tasks are handed over, too: leaving would else wait for all that were.
            try:
                asked = {
                    threads.submit(self.call, capacity, "", work, task): number
                    for number, task in enumerate(tasks)
                }
                for done in as_completed(asked):
                    yield asked[done], done.result()
            except BaseException:
                threads.shutdown(wait=False, cancel_futures=True)
                self.close()
                raise

    def _taken(self, capacity: str, key: str) -> WorkProcess:
        with self._lock:
            if self._closed:
                raise TooMuch("The pool is closed.")
            process = self._alive(self._free[capacity], key)
            process = process or WorkProcess(self._capacities[capacity].allowed, self._template)
            process.key = key
            self._busy.add(process)
            return process

    def _alive(self, free: list[WorkProcess], key: str) -> WorkProcess | None:
        """A process that waits for work and was not killed meanwhile, if possible the one that the key had last."""
        free.sort(key=lambda process: process.key == key)
        while free:
            process = free.pop()
            if process.alive():
                return process
            process.kill()
        return None

    def _put_back(self, capacity: str, process: WorkProcess) -> None:
        with self._lock:
            self._busy.discard(process)
            free = self._free[capacity]
            if not process.alive():
                process.kill()
                return
            if len(free) < self._capacities[capacity].processes:
                free.append(process)
            else:
                process.kill()

    def close(self) -> None:
        """End all processes, those at work too; there is no work any more."""
        with self._lock:
            self._closed = True
            for process in self._busy:
                process.end()
            for process in [one for free in self._free.values() for one in free]:
                process.kill()
            self._free = {name: [] for name in self._free}


class Turns:
    """So many may go on at once; next is who waits longest among those whose key has the fewest.

    A key that has none need not wait for the others' to end while fewer than `most` go on.
    """

    def __init__(self, number: int, most: int | None = None) -> None:
        self._number = number
        self._most = max(number, most or number)
        self._held: Counter[str] = Counter()
        self._waiting: list[tuple[str, int]] = []
        self._numbers = count()
        self._changed = threading.Condition()

    @contextmanager
    def turn(self, key: str) -> Iterator[None]:
        """Wait for the turn of the key, and have it until the end."""
        self._take(key)
        try:
            yield
        finally:
            with self._changed:
                self._held[key] -= 1
                if not self._held[key]:
                    del self._held[key]
                self._changed.notify_all()

    def _take(self, key: str) -> None:
        ticket = (key, next(self._numbers))
        with self._changed:
            self._waiting.append(ticket)
            try:
                self._changed.wait_for(lambda: self._may(ticket))
                self._held[key] += 1
            finally:
                self._waiting.remove(ticket)
                self._changed.notify_all()

    def _may(self, ticket: tuple[str, int]) -> bool:
        most = self._number if self._held[ticket[0]] else self._most
        return self._held.total() < most and self._next() == ticket

    def _next(self) -> tuple[str, int]:
        return min(self._waiting, key=lambda ticket: (self._held[ticket[0]], ticket[1]))
