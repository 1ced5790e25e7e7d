"""What stands for `cascade` beside a server of `tests.warm`: it passes on what the caller gave, and how it ended."""

import json
import os
import signal
import socket
import sys

_PASSED_ON = {signal.SIGHUP, signal.SIGINT, signal.SIGTERM}


def main(path: str, *arguments: str) -> int:
    """The exit code of the command, or the end by the signal that ended it."""
    signal.pthread_sigmask(signal.SIG_BLOCK, _PASSED_ON)  # until it is known to whom they go
    umask = os.umask(0)
    wanted = {"arguments": arguments, "folder": os.getcwd(), "environment": dict(os.environ), "umask": umask}
    with socket.socket(socket.AF_UNIX) as server:
        server.connect(path)
        socket.send_fds(server, [b"."], [0, 1, 2])
        with server.makefile("rw") as line:
            print(json.dumps(wanted), file=line, flush=True)
            command = int(line.readline())
            for number in _PASSED_ON:
                signal.signal(number, lambda number, _: os.kill(command, number))
            signal.pthread_sigmask(signal.SIG_UNBLOCK, _PASSED_ON)
            code = int(line.readline())
    if code < 0:
        signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    return code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
