"""The pool of processes: answers in order, one process per core, nothing left running."""

import os
import signal
import subprocess
import sys
import threading
import time
from multiprocessing import active_children
from pathlib import Path

import pytest
from small import write_small

from api.comparing.pool import cores, pool
from api.exits import Failed

Told = list[tuple[str, float]]


def square(number: int) -> int:
    return number * number


def process(_: int) -> int:
    return os.getpid()


def die(_: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class Suicidal:
    """Kills its process while it is told."""

    def __reduce__(self) -> tuple[type[bytes], tuple[bytes]]:
        threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGKILL)).start()
        return bytes, (bytes(1 << 24),)


def answer_at_length(_: int) -> Suicidal:
    return Suicidal()


def fail(number: int) -> int:
    raise ArithmeticError(f"no {number}")


@pytest.mark.parametrize("jobs", [1, 2])
def test_answers_stand_in_the_order_of_the_tasks(jobs: int) -> None:
    told: Told = []
    with pool(jobs, lambda stage, share: told.append((stage, share))) as opened:
        assert opened.each(square, [3, 1, 2], "squaring") == [9, 1, 4]
        assert opened.each(square, [], "nothing") == []
        assert opened.each(square, [5], "one more") == [25]

    assert told == [
        ("squaring 1 of 3", 0),
        ("squaring 2 of 3", 1 / 3),
        ("squaring 3 of 3", 2 / 3),
        ("squaring 3 of 3", 1),
        ("one more 1 of 1", 0),
        ("one more 1 of 1", 1),
    ]
    assert active_children() == []


def test_work_is_done_in_other_processes_unless_one_is_enough() -> None:
    with pool(2, _quiet) as opened:
        assert os.getpid() not in opened.each(process, [1, 2, 3], "")
    with pool(1, _quiet) as opened:
        assert set(opened.each(process, [1, 2, 3], "")) == {os.getpid()}


def test_there_is_a_process_for_every_core() -> None:
    assert 1 <= cores() <= (os.cpu_count() or 1)


def test_a_killed_process_fails_the_command() -> None:
    with pytest.raises(Failed, match="ended before its answer"), pool(2, _quiet) as opened:
        opened.each(die, [1, 2], "")
    assert active_children() == []


def test_a_process_killed_while_it_answers_fails_the_command() -> None:
    """The answers are larger than any pipe holds, and nobody listens until the processes are dead."""

    def dawdle(stage: str, share: float) -> None:
        del stage
        if share:
            _wait_for(lambda: active_children() == [])

    with pytest.raises(Failed, match="ended before its answer"), pool(2, dawdle) as opened:
        opened.each(answer_at_length, [0, 1], "")


def test_what_a_task_raises_here_comes_through() -> None:
    with pytest.raises(ArithmeticError, match="no 1"), pool(1, _quiet) as opened:
        opened.each(fail, [1, 2], "")


def test_who_leaves_early_leaves_nothing_behind() -> None:
    def interrupt(stage: str, share: float) -> None:
        del stage
        if share:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), pool(2, interrupt) as opened:
        opened.each(process, [1, 2], "")
    assert active_children() == []


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGKILL])
def test_no_process_outlives_the_command(tmp_path: Path, sent: signal.Signals) -> None:
    """Ctrl-C ends the command at once and without noise; whoever kills it leaves no solver behind."""
    out = tmp_path / "grid.csv"
    arguments = [
        "sweep",
        str(write_small(tmp_path)),
        "--set",
        "company target.total=600:1200:5",
        "--jobs",
        "2",
    ]
    with subprocess.Popen(
        [sys.executable, "-m", "api.cli", *arguments, "-o", str(out)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    ) as run:  # fmt: skip
        try:
            _wait_for(lambda: len(_alive(run.pid)) >= 3)
            os.killpg(run.pid, sent) if sent == signal.SIGINT else os.kill(run.pid, sent)
            said = run.communicate(timeout=60)
            _wait_for(lambda: _alive(run.pid) == [])
        finally:
            run.kill()

    assert run.returncode == (130 if sent == signal.SIGINT else -signal.SIGKILL)
    assert sent == signal.SIGKILL or said == ("", "\nInterrupted.\n")
    assert not out.exists()


def _quiet(stage: str, share: float) -> None:
    del stage, share


def _alive(group: int) -> list[int]:
    """The processes of the group, those that have ended and are not yet buried aside."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, of, *_ = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(of) == group and state != "Z":
            found.append(int(path.parent.name))
    return found


def _wait_for(happened: object, seconds: float = 60) -> None:
    """Until it has happened; fails after so many seconds."""
    assert callable(happened)
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.05)
