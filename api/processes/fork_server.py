"""The fork server: a process that has solved before and forks one child per solve, which so starts warm.

It has one thread of its own (the libraries' pools know how to be forked) and speaks over one control socket
with the worker that started it. A request brings three descriptors: a channel, on which the pid and later the
end of the child are reported, the pipe of the child's messages, and its stderr. Closing the channel kills the
child with its whole process group; closing the control socket ends everything.
"""

import json
import os
import selectors
import signal
import socket
import sys
import warnings
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

from api.processes import limits, solve_child
from api.processes.messages import Solve, SolveRequest
from api.processes.warmup import warm_up

MESSAGE_BYTES = 65536


class ForkServer:
    """The loop of the forking process."""

    def __init__(self, control: socket.socket, solve: Solve) -> None:
        self._control = control
        self._solve = solve
        self._channels: dict[int, socket.socket] = {}
        self._selector = selectors.DefaultSelector()
        self._wakeup, writer = socket.socketpair()
        self._wakeup.setblocking(False)
        writer.setblocking(False)
        self._wakeup_writer = writer
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
        self._selector.register(control, selectors.EVENT_READ)
        self._selector.register(self._wakeup, selectors.EVENT_READ)

    def loop(self) -> None:
        """Report that we are ready, serve until the worker is gone, then leave no child behind."""
        try:
            self._control.sendall(b"r")
            while self._turn():
                pass
        finally:
            for pid in self._channels:
                _kill(pid)

    def _turn(self) -> bool:
        for key, _ in self._selector.select():
            if key.fileobj is self._control:
                if not self._request():
                    return False
            elif key.fileobj is self._wakeup:
                self._wakeup.recv(4096)
            else:
                self._end_unwanted(key.data)
        self._reap()
        return True

    def _request(self) -> bool:
        try:
            message, descriptors, _, _ = socket.recv_fds(self._control, MESSAGE_BYTES, 3)
        except ConnectionError:
            return False
        if not message:
            return False
        channel, (messages, errors) = socket.socket(fileno=descriptors[0]), descriptors[1:]
        try:
            pid = self._fork(json.loads(message), channel, messages, errors)
        except OSError as error:
            _report(channel, {"refused": str(error)})
            channel.close()
        else:
            self._channels[pid] = channel
            self._selector.register(channel, selectors.EVENT_READ, pid)
            _report(channel, {"pid": pid})
        finally:
            os.close(messages)
            os.close(errors)
        return True

    def _fork(self, request: dict[str, Any], channel: socket.socket, messages: int, errors: int) -> int:
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            self._become_child(parent, request, channel, messages, errors)
        with suppress(PermissionError, ProcessLookupError):
            os.setpgid(pid, pid)
        return pid

    def _become_child(
        self, parent: int, request: dict[str, Any], channel: socket.socket, messages: int, errors: int
    ) -> NoReturn:
        try:
            os.setpgid(0, 0)
            limits.die_with(parent)
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            limits.redirect(errors)
            for other in (
                self._control,
                self._wakeup,
                self._wakeup_writer,
                channel,
                *self._channels.values(),
            ):
                other.close()
            self._selector.close()
            os.close(errors)
            solving = SolveRequest.model_validate(request["solve"])
            os.chdir(solving.folder)
            limits.limit(limits.Limits(**request["limits"]))
        except BaseException:  # noqa: BLE001 - a half-made child must not go on as a second fork server
            os._exit(limits.CRASHED)
        solve_child.run(self._solve, solving, messages)

    def _end_unwanted(self, pid: int) -> None:
        """Whatever comes on a channel, and its end, means that the solve is not wanted any more."""
        with suppress(ConnectionError):
            if self._channels[pid].recv(16):
                return _kill(pid)
        _kill(pid)
        self._selector.unregister(self._channels[pid])
        return None

    def _reap(self) -> None:
        while True:
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            _kill(pid)
            self._end(pid, status, usage)

    def _end(self, pid: int, status: int, usage: Any) -> None:
        channel = self._channels.pop(pid, None)
        if channel is None:
            return
        code = os.waitstatus_to_exitcode(status)
        used = {"cpu_s": round(usage.ru_utime + usage.ru_stime, 3), "peak_rss_bytes": usage.ru_maxrss * 1024}
        with suppress(KeyError):
            self._selector.unregister(channel)
        _report(channel, {"code": code, **used})
        channel.close()


def _report(channel: socket.socket, message: dict[str, Any]) -> None:
    with suppress(ConnectionError):
        channel.sendall(json.dumps(message).encode() + b"\n")


def _kill(pid: int) -> None:
    """Kill the whole group; one that is gone already is fine."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def main(descriptor: str, name: str, warm_folder: str = "") -> None:
    """`python -m api.processes.fork_server DESCRIPTOR module:function [folder of a scenario to warm up with]`."""
    # Other threads are the libraries' pools; from Python 3.12 on, each fork would warn about them in the log.
    warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)
    control = socket.socket(fileno=int(descriptor))
    solve = solve_child.solve_function(name)
    if warm_folder:
        warm_up(solve, SolveRequest(folder=Path(warm_folder)))
    ForkServer(control, solve).loop()


if __name__ == "__main__":
    main(*sys.argv[1:])
