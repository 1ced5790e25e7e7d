"""`cascade` for tests that run it many times: each command in a fork of a process that has imported what it needs.

Most of what a small command takes is importing. A fork starts from what has been imported and nothing else, calls the
entry point that the installed script calls, and ends as an interpreter does. It has the folder, environment, umask,
stdin, stdout and stderr of who called it, who gets its exit code or dies of its signal. What is not as in a process of
its own: variables that Python and libraries read at their start (PYTHON..., OPENBLAS...) and the seed of hashes are
those of the server.
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
from pkgutil import walk_packages
from typing import NoReturn

OURS = ("scenarios", "rules", "solver", "api.analysis", "api.output", "api.text", "api.cli")
"""Packages of which every module is imported beforehand."""
OTHERS = (
    "alembic", "clarabel", "flask_openapi", "ortools.graph.python.min_cost_flow", "ortools.linear_solver.pywraplp",
    "ortools.linear_solver.python.model_builder_helper", "pandas", "piqp", "pyarrow.csv", "pyarrow.parquet",
    "sqlalchemy.orm", "xlsxwriter",
)  # fmt: skip
"""What these import only once they use it, and what takes long; none starts a thread, which forks would miss."""
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "JE_ARROW_MALLOC_CONF": "background_thread:false"}
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
            env={**os.environ, **ONE_THREAD},
        ) as server:
            assert server.stdin
            assert server.stdout
            assert server.stdout.readline() == _READY
            yield folder
            server.stdin.close()


def serve(path: str) -> None:
    """Fork for every connection, until stdin closes; returns only in the server."""
    for name in OURS:
        for module in walk_packages(import_module(name).__path__, f"{name}."):
            import_module(module.name)
    for name in OTHERS:
        import_module(name)
    assert len(os.listdir("/proc/self/task")) == 1, "a package has started a thread, which forks would miss"
    gc.collect()
    gc.freeze()  # a fork that looked through it all at its end would copy it all
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
    import_module("goal_cascade").main()
    raise AssertionError("the entry point ends the process")


if __name__ == "__main__":
    serve(sys.argv[1])
