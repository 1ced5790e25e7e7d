"""What the end of a solve's process means."""

import signal

import pytest

from api.db.run_lifecycle import Outcome
from api.db.tables.runs import State
from api.processes.messages import OUT_OF_MEMORY, Progress, SolveReply, encoded
from api.processes.monitor import End, Stopped
from api.processes.output import Log, Messages
from api.worker.outcome import Crashed, Released, outcome

DONE = SolveReply(state="succeeded", termination="optimal", versions={"numpy": "2"}, has_result=True)
FINDINGS = SolveReply(state="failed", termination="error", reason="findings", findings=({"code": "x"},))


@pytest.mark.parametrize(
    ("ended", "state", "reason"),
    [
        (End(DONE), State.SUCCEEDED, None),
        (End(SolveReply(state="infeasible", termination="infeasible")), State.INFEASIBLE, None),
        (
            End(SolveReply(state="failed", termination="error", reason="solve_failed")),
            State.FAILED,
            "solve_failed",
        ),
        (End(FINDINGS), State.FAILED, "findings"),
        (End(OUT_OF_MEMORY), State.FAILED, "memory_limit"),
        (
            End(signal=signal.SIGABRT, log=("terminate called after throwing std::bad_alloc",)),
            State.FAILED,
            "memory_limit",
        ),
        (End(signal=signal.SIGXCPU), State.FAILED, "time_limit"),
        (End(signal=signal.SIGKILL, stopped=Stopped.TIME_LIMIT), State.FAILED, "time_limit"),
        (End(DONE, stopped=Stopped.TIME_LIMIT), State.SUCCEEDED, None),
        (End(DONE, stopped=Stopped.SHUTDOWN), State.SUCCEEDED, None),
        (End(signal=signal.SIGKILL, stopped=Stopped.CANCEL), State.CANCELLED, None),
    ],
)
def test_an_end_that_is_final(ended: End, state: State, reason: str | None) -> None:
    found = outcome(ended)
    assert isinstance(found, Outcome)
    assert (found.state, found.reason) == (state, reason)


@pytest.mark.parametrize("ended", [End(), End(signal=signal.SIGKILL), End(signal=signal.SIGSEGV)])
def test_an_end_that_may_be_tried_again(ended: End) -> None:
    assert outcome(ended) == Crashed()


def test_an_abort_for_another_cause_is_no_lack_of_memory() -> None:
    assert outcome(End(signal=signal.SIGABRT, log=("assertion failed",))) == Crashed()


def test_a_solve_stopped_for_the_worker_goes_back() -> None:
    assert outcome(End(signal=signal.SIGKILL, stopped=Stopped.SHUTDOWN)) == Released()


def test_a_solve_that_was_lost_is_not_written() -> None:
    assert outcome(End(DONE, stopped=Stopped.LOST)) is None


def test_the_reply_is_kept_whole() -> None:
    done, refused = outcome(End(DONE)), outcome(End(FINDINGS))
    assert isinstance(done, Outcome)
    assert isinstance(refused, Outcome)
    assert done.versions == {"numpy": "2"}
    assert refused.findings == ({"code": "x"},)


def test_messages_are_read_whatever_the_pieces() -> None:
    sent = encoded(Progress(stage="solve", share=0.5)) + b"no message\n" + encoded(DONE)
    received = Messages()
    for start in range(0, len(sent), 7):
        received.receive(sent[start : start + 7])
    assert received.progress == Progress(stage="solve", share=0.5)
    assert received.reply == DONE


def test_a_flood_of_log_is_not_kept() -> None:
    log = Log()
    for number in range(5000):
        log.receive(f"line {number}\n".encode())
    log.receive(b"x" * 1_000_000)
    log.end()
    assert len(log.lines) == 400
    assert all(len(line) <= 2000 for line in log.lines)
