"""What the end of a solve's process means."""

import json
import signal
from pathlib import Path

import pytest

from api.child import CRASHED, OUT_OF_MEMORY
from api.outcomes import Crashed, Released, outcome
from api.runs import Outcome
from api.saying import Progress, Said
from api.store.runs import State
from api.supervision import End, Stopped


def end(code: int | None, *lines: str, stopped: Stopped | None = None) -> End:
    said = Said()
    for line in lines:
        said.hear(line.encode() + b"\n")
    return End(code, said, stopped, {"wall_s": 1.0})


@pytest.fixture
def out(tmp_path: Path) -> Path:
    (tmp_path / "result.json").write_text(json.dumps({"termination": "optimal", "versions": {"numpy": "2"}}))
    return tmp_path


@pytest.mark.parametrize(
    ("ended", "state", "reason"),
    [
        (end(0), State.SUCCEEDED, None),
        (end(3), State.INFEASIBLE, None),
        (end(4), State.FAILED, "solve_failed"),
        (end(1, "rules.yaml:2:9: unknown-kind: no rule kind 'x'."), State.FAILED, "findings"),
        (end(1, '{"finding": {"code": "unknown-kind"}}'), State.FAILED, "findings"),
        (end(OUT_OF_MEMORY), State.FAILED, "memory_limit"),
        (
            end(-signal.SIGABRT, "terminate called after throwing std::bad_alloc"),
            State.FAILED,
            "memory_limit",
        ),
        (end(-signal.SIGXCPU), State.FAILED, "time_limit"),
        (end(-signal.SIGKILL, stopped=Stopped.TIME_LIMIT), State.FAILED, "time_limit"),
        (end(0, stopped=Stopped.TIME_LIMIT), State.SUCCEEDED, None),
        (end(-signal.SIGKILL, stopped=Stopped.CANCEL), State.CANCELLED, None),
    ],
)
def test_an_end_that_is_final(out: Path, ended: End, state: State, reason: str | None) -> None:
    found = outcome(ended, out)
    assert isinstance(found, Outcome)
    assert (found.state, found.reason) == (state, reason)


@pytest.mark.parametrize("code", [None, -signal.SIGKILL, -signal.SIGSEGV, CRASHED, 1, 2, 99])
def test_an_end_that_may_be_tried_again(out: Path, code: int | None) -> None:
    assert outcome(end(code), out) == Crashed("crashed")


def test_a_solve_that_left_no_result_has_crashed(tmp_path: Path) -> None:
    assert outcome(end(0), tmp_path) == Crashed("no_result")


def test_a_solve_stopped_for_the_worker_goes_back(out: Path) -> None:
    assert outcome(end(-signal.SIGKILL, stopped=Stopped.SHUTDOWN), out) == Released()


def test_a_solve_that_was_lost_is_not_written(out: Path) -> None:
    assert outcome(end(0, stopped=Stopped.LOST), out) is None


def test_findings_are_read_from_lines_with_their_place(out: Path) -> None:
    found = outcome(
        end(1, "2 findings", "a.csv:118: missing-value: x is empty.", "r.yaml:7:17: nan: y."), out
    )
    assert isinstance(found, Outcome)
    assert list(found.findings) == [
        {"file": "a.csv", "line": 118, "column": None, "code": "missing-value", "message": "x is empty."},
        {"file": "r.yaml", "line": 7, "column": 17, "code": "nan", "message": "y."},
    ]


def test_the_versions_the_solve_told_are_kept(out: Path) -> None:
    found = outcome(end(0), out)
    assert isinstance(found, Outcome)
    assert found.versions == {"numpy": "2"}


def test_what_is_said_is_told_apart_whatever_the_pieces() -> None:
    said = Said()
    for piece in (
        b'{"stage": "so',
        b'lve", "share": 0.5}\nhel',
        b'lo\n{"stage": 7}\n{"broken\n{"finding": {"code": "x"}}',
    ):
        said.hear(piece)
    said.end()
    assert said.progress == Progress("solve", 0.5)
    assert said.findings == [{"code": "x"}]
    assert list(said.lines) == ["hello", '{"stage": 7}', '{"broken']


def test_a_flood_of_words_is_not_kept() -> None:
    said = Said()
    for number in range(5000):
        said.hear(f"line {number}\n".encode())
    said.hear(b"x" * 1_000_000)
    said.end()
    assert len(said.lines) == 400
    assert all(len(line) <= 2000 for line in said.lines)
