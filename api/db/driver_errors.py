"""Which fault of the store an error of the database driver stands for."""

import sqlite3
from typing import Any

from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from api.db.errors import StoreBusy, StoreDamaged, StoreError, StoreFull, StoreUnavailable

_SQLITE: dict[int, type[StoreError]] = {
    sqlite3.SQLITE_BUSY: StoreBusy,
    sqlite3.SQLITE_LOCKED: StoreBusy,
    sqlite3.SQLITE_FULL: StoreFull,
    sqlite3.SQLITE_IOERR: StoreFull,  # SQLite says so when the log cannot grow; the disk is full or failing
    sqlite3.SQLITE_CORRUPT: StoreDamaged,
    sqlite3.SQLITE_NOTADB: StoreDamaged,
    sqlite3.SQLITE_CANTOPEN: StoreUnavailable,
    sqlite3.SQLITE_READONLY: StoreUnavailable,
}
_POSTGRESQL: dict[str, type[StoreError]] = {
    "53100": StoreFull,
    "53200": StoreUnavailable,
    "53300": StoreUnavailable,
    "55P03": StoreBusy,
    "57014": StoreBusy,
    "40001": StoreBusy,
    "40P01": StoreBusy,
    "XX001": StoreDamaged,
    "XX002": StoreDamaged,
}
_WORDS: dict[type[StoreError], str] = {
    StoreBusy: "The store is busy. Try again shortly.",
    StoreFull: "The disk under the store is full. Nothing was written.",
    StoreUnavailable: "The database does not answer. Try again shortly.",
    StoreDamaged: "The database is damaged. Bring back a backup with `cascade restore`.",
}


Fault = DBAPIError | PoolTimeout | sqlite3.Error


def store_error(error: Fault) -> StoreError | None:
    """The fault behind the error; None when it is a mistake of the program."""
    kind = _kind(error)
    return kind(f"{_WORDS[kind]} ({_first_line(error)})") if kind else None


def _kind(error: Fault) -> type[StoreError] | None:
    if isinstance(error, PoolTimeout):
        return StoreBusy
    if isinstance(error, sqlite3.Error):
        return _of_sqlite(error)
    if isinstance(error, IntegrityError):
        return None
    if error.connection_invalidated:
        return StoreUnavailable
    original: Any = error.orig
    if isinstance(original, sqlite3.Error):
        return _of_sqlite(original)
    state: str | None = getattr(original, "sqlstate", None)
    if state is None or state.startswith(("08", "57P")):
        return StoreUnavailable if isinstance(error, OperationalError) else None
    return _POSTGRESQL.get(state)


def _of_sqlite(error: sqlite3.Error) -> type[StoreError] | None:
    return _SQLITE.get((getattr(error, "sqlite_errorcode", None) or 0) & 0xFF)


def _first_line(error: Fault) -> str:
    return str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
