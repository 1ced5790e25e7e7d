"""What only SQLite does: damaged files are refused, writers wait their turn, checkpoints run alone."""

import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import factories
import pytest

from api.db import Settings, Store, StoreBusy, StoreDamaged, StoreFull, StoreNewer, home_url, sqlite
from api.db.tables import blobs


@pytest.fixture
def database(tmp_path: Path, migrated: Path) -> Path:
    """A healthy database that no one has open."""
    path = tmp_path / "cascade.sqlite3"
    shutil.copy(migrated, path)
    return path


def cut_off(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def empty(path: Path) -> None:
    os.truncate(path, 0)


def scribble(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(8192))


def replace_by_text(path: Path) -> None:
    path.write_text("not a database, but long enough to look at for somebody in a hurry" * 5)


def lose_all_but_the_log(path: Path) -> None:
    path.with_name(path.name + "-wal").write_bytes(b"x" * 100)
    path.unlink()


def lose_its_revision(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DROP TABLE alembic_version")


@pytest.mark.parametrize(
    "harm", [cut_off, empty, scribble, replace_by_text, lose_all_but_the_log, lose_its_revision]
)
def test_a_damaged_database_is_refused_and_left_alone(database: Path, harm: Callable[[Path], None]) -> None:
    harm(database)
    before = database.read_bytes() if database.exists() else None
    with pytest.raises(StoreDamaged, match=r"[Bb]ackup|bring back"):
        Store.open(Settings(f"sqlite:///{database}"))
    assert (database.read_bytes() if database.exists() else None) == before


def test_a_database_of_a_newer_program_is_refused_and_left_alone(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    before = database.read_bytes()
    with pytest.raises(StoreNewer, match="schema 9999, this program knows up to"):
        Store.open(Settings(f"sqlite:///{database}"))
    assert database.read_bytes() == before


def test_a_first_start_that_was_killed_is_begun_anew(tmp_path: Path) -> None:
    (tmp_path / "cascade.sqlite3.new").write_bytes(b"half a database")
    Store.open(Settings(home_url(tmp_path))).close()
    assert (tmp_path / "cascade.sqlite3").stat().st_mode & 0o777 == 0o600


def test_the_settings_that_keep_data_safe_are_in_force(sqlite_store: Store) -> None:
    with sqlite_store.read() as session:
        raw = session.connection().connection.driver_connection
        assert raw is not None
        found = {
            name: raw.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "foreign_keys", "wal_autocheckpoint")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "wal_autocheckpoint": 0}


def test_a_write_waits_its_turn_and_is_refused_when_that_takes_too_long(database: Path) -> None:
    store = Store.open(Settings(f"sqlite:///{database}", busy_seconds=0.2))
    with store.write(), pytest.raises(StoreBusy):
        in_a_thread(lambda: factories.organisation(store))
    factories.organisation(store)
    store.close()


def test_a_writer_of_another_program_is_waited_for(database: Path) -> None:
    store = Store.open(Settings(f"sqlite:///{database}", busy_seconds=0.2))
    other = sqlite3.connect(database, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreBusy):
        factories.organisation(store)
    other.execute("ROLLBACK")
    other.close()
    factories.organisation(store)
    store.close()


def test_reading_goes_on_while_somebody_writes(sqlite_store: Store) -> None:
    org = factories.organisation(sqlite_store)
    run_id = factories.run(sqlite_store, org)
    with sqlite_store.write() as session:
        session.delete(session.get_one(type(factories.get(sqlite_store, org, run_id)), run_id))
        session.flush()
        assert factories.get(sqlite_store, org, run_id).id == run_id


def test_a_full_disk_refuses_the_write_and_harms_nothing(sqlite_store: Store) -> None:
    """The database may not grow any more, as on a full disk."""
    org = factories.organisation(sqlite_store)
    limit_growth(sqlite_store)
    with pytest.raises(StoreFull, match="Nothing was written"), sqlite_store.write() as session:
        blobs.put(session, org, os.urandom(1 << 20))
    limit_growth(sqlite_store, pages=1 << 30)
    with sqlite_store.write() as session:
        blobs.put(session, org, os.urandom(1 << 20))
    assert sqlite_store.settings.path is not None
    sqlite.check_pages(sqlite_store.settings.path)


def limit_growth(store: Store, pages: int = 1) -> None:
    """Let no pooled connection make the database larger."""
    opened = [store.engine.raw_connection() for _ in range(store.settings.connections)]
    for connection in opened:
        assert connection.driver_connection is not None
        connection.driver_connection.execute(f"PRAGMA max_page_count = {pages}")
    for connection in opened:
        connection.close()


def test_the_log_is_copied_back_when_it_has_grown(sqlite_store: Store) -> None:
    org = factories.organisation(sqlite_store)
    for _ in range(12):
        with sqlite_store.write() as session:
            blobs.put(session, org, os.urandom(1 << 20))
    assert sqlite_store.settings.path is not None
    log = sqlite_store.settings.path.with_name("cascade.sqlite3-wal")
    assert log.stat().st_size < 6 << 20
    assert sqlite_store.settings.path.stat().st_size > 8 << 20


def test_a_reader_that_stays_long_does_not_stop_the_writers(sqlite_store: Store) -> None:
    org = factories.organisation(sqlite_store)
    with sqlite_store.read() as session:
        blobs_before = session.connection().exec_driver_sql("SELECT count(*) FROM blobs").scalar()
        for _ in range(8):
            with sqlite_store.write() as writing:
                blobs.put(writing, org, os.urandom(1 << 20))
        assert session.connection().exec_driver_sql("SELECT count(*) FROM blobs").scalar() == blobs_before


@pytest.mark.parametrize(
    ("version", "faulty"),
    [
        ((3, 6, 23), False),
        ((3, 7, 0), True),
        ((3, 40, 1), True),
        ((3, 44, 5), True),
        ((3, 44, 6), False),
        ((3, 45, 0), True),
        ((3, 50, 6), True),
        ((3, 50, 7), False),
        ((3, 51, 2), True),
        ((3, 51, 3), False),
        ((4, 0, 0), False),
    ],
)
def test_which_versions_have_the_wal_reset_fault(version: tuple[int, int, int], faulty: bool) -> None:
    assert sqlite.wal_reset_fault(version) is faulty


def test_readiness_says_what_was_done_about_the_fault(sqlite_store: Store) -> None:
    facts = sqlite_store.facts()
    assert facts["wal_reset_fault"] is sqlite.wal_reset_fault()
    assert facts["safe_settings"] in ("checkpoints run alone, under the one write lock", "not needed")


def test_processes_that_write_at_once_lose_nothing(database: Path) -> None:
    """Four processes write 60 blobs each while checkpoints run; afterwards every page is sound."""
    program = """
import os, sys
from api.db import Settings, Store
from api.db.tables import blobs
store = Store.open(Settings(sys.argv[1], busy_seconds=60))
for number in range(60):
    with store.write() as session:
        blobs.put(session, sys.argv[2], os.urandom(100_000))
store.close()
"""
    url = f"sqlite:///{database}"
    store = Store.open(Settings(url))
    org = factories.organisation(store)
    writers = [subprocess.Popen([sys.executable, "-c", program, url, org]) for _ in range(4)]
    assert [writer.wait(120) for writer in writers] == [0] * 4
    with store.read() as session:
        assert session.connection().exec_driver_sql("SELECT count(*) FROM blobs").scalar() == 240
    store.close()
    sqlite.check_pages(database)


def test_threads_that_submit_at_once_get_a_run_each(sqlite_store: Store) -> None:
    org = factories.organisation(sqlite_store)
    scenario_id = factories.scenario(sqlite_store, org)
    ids: list[str] = []
    threads = [
        threading.Thread(target=lambda: ids.append(factories.submit(sqlite_store, org, scenario_id)))
        for _ in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(ids)) == 16


def in_a_thread(call: Callable[[], object]) -> None:
    """Call it in another thread, and raise here what it raises there."""
    raised: list[BaseException] = []

    def run() -> None:
        try:
            call()
        except StoreBusy as error:
            raised.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    for error in raised:
        raise error
