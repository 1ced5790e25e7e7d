"""The schema's revisions: what the program needs, what a database has, and the way from one to the other."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, event, inspect, text

from api.db.errors import StoreDamaged, StoreNewer, StoreUnavailable

HEAD = "0062"
"""The newest revision; a test compares it with the migrations."""

_VERSIONS = Path(__file__).parent / "migrations" / "versions"

Seal = Callable[[bytes], bytes]

MIGRATION_LOCK = 0x63617363616465
"""Key of the advisory lock on PostgreSQL that whoever changes the schema holds."""


def bring_up(
    engine: Engine,
    alone: AbstractContextManager[None],
    target: str = HEAD,
    *,
    seal: Seal | None = None,
    unserved: AbstractContextManager[Any] | None = None,
) -> None:
    """Create the tables or migrate older ones; raises StoreNewer and StoreDamaged with nothing changed.

    `seal` encrypts what older revisions kept in clear; `unserved` keeps those away who would serve the database
    meanwhile, and may raise StoreBusy.
    """
    with engine.connect() as connection:
        if current(connection) == target:
            return
    with alone, engine.connect() as connection, references_off(connection), connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
        if current(connection) != target:
            with unserved or nullcontext():
                _upgrade(connection, target, seal)


def refuse_when_newer(engine: Engine) -> None:
    """Have every transaction on PostgreSQL raise StoreNewer once a newer program has migrated the database."""

    @event.listens_for(engine, "checkout")
    def checked(driver: Any, _record: object, _proxy: object) -> None:
        import psycopg

        try:
            driver.autocommit = True  # so that the transaction begins with what is asked for
            (revision,) = driver.execute("SELECT version_num FROM alembic_version").fetchone() or (None,)
            driver.autocommit = False
        except psycopg.Error as error:
            raise StoreUnavailable(f"The database does not answer. Try again shortly. ({error})") from error
        if revision != HEAD:
            raise StoreNewer(
                f"The database has moved to schema {revision}, this program knows up to {HEAD}. "
                "Stop it, and start the newer one."
            )


@contextmanager
def references_off(connection: Connection) -> Iterator[None]:
    """On SQLite a migration rebuilds a table and drops the old one, which must not take children along."""
    if connection.dialect.name != "sqlite":
        yield
        return
    raw: Any = connection.connection.dbapi_connection
    raw.execute("PRAGMA foreign_keys = OFF")
    try:
        yield
    finally:
        raw.execute("PRAGMA foreign_keys = ON")


def current(connection: Connection) -> str | None:
    """The database's revision, None when it is empty; raises StoreNewer and StoreDamaged."""
    tables = set(inspect(connection).get_table_names())
    if "alembic_version" not in tables:
        if "runs" in tables:
            raise StoreDamaged("The database has tables but no revision. Bring back a backup.")
        return None
    revision: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if revision is not None and revision not in _known():
        raise StoreNewer(
            f"The database is at schema {revision}, this program knows up to {HEAD}. "
            "Start the newer program, or bring back a backup made by this one."
        )
    return revision


@cache
def _known() -> frozenset[str]:
    """The revisions that there are scripts for; their numbers are names, not in the order of counting."""
    return frozenset(path.name.partition("_")[0] for path in _VERSIONS.glob("[0-9]*.py"))


def _upgrade(connection: Connection, target: str, seal: Seal | None) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "api.db:migrations")
    config.attributes["connection"] = connection
    config.attributes["seal"] = seal
    command.upgrade(config, target)
