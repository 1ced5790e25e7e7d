"""Programs of two versions on one database: the older one is refused, or keeps what it serves."""

import threading
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import factories
import pytest
import sqlalchemy as sa

from api.app import create_app
from api.db import Settings, Store, StoreBusy, StoreNewer, home_url, migrate, sqlite
from api.db.database import _engine
from api.web.config import Config
from api.worker.worker import Pace, Worker, WorkerSettings

WORDS = "has moved to schema 9999, this program knows up to .* Stop it, and start the newer one"


@pytest.fixture
def open_store(pg: Any) -> Iterator[Store]:
    """A store on PostgreSQL that is open, of a database of its own."""
    store = Store.open(pg().bare())
    yield store
    store.close()


def migrated_by_a_newer_program(store: Store) -> None:
    with store.write() as session:
        session.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))


def test_what_runs_is_refused_once_a_newer_program_has_migrated(open_store: Store) -> None:
    organisation = factories.organisation(open_store)
    migrated_by_a_newer_program(open_store)
    with pytest.raises(StoreNewer, match=WORDS), open_store.read() as session:
        session.execute(sa.text("SELECT 1"))
    with pytest.raises(StoreNewer, match=WORDS):
        factories.run(open_store, organisation)


def test_requests_are_answered_with_what_to_do_then(open_store: Store) -> None:
    app = create_app(Config(), open_store)
    migrated_by_a_newer_program(open_store)
    client = app.test_client()
    refused = client.get("/api/v1/runs", headers={"Authorization": "Bearer gc.a"})
    assert (refused.status_code, refused.json["code"]) == (503, "unavailable")
    assert "start the newer one" in refused.json["detail"]
    ready = client.get("/readyz")
    assert ready.status_code == 503
    assert "start the newer one" in ready.json["why"][0]
    app.extensions["cascade"].close()


def test_a_worker_ends_then_and_says_why(open_store: Store, home: Path) -> None:
    faults: list[str] = []
    ended = threading.Event()

    def outdated(fault: str) -> None:
        faults.append(fault)
        ended.set()

    settings = WorkerSettings(home, launch=factories.FAKE, pace=Pace(monitor_s=0.1))
    worker = Worker(open_store, settings, outdated=outdated)
    worker.start()
    migrated_by_a_newer_program(open_store)
    assert ended.wait(30)
    worker.stop(0)
    assert len(faults) == 1
    assert "start the newer one" in faults[0]


def test_an_embedded_database_is_not_migrated_under_who_serves_it(tmp_path: Path) -> None:
    settings = Settings(home_url(tmp_path))
    engine = _engine(settings)
    migrate.bring_up(engine, nullcontext(), "0060")
    assert settings.path
    with sqlite.own(settings.path), pytest.raises(StoreBusy, match="is served by another process"):
        Store.open(settings)
    with engine.connect() as connection:
        assert migrate.current(connection) == "0060"
    engine.dispose()
    store = Store.open(settings)
    assert store.facts()["schema"] == migrate.HEAD
    store.own()
    store.close()
