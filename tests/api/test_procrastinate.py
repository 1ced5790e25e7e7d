"""Several workers on PostgreSQL: Procrastinate wakes them, the dead among them are found, and nothing is left of them."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import factories
import pytest
from polling import eventually
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job, Status
from procrastinate.manager import JobManager
from sqlalchemy import text
from test_worker import ALLOWANCE, PACE, a_worker_process, kinds, running

from api.db import Settings, Store, delivery_turns, procrastinate_jobs, run_submission
from api.db import run_lifecycle as runs
from api.db.jobs import Task
from api.db.tables import deliveries, results, webhooks
from api.resources.webhooks import Deliverer, Guard
from api.resources.webhooks.client import Reply
from api.resources.webhooks.delivery import DeliverySettings
from api.worker.worker import Worker, WorkerSettings

Start = Callable[..., Worker]


@pytest.fixture
def settings(pg: Any) -> Settings:
    found: Settings = pg().settings()
    return found


@pytest.fixture
def start(store: Store, home: Path) -> Iterator[Start]:
    """Starts workers that are stopped at the end."""
    started: list[Worker] = []

    def begin(messages: Deliverer | None = None, **fields: Any) -> Worker:
        plain = WorkerSettings(home, launch=factories.FAKE, allowance=ALLOWANCE, pace=PACE)
        worker = Worker(store, replace(plain, **fields), messages)
        worker.start()
        started.append(worker)
        return worker

    yield begin
    for worker in started:
        worker.stop(0)


@pytest.fixture
def org(store: Store) -> str:
    return factories.organisation(store)


def count(store: Store, what: str) -> int:
    with store.read() as session:
        return int(session.execute(text(f"SELECT count(*) FROM {what}")).scalar_one())


def jobs(store: Store, where: str = "queue_name <> 'upkeep'") -> int:
    return count(store, f"procrastinate_jobs WHERE {where}")


def test_a_job_is_added_with_its_run_or_not_at_all(store: Store, org: str) -> None:
    scenario_id = factories.scenario(store, org)
    try:
        with store.write() as session:
            run_submission.submit(session, org, scenario_id, options={}, submitted_by="key")
            session.flush()
            raise KeyError
    except KeyError:
        assert jobs(store) == 0
    factories.submit(store, org, scenario_id)
    assert jobs(store) == 1


def test_nothing_is_left_of_runs_that_have_ended(store: Store, start: Start, org: str) -> None:
    worker = start()
    for do in ("say hello", "kill", "findings"):
        factories.ended(store, org, factories.run(store, org, do))
    cancelled = factories.run(store, org, "sleep 60")
    with store.write() as session:
        runs.cancel(session, org, cancelled)
    assert eventually(lambda: jobs(store) == 0)
    worker.stop(0)
    assert count(store, "procrastinate_workers") == 0


def test_nothing_is_left_of_jobs_whose_end_could_not_be_written(
    store: Store, start: Start, org: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the database is away at that moment: the worker lives on."""
    failed: list[int] = []
    finish = JobManager.finish_job

    async def finish_job(self: JobManager, job: Job, status: Status, delete_job: bool) -> None:
        if job.task_name == Task.SOLVE and job.id and len(failed) < 2:
            failed.append(job.id)
            raise ConnectorException("away")
        await finish(self, job, status, delete_job)

    monkeypatch.setattr(JobManager, "finish_job", finish_job)
    start(slots=1)
    for _ in range(3):
        factories.ended(store, org, factories.run(store, org))
    assert len(failed) == 2
    assert eventually(lambda: jobs(store) == 0)


def test_what_a_dead_worker_elsewhere_held_is_taken_over_after_a_lease(
    store: Store, settings: Settings, start: Start, org: str, tmp_path: Path
) -> None:
    run_id = factories.run(store, org, "sleep 2")
    with a_worker_process(settings, tmp_path / "elsewhere") as other:
        assert eventually(lambda: running(store, org, run_id), 30)
        other.kill()
    worker = start()
    run = factories.ended(store, org, run_id)
    assert (run.state, run.strikes) == ("succeeded", 1)
    assert eventually(lambda: jobs(store, "true") == 0)
    with store.read() as session:
        assert set(procrastinate_jobs.heartbeats(session)) == set(worker._runner.workers())  # type: ignore[attr-defined]


def test_a_worker_that_comes_back_from_standing_still_writes_nothing_and_works_on(
    store: Store, settings: Settings, start: Start, org: str, tmp_path: Path
) -> None:
    run_id = factories.run(store, org, "sleep 1")
    with a_worker_process(settings, tmp_path / "elsewhere") as other:
        assert eventually(lambda: running(store, org, run_id), 30)
        os.kill(other.pid, signal.SIGSTOP)
        mine = start()
        run = factories.ended(store, org, run_id)
        assert run.strikes == 1
        reported = kinds(store, org, run_id)
        mine.stop(0)
        os.kill(other.pid, signal.SIGCONT)
        later = factories.ended(store, org, factories.run(store, org), within_s=30)
        assert later.state == "succeeded"
        assert kinds(store, org, run_id) == reported
        other.kill()
    with store.read() as session:
        assert results.get(session, org, run_id).attempt == run.attempt > 1


def test_a_run_whose_job_was_lost_is_solved_all_the_same(store: Store, start: Start, org: str) -> None:
    """As after a backup was restored: the runs are there, the jobs are not."""
    run_id = factories.run(store, org)
    with store.write() as session:
        session.execute(text("DELETE FROM procrastinate_jobs"))
    start()
    assert factories.ended(store, org, run_id).state == "succeeded"


def test_a_running_run_of_an_earlier_release_is_taken_over(store: Store, start: Start, org: str) -> None:
    """It has no job: workers of the first release held their claims by beats of their own."""
    run_id = factories.run(store, org)
    factories.claimed(store)
    start()
    assert factories.ended(store, org, run_id).strikes == 1


def test_workers_that_could_not_beat_while_the_database_was_away_keep_their_runs(
    store: Store, start: Start, org: str
) -> None:
    """By the database's clock all heartbeats are old then, and Procrastinate alone would take every run for lost."""
    start()
    run_id = factories.run(store, org, "sleep 1")
    assert eventually(lambda: running(store, org, run_id))
    with store.write() as session:
        session.execute(text("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 hour'"))
    run = factories.ended(store, org, run_id)
    assert (run.state, run.attempt) == ("succeeded", 1)


def test_a_message_whose_sender_died_is_sent_again(store: Store, start: Start, org: str) -> None:
    with store.write() as session:
        webhooks.create(session, org, url="http://127.0.0.1:9/", events=[], created_by="k")
        deliveries.enqueue(session, org, "run.succeeded", {"id": "run_1"})
    with store.write() as session:
        ((message, _),) = deliveries.waiting(session)
        job = session.execute(
            text("UPDATE procrastinate_jobs SET status = 'doing' RETURNING id")
        ).scalar_one()
        delivery_turns.begin(session, job_id=job)
    sent = list[str]()

    def sending(_to: Any, headers: dict[str, str], _body: bytes) -> Reply:
        sent.append(headers["webhook-id"])
        return Reply(200, None, 0.0)

    start(Deliverer(store, Guard(private=True), DeliverySettings(sending=sending)), slots=0)
    assert eventually(lambda: sent == [message])
    assert eventually(lambda: jobs(store) == 0)


def addressed(store: Store, messages: int) -> None:
    """An organisation with a webhook and so many messages to it."""
    org = factories.organisation(store)
    with store.write() as session:
        webhooks.create(session, org, url="http://127.0.0.1:9/", events=[], created_by="k")
        for number in range(messages):
            deliveries.enqueue(session, org, "run.succeeded", {"id": f"run_{number}"})


def waiting(store: Store) -> int:
    with store.read() as session:
        return len(deliveries.waiting(session, 100))


@contextmanager
def blocked(store: Store) -> Iterator[tuple[Deliverer, threading.Semaphore, threading.Event]]:
    """A deliverer whose receivers answer when the event is set, and what is released for each that was called."""
    called, answering = threading.Semaphore(0), threading.Event()

    def sending(*_: object) -> Reply:
        called.release()
        answering.wait(60)
        return Reply(200, None, 0.0)

    try:
        yield Deliverer(store, Guard(private=True), DeliverySettings(sending=sending)), called, answering
    finally:
        answering.set()


def test_messages_that_had_to_wait_for_others_of_their_webhook_are_sent_without_jobs_of_their_own(
    store: Store, start: Start
) -> None:
    addressed(store, 60)
    with blocked(store) as (messages, called, answering):
        start(messages, slots=0)
        assert [called.acquire(timeout=20) for _ in range(2)] == [True, True]
        assert eventually(lambda: jobs(store, "status = 'todo' AND queue_name = 'messages'") == 0)
        answering.set()
        assert eventually(lambda: waiting(store) == 0)


def test_what_a_worker_leaves_undone_when_it_stops_is_done_by_another(store: Store, start: Start) -> None:
    addressed(store, 20)
    with blocked(store) as (messages, called, answering):
        first = start(messages, slots=0)
        assert [called.acquire(timeout=20) for _ in range(2)] == [True, True]
        assert eventually(lambda: jobs(store, "status = 'todo' AND queue_name = 'messages'") == 0)
        stopping = threading.Thread(target=first.stop)
        stopping.start()
        assert eventually(first._runner._stopping.is_set)  # type: ignore[attr-defined]
        answering.set()
        stopping.join(30)
        assert 0 < waiting(store) < 20
        assert jobs(store, "status = 'todo' AND queue_name = 'messages'") > 0
        start(messages, slots=0)
        assert eventually(lambda: waiting(store) == 0)


def test_the_jobs_of_an_earlier_release_name_a_message(store: Store, start: Start) -> None:
    addressed(store, 1)
    with store.write() as session:
        session.execute(text('UPDATE procrastinate_jobs SET args = \'{"delivery_id": "msg_1"}\''))
    with blocked(store) as (messages, called, answering):
        answering.set()
        start(messages, slots=0)
        assert called.acquire(timeout=20)
        assert eventually(lambda: waiting(store) == 0)


@pytest.mark.parametrize(
    ("wanted", "jobs_at", "missing"),
    [
        ([0, 5], [0, 5], []),
        ([0, 5], [], [0, 5]),
        ([0, 5], [100], [0, 5]),
        ([0, 5, 100], [0, 100], [5]),
        ([0, 5], [0, 0, 0], []),
        ([5], [6], []),
    ],
    ids=["each has one", "none", "too late", "one has none", "more than enough", "soon enough"],
)
def test_a_job_is_added_where_none_comes_in_time(
    wanted: list[int], jobs_at: list[int], missing: list[int]
) -> None:
    at = [datetime(2026, 11, 1, tzinfo=UTC) + timedelta(seconds=second) for second in range(101)]
    found = procrastinate_jobs._without_job([at[w] for w in wanted], [at[j] for j in jobs_at])
    assert found == [at[second] for second in missing]


def test_a_webhook_that_is_enabled_again_is_sent_what_has_waited(store: Store) -> None:
    addressed(store, 2)
    with store.write() as session:
        hook = session.query(webhooks.Webhook).one()
        webhooks.disable(session, hook.org_id, hook.id, "410")
        session.execute(text("DELETE FROM procrastinate_jobs"))
    with store.write() as session:
        webhooks.revise(session, hook.org_id, hook.id, expected=None, url=hook.url, events=[], enabled=True)
    assert jobs(store) == 1


def test_what_is_under_way_of_the_dead_has_a_job_for_when_it_is_due_again(store: Store) -> None:
    addressed(store, 1)
    with store.write() as session:
        begun = delivery_turns.begin(session)
        session.execute(text("DELETE FROM procrastinate_jobs"))
        assert begun
    for _ in range(2):
        with store.write() as session:
            procrastinate_jobs.refill(session, 0)
    with store.read() as session:
        found = session.execute(text("SELECT scheduled_at FROM procrastinate_jobs")).all()
    assert found == [(begun[0].held_until,)]
