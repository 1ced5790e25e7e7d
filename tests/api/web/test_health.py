"""Health and figures: who may see them, what is said of workers and of the queue."""

import threading
from dataclasses import replace
from datetime import timedelta
from http.client import HTTPConnection
from typing import Any

import pytest
from api_client import ApiClient, admin_of
from sqlalchemy import update
from world import inputs, solved

from api.app import Application, create_app, create_health_app
from api.db import Settings, Store, StoreFull, database
from api.db.column_types import now
from api.db.tables import workers
from api.db.tables.runs import Run
from api.db.tables.workers import Worker
from api.web.config import Config
from api.web.context import Service
from api.web.listener import Arrival, Listener
from api.web.metrics import EndedRuns

KEY = "the operator's key"


def served(store: Store, **config: Any) -> tuple[Application, Service]:
    app = create_app(Config(**config), store)
    return app, app.extensions["cascade"]


def enter(store: Store, seen: timedelta) -> None:
    """One worker that was seen so long ago, and no other."""
    with store.write() as session:
        for each in workers.present(session):
            workers.leave(session, each.id)
        workers.arrive(
            session, Worker(id="wkr_a", host="a", pid=1, version="1", slots=3, seen_at=now() - seen)
        )


def test_without_a_live_worker_the_server_is_not_ready_unless_none_is_expected(store: Store) -> None:
    app, _ = served(store, worker_expected=True)
    enter(store, timedelta(minutes=2))
    answer = app.test_client().get("/readyz")
    assert (answer.status_code, answer.json["why"]) == (503, ["No worker has been seen lately; runs wait."])
    assert answer.headers["Retry-After"] == "5"
    other, _ = served(store, worker_expected=False)
    assert other.test_client().get("/readyz").status_code == 200
    enter(store, timedelta(seconds=1))
    assert app.test_client().get("/readyz").status_code == 200


def test_a_write_that_finds_no_room_makes_the_server_unready_for_a_while(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database's disk may be another machine's: only what it refuses says so."""
    monkeypatch.setattr(store, "_full_at", None)  # and afterwards, for the store is other tests', too
    app, _ = served(store, worker_expected=False)
    with pytest.raises(StoreFull), store.write():
        raise StoreFull
    answer = app.test_client().get("/readyz")
    assert (answer.status_code, answer.json["why"]) == (
        503, ["The disk under the database is full; what is sent is refused."]
    )  # fmt: skip
    monkeypatch.setattr(database, "ROOM_LACKS_S", 0.0)
    assert app.test_client().get("/readyz").status_code == 200


def test_readiness_says_how_long_the_oldest_run_waits(store: Store) -> None:
    app, _ = served(store)
    admin = admin_of(app, store)
    run = admin.post(f"/scenarios/{inputs(admin)['scenario_id']}/runs").json["id"]
    with store.write() as session:
        session.execute(update(Run).where(Run.id == run).values(created_at=now() - timedelta(hours=7)))
    assert app.test_client().get("/readyz").json["queue_age_s"] >= 7 * 3600
    admin.post(f"/runs/{run}/cancel")


def test_figures_are_for_the_operator_and_no_tenant(admin: ApiClient, store: Store) -> None:
    assert admin.get("//metrics").status_code == 404
    other, _ = served(store, metrics_key=KEY)
    client = other.test_client()
    assert client.get("/metrics").status_code == 401
    refused = client.get("/metrics", headers={"Authorization": f"Bearer {admin.token}"})
    assert (refused.status_code, "cascade_" in refused.get_data(as_text=True)) == (401, False)
    assert client.get("/metrics", headers={"Authorization": f"Bearer {KEY}"}).status_code == 200


def test_the_health_port_has_health_and_figures_and_nothing_else(store: Store) -> None:
    app, found = served(store)
    admin_of(app, store).get("/runs")
    enter(store, timedelta(seconds=1))
    client = create_health_app(found).test_client()
    assert [client.get(path).status_code for path in ("/livez", "/readyz", "/api/v1/runs", "/")] == [
        200, 200, 404, 404,
    ]  # fmt: skip
    text = client.get("/metrics").get_data(as_text=True)
    for line in (
        'cascade_request_seconds_count{method="GET",route="/api/v1/runs",status="200"} 1.0',
        "cascade_workers 1.0",
        "cascade_worker_slots 3.0",
        "cascade_store_up 1.0",
        "cascade_waiting 0.0",
        "cascade_queue_age_seconds ",
        'cascade_runs{state="queued"}',
        "process_resident_memory_bytes ",
    ):
        assert line in text


def test_ends_solve_times_and_retries_of_runs_are_counted_once(store: Store) -> None:
    app, found = served(store)
    client = create_health_app(found).test_client()
    admin = admin_of(app, store)
    run = solved(admin, store, inputs(admin)["scenario_id"])
    with store.write() as session:
        session.execute(update(Run).where(Run.id == run).values(attempt=3))
    first, second = (client.get("/metrics").get_data(as_text=True) for _ in range(2))
    for text in (first, second):
        assert 'cascade_runs_ended_total{state="succeeded",termination="optimal"} 1.0' in text
        assert 'cascade_solve_seconds_count{kind="solve"} 1.0' in text
        assert 'cascade_run_wait_seconds_count{kind="solve"} 1.0' in text
        assert "cascade_run_retries_total 2.0" in text


def test_an_end_that_is_committed_late_is_counted_all_the_same(store: Store) -> None:
    ended = EndedRuns()
    app, _ = served(store)
    admin = admin_of(app, store)
    scenario = inputs(admin)["scenario_id"]
    early, late = (solved(admin, store, scenario, seed=seed) for seed in (1, 2))
    moment = now() + timedelta(seconds=30)
    with store.write() as session:
        session.execute(update(Run).where(Run.id == late).values(finished_at=moment))
        session.execute(update(Run).where(Run.id == early).values(finished_at=now() - timedelta(hours=1)))
    with store.read() as session:
        assert late in {run.id for run in ended.new(session)}
    with store.write() as session:
        session.execute(update(Run).where(Run.id == early).values(finished_at=moment - timedelta(seconds=20)))
    with store.read() as session:
        assert [run.id for run in ended.new(session)] == [early]
        assert ended.new(session) == ()


def test_liveness_and_figures_need_no_database(store: Store) -> None:
    _, found = served(store)
    away = replace(found, store=Store(Settings("postgresql://none@127.0.0.1:1/none", busy_seconds=0.1)))
    client = create_health_app(away).test_client()
    assert client.get("/livez").status_code == 200
    assert "cascade_store_up 0.0" in client.get("/metrics").get_data(as_text=True)
    assert client.get("/readyz").status_code == 503


def test_a_listener_beside_answers_and_ends(store: Store) -> None:
    _, found = served(store)
    before = threading.active_count()
    listener = Listener(create_health_app(found), host="127.0.0.1", port=0, threads=1, arrival=Arrival())
    listener.serve_beside("health")
    connection = HTTPConnection("127.0.0.1", int(listener.effective_port), timeout=20)
    connection.request("GET", "/livez")
    assert connection.getresponse().status == 200
    connection.close()
    listener.end()
    assert threading.active_count() == before
