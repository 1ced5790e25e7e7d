"""What the end of a solve's process means for its run."""

import signal
from dataclasses import dataclass

from api.db.run_lifecycle import Outcome
from api.db.tables.runs import State
from api.processes.messages import OUT_OF_MEMORY, SolveReply
from api.processes.monitor import End, Stopped

_TIME_LIMIT = SolveReply(state="failed", termination="time_limit", reason="time_limit")
_NO_MEMORY = ("bad_alloc", "Cannot allocate", "MemoryError")
"""What native code writes before it aborts for want of memory; nothing else tells that abort from others."""


@dataclass(frozen=True)
class Crashed:
    """The solve did not reply; the run may be tried again."""

    reason: str = "crashed"


@dataclass(frozen=True)
class Released:
    """The solve was stopped for no fault of the run, which goes back into the queue."""


def outcome(end: End) -> Outcome | Crashed | Released | None:
    """What to write of a solve that has ended; None when its claim is lost."""
    if end.stopped is Stopped.LOST:
        return None
    if end.stopped is Stopped.CANCEL:
        return Outcome(State.CANCELLED, usage=end.usage)
    if end.stopped is Stopped.SHUTDOWN and end.reply is None:
        return Released()
    reply = end.reply or _unsent(end)
    return Crashed() if reply is None else _of_reply(reply, end)


def _of_reply(reply: SolveReply, end: End) -> Outcome:
    return Outcome(
        State(reply.state),
        termination=reply.termination,
        reason=reply.reason,
        findings=reply.findings,
        usage=end.usage,
        versions=reply.versions or None,
    )


def _unsent(end: End) -> SolveReply | None:
    """The reply of a solve that could not send one; None when trying again may help."""
    if end.stopped is Stopped.TIME_LIMIT or end.signal == signal.SIGXCPU:
        return _TIME_LIMIT
    if end.signal == signal.SIGABRT and any(word in line for line in end.log for word in _NO_MEMORY):
        return OUT_OF_MEMORY
    return None
