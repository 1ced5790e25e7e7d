"""Procrastinate's tables: created, or migrated with its own scripts, under the lock that guards our migrations."""

import re
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, Engine, text

from api.db.errors import StoreError, StoreNewer
from api.db.migrate import MIGRATION_LOCK

_MARK = "procrastinate schema "
_FOUND_BY = (
    ("03.04.00_50", "to_regproc('procrastinate_retry_job_v2')"),
    ("03.02.00_50", "to_regproc('procrastinate_defer_jobs_v1')"),
    ("03.01.00_50", "to_regclass('procrastinate_workers')"),
)
"""What tells the version of tables that carry no mark: they were made by an earlier version of ours, or by others."""
# It reads pg_class: a backend that has waited for the lock may still answer to_regclass from its cache.
_MARKED = text(
    "SELECT obj_description(oid, 'pg_class') FROM pg_class"
    " WHERE relname = 'procrastinate_jobs' AND pg_table_is_visible(oid)"
)


def bring_up(engine: Engine) -> None:
    """Create Procrastinate's tables or migrate older ones; raises StoreError with nothing changed."""
    with engine.connect() as connection:
        if _current(connection) == newest():
            return
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
        current = _current(connection)
        if current != newest():
            _upgrade(connection, current)


@cache
def newest() -> str:
    """The version that the installed library needs: the name of its last script."""
    return max(_scripts())


@cache
def _scripts() -> dict[str, Path]:
    """Version to script, as the library brings them."""
    from procrastinate.schema import SchemaManager

    found = Path(SchemaManager.get_migrations_path()).glob("*.sql")
    return {match[0]: path for path in found if (match := re.match(r"[\d.]+_\d+", path.name))}


def _current(connection: Connection) -> str | None:
    """The version of the tables; None when there are none. Raises StoreNewer, and StoreError when they are too old."""
    found = connection.execute(_MARKED).one_or_none()
    if found is None:
        return None
    if found[0] is None or not found[0].startswith(_MARK):
        return _unmarked(connection)
    version: str = found[0].removeprefix(_MARK)
    if version > newest():
        raise StoreNewer(
            f"The job tables are at schema {version} of Procrastinate, this installation knows up to {newest()}. "
            "Start the newer program, or install its version of procrastinate."
        )
    return version


def _unmarked(connection: Connection) -> str:
    for version, sign in _FOUND_BY:
        if connection.execute(text(f"SELECT {sign} IS NOT NULL")).scalar():
            return version
    raise StoreError(
        "The database has tables of a Procrastinate before 3.1, which cannot be migrated from here. Bring them to "
        "3.1 with Procrastinate's own scripts; or, when no other program uses them, drop them: the jobs are made "
        "anew from the runs."
    )


def _upgrade(connection: Connection, current: str | None) -> None:
    for script in _due(current):
        connection.exec_driver_sql(script.replace("%", "%%"))
    # The jobs of the first releases only announced runs, in a queue that no one works on any more.
    connection.exec_driver_sql("DELETE FROM procrastinate_jobs WHERE queue_name = 'cascade'")
    connection.exec_driver_sql(f"COMMENT ON TABLE procrastinate_jobs IS '{_MARK}{newest()}'")


def _due(current: str | None) -> list[str]:
    from procrastinate.schema import SchemaManager

    if current is None:
        return [SchemaManager.get_schema()]
    return [path.read_text("utf-8") for version, path in sorted(_scripts().items()) if version > current]
