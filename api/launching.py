"""Starting solves: the worker's side of the zygote, which it starts, and starts again when it has died."""

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

from api.child import Limits
from api.job import solve_arguments
from api.warming import write_scenario

_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
_PATIENCE_S = 5.0


class LaunchFailed(Exception):  # noqa: N818
    """No process could be started for the solve; nothing is wrong with the solve itself."""


@dataclass(frozen=True)
class Launch:
    """What a solve calls."""

    call: str = "api.cli:main"
    """`module:function`, called like the command `cascade` with the arguments of a solve in sys.argv."""
    warm: bool = True
    """Whether the zygote solves a small scenario beforehand."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Added to the environment of every solve."""


class Child:
    """A solve that was started: its channel tells the end, its pipe what it says."""

    def __init__(self, channel: socket.socket, said: int) -> None:
        self.channel = channel
        self.said = said
        self.pid = 0
        self._told = b""

    def message(self) -> dict[str, Any] | None:
        """The next message of the zygote; None when the zygote is gone. Waits for it."""
        while b"\n" not in self._told:
            piece = _receive(self.channel)
            if not piece:
                return None
            self._told += piece
        line, _, self._told = self._told.partition(b"\n")
        told: dict[str, Any] = json.loads(line)
        return told

    def kill(self) -> None:
        """Have the whole process group killed; its end is told as ever."""
        with suppress(OSError):
            self.channel.sendall(b"k")

    def bury(self) -> None:
        """Kill the process group ourselves, when there is no zygote left to do it."""
        if self.pid:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)

    def close(self) -> None:
        """Let go of it; a solve still there is killed."""
        self.channel.close()
        os.close(self.said)


class Launcher:
    """Starts solves, one zygote behind it, which warms up on a scenario written into the folder `home`."""

    def __init__(self, launch: Launch, home: Path) -> None:
        self._launch = launch
        self._home = home
        self._lock = threading.Lock()
        self._zygote: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._warm_up: tempfile.TemporaryDirectory[str] | None = None
        self._ready = False

    def prepare(self, patience_s: float) -> bool:
        """Whether solves can be started; starts the zygote when there is none, and waits so long for it."""
        with self._lock:
            if not self._alive():
                self._drop()
                self._start()
            if not self._ready and self._control:
                heard = select.select([self._control], [], [], patience_s)[0]
                self._ready = bool(heard and _receive(self._control))
            return self._ready

    def launch(self, folder: Path, limits: Limits) -> Child:
        """A new process solving the scenario in the folder; raises LaunchFailed, at once if not prepared."""
        request = {"folder": str(folder), "arguments": solve_arguments(folder), "limits": asdict(limits)}
        ours, theirs = socket.socketpair()
        said, says = os.pipe()
        child = Child(ours, said)
        try:
            with self._lock:
                child.pid = self._ask(request, child, theirs, says)
        except LaunchFailed:
            child.close()
            raise
        finally:
            theirs.close()
            os.close(says)
        os.set_blocking(said, False)
        return child

    def _ask(self, request: Mapping[str, Any], child: Child, theirs: socket.socket, says: int) -> int:
        """The pid the zygote tells; a zygote that does not is replaced the next time."""
        control = self._prepared()
        try:
            socket.send_fds(control, [json.dumps(request).encode()], [theirs.fileno(), says])
            theirs.close()
            heard = select.select([child.channel], [], [], _PATIENCE_S)[0]
            told = child.message() if heard else None
        except OSError:
            told = None
        if told is None:
            self._drop()
            raise LaunchFailed("the zygote does not answer")
        if "pid" not in told:
            raise LaunchFailed(told["refused"])
        return int(told["pid"])

    def _prepared(self) -> socket.socket:
        if self._control is None or not self._ready or not self._alive():
            raise LaunchFailed("the zygote is not ready")
        return self._control

    def _alive(self) -> bool:
        return self._zygote is not None and self._zygote.poll() is None

    def _start(self) -> None:
        self._control, theirs = socket.socketpair()
        with theirs:
            self._zygote = self._spawn(theirs.fileno())

    def _spawn(self, descriptor: int) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-P", "-m", "api.zygote", str(descriptor), self._launch.call]
        if self._launch.warm:
            self._warm_up = tempfile.TemporaryDirectory(prefix=".warm-", dir=self._home)
            write_scenario(Path(self._warm_up.name))
            command += solve_arguments(Path(self._warm_up.name))
        return subprocess.Popen(
            command,
            pass_fds=[descriptor],
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            env={**os.environ, **_ONE_THREAD, **self._launch.environment},
        )

    @property
    def pid(self) -> int | None:
        """Of the zygote, when there is one."""
        return self._zygote.pid if self._zygote else None

    def close(self) -> None:
        """End the zygote and all that it has started."""
        with self._lock:
            self._drop()

    def _drop(self) -> None:
        if self._control:
            self._control.close()
        if self._zygote:
            self._zygote.send_signal(signal.SIGCONT)
            try:
                self._zygote.wait(2)
            except subprocess.TimeoutExpired:
                self._zygote.kill()
                self._zygote.wait()
        if self._warm_up:
            self._warm_up.cleanup()
        self._zygote = self._control = self._warm_up = None
        self._ready = False


def _receive(channel: socket.socket) -> bytes:
    try:
        return channel.recv(4096)
    except ConnectionError:
        return b""
