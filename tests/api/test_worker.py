"""A worker on a real store with real processes: what is submitted ends, once, whatever happens to whom."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import factories
import pytest
from polling import children, eventually, gone

from api.db import Settings, Store, StoreBusy
from api.db import run_lifecycle as runs
from api.db.queue_policy import DEFAULT
from api.db.tables import blobs, results, run_events, scenarios, workers
from api.db.tables.runs import Run, State
from api.worker.executor import Allowance, Solving
from api.worker.local_runner import LocalRunner
from api.worker.tasks import Work
from api.worker.upkeep import Chore, Upkeep
from api.worker.workdir import Folders
from api.worker.worker import Pace, Worker, WorkerSettings

# A machine that is busy elsewhere delays a beat for seconds, and the start of a solve; so leases are long here, and
# tests count strikes, which are for lost solves alone, rather than attempts.
PACE = Pace(monitor_s=0.1, lease_s=5.0, presence_s=0.2, pause_s=0.1)
ALLOWANCE = Allowance(time_limit_s=20, memory_limit_mb=300, report_s=0.2)
Start = Callable[..., Worker]


@pytest.fixture
def start(store: Store, home: Path) -> Iterator[Start]:
    """Starts workers that are stopped at the end."""
    started: list[Worker] = []

    def begin(on: Store = store, **fields: Any) -> Worker:
        plain = WorkerSettings(home, launch=factories.FAKE, allowance=ALLOWANCE, pace=PACE)
        worker = Worker(on, replace(plain, **fields))
        worker.start()
        started.append(worker)
        return worker

    yield begin
    for worker in started:
        worker.stop(0)


@pytest.fixture
def org(store: Store) -> str:
    return factories.organisation(store)


def kinds(store: Store, org_id: str, run_id: str) -> list[str]:
    with store.read() as session:
        return [event.kind for event in run_events.since(session, org_id, run_id, 0)]


def running(store: Store, org_id: str, run_id: str) -> bool:
    return factories.get(store, org_id, run_id).state == State.RUNNING


def fork_server() -> int:
    return next(pid for pid in children(os.getpid()) if b"api.processes.fork_server" in _command(pid))


def _command(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


def test_a_submitted_run_ends_with_its_targets(store: Store, start: Start, org: str) -> None:
    start()
    run = factories.ended(store, org, factories.run(store, org, partners=40))
    assert (run.state, run.termination, run.strikes) == ("succeeded", "optimal", 0)
    assert run.usage is not None
    assert set(run.usage) == {"wall_s", "cpu_s", "peak_rss_bytes"}
    with store.read() as session:
        assert results.partner(session, org, run.id, "P00017").allocation[0]["target"] == "17"
        assert results.get(session, org, run.id).rows == {"allocation": 80, "receipts": 160}


ENDS: dict[str, tuple[State, str | None, int]] = {
    "findings": (State.FAILED, "findings", 0),
    "conflict": (State.INFEASIBLE, None, 0),
    "fail": (State.FAILED, "solve_failed", 0),
    "eat 500": (State.FAILED, "memory_limit", 0),
    "kill": (State.FAILED, "crashed", 3),
    "raise": (State.FAILED, "crashed", 3),
}
"""What a solve does, and the state, reason and strikes of its run."""


def test_how_a_solve_ends_is_how_its_run_ends(store: Store, start: Start, org: str) -> None:
    start()
    submitted = {do: factories.run(store, org, do) for do in ENDS}
    ended = {do: factories.ended(store, org, run_id) for do, run_id in submitted.items()}
    assert {do: (run.state, run.reason, run.strikes) for do, run in ended.items()} == ENDS


def test_a_poison_run_does_not_keep_others_waiting(store: Store, start: Start, org: str) -> None:
    start(slots=1)
    poison = factories.run(store, org, "kill")
    good = [factories.run(store, org) for _ in range(3)]
    assert {factories.ended(store, org, run_id).state for run_id in good} == {"succeeded"}
    assert factories.ended(store, org, poison).state == "failed"


def test_what_a_worker_warms_up_on_goes_with_its_folder(start: Start, home: Path) -> None:
    """A killed worker's folder is removed by others; what lay elsewhere stayed for good."""
    worker = start(launch=replace(factories.FAKE, warm=True))
    assert eventually(lambda: any(home.glob(f"jobs/{worker.id}/.warm-*")))
    worker.stop(0)
    assert not any(home.rglob(".warm-*"))


def test_a_killed_solve_is_tried_again_at_once(store: Store, start: Start, org: str) -> None:
    start()
    run = factories.ended(store, org, factories.run(store, org, crash_attempts=2))
    assert run.state == "succeeded"
    assert run.strikes in (1, 2)  # an attempt that could not be started is none
    assert kinds(store, org, run.id).count("requeued") == run.attempt - 1


def test_a_solve_past_its_time_limit_is_killed(store: Store, start: Start, org: str) -> None:
    start()
    run = factories.ended(store, org, factories.run(store, org, "sleep 60", options={"time_limit_s": 0.5}))
    assert (run.state, run.reason, run.termination) == ("failed", "time_limit", "time_limit")


def test_a_running_run_is_cancelled(store: Store, start: Start, org: str) -> None:
    start()
    run_id = factories.run(store, org, "sleep 60")
    assert eventually(lambda: running(store, org, run_id))
    with store.write() as session:
        runs.cancel(session, org, run_id)
    assert factories.ended(store, org, run_id).state == "cancelled"
    assert kinds(store, org, run_id)[-2:] == ["cancel_requested", "cancelled"]


def test_a_cancel_from_another_process_is_found(
    store: Store, settings: Settings, start: Start, org: str
) -> None:
    start()
    run_id = factories.run(store, org, "sleep 60")
    assert eventually(lambda: running(store, org, run_id))
    elsewhere = Store.open(settings)
    with elsewhere.write() as session:
        runs.cancel(session, org, run_id)
    elsewhere.close()
    assert factories.ended(store, org, run_id, within_s=30).state == "cancelled"


def test_a_run_submitted_by_another_process_is_found(
    store: Store, settings: Settings, start: Start, org: str
) -> None:
    start()
    elsewhere = Store.open(settings)
    run_id = factories.run(elsewhere, org)
    elsewhere.close()
    assert factories.ended(store, org, run_id).state == "succeeded"


def test_progress_is_reported_while_it_happens(store: Store, start: Start, org: str) -> None:
    start()
    run_id = factories.run(store, org, "sleep 60")
    with store.notifier.listen(run_id) as received:
        while "progress" not in kinds(store, org, run_id):
            assert received.wait(10)
            received.clear()
    assert running(store, org, run_id)
    assert factories.get(store, org, run_id).stage == "solve"


def test_the_words_of_a_solve_are_its_log_without_our_folders(
    store: Store, start: Start, org: str, home: Path
) -> None:
    start()
    run_id = factories.run(store, org, f"say {home} is where", "say hello")
    factories.ended(store, org, run_id)
    with store.read() as session:
        (reported,) = run_events.since(session, org, run_id, 0, kind="log")
    assert reported.data["lines"][-1] == "hello"


def test_stopping_lets_short_solves_end_and_puts_long_ones_back(store: Store, start: Start, org: str) -> None:
    worker = start()
    short, long = factories.run(store, org, "sleep 0.5"), factories.run(store, org, "sleep 60")
    begun = lambda: factories.get(store, org, short).state != "queued" and running(store, org, long)  # noqa: E731
    assert eventually(begun, 30)
    worker.stop(10)
    assert factories.get(store, org, short).state == "succeeded"
    back = factories.get(store, org, long)
    assert (back.state, back.strikes) == ("queued", 0)
    assert not (worker._settings.home / "jobs" / worker.id).exists()


def test_when_the_fork_server_is_killed_the_runs_are_tried_again(
    store: Store, start: Start, org: str
) -> None:
    start()
    run_id = factories.run(store, org, "sleep 1")
    assert eventually(lambda: running(store, org, run_id) and bool(children(fork_server())))
    os.kill(fork_server(), signal.SIGKILL)
    run = factories.ended(store, org, run_id)
    assert run.state == "succeeded"
    assert run.attempt >= 2  # one more where the next try came before the new fork server


def test_a_stuck_fork_server_keeps_no_run_forever(store: Store, start: Start, org: str) -> None:
    start()
    assert factories.ended(store, org, factories.run(store, org)).state == "succeeded"
    os.kill(fork_server(), signal.SIGSTOP)
    run_id = factories.run(store, org)
    assert factories.ended(store, org, run_id, within_s=30).state == "succeeded"


def test_a_run_whose_end_could_not_be_written_is_queued_again(
    store: Store, start: Start, org: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the disk is full, or the database away, for longer than the end of a solve is kept."""
    solve, given_up = Solving.solve, []

    def solve_later(self: Solving, run: Run) -> None:
        if not given_up:
            given_up.append(run.id)
            raise StoreBusy("Another write is taking long.")
        solve(self, run)

    monkeypatch.setattr(Solving, "solve", solve_later)
    start()
    run = factories.ended(store, org, factories.run(store, org))
    assert (given_up, run.state, run.attempt, run.strikes) == ([run.id], "succeeded", 2, 1)
    assert kinds(store, org, run.id).count("requeued") == 1


@contextmanager
def a_worker_process(
    settings: Settings, home: Path, *, lease_s: float = 60
) -> Iterator[subprocess.Popen[bytes]]:
    """A worker in a process of its own, to be killed; it is at the latest when the test is over, or has failed."""
    program = f"""
import threading
from pathlib import Path
import factories
from api.db import Settings, Store
from api.worker.upkeep import Chore
from api.worker.worker import Pace, Worker, WorkerSettings
store = Store.open(Settings({settings.url!r}))
worker = Worker(store, WorkerSettings(Path({str(home)!r}), launch=factories.FAKE, pace=Pace(lease_s={lease_s})))
worker.start()
threading.Event().wait()
"""
    environment = {**os.environ, **factories.FAKE.environment}
    with subprocess.Popen([sys.executable, "-c", program], env=environment) as worker:
        try:
            yield worker
        finally:
            worker.kill()


def test_what_a_killed_worker_held_is_taken_over_at_once_on_the_same_host(
    store: Store, settings: Settings, start: Start, org: str, home: Path
) -> None:
    """The lease is far longer than the test: the lock on the dead worker's folder says so."""
    run_id = factories.run(store, org, "sleep 2")
    with a_worker_process(settings, home) as other:
        assert eventually(lambda: running(store, org, run_id), 30)
        held = {pid for fork_server in children(other.pid) for pid in children(fork_server)}
        other.kill()
    assert all(eventually(lambda pid=pid: gone(pid)) for pid in held)
    start(pace=replace(PACE, lease_s=3600.0))
    run = factories.ended(store, org, run_id)
    assert (run.state, run.strikes) == ("succeeded", 1)
    assert len([path for path in (home / "jobs").iterdir() if path.name[0] != "."]) == 1


def test_workers_are_seen_and_removed_when_they_leave(store: Store, start: Start) -> None:
    worker = start(version="1.2.3")

    def seen() -> list[tuple[str, str]]:
        with store.read() as session:
            return [(one.id, one.version) for one in workers.present(session)]

    assert eventually(lambda: seen() == [(worker.id, "1.2.3")])
    worker.stop(0)
    assert seen() == []


def test_nothing_is_claimed_when_the_disk_is_full(store: Store, start: Start, org: str) -> None:
    full = start(disk_free_mb=1 << 40)
    run_id = factories.run(store, org)
    assert not eventually(lambda: factories.get(store, org, run_id).attempt > 0, 1)
    full.stop(0)
    start()
    assert factories.ended(store, org, run_id).state == "succeeded"


def test_a_file_that_would_leave_the_folder_fails_the_run_only(
    store: Store, start: Start, org: str, home: Path
) -> None:
    start()
    with store.write() as session:
        sha256 = blobs.put(session, org, b"{}")
        files = {scenarios.ENTRY: sha256, "../../escaped": sha256}
        named = {"name": "bad", "title": "", "document": {}, "created_by": "key"}
        scenario_id = scenarios.create(session, org, files=files, **named).id
    run = factories.ended(store, org, factories.submit(store, org, scenario_id))
    assert (run.state, run.reason) == ("failed", "worker_fault")
    assert not list(home.rglob("escaped"))
    assert factories.ended(store, org, factories.run(store, org)).state == "succeeded"


def test_many_runs_at_once_each_end_once(store: Store, start: Start, org: str) -> None:
    for _ in range(1 if store.backend == "sqlite" else 2):
        start(slots=3)
    scenario_id = factories.scenario(store, org, partners=5)
    submitted = [factories.submit(store, org, scenario_id) for _ in range(30)]
    for run_id in submitted:
        assert factories.ended(store, org, run_id).strikes == 0
        assert kinds(store, org, run_id).count("succeeded") == 1


def test_no_thread_of_a_stopped_worker_is_left(store: Store, start: Start, org: str) -> None:
    before = threading.active_count()
    worker = start()
    factories.ended(store, org, factories.run(store, org))
    worker.stop(0)
    assert threading.active_count() == before


def test_a_chore_that_is_brought_along_is_done(sqlite_store: Store, home: Path) -> None:
    done = threading.Event()
    worker = Worker(sqlite_store, WorkerSettings(home, slots=0), chores=[Chore("mine", 1, done.set)])
    worker.start()
    assert done.wait(30)
    worker.stop(0)


def test_a_chore_that_fails_keeps_no_other_from_being_done(sqlite_store: Store) -> None:
    done = threading.Event()

    def fail() -> None:
        raise RuntimeError

    upkeep = Upkeep(sqlite_store, DEFAULT, [Chore("broken", 1, fail), Chore("next", 1, done.set)])
    runner = LocalRunner(sqlite_store, upkeep, Work(lambda _=None: False, 0, lambda _=None: False, 0))
    runner.start()
    assert done.wait(20)
    runner.stop()
    runner.join()


def test_what_lies_in_the_folder_of_solves_is_kept_or_removed(home: Path) -> None:
    """The removal of a dead worker's folder may be cut off when its lock is gone and a scenario is not."""
    mine, other = Folders(home, "wkr_mine"), Folders(home, "wkr_other")
    left = home / "jobs" / "wkr_cut_off" / "run.1"
    left.mkdir(parents=True)
    (left / "partners.csv").write_text("partner_id")
    (home / "jobs" / "notes.txt").write_text("no folder")
    assert mine.dead() == {"wkr_cut_off"}
    mine.clean_up("wkr_cut_off")
    assert not left.parent.exists()
    other.close()
    mine.close()
