"""A warm `cascade` is like the installed one to who calls it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from warm import SCRIPT, warm_commands


@pytest.fixture(scope="module")
def warm() -> Iterator[str]:
    with warm_commands() as folder:
        yield str(folder / "cascade")


@pytest.mark.parametrize(
    "line",
    [
        "'{}' solve",
        "umask 077; '{}' new plan --library reseller && ls -R plan && stat -c %a plan/scenario.yaml",
        "cd /; '{}' check nothing/here.yaml 2>&1 | cat",
        "FORCE_COLOR= NO_COLOR=1 COLUMNS=60 '{}' solve --help",
    ],
    ids=["usage", "files and umask", "folder and findings", "environment"],
)
def test_a_warm_command_does_what_the_installed_one_does(line: str, warm: str, tmp_path: Path) -> None:
    ended = []
    for name, script in (("installed", SCRIPT), ("warm", warm)):
        folder = tmp_path / name
        folder.mkdir()
        done = subprocess.run(
            ["bash", "-c", line.format(script)], cwd=folder, capture_output=True, text=True, check=False
        )
        ended.append((done.returncode, done.stdout, done.stderr))
    assert ended[0] == ended[1]


def test_a_signal_reaches_the_command_and_its_end_the_caller(warm: str, tmp_path: Path) -> None:
    serve = [warm, "serve", "--home", str(tmp_path / "home"), "--port", "0", "--slots", "0"]
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(
        serve, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as command:
        assert command.stdout
        assert command.stdout.readline()  # it has started
        command.send_signal(signal.SIGHUP)
        try:
            assert command.wait(60) == -signal.SIGHUP
        finally:
            command.kill()  # else the end of the context waits for it for ever


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGINT], ids=lambda number: number.name)
def test_children_do_not_ignore_what_is_to_end_them(number: signal.Signals) -> None:
    """As they would under nohup, or behind `&`: a test that sends it would wait for ever."""
    assert signal.getsignal(number) is not signal.SIG_IGN


def test_the_server_ends_with_who_started_it() -> None:
    lines = "import os, warm", "with warm.warm_commands(): os.kill(os.getpid(), 9)"
    started = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)],
        cwd=Path(__file__).parent,
        stderr=subprocess.PIPE,  # the server has it too, so that its end is waited for
        timeout=60,
        check=False,
    )
    assert started.returncode == -signal.SIGKILL
