"""The store as a whole: an engine for SQLite or PostgreSQL, sessions to read and write, faults as types."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from api.db import jobs, migrate, procrastinate_schema, sqlite
from api.db.driver_errors import store_error
from api.db.errors import StoreError, StoreFull
from api.db.keyring import FILE_NAME, Keyring
from api.db.notifications import Notifier, topics

_WRITES = "cascade_writes"
_LOOKS = "cascade_looks"
ROOM_LACKS_S = 30.0
"""So long after a write that found no room the disk counts as full: smaller ones may go on all the while."""


@dataclass(frozen=True)
class Settings:
    """Where the store lies and how patient it is."""

    url: str
    """`sqlite:///PATH` or `postgresql://…`."""
    busy_seconds: float = 5.0
    """How long a write waits for another one before it is refused with StoreBusy."""
    connections: int = 32
    """At most this many connections are open at once."""
    key_file: Path | None = None
    """Where the key of the secrets is kept, unless the environment has it; None: beside the SQLite database."""

    @classmethod
    def at(cls, home: Path, url: str | None = None) -> Settings:
        """The store at this address, or the embedded one under the home; a relative file is made whole."""
        keys = home.absolute() / FILE_NAME
        given = cls(url or home_url(home), key_file=keys)
        file = given.path
        if file is None or str(file) == ":memory:":
            return given
        return replace(given, url=f"sqlite:///{file.absolute()}")

    @property
    def path(self) -> Path | None:
        """The database file on SQLite, None on PostgreSQL."""
        url = make_url(self.url)
        return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None

    def keyring(self) -> Keyring:
        """The keys of the secrets that are in this store."""
        return Keyring(self.key_file or (self.path.with_name(FILE_NAME) if self.path else None))


def home_url(home: Path) -> str:
    """The address of the embedded database under the home folder."""
    return f"sqlite:///{home.absolute() / 'cascade.sqlite3'}"


class Store:
    """An open store. `read()` and `write()` give a session that is one transaction."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.notifier = Notifier()
        self.keyring = settings.keyring()
        self._engine = _engine(settings)
        self._writer = self._engine.execution_options(**{_WRITES: True})
        self._looker = self._engine.execution_options(**{_LOOKS: True})
        path = settings.path
        self._open = sqlite.enter(path) if path else None
        self._owned: IO[str] | None = None
        self._writing = sqlite.Writing(path, settings.busy_seconds) if path else None
        self._full_at: float | None = None

    @classmethod
    def open(cls, settings: Settings) -> Store:
        """An open store at the newest schema, created or migrated when needed.

        Raises StoreDamaged, StoreNewer, StoreUnavailable, or StoreBusy where an earlier program serves the embedded
        database, and then has changed nothing.
        """
        if settings.path:
            _prepare_file(settings.path)
        store = cls(settings)
        try:
            with faults():
                migrate.bring_up(
                    store._engine, store._held(), seal=store.keyring.seal, unserved=store._unserved()
                )
                if store.backend == "postgresql":
                    procrastinate_schema.bring_up(store._engine)
                    migrate.refuse_when_newer(store._engine)
        except StoreError:
            store.close()
            raise
        return store

    def own(self) -> None:
        """Be the one process that serves the embedded database, until `close`; any number may serve PostgreSQL.

        Others may still read and write, as the commands do. Raises StoreBusy when another process serves it.
        """
        if self.settings.path and not self._owned:
            self._owned = sqlite.own(self.settings.path)

    @property
    def engine(self) -> Engine:
        return self._engine

    @property
    def backend(self) -> str:
        """`sqlite` or `postgresql`."""
        return self._engine.dialect.name

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session over one consistent view (SQLite) or committed rows (PostgreSQL); changes are dropped."""
        with faults(), self._session(self._engine, autoflush=False) as session:
            yield session

    @contextmanager
    def read_latest(self) -> Iterator[Session]:
        """A session for a single query, or for what never changes: on SQLite every query sees the newest rows.

        It takes no transaction, and so less time, of which the busiest requests have little.
        """
        with faults(), self._session(self._looker, autoflush=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session that is committed at the end, or rolled back whole when anything is raised."""
        with self._noting_room(), faults(), self._held(), self._session(self._writer) as session:
            yield session
            session.flush()
            self._put_jobs(session)
            session.commit()
        self.notifier.notify(topics(session))

    @contextmanager
    def _noting_room(self) -> Iterator[None]:
        try:
            yield
        except StoreFull:
            self._full_at = time.monotonic()
            raise

    @property
    def lacks_room(self) -> bool:
        """Whether a write of this process found none a short while ago; another machine's disk says no more."""
        return self._full_at is not None and time.monotonic() - self._full_at < ROOM_LACKS_S

    def _put_jobs(self, session: Session) -> None:
        if self.backend == "postgresql" and jobs.added(session):
            from api.db import procrastinate_jobs

            procrastinate_jobs.put(session)

    def facts(self) -> dict[str, Any]:
        """What readiness tells about the store; raises StoreError when it does not answer."""
        with self.read() as session:
            revision = session.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
        return {"backend": self.backend, "schema": revision, **self._backend_facts()}

    def _backend_facts(self) -> dict[str, Any]:
        if self.backend != "sqlite":
            return {"version": ".".join(map(str, self._engine.dialect.server_version_info or ()))}
        fault = sqlite.wal_reset_fault()
        safe = "checkpoints run alone, under the one write lock" if fault else "not needed"
        return {"version": sqlite3.sqlite_version, "wal_reset_fault": fault, "safe_settings": safe}

    def _session(self, engine: Engine, *, autoflush: bool = True) -> Session:
        return Session(engine, expire_on_commit=False, autoflush=autoflush, info={"keyring": self.keyring})

    @contextmanager
    def _unserved(self) -> Iterator[None]:
        """Keep the embedded database from being served; raises StoreBusy where it is."""
        with sqlite.own(self.settings.path) if self.settings.path else nullcontext():
            yield

    def _held(self) -> AbstractContextManager[None]:
        return self._writing.held() if self._writing else nullcontext()

    def close(self) -> None:
        self._engine.dispose()
        if self._writing:
            self._writing.close()
        for lock in (self._open, self._owned):
            if lock:
                lock.close()


@contextmanager
def faults() -> Iterator[None]:
    """Turn the driver's errors into the store's own."""
    try:
        yield
    except (DBAPIError, PoolTimeout, sqlite3.Error) as error:
        fault = store_error(error)
        if fault is None:
            raise
        raise fault from error


def _prepare_file(path: Path) -> None:
    """Check the file, or create it whole: it is there under its name only when it is finished."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with sqlite.one_creator(path):
        sqlite.check_file(path)
        if path.exists():
            return
        unfinished = path.with_name(path.name + ".new")
        unfinished.unlink(missing_ok=True)
        engine = _engine(Settings(f"sqlite:///{unfinished}"))
        try:
            with faults():
                migrate.bring_up(engine, nullcontext())
        finally:
            engine.dispose()
        unfinished.chmod(0o600)
        unfinished.rename(path)


def _engine(settings: Settings) -> Engine:
    url = make_url(settings.url)
    if url.get_backend_name() == "sqlite":
        return _sqlite_engine(settings)
    return create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_size=settings.connections,
        max_overflow=0,
        pool_timeout=settings.busy_seconds,
        pool_pre_ping=True,
        connect_args={
            "connect_timeout": max(2, int(settings.busy_seconds)),
            "options": f"-c lock_timeout={int(settings.busy_seconds * 1000)}",
        },
    )


def _sqlite_engine(settings: Settings) -> Engine:
    engine = create_engine(
        make_url(settings.url).set(drivername="sqlite+pysqlite"),
        pool_size=settings.connections,
        max_overflow=0,
        pool_timeout=settings.busy_seconds,
    )

    @event.listens_for(engine, "connect")
    def connected(connection: sqlite3.Connection, _record: object) -> None:
        try:
            sqlite.prepare(connection, settings.busy_seconds)
        except BaseException:
            connection.close()
            raise

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        options = connection.get_execution_options()
        if options.get(_WRITES):
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        elif not options.get(_LOOKS):
            driver: Any = connection.connection.driver_connection
            driver.execute("BEGIN")  # cannot fail; so it need not go the long way

    return engine
