"""Procrastinate's tables come up with ours: made, migrated or refused, whoever else does the same at once."""

import re
import threading
from pathlib import Path
from typing import Any

import psycopg
import pytest

from api.db import Settings, Store, StoreError, StoreNewer
from api.db.procrastinate_schema import newest


def scripts() -> list[Path]:
    from procrastinate.schema import SchemaManager

    return sorted(Path(SchemaManager.get_migrations_path()).glob("*.sql"))


def at_version(settings: Settings, version: str) -> None:
    """Tables as that version of Procrastinate left them."""
    with psycopg.connect(settings.url) as connection:
        for script in scripts():
            if script.name[: len(version)] <= version:
                connection.execute(script.read_text())  # type: ignore[call-overload]


def functions(settings: Settings) -> dict[str, str]:
    """Every function of Procrastinate with its body, less white space."""
    with psycopg.connect(settings.url) as connection:
        found = connection.execute(
            "SELECT proname, prosrc FROM pg_proc WHERE proname LIKE 'procrastinate%'"
        ).fetchall()
    return {name: re.sub(r"\s+", " ", body) for name, body in found}


@pytest.mark.parametrize("version", ["03.01.00_50", "03.02.00_50", "03.03.00_01", "03.04.00_50"])
def test_older_tables_are_migrated_to_what_a_new_database_gets(pg: Any, version: str) -> None:
    fresh, older = pg().bare(), pg().bare()
    Store.open(fresh).close()
    at_version(older, version)
    Store.open(older).close()
    assert functions(older) == functions(fresh)


def test_tables_too_old_to_migrate_are_refused_with_what_to_do(pg: Any) -> None:
    settings = pg().bare()
    at_version(settings, "02.14.01_01")
    with pytest.raises(StoreError, match=r"before 3\.1.*drop them"):
        Store.open(settings)


def test_tables_of_a_newer_library_are_refused(pg: Any) -> None:
    settings = pg().bare()
    Store.open(settings).close()
    with psycopg.connect(settings.url) as connection:
        connection.execute("COMMENT ON TABLE procrastinate_jobs IS 'procrastinate schema 99.00.00_01'")
    with pytest.raises(StoreNewer, match=r"99\.00\.00_01"):
        Store.open(settings)


def test_many_may_start_on_an_empty_database_at_once(pg: Any) -> None:
    settings, faults = pg().bare(), list[Exception]()

    def start() -> None:
        try:
            Store.open(settings).close()
        except Exception as fault:  # noqa: BLE001 - whatever it is, it is what the test is about
            faults.append(fault)

    threads = [threading.Thread(target=start) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    with psycopg.connect(settings.url) as connection:
        (mark,) = (
            connection.execute("SELECT obj_description('procrastinate_jobs'::regclass)").fetchone() or ()
        )
    assert mark == f"procrastinate schema {newest()}"
