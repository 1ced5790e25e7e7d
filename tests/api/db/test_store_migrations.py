"""Databases of every released version come up, with their data, to what the program needs."""

from collections.abc import Iterator
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path
from typing import Any

import factories
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory

from api.db import METADATA, Settings, Store, home_url, migrate
from api.db.database import _engine
from api.db.keyring import Keyring
from api.db.tables import run_events


def scripts() -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", "api.db:migrations")
    return ScriptDirectory.from_config(config)


REVISIONS = [script.revision for script in scripts().walk_revisions()][::-1]
"""From the first to the newest."""


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path, pg: Any) -> Iterator[sa.Engine]:
    """An empty database, on each."""
    bare = Settings(home_url(tmp_path)) if request.param == "sqlite" else pg().bare()
    made = _engine(bare)
    yield made
    made.dispose()


def a_value(column: sa.Column[Any]) -> Any:
    """The same for every column of a type, so that references meet."""
    kinds: tuple[tuple[type[Any], Any], ...] = (
        (sa.Boolean, True),
        (sa.Integer, 1),
        (sa.Float, 0.5),
        (sa.DateTime, datetime(2026, 1, 2)),
        (sa.LargeBinary, b"bytes"),
        (sa.JSON, {"a": [1]}),
        (sa.String, "text"),
    )
    return next(value for kind, value in kinds if isinstance(column.type, kind))


def fill(engine: sa.Engine) -> dict[str, int]:
    """A row in every table there is; returns how many rows each has."""
    found = sa.MetaData()
    found.reflect(engine)
    tables = [table for table in found.sorted_tables if table.name != "alembic_version"]
    with engine.begin() as connection:
        for table in tables:
            row = {column.name: a_value(column) for column in table.columns}
            connection.execute(table.insert().values(row))
    return {table.name: 1 for table in tables}


def count(engine: sa.Engine, tables: dict[str, int]) -> dict[str, int]:
    with engine.connect() as connection:
        return {
            name: connection.execute(sa.text(f"SELECT count(*) FROM {name}")).scalar_one() for name in tables
        }


def test_the_program_knows_its_newest_revision() -> None:
    assert scripts().get_current_head() == migrate.HEAD == REVISIONS[-1]


@pytest.mark.parametrize("revision", REVISIONS)
def test_a_database_of_every_revision_comes_up_with_its_data(
    engine: sa.Engine, revision: str, tmp_path: Path
) -> None:
    migrate.bring_up(engine, nullcontext(), revision)
    before = fill(engine)
    migrate.bring_up(engine, nullcontext(), seal=Keyring(tmp_path / "key").seal)
    kept = {name: rows for name, rows in before.items() if name in METADATA.tables}
    assert count(engine, kept) == kept
    assert set(before) - set(kept) <= {"batches", "comparisons"}
    with engine.connect() as connection:
        assert migrate.current(connection) == migrate.HEAD


def test_the_migrations_make_what_the_models_say(engine: sa.Engine) -> None:
    migrate.bring_up(engine, nullcontext())
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


def test_every_table_can_be_filled_and_emptied(engine: sa.Engine) -> None:
    migrate.bring_up(engine, nullcontext())
    assert set(fill(engine)) == set(METADATA.tables)


def test_rebuilding_a_table_keeps_what_refers_to_it(sqlite_store: Store) -> None:
    """SQLite's way to change a table drops the old one, on which events hang by a cascading reference."""
    org = factories.organisation(sqlite_store)
    run_id = factories.run(sqlite_store, org)
    with (
        sqlite_store.engine.connect() as connection,
        migrate.references_off(connection),
        connection.begin(),
    ):
        changing = Operations(MigrationContext.configure(connection))
        with changing.batch_alter_table("runs", recreate="always") as runs:
            runs.add_column(sa.Column("colour", sa.String()))
    with sqlite_store.read() as session:
        assert len(run_events.since(session, org, run_id, 0)) == 1


def test_two_programs_that_start_at_once_make_one_database(tmp_path: Path) -> None:
    import subprocess
    import sys

    program = "import sys; from api.db import Settings, Store; Store.open(Settings(sys.argv[1])).close()"
    starting = [subprocess.Popen([sys.executable, "-c", program, home_url(tmp_path)]) for _ in range(3)]
    assert [one.wait(60) for one in starting] == [0, 0, 0]
    Store.open(Settings(home_url(tmp_path))).close()


def test_two_programs_that_migrate_at_once_do_it_once(pg: Any) -> None:
    import subprocess
    import sys

    program = "import sys; from api.db import Settings, Store; Store.open(Settings(sys.argv[1])).close()"
    url = pg().bare().url
    starting = [subprocess.Popen([sys.executable, "-c", program, url]) for _ in range(3)]
    assert [one.wait(60) for one in starting] == [0, 0, 0]
