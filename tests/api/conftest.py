"""Stores for the tests of the service: every test that asks for `store` runs on SQLite and on PostgreSQL."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import postgres
import pytest

from api.db import Settings, Store, home_url

BACKENDS = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def pg() -> Iterator[Callable[[], postgres.Server]]:
    """The PostgreSQL server, started when the first test asks for it."""
    with ExitStack() as stack:
        started: list[postgres.Server] = []

        def get() -> postgres.Server:
            if not started:
                started.append(stack.enter_context(postgres.server()))
            return started[0]

        yield get


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite database at the newest schema, to copy from."""
    home = tmp_path_factory.mktemp("migrated")
    Store.open(Settings(home_url(home))).close()
    return home / "cascade.sqlite3"


@pytest.fixture(params=BACKENDS)
def settings(request: pytest.FixtureRequest, tmp_path: Path, migrated: Path, pg: Any) -> Settings:
    """Where a fresh store lies, on each database."""
    if request.param == "postgresql":
        return pg().settings()
    home = tmp_path / "home"
    home.mkdir()
    shutil.copy(migrated, home / "cascade.sqlite3")
    return Settings(home_url(home), connections=12)


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    """A fresh open store, on each database."""
    opened = Store.open(settings)
    yield opened
    opened.close()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder for a worker's solves."""
    return tmp_path / "home"


@pytest.fixture
def sqlite_store(tmp_path: Path, migrated: Path) -> Iterator[Store]:
    """A fresh open store on SQLite, for what only SQLite does."""
    home = tmp_path / "home"
    home.mkdir()
    shutil.copy(migrated, home / "cascade.sqlite3")
    opened = Store.open(Settings(home_url(home), connections=12))
    yield opened
    opened.close()
