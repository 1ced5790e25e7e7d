"""Workers: processes that solve and compare, ended and begun anew where one takes too long or dies."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.pool import ThreadPool
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import local
from traceback import extract_tb
from typing import Any

from tests.fuzz.examine import Examined, examine
from tests.fuzz.generate import generate
from tests.fuzz.program import Program

_SPAWN = get_context("spawn")


class TooLongError(Exception):
    """The worker was ended because it took too long."""


class Worker:
    """A process that calls one function again and again."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self._begin()

    def _begin(self) -> None:
        self._ours, theirs = _SPAWN.Pipe()
        self._process = _SPAWN.Process(target=_serve, args=(theirs, self._function), daemon=True)
        self._process.start()
        theirs.close()

    def ask(self, *arguments: Any, timeout: float) -> Any:
        """What the function returns. Raises TooLongError, and EOFError or ConnectionError when the process dies."""
        self._ours.send(arguments)
        try:
            if not self._ours.poll(timeout):
                raise TooLongError
            return self._ours.recv()
        except (TooLongError, EOFError, ConnectionError):
            self._process.kill()
            self._process.join()
            self._begin()
            raise

    def end(self) -> None:
        """Ends the process."""
        self._process.kill()
        self._process.join()


def _serve(connection: Connection, function: Callable[..., Any]) -> None:
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    while True:
        try:
            arguments = connection.recv()
        except EOFError:
            return
        connection.send(function(*arguments))


def solve(seed: int, most: int, folder: str) -> Examined:
    """The scenario of a seed, solved and looked at."""
    scenario = generate(seed, most=most)
    try:
        return examine(scenario, Path(folder))
    except Exception as error:  # noqa: BLE001 - a crash is what is looked for
        last = extract_tb(error.__traceback__)[-1]
        reason = f"{error!r} in {last.name}, {Path(last.filename).name}:{last.lineno}"
        return Examined(seed, scenario.style, len(scenario.columns["partner_id"]), reason=reason)


def compare(folder: str, even: bool = True, near: bool = False) -> dict[str, Any]:
    """What models that know no solver of ours say of a folder's program: of its `even` spread and misses, and whether
    whole targets are so `near` that nothing is more than a unit off. They are imported where they are needed only.
    """
    from tests.fuzz.independent import compare as judge
    from tests.fuzz.whole import whole_within_a_unit

    program = Program.load(Path(folder) / "program.npz")
    found = judge(program) if even else {}
    return found | ({"nearer": whole_within_a_unit(program)} if near else {})


def run(seeds: Iterable[int], *, jobs: int, timeout: float, most: int, compared: int) -> Iterator[Examined]:
    """Each seed examined, in order; answers of at most `compared` cells are compared with the independent model."""
    mine, begun = local(), list[Worker]()

    def one(seed: int) -> Examined:
        if not hasattr(mine, "workers"):
            mine.workers = Worker(solve), Worker(compare)
            begun.extend(mine.workers)
        with TemporaryDirectory() as folder:
            return _one(seed, folder, *mine.workers, timeout=timeout, most=most, compared=compared)

    try:
        with ThreadPool(jobs) as pool:
            yield from pool.imap(one, seeds)
    finally:
        for worker in begun:
            worker.end()


def _one(
    seed: int, folder: str, solver: Worker, judge: Worker, *, timeout: float, most: int, compared: int
) -> Examined:
    try:
        found: Examined = solver.ask(seed, most, folder, timeout=timeout)
    except TooLongError:
        return _lost(seed, most, f"longer than {timeout:g} s", timeout)
    except (EOFError, ConnectionError):
        return _lost(seed, most, "the process died", 0.0)
    even = found.cells <= compared
    if found.state != "succeeded" or not (even or found.off):
        return found
    try:
        return replace(found, **judge.ask(folder, even, found.off, timeout=timeout))
    except (TooLongError, EOFError, ConnectionError):
        return replace(found, compared="Clarabel: too long")


def _lost(seed: int, most: int, reason: str, seconds: float) -> Examined:
    scenario = generate(seed, most=most)
    return Examined(
        seed,
        scenario.style,
        len(scenario.columns["partner_id"]),
        state=reason,
        reason=reason,
        seconds=seconds,
    )
