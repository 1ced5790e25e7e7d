"""A worker on a real store with real processes: what is submitted ends, once, whatever happens to whom."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import making
import pytest
from watching import children, eventually, gone

from api import dispatch, runs
from api.housekeeping import Pace
from api.solving import Allowance
from api.store import Settings, Store, blobs, events, results, scenarios, workers
from api.store.runs import State
from api.worker import Worker, WorkerSettings

PACE = Pace(poll_s=0.1, watch_s=0.1, lease_s=1.5, presence_s=0.2, pause_s=0.1)
ALLOWANCE = Allowance(time_limit_s=20, memory_limit_mb=300, beat_s=0.2)
Start = Callable[..., Worker]


@pytest.fixture
def start(store: Store, home: Path) -> Iterator[Start]:
    """Starts workers that are stopped at the end."""
    started: list[Worker] = []

    def begin(on: Store = store, **fields: Any) -> Worker:
        plain = WorkerSettings(home, launch=making.FAKE, allowance=ALLOWANCE, pace=PACE)
        worker = Worker(on, replace(plain, **fields))
        worker.start()
        started.append(worker)
        return worker

    yield begin
    for worker in started:
        worker.stop(0)


@pytest.fixture
def org(store: Store) -> str:
    return making.organisation(store)


def kinds(store: Store, org_id: str, run_id: str) -> list[str]:
    with store.read() as session:
        return [event.kind for event in events.since(session, org_id, run_id, 0)]


def running(store: Store, org_id: str, run_id: str) -> bool:
    return making.get(store, org_id, run_id).state == State.RUNNING


def zygote() -> int:
    return next(pid for pid in children(os.getpid()) if b"api.zygote" in _command(pid))


def _command(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


def test_a_submitted_run_ends_with_its_targets(store: Store, start: Start, org: str) -> None:
    start()
    run = making.ended(store, org, making.run(store, org, partners=40))
    assert (run.state, run.termination, run.attempt) == ("succeeded", "optimal", 1)
    assert run.usage is not None
    assert set(run.usage) == {"wall_s", "cpu_s", "peak_rss_bytes"}
    with store.read() as session:
        assert results.partner(session, org, run.id, "P00017").allocation[0]["target"] == "17"
        assert results.get(session, org, run.id).rows == {"allocation": 80, "receipts": 160}


@pytest.mark.parametrize(
    ("do", "state", "reason", "attempts"),
    [
        ("findings", State.FAILED, "findings", 1),
        ("conflict", State.INFEASIBLE, None, 1),
        ("fail", State.FAILED, "solve_failed", 1),
        ("eat 500", State.FAILED, "memory_limit", 1),
        ("kill", State.FAILED, "crashed", 3),
        ("raise", State.FAILED, "crashed", 3),
    ],
)
def test_how_a_solve_ends_is_how_its_run_ends(
    store: Store, start: Start, org: str, do: str, state: State, reason: str | None, attempts: int
) -> None:
    start()
    run = making.ended(store, org, making.run(store, org, do))
    assert (run.state, run.reason, run.attempt) == (state, reason, attempts)


def test_a_poison_run_does_not_keep_others_waiting(store: Store, start: Start, org: str) -> None:
    start(slots=1)
    poison = making.run(store, org, "kill")
    good = [making.run(store, org) for _ in range(3)]
    assert {making.ended(store, org, run_id).state for run_id in good} == {"succeeded"}
    assert making.ended(store, org, poison).state == "failed"


def test_a_killed_solve_is_tried_again_at_once(store: Store, start: Start, org: str) -> None:
    start()
    run = making.ended(store, org, making.run(store, org, crash_attempts=2))
    assert (run.state, run.attempt, run.strikes) == ("succeeded", 3, 2)
    assert kinds(store, org, run.id).count("requeued") == 2


def test_a_solve_past_its_time_limit_is_killed(store: Store, start: Start, org: str) -> None:
    start()
    run = making.ended(store, org, making.run(store, org, "sleep 60", options={"time_limit_s": 0.5}))
    assert (run.state, run.reason, run.termination) == ("failed", "time_limit", "time_limit")


def test_a_running_run_is_cancelled(store: Store, start: Start, org: str) -> None:
    start()
    run_id = making.run(store, org, "sleep 60")
    assert eventually(lambda: running(store, org, run_id))
    with store.write() as session:
        runs.cancel(session, org, run_id)
    assert making.ended(store, org, run_id).state == "cancelled"
    assert kinds(store, org, run_id)[-2:] == ["cancel_requested", "cancelled"]


def test_a_cancel_from_another_process_is_heard_at_the_next_beat(
    store: Store, settings: Settings, start: Start, org: str
) -> None:
    start()
    run_id = making.run(store, org, "sleep 60")
    assert eventually(lambda: running(store, org, run_id))
    elsewhere = Store.open(settings)
    with elsewhere.write() as session:
        runs.cancel(session, org, run_id)
    elsewhere.close()
    assert making.ended(store, org, run_id, within_s=5).state == "cancelled"


def test_a_run_submitted_by_another_process_is_found(
    store: Store, settings: Settings, start: Start, org: str
) -> None:
    start()
    elsewhere = Store.open(settings)
    run_id = making.run(elsewhere, org)
    elsewhere.close()
    assert making.ended(store, org, run_id).state == "succeeded"


def test_progress_is_told_while_it_happens(store: Store, start: Start, org: str) -> None:
    start()
    run_id = making.run(store, org, "sleep 1.5")
    with store.bell.listen(run_id) as heard:
        while "progress" not in kinds(store, org, run_id):
            assert heard.wait(10)
            heard.clear()
    assert running(store, org, run_id)
    assert making.get(store, org, run_id).stage == "solve"


def test_the_words_of_a_solve_are_its_log_without_our_folders(
    store: Store, start: Start, org: str, home: Path
) -> None:
    start()
    run_id = making.run(store, org, f"say {home} is where", "say hello")
    making.ended(store, org, run_id)
    with store.read() as session:
        (told,) = events.since(session, org, run_id, 0, kind="log")
    assert told.data["lines"][-1] == "hello"


def test_stopping_lets_short_solves_end_and_puts_long_ones_back(store: Store, start: Start, org: str) -> None:
    worker = start()
    short, long = making.run(store, org, "sleep 0.5"), making.run(store, org, "sleep 60")
    assert eventually(lambda: running(store, org, short) and running(store, org, long))
    worker.stop(2)
    assert making.get(store, org, short).state == "succeeded"
    back = making.get(store, org, long)
    assert (back.state, back.strikes, back.attempt) == ("queued", 0, 1)
    assert not (worker._settings.home / "jobs" / worker.id).exists()


def test_when_the_zygote_is_killed_the_runs_are_tried_again(store: Store, start: Start, org: str) -> None:
    start()
    run_id = making.run(store, org, "sleep 1")
    assert eventually(lambda: running(store, org, run_id) and bool(children(zygote())))
    os.kill(zygote(), signal.SIGKILL)
    run = making.ended(store, org, run_id)
    assert (run.state, run.attempt) == ("succeeded", 2)


def test_a_stuck_zygote_keeps_no_run_forever(store: Store, start: Start, org: str) -> None:
    start()
    assert making.ended(store, org, making.run(store, org)).state == "succeeded"
    os.kill(zygote(), signal.SIGSTOP)
    run_id = making.run(store, org)
    assert making.ended(store, org, run_id, within_s=30).state == "succeeded"


def a_worker_process(settings: Settings, home: Path, *, lease_s: float = 60) -> subprocess.Popen[bytes]:
    """A worker in a process of its own, to be killed."""
    program = f"""
import threading
from pathlib import Path
import making
from api.housekeeping import Pace
from api.store import Settings, Store
from api.worker import Worker, WorkerSettings
store = Store.open(Settings({settings.url!r}))
worker = Worker(store, WorkerSettings(Path({str(home)!r}), launch=making.FAKE, pace=Pace(lease_s={lease_s})))
worker.start()
threading.Event().wait()
"""
    environment = {**os.environ, **making.FAKE.environment}
    return subprocess.Popen([sys.executable, "-c", program], env=environment)


def test_what_a_killed_worker_held_is_taken_over_at_once_on_the_same_host(
    store: Store, settings: Settings, start: Start, org: str, home: Path
) -> None:
    """The lease is far longer than the test: the lock on the dead worker's folder tells."""
    run_id = making.run(store, org, "sleep 2")
    with a_worker_process(settings, home) as other:
        assert eventually(lambda: running(store, org, run_id), 30)
        held = {pid for zygote in children(other.pid) for pid in children(zygote)}
        other.kill()
    assert all(eventually(lambda pid=pid: gone(pid)) for pid in held)
    start(pace=replace(PACE, lease_s=3600.0))
    run = making.ended(store, org, run_id)
    assert (run.state, run.attempt, run.strikes) == ("succeeded", 2, 1)
    assert len([path for path in (home / "jobs").iterdir() if path.name[0] != "."]) == 1


def test_what_a_dead_worker_elsewhere_held_is_taken_over_after_a_lease(
    store: Store, settings: Settings, start: Start, org: str, tmp_path: Path
) -> None:
    run_id = making.run(store, org, "sleep 2")
    with a_worker_process(settings, tmp_path / "elsewhere") as other:
        assert eventually(lambda: running(store, org, run_id), 30)
        other.kill()
    start()
    assert making.ended(store, org, run_id).attempt == 2


def test_a_worker_that_comes_back_from_standing_still_writes_nothing(
    store: Store, settings: Settings, start: Start, org: str, tmp_path: Path
) -> None:
    run_id = making.run(store, org, "sleep 1")
    with a_worker_process(settings, tmp_path / "elsewhere") as other:
        assert eventually(lambda: running(store, org, run_id), 30)
        os.kill(other.pid, signal.SIGSTOP)
        start()
        assert making.ended(store, org, run_id).attempt == 2
        told = kinds(store, org, run_id)
        os.kill(other.pid, signal.SIGCONT)
        assert not eventually(lambda: kinds(store, org, run_id) != told, 1.5)
        other.kill()
    with store.read() as session:
        assert results.get(session, org, run_id).attempt == 2


def test_workers_are_seen_and_struck_off_when_they_leave(store: Store, start: Start) -> None:
    worker = start(version="1.2.3")

    def seen() -> list[tuple[str, str]]:
        with store.read() as session:
            return [(one.id, one.version) for one in workers.present(session)]

    assert eventually(lambda: seen() == [(worker.id, "1.2.3")])
    worker.stop(0)
    assert seen() == []


def test_nothing_is_claimed_when_the_disk_is_full(store: Store, start: Start, org: str) -> None:
    start(disk_free_mb=1 << 40)
    run_id = making.run(store, org)
    assert not eventually(lambda: making.get(store, org, run_id).attempt > 0, 1)
    start()
    assert making.ended(store, org, run_id).attempt == 1


def test_a_file_that_would_leave_the_folder_fails_the_run_only(
    store: Store, start: Start, org: str, home: Path
) -> None:
    start()
    with store.write() as session:
        sha256 = blobs.put(session, org, b"{}")
        files = {scenarios.ENTRY: sha256, "../../escaped": sha256}
        named = {"name": "bad", "title": "", "document": {}, "created_by": "key"}
        scenario_id = scenarios.create(session, org, files=files, **named).id
    run = making.ended(store, org, making.submit(store, org, scenario_id))
    assert (run.state, run.reason) == ("failed", "worker_fault")
    assert not list(home.rglob("escaped"))
    assert making.ended(store, org, making.run(store, org)).state == "succeeded"


def test_many_runs_at_once_each_end_once(store: Store, start: Start, org: str) -> None:
    start(slots=3)
    start(slots=3)
    scenario_id = making.scenario(store, org, partners=5)
    submitted = [making.submit(store, org, scenario_id) for _ in range(30)]
    for run_id in submitted:
        assert making.ended(store, org, run_id).attempt == 1
        assert kinds(store, org, run_id).count("succeeded") == 1


def test_tokens_wake_workers_that_hardly_ever_look(pg: Any, home: Path) -> None:
    settings = pg().settings()
    submitting, solving = Store.open(settings), Store.open(settings)
    assert dispatch.attach(submitting)
    assert dispatch.attach(solving)
    org = making.organisation(submitting)
    first = making.run(submitting, org)
    pace = replace(PACE, poll_s=3600.0)
    worker = Worker(solving, WorkerSettings(home, launch=making.FAKE, allowance=ALLOWANCE, pace=pace))
    worker.start()
    assert making.ended(submitting, org, first).state == "succeeded"
    later = making.run(submitting, org)
    assert making.ended(submitting, org, later).state == "succeeded"
    worker.stop(0)
    submitting.close()
    solving.close()


def test_no_token_is_sent_for_a_submit_that_is_rolled_back(pg: Any) -> None:
    from sqlalchemy import text

    store = Store.open(pg().settings())
    dispatch.attach(store)
    org = making.organisation(store)
    scenario_id = making.scenario(store, org)

    def tokens() -> int:
        with store.read() as session:
            return int(session.execute(text("SELECT count(*) FROM procrastinate_jobs")).scalar_one())

    before = tokens()
    try:
        with store.write() as session:
            runs.submit(session, org, scenario_id, options={}, submitted_by="key")
            session.flush()
            raise KeyError
    except KeyError:
        assert tokens() == before
    making.submit(store, org, scenario_id)
    assert tokens() == before + 1
    store.close()


def test_no_thread_of_a_stopped_worker_is_left(store: Store, start: Start, org: str) -> None:
    before = threading.active_count()
    worker = start()
    making.ended(store, org, making.run(store, org))
    worker.stop(0)
    assert threading.active_count() == before
