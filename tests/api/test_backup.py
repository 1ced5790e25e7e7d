"""Backups: taken while the service works, brought back whole, from either database into either."""

import contextlib
import os
import resource
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import factories
import pytest
from sqlalchemy import select, update

from api.db import METADATA, Settings, Store, StoreBusy, StoreDamaged, StoreFull, StoreNewer, home_url
from api.db import run_lifecycle as runs
from api.db.backup import NotEmpty, backup, restore
from api.db.run_lifecycle import Outcome
from api.db.run_submission import submit_analysis
from api.db.tables import results
from api.db.tables.runs import Run, State
from api.resources.plans import service as plans


def everything(store: Store) -> dict[str, list[Any]]:
    """All rows of all tables, sorted."""
    with store.read() as session:
        return {
            table.name: sorted(map(repr, session.execute(select(table)).all()))
            for table in METADATA.sorted_tables
        }


@pytest.fixture
def filled(store: Store) -> Store:
    """A store with a finished and a queued run, and a published plan that superseded another."""
    org = factories.organisation(store)
    for seed in (1, 2):
        run_id = factories.finished(store, org, partners=200, seed=seed)
        with store.write() as session:
            plan = plans.submit(session, org, run_id=run_id, name="n", period="Q1", actor="a")
            plans.approve(session, org, plan.id, expected=None, actor="b")
            plans.publish(session, org, plan.id, expected=None, actor="b")
    factories.run(store, org)
    return store


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_place(request: pytest.FixtureRequest, tmp_path: Path, pg: Any) -> Settings:
    """Where a backup may be brought back to."""
    return Settings(home_url(tmp_path / "new")) if request.param == "sqlite" else pg().bare()


def test_a_backup_brings_every_row_back_to_either_database(
    filled: Store, empty_place: Settings, tmp_path: Path
) -> None:
    file = tmp_path / "backup.sqlite3"
    backup(filled, file)
    restore(file, empty_place)
    restored = Store.open(empty_place)
    assert everything(restored) == everything(filled)
    restored.close()


def test_an_analysis_in_parts_is_brought_back_whichever_of_its_rows_come_first(
    store: Store, empty_place: Settings, tmp_path: Path
) -> None:
    """A row that was changed comes behind the others on PostgreSQL, the parts' before their whole's here."""
    org = factories.organisation(store)
    with store.write() as session:
        whole = submit_analysis(
            session, org, {"analysis": "sweep"}, {}, options={}, submitted_by="k", parts=3
        )
    with store.write() as session:
        session.execute(update(Run).where(Run.id == whole.id).values(priority=1))
    backup(store, tmp_path / "backup.sqlite3")
    restore(tmp_path / "backup.sqlite3", empty_place)
    restored = Store.open(empty_place)
    assert everything(restored) == everything(store)
    restored.close()


def test_a_restored_store_goes_on_working(filled: Store, empty_place: Settings, tmp_path: Path) -> None:
    backup(filled, tmp_path / "backup.sqlite3")
    restore(tmp_path / "backup.sqlite3", empty_place)
    store = Store.open(empty_place)
    _end_what_waits(store)
    org = factories.organisation(store)
    run_id = factories.finished(store, org)
    with store.read() as session:
        assert results.get(session, org, run_id).rows["allocation"] == 6
    store.close()


def _end_what_waits(store: Store) -> None:
    """End the run that was waiting when the backup was made."""
    claim = factories.claimed(store)
    with store.write() as session:
        assert runs.finish(session, claim, Outcome(State.FAILED))


def test_a_backup_taken_while_others_write_is_of_one_moment(store: Store, tmp_path: Path) -> None:
    org = factories.organisation(store)
    scenario_id = factories.scenario(store, org)
    stop = threading.Event()

    def submit() -> None:
        while not stop.is_set():
            factories.submit(store, org, scenario_id)

    thread = threading.Thread(target=submit)
    thread.start()
    for number in range(3):
        backup(store, tmp_path / f"{number}.sqlite3")
    stop.set()
    thread.join()
    for number in range(3):
        with contextlib.closing(sqlite3.connect(tmp_path / f"{number}.sqlite3")) as copy:
            ((runs,),) = copy.execute("SELECT count(*) FROM runs")
            ((events,),) = copy.execute("SELECT count(*) FROM events")
            assert runs == events
            assert copy.execute("PRAGMA foreign_key_check").fetchall() == []


def test_a_backup_writes_over_nothing_and_is_not_for_everybody_to_read(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "backup.sqlite3"
    backup(store, file)
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir() if "backup" in path.name] == ["backup.sqlite3"]
    with pytest.raises(NotEmpty):
        backup(store, file)


@contextlib.contextmanager
def no_room_beyond(size: int) -> Iterator[None]:
    """No file may grow beyond so many bytes, as where the disk is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_backup_without_room_leaves_nothing_and_says_so(filled: Store, tmp_path: Path) -> None:
    folder = tmp_path / "full"
    folder.mkdir()
    with no_room_beyond(20_000), pytest.raises(StoreFull, match=r"no room for the backup under .*/full"):
        backup(filled, folder / "a.sqlite3")
    assert list(folder.iterdir()) == []
    backup(filled, folder / "a.sqlite3")
    assert (folder / "a.sqlite3").stat().st_size > 20_000


def test_a_database_that_is_there_is_moved_aside_only_when_asked(sqlite_store: Store, tmp_path: Path) -> None:
    factories.organisation(sqlite_store, "before")
    file = tmp_path / "backup.sqlite3"
    backup(sqlite_store, file)
    factories.organisation(sqlite_store, "after")
    settings = sqlite_store.settings
    sqlite_store.close()
    with pytest.raises(NotEmpty, match="--replace"):
        restore(file, settings)
    restore(file, settings, replace=True)
    assert settings.path is not None
    (kept,) = settings.path.parent.glob("*.replaced-*")
    with (
        contextlib.closing(sqlite3.connect(kept)) as old,
        contextlib.closing(sqlite3.connect(settings.path)) as new,
    ):
        names = [
            [row[0] for row in one.execute("SELECT name FROM organisations ORDER BY 1")] for one in (old, new)
        ]
    assert names == [["after", "before"], ["before"]]


def test_nothing_is_brought_back_under_a_running_server(sqlite_store: Store, tmp_path: Path) -> None:
    file = tmp_path / "backup.sqlite3"
    backup(sqlite_store, file)
    with pytest.raises(StoreBusy, match="Stop the server"):
        restore(file, sqlite_store.settings, replace=True)


def test_a_postgresql_that_holds_data_is_left_alone(pg: Any, tmp_path: Path) -> None:
    settings = pg().settings()
    store = Store.open(settings)
    factories.organisation(store)
    backup(store, tmp_path / "backup.sqlite3")
    with pytest.raises(NotEmpty, match="into an empty one"):
        restore(tmp_path / "backup.sqlite3", settings)
    store.close()


def test_a_damaged_or_newer_backup_is_refused_and_changes_nothing(
    sqlite_store: Store, tmp_path: Path
) -> None:
    good, cut, newer = (tmp_path / f"{name}.sqlite3" for name in ("good", "cut", "newer"))
    for file in (good, cut, newer):
        backup(sqlite_store, file)
    os.truncate(cut, cut.stat().st_size // 2)
    with contextlib.closing(sqlite3.connect(newer)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    place = Settings(home_url(tmp_path / "new"))
    with pytest.raises(StoreDamaged):
        restore(cut, place)
    with pytest.raises(StoreNewer):
        restore(newer, place)
    with pytest.raises(StoreDamaged, match="no backup"):
        restore(tmp_path / "missing", place)
    assert not (tmp_path / "new" / "cascade.sqlite3").exists()
