"""One application per database for all tests: each test has organisations of its own, which never meet."""

import logging
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from api_client import ApiClient, admin_of
from world import World, furnished

from api.app import Application, create_app
from api.db import Settings, Store, home_url
from api.db.queue_policy import Policy
from api.web.config import Config, Limits

BACKENDS = ("sqlite", "postgresql")


@pytest.fixture(scope="session", params=BACKENDS)
def store(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, migrated: Path, pg: Any
) -> Iterator[Store]:
    """An open store, on each database."""
    if request.param == "postgresql":
        settings = pg().settings()
    else:
        home = tmp_path_factory.mktemp("home")
        shutil.copy(migrated, home / "cascade.sqlite3")
        settings = Settings(home_url(home), connections=12)
    opened = Store.open(settings)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def app(store: Store) -> Iterator[Application]:
    """The application, without a worker."""
    logging.getLogger("cascade").setLevel(logging.CRITICAL)
    limits = Limits(requests_per_second=1000, requests_at_once=3000, json_bytes=1 << 20, body_bytes=2 << 20)
    made = create_app(Config(limits=limits, policy=Policy(org_queue_limit=20), private_webhooks=True), store)
    yield made
    made.extensions["cascade"].close()


@pytest.fixture
def admin(app: Application, store: Store) -> ApiClient:
    """An admin of a new organisation."""
    return admin_of(app, store)


@pytest.fixture(scope="session")
def world(app: Application, store: Store) -> World:
    """An organisation that has one of everything, to be read only."""
    return furnished(app, store)
