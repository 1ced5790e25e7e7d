"""SQLite as the store: its settings, one writer at a time, and checkpoints that never run beside a write."""

import fcntl
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from api.db.errors import StoreBusy, StoreDamaged

_HEADER = b"SQLite format 3\x00"
_CHECKPOINT_BYTES = 4 << 20
_MENDED = (3, 51, 3)
_BACKPORTS = ((3, 50, 7), (3, 44, 6))

_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA wal_autocheckpoint = 0",
    "PRAGMA journal_size_limit = 67108864",
    "PRAGMA temp_store = MEMORY",
)


def wal_reset_fault(version: tuple[int, ...] = sqlite3.sqlite_version_info) -> bool:
    """Whether this SQLite can damage a database when a checkpoint runs beside a write.

    Source: https://sqlite.org/wal.html#walresetbug (3.7.0 to 3.51.2, mended in 3.51.3, 3.50.7, 3.44.6).
    """
    if version < (3, 7, 0) or version >= _MENDED:
        return False
    return not any(version[:2] == backport[:2] and version >= backport for backport in _BACKPORTS)


def prepare(connection: sqlite3.Connection, busy_seconds: float) -> None:
    """Give a new connection its settings; transactions are begun by us, not by the driver."""
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {int(busy_seconds * 1000)}")
    for pragma in _PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def check_file(path: Path) -> None:
    """Refuse a file that is not a whole SQLite database; raises StoreDamaged, touches nothing."""
    if not path.exists():
        if path.with_name(path.name + "-wal").exists():
            raise _damaged(path, "the file is gone, but its write-ahead log is there")
        return
    size = path.stat().st_size
    with path.open("rb") as file:
        header = file.read(100)
    if len(header) < 100 or not header.startswith(_HEADER):
        raise _damaged(path, f"it is no SQLite database ({size} bytes)")
    page = int.from_bytes(header[16:18], "big")
    pages, counted = int.from_bytes(header[28:32], "big"), header[24:28] == header[92:96]
    if counted and pages * (65536 if page == 1 else page) > size and not _has_log(path):
        raise _damaged(path, f"it is cut off: {size} bytes of {pages * page}")


def _has_log(path: Path) -> bool:
    log = path.with_name(path.name + "-wal")
    return log.exists() and log.stat().st_size > 0


def check_pages(path: Path) -> None:
    """Have SQLite look through every page; raises StoreDamaged with what it finds."""
    connection = sqlite3.connect(f"file:{path}?mode=rw", uri=True)
    try:
        found = connection.execute("PRAGMA quick_check(3)").fetchall()
    except sqlite3.DatabaseError as error:
        raise _damaged(path, str(error)) from error
    finally:
        connection.close()
    if found != [("ok",)]:
        raise _damaged(path, "; ".join(row[0].strip() for row in found))


def _damaged(path: Path, what: str) -> StoreDamaged:
    return StoreDamaged(
        f"{path.name} is damaged: {what}. It was left as it is. "
        "Move it away and bring back a backup with `cascade restore`."
    )


@contextmanager
def one_creator(path: Path) -> Iterator[None]:
    """Wait until no other process is creating the database."""
    with path.with_name(path.name + "-lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def enter(path: Path) -> IO[str]:
    """Note that the database is open here, until the returned file is closed; raises StoreBusy."""
    lock = path.with_name(path.name + "-open").open("a")
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise StoreBusy(f"{path.name} is being restored. Try again when that is done.") from None
    return lock


def own(path: Path) -> IO[str]:
    """Be the one process that serves the database, until the returned file is closed; raises StoreBusy."""
    lock = path.with_name(path.name + "-owner").open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        owner = lock.read().strip()
        lock.close()
        raise StoreBusy(
            f"{path} is served by another process already ({owner or 'starting'}). The embedded database is for one "
            "process. Stop that one, or use PostgreSQL (--database), which any number of processes may share."
        ) from None
    lock.truncate(0)
    lock.write(f"process {os.getpid()}")
    lock.flush()
    return lock


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Keep everybody else out; raises StoreBusy while a server or a worker has the database open."""
    with path.with_name(path.name + "-open").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StoreBusy(f"{path} is in use. Stop the server and its workers first.") from None
        yield


class Writing:
    """The right to write: one writer over all threads and processes, which also does the checkpoints."""

    def __init__(self, path: Path, busy_seconds: float) -> None:
        self._log = path.with_name(path.name + "-wal")
        self._database = path
        self._busy_seconds = busy_seconds
        self._thread_lock = threading.Lock()
        self._file = path.with_name(path.name + "-lock").open("a")
        self._checkpoint_at = _CHECKPOINT_BYTES

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the right for one transaction; raises StoreBusy after the busy time."""
        deadline = time.monotonic() + self._busy_seconds
        if not self._thread_lock.acquire(timeout=self._busy_seconds):
            raise StoreBusy("Another write is taking long. Try again shortly.")
        try:
            self._take_file_lock(deadline)
            try:
                yield
                self._checkpoint()
            finally:
                fcntl.flock(self._file, fcntl.LOCK_UN)
        finally:
            self._thread_lock.release()

    def _take_file_lock(self, deadline: float) -> None:
        while True:
            try:
                return fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise StoreBusy("Another process is writing. Try again shortly.") from None
                time.sleep(0.002)  # flock has no waiting with a time limit

    def _checkpoint(self) -> None:
        """Copy the log into the database when it has grown; no write can run meanwhile."""
        size = self._log.stat().st_size if self._log.exists() else 0
        if size < self._checkpoint_at:
            return
        connection = sqlite3.connect(self._database, timeout=0)
        try:
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
            busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        except sqlite3.OperationalError:
            busy = True
        finally:
            connection.close()
        self._checkpoint_at = size + _CHECKPOINT_BYTES if busy else _CHECKPOINT_BYTES

    def close(self) -> None:
        self._file.close()
