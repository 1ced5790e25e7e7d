"""Starting solves: the worker's side of the fork server, which it starts, and starts again when it has died."""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from api.processes.limits import Limits
from api.processes.messages import SolveRequest
from api.processes.warmup import write_scenario

_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
_PATIENCE_S = 5.0
"""How long the fork server may take to start a solve."""


class LaunchFailed(Exception):  # noqa: N818
    """No process could be started for the solve; nothing is wrong with the solve itself."""


@dataclass(frozen=True)
class Launch:
    """What a solve calls."""

    function: str = "api.worker.solve:solve"
    """`module:function` of a `messages.Solve`; the solver is loaded by the fork server alone."""
    warm: bool = True
    """Whether the fork server solves a small scenario beforehand."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Added to the environment of every solve."""


class Child:
    """A solve that was started: its channel reports the end; its pipes carry its messages and its log."""

    def __init__(self, channel: socket.socket, messages: int, log: int) -> None:
        self.channel = channel
        self.messages = messages
        self.log = log
        self.pid = 0
        self._received = b""

    def message(self) -> dict[str, Any] | None:
        """The next message of the fork server; None when it is gone. Waits for it."""
        while b"\n" not in self._received:
            piece = _receive(self.channel)
            if not piece:
                return None
            self._received += piece
        line, _, self._received = self._received.partition(b"\n")
        message: dict[str, Any] = json.loads(line)
        return message

    def kill(self) -> None:
        """Have the whole process group killed; its end is reported as ever."""
        with suppress(OSError):
            self.channel.sendall(b"k")

    def kill_directly(self) -> None:
        """Kill the process group ourselves, when there is no fork server left to do it."""
        if self.pid:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)

    def close(self) -> None:
        """Let go of it; a solve still there is killed."""
        self.channel.close()
        os.close(self.messages)
        os.close(self.log)


class Launcher:
    """Starts solves, one fork server behind it, which warms up on a scenario written into the folder."""

    def __init__(self, launch: Launch, folder: Path) -> None:
        self._launch = launch
        self._folder = folder
        self._lock = threading.Lock()
        self._server: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._warm_up: tempfile.TemporaryDirectory[str] | None = None
        self._ready = False

    def prepare(self, patience_s: float) -> bool:
        """Whether solves can be started; starts the fork server when there is none, and waits so long for it."""
        with self._lock:
            if not self._alive():
                self._drop()
                self._start()
            if not self._ready and self._control:
                ready = select.select([self._control], [], [], patience_s)[0]
                self._ready = bool(ready and _receive(self._control))
            return self._ready

    def launch(self, request: SolveRequest, limits: Limits) -> Child:
        """A new process solving what is asked; raises LaunchFailed, at once if not prepared."""
        body = {"solve": request.model_dump(mode="json"), "limits": asdict(limits)}
        ours, theirs = socket.socketpair()
        (messages, its_messages), (log, its_log) = os.pipe(), os.pipe()
        child = Child(ours, messages, log)
        try:
            with self._lock:
                child.pid = self._request(body, child, [theirs.fileno(), its_messages, its_log])
        except LaunchFailed:
            child.close()
            raise
        finally:
            theirs.close()
            os.close(its_messages)
            os.close(its_log)
        os.set_blocking(messages, False)
        os.set_blocking(log, False)
        return child

    def _request(self, body: Mapping[str, Any], child: Child, descriptors: list[int]) -> int:
        """The pid that the fork server reports; a fork server that does not is replaced the next time."""
        control = self._prepared()
        try:
            socket.send_fds(control, [json.dumps(body).encode()], descriptors)
            ready = select.select([child.channel], [], [], _PATIENCE_S)[0]
            answer = child.message() if ready else None
        except OSError:
            answer = None
        if answer is None:
            self._drop()
            raise LaunchFailed("the fork server does not answer")
        if "pid" not in answer:
            raise LaunchFailed(answer["refused"])
        return int(answer["pid"])

    def _prepared(self) -> socket.socket:
        if self._control is None or not self._ready or not self._alive():
            raise LaunchFailed("the fork server is not ready")
        return self._control

    def _alive(self) -> bool:
        return self._server is not None and self._server.poll() is None

    def _start(self) -> None:
        self._control, theirs = socket.socketpair()
        with theirs:
            self._server = self._spawn(theirs.fileno())

    def _spawn(self, descriptor: int) -> subprocess.Popen[bytes]:
        command = [
            sys.executable,
            "-P",
            "-m",
            "api.processes.fork_server",
            str(descriptor),
            self._launch.function,
        ]
        if self._launch.warm:
            self._warm_up = tempfile.TemporaryDirectory(prefix=".warm-", dir=self._folder)
            write_scenario(Path(self._warm_up.name))
            command.append(self._warm_up.name)
        return subprocess.Popen(
            command,
            pass_fds=[descriptor],
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            env={**os.environ, **_ONE_THREAD, **self._launch.environment},
        )

    @property
    def pid(self) -> int | None:
        """Of the fork server, when there is one."""
        return self._server.pid if self._server else None

    def close(self) -> None:
        """End the fork server and all that it has started."""
        with self._lock:
            self._drop()

    def _drop(self) -> None:
        if self._control:
            self._control.close()
        if self._server:
            self._server.send_signal(signal.SIGCONT)
            try:
                self._server.wait(2)
            except subprocess.TimeoutExpired:
                self._server.kill()
                self._server.wait()
        if self._warm_up:
            self._warm_up.cleanup()
        self._server = self._control = self._warm_up = None
        self._ready = False


def _receive(channel: socket.socket) -> bytes:
    try:
        return channel.recv(4096)
    except ConnectionError:
        return b""
