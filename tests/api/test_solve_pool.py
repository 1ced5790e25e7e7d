"""The pool of processes: answers in order, one process per core, nothing left running."""

import os
import signal
import struct
import subprocess
import sys
import time
from pathlib import Path

import pytest
from polling import children
from small import write_small

from api.output.errors import OutputError
from api.processes.solve_pool import cores, pool

Reported = list[tuple[str, float]]


def square(number: int) -> int:
    return number * number


def process(_: int) -> int:
    return os.getpid()


def die(_: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def answer_in_part(_: int) -> None:
    """Kills its process after a part of an answer of 16 MB."""
    os.write(int(sys.argv[1]), struct.pack("!i", 1 << 24) + bytes(1000))
    os.kill(os.getpid(), signal.SIGKILL)


def fail(number: int) -> int:
    raise ArithmeticError(f"no {number}")


@pytest.fixture
def known() -> set[int]:
    """The processes that are there before: other tests of this process may keep some."""
    return set(children(os.getpid()))


@pytest.mark.parametrize("jobs", [1, 2])
def test_answers_stand_in_the_order_of_the_tasks(jobs: int, known: set[int]) -> None:
    reported: Reported = []
    with pool(jobs, lambda stage, share: reported.append((stage, share))) as opened:
        assert opened.each(square, [3, 1, 2], "squaring") == [9, 1, 4]
        assert opened.each(square, [], "nothing") == []
        assert opened.each(square, [5], "one more") == [25]

    assert reported == [
        ("squaring 1 of 3", 0),
        ("squaring 2 of 3", 1 / 3),
        ("squaring 3 of 3", 2 / 3),
        ("squaring 3 of 3", 1),
        ("one more 1 of 1", 0),
        ("one more 1 of 1", 1),
    ]
    assert set(children(os.getpid())) <= known


def test_work_is_done_in_other_processes_unless_one_is_enough() -> None:
    with pool(2, _quiet) as opened:
        assert os.getpid() not in opened.each(process, [1, 2, 3], "")
    with pool(1, _quiet) as opened:
        assert set(opened.each(process, [1, 2, 3], "")) == {os.getpid()}


def test_there_is_a_process_for_every_core() -> None:
    assert 1 <= cores() <= (os.cpu_count() or 1)


def test_a_killed_process_fails_the_command(known: set[int]) -> None:
    with pytest.raises(OutputError, match="ended before its answer"), pool(2, _quiet) as opened:
        opened.each(die, [1, 2], "")
    assert set(children(os.getpid())) <= known


def test_a_process_killed_while_it_answers_fails_the_command(known: set[int]) -> None:
    with pytest.raises(OutputError, match="ended before its answer"), pool(2, _quiet) as opened:
        opened.each(answer_in_part, [0, 1], "")
    assert set(children(os.getpid())) <= known


def test_what_a_task_raises_there_comes_through() -> None:
    with pytest.raises(ArithmeticError, match="no 1"), pool(2, _quiet) as opened:
        opened.each(fail, [1, 1], "")


def test_what_a_task_raises_here_comes_through() -> None:
    with pytest.raises(ArithmeticError, match="no 1"), pool(1, _quiet) as opened:
        opened.each(fail, [1, 2], "")


def test_who_leaves_early_leaves_nothing_behind(known: set[int]) -> None:
    def interrupt(stage: str, share: float) -> None:
        del stage
        if share:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), pool(2, interrupt) as opened:
        opened.each(process, [1, 2], "")
    assert set(children(os.getpid())) <= known


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGKILL])
def test_no_process_outlives_the_command(tmp_path: Path, sent: signal.Signals) -> None:
    """Ctrl-C ends the command at once and without noise; whoever kills it leaves no solver behind."""
    out = tmp_path / "grid.csv"
    arguments = [
        "sweep",
        str(write_small(tmp_path)),
        "--set",
        "company target.total=600:4600:1",  # long enough that it cannot end first
        "--jobs",
        "2",
    ]
    with subprocess.Popen(
        [sys.executable, "-m", "api.cli.main", *arguments, "-o", str(out)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    ) as run:  # fmt: skip
        try:
            _wait_for(lambda: len(_alive(run.pid)) >= 3)
            os.killpg(run.pid, sent) if sent == signal.SIGINT else os.kill(run.pid, sent)
            message = run.communicate(timeout=60)
            _wait_for(lambda: _alive(run.pid) == [])
        finally:
            run.kill()

    assert run.returncode == (130 if sent == signal.SIGINT else -signal.SIGKILL)
    assert sent == signal.SIGKILL or (message[0], message[1][-14:]) == ("", "\nInterrupted.\n")
    assert not out.exists()


def _quiet(stage: str, share: float) -> None:
    del stage, share


def _alive(group: int) -> list[int]:
    """The processes of the group, those that have ended and are not yet waited for aside."""
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
