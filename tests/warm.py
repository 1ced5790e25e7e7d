"""`cascade` for tests that run it many times: each command in a fork of a process that has imported others' packages.

Much of what a small command takes is importing NumPy, SciPy and the like. Only those are loaded beforehand: each
command imports every module of ours anew, calls the entry point that the installed script calls, and ends as an
interpreter does. It has the folder, environment, umask, stdin, stdout and stderr of who called it, who gets its exit
code or dies of its signal. What is not as in a process of its own: variables that Python reads at its start
(PYTHON...) and the seed of hashes are those of the server.
"""

import gc
import json
import os
import select
import shlex
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import NoReturn

OTHERS = (
    "alembic", "click", "flask_openapi", "numpy", "ortools.linear_solver.pywraplp", "pydantic", "ruamel.yaml",
    "scipy.optimize", "scipy.sparse", "sqlalchemy.orm", "xlsxwriter",
)  # fmt: skip
"""What takes long to import, and starts no thread: a fork has only the thread that forked."""
OURS = {"api", "docs", "goal_cascade", "rules", "scenarios", "solver"}
SCRIPT = str(Path(sys.executable).with_name("cascade"))
_READY = "ready\n"


@contextmanager
def warm_commands() -> Iterator[Path]:
    """A folder for PATH whose `cascade` runs in a fork; the server ends with the context, or with this process."""
    with tempfile.TemporaryDirectory(prefix="warm-") as name:  # a socket's path must be short
        folder = Path(name)
        script = folder / "cascade"
        client = [
            sys.executable,
            "-IS",
            str(Path(__file__).with_name("warm_client.py")),
            str(folder / "socket"),
        ]
        script.write_text(f'#!/bin/sh\nexec {shlex.join(client)} "$@"\n')
        script.chmod(0o755)
        with subprocess.Popen(
            [sys.executable, __file__, str(folder / "socket")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},  # more would be threads, which forks miss
        ) as server:
            assert server.stdin
            assert server.stdout
            assert server.stdout.readline() == _READY
            yield folder
            server.stdin.close()


def serve(path: str) -> None:
    """Fork for every connection, until stdin closes; returns only in the server."""
    for name in OTHERS:
        import_module(name)
    assert len(os.listdir("/proc/self/task")) == 1, "a package has started a thread, which forks would miss"
    assert not OURS & sys.modules.keys(), "modules of ours are to be imported by each command"
    gc.freeze()
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(path)
        door.listen()
        sys.stdout.write(_READY)
        sys.stdout.flush()
        while door in select.select([door, 0], [], [])[0]:
            connection, _ = door.accept()
            if os.fork() == 0:
                door.close()
                attend(connection)
            connection.close()
            reap()
        reap()


def reap() -> None:
    """Take note of forks that have ended, so that their time counts as this process's."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def attend(connection: socket.socket) -> NoReturn:
    """Run the command that the client names, in a fork, and report its process and how that ended."""
    _, streams, _, _ = socket.recv_fds(connection, 1, 3)
    with connection.makefile("rw") as line:
        wanted = json.loads(line.readline())
        command = os.fork()
        if command:
            for stream in streams:
                os.close(stream)
            print(command, file=line, flush=True)
            print(os.waitstatus_to_exitcode(os.waitpid(command, 0)[1]), file=line, flush=True)
            os._exit(0)
    connection.close()
    run(streams, **wanted)


def run(
    streams: list[int], arguments: list[str], folder: str, environment: dict[str, str], umask: int
) -> NoReturn:
    """Be the command: the interpreter's own end follows, with what is registered for it."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(folder)
    os.umask(umask)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = [SCRIPT, *arguments]
    sys.path[0] = str(Path(SCRIPT).parent)
    gc.unfreeze()
    import_module("goal_cascade").main()
    raise AssertionError("the entry point ends the process")


if __name__ == "__main__":
    serve(sys.argv[1])
