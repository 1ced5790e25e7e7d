"""Starting up: of all processes that open one database at the same moment, one goes first."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import NullPool, create_engine, make_url, text

from api.db import sqlite
from api.db.database import Settings, faults

_LOCK = 0x63617363737461
"""Held while a database is made ready; that of migrations is another, and is taken within."""


@contextmanager
def one_at_a_time(settings: Settings) -> Iterator[None]:
    """Wait until no other process starts up on this database, and keep them waiting until the end.

    Raises StoreUnavailable where the database does not answer.
    """
    if settings.path is not None:
        settings.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with sqlite.one_creator(settings.path.with_name(settings.path.name + ".startup")):
            yield
        return
    engine = create_engine(make_url(settings.url).set(drivername="postgresql+psycopg"), poolclass=NullPool)
    with faults(), engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK})
        yield
