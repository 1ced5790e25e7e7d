"""Backups: one SQLite file, whichever database it came from, and back into either.

From SQLite it is SQLite's own online copy; from PostgreSQL every table is copied row by row out of one
snapshot. So a backup is also the way from one database to the other.
"""

import contextlib
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Select, Table, insert, select, text

from api.db import METADATA, Settings, Store, StoreDamaged, StoreError, StoreFull, home_url, sqlite
from api.db.database import faults
from api.db.durable import sync

_ROWS = 200


class NotEmpty(StoreError):  # noqa: N818
    """There is something already where the backup would go, or where it would be brought back to."""


def backup(store: Store, target: Path) -> None:
    """Write a backup to the new file `target`; the service may go on meanwhile. Raises NotEmpty and StoreFull."""
    if target.exists():
        raise NotEmpty(f"{target} is there already. Name a new file.")
    try:
        with faults():
            _backup(store, target)
    except StoreFull as fault:
        raise StoreFull(
            f"There is no room for the backup under {target.parent}. Nothing was written."
        ) from fault


def _backup(store: Store, target: Path) -> None:
    with tempfile.TemporaryDirectory(prefix=".cascade-backup-", dir=target.parent) as folder:
        part = Path(folder) / "cascade.sqlite3"
        if store.settings.path:
            _copy_sqlite(store.settings.path, part)
        else:
            _dump(store.engine, part)
        sqlite.check_pages(part)
        part.chmod(0o600)
        sync(part)
        part.rename(target)
    sync(target.parent)


def restore(source: Path, settings: Settings, *, replace: bool = False) -> None:
    """Bring a backup back, at the newest schema.

    A SQLite database that is there is moved aside when `replace` is set, never deleted; a PostgreSQL database
    must be empty. Raises NotEmpty, StoreDamaged, StoreNewer and StoreFull, and then has changed nothing.
    """
    if not source.exists():
        raise StoreDamaged(f"There is no backup {source}.")
    with faults(), _newest(source, settings) as copy:
        if settings.path:
            _put_in_place(copy, settings.path, replace)
        else:
            _load(copy, settings)


def _copy_sqlite(source: Path, target: Path) -> None:
    with (
        contextlib.closing(sqlite3.connect(source)) as reading,
        contextlib.closing(sqlite3.connect(target)) as writing,
    ):
        reading.backup(writing)
        writing.execute("PRAGMA journal_mode = DELETE")


def _dump(engine: Engine, target: Path) -> None:
    with (
        contextlib.closing(Store.open(Settings(f"sqlite:///{target}"))) as copy,
        engine.connect().execution_options(isolation_level="REPEATABLE READ") as reading,
    ):
        _copy_tables(reading, copy.engine)
    with contextlib.closing(sqlite3.connect(target)) as plain:
        plain.execute("PRAGMA journal_mode = DELETE")


def _copy_tables(reading: Connection, target: Engine) -> None:
    """Every row of every table, in the order of their references, in one transaction."""
    with target.begin() as writing:
        for table in METADATA.sorted_tables:
            rows = reading.execution_options(yield_per=_ROWS).execute(_roots_first(table))
            for few in rows.mappings().partitions():
                writing.execute(insert(table), [dict(row) for row in few])


def _roots_first(table: Table) -> Select[Any]:
    """The table's rows, those that refer to none of the same table before those that do, such as parts of a run.

    Nothing is nested deeper.
    """
    inner = [key.parent for key in table.foreign_keys if key.column.table is table]
    return select(table).order_by(*(column.is_not(None) for column in inner))


@contextlib.contextmanager
def _newest(source: Path, settings: Settings) -> Iterator[Path]:
    """A copy of the backup, checked and migrated to the newest schema, with the keys of where it goes."""
    with tempfile.TemporaryDirectory(prefix="cascade-restore-") as folder:
        copy = Path(folder) / "cascade.sqlite3"
        shutil.copy(source, copy)
        sqlite.check_file(copy)
        sqlite.check_pages(copy)
        Store.open(Settings(home_url(Path(folder)), key_file=settings.keyring().own_file)).close()
        with contextlib.closing(sqlite3.connect(copy)) as plain:
            plain.execute("PRAGMA journal_mode = DELETE")
        yield copy


def _put_in_place(copy: Path, path: Path, replace: bool) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with sqlite.alone(path):
        if path.exists() and not replace:
            raise NotEmpty(f"{path} is there already. It is moved aside, not deleted, with --replace.")
        unfinished = path.with_name(path.name + ".new")
        shutil.copy(copy, unfinished)
        unfinished.chmod(0o600)
        sync(unfinished)
        _set_apart(path)
        unfinished.rename(path)
        sync(path.parent)


def _set_apart(path: Path) -> None:
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    for ending in ("", "-wal", "-shm"):
        old = path.with_name(path.name + ending)
        if old.exists():
            old.rename(path.with_name(f"{path.name}.replaced-{stamp}{ending}"))


def _load(copy: Path, settings: Settings) -> None:
    with (
        contextlib.closing(Store.open(settings)) as store,
        contextlib.closing(Store.open(Settings(f"sqlite:///{copy}"))) as reading,
    ):
        with store.engine.connect() as connection:
            if connection.execute(text("SELECT 1 FROM organisations LIMIT 1")).first():
                raise NotEmpty("The PostgreSQL database holds data. Bring the backup back into an empty one.")
        with reading.engine.connect() as rows:
            _copy_tables(rows, store.engine)
