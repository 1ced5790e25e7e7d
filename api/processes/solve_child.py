"""What a solve's process does after its fork: it calls the function, sends the reply and ends."""

import importlib
import os
import sys
import traceback
from contextlib import suppress
from typing import NoReturn

from api.processes.limits import CRASHED
from api.processes.messages import OUT_OF_MEMORY, Message, Progress, Solve, SolveReply, SolveRequest, encoded


def solve_function(name: str) -> Solve:
    """The function that `module:function` names."""
    module, _, function = name.partition(":")
    found: Solve = getattr(importlib.import_module(module), function)
    return found


def run(solve: Solve, request: SolveRequest, messages: int) -> NoReturn:
    """Solve, report and reply on the descriptor `messages`, and end the process: 0 after a reply."""
    code = CRASHED
    try:
        reply = _reply(solve, request, messages)
        if reply is not None:
            _send(messages, reply)
            code = 0
        sys.stderr.flush()
    finally:
        os._exit(code)


def _reply(solve: Solve, request: SolveRequest, messages: int) -> SolveReply | None:
    def report(progress: Progress) -> None:
        with suppress(OSError):
            _send(messages, progress)

    try:
        return solve(request, report)
    except MemoryError:
        return OUT_OF_MEMORY
    except BaseException:  # noqa: BLE001 - it is in the log, then the process ends
        traceback.print_exc()
        return None


def _send(messages: int, message: Message) -> None:
    rest = encoded(message)
    while rest:
        rest = rest[os.write(messages, rest) :]
