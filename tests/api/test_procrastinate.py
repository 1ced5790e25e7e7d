"""Several workers on PostgreSQL: Procrastinate wakes them, the dead among them are found, and nothing is left of them."""

import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import factories
import pytest
from polling import eventually
from sqlalchemy import text
from test_worker import ALLOWANCE, PACE, a_worker_process, kinds, running

from api.db import Settings, Store, procrastinate_jobs
from api.db import run_lifecycle as runs
from api.db.tables import results
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
            runs.submit(session, org, scenario_id, options={}, submitted_by="key")
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
    from api.db.tables import deliveries, webhooks

    with store.write() as session:
        webhooks.create(session, org, url="http://127.0.0.1:9/", events=[], created_by="k")
        deliveries.enqueue(session, org, "run.succeeded", {"id": "run_1"})
    with store.write() as session:
        ((message, _),) = deliveries.waiting(session)
        deliveries.begin(session, message)
        session.execute(text("UPDATE procrastinate_jobs SET status = 'doing'"))
        session.execute(text("UPDATE deliveries SET due_at = now()"))  # as long after as a try may take
    sent = list[str]()

    def sending(_to: Any, headers: dict[str, str], _body: bytes) -> Reply:
        sent.append(headers["webhook-id"])
        return Reply(200, None, 0.0)

    start(Deliverer(store, Guard(private=True), DeliverySettings(sending=sending)), slots=0)
    assert eventually(lambda: sent == [message])
    assert eventually(lambda: jobs(store) == 0)
