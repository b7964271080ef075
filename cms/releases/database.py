"""Opening the store's database: durable SQLite, whole transactions, errors with a stable code."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from time import monotonic, sleep

from sqlalchemy import Connection, Engine, create_engine, event, func, select
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError
from sqlalchemy.pool import ConnectionPoolEntry

from cms.errors import CmsError
from cms.releases.tables import METADATA

BUSY_TIMEOUT_MS = 5000
_SCHEMA_LOCK = 7_384_215  # any number, the same in every process: PostgreSQL's advisory lock for creating tables
_FULL = ("storage-full", "the disk of the release store is full; nothing was changed. Free space and try again.")
_BUSY = ("store-busy", "the release store is busy; nothing was changed. Try again.")
_DAMAGED = ("store-damaged", "the release store is damaged. Restore it from a backup.")
_MEANINGS = {  # by the start of SQLite's error name or of PostgreSQL's SQLSTATE
    "SQLITE_FULL": _FULL,
    "SQLITE_IOERR_SHMSIZE": _FULL,
    "53100": _FULL,
    "SQLITE_BUSY": _BUSY,
    "SQLITE_LOCKED": _BUSY,
    "SQLITE_CORRUPT": _DAMAGED,
    "SQLITE_NOTADB": _DAMAGED,
}


class Database:
    """Transactions on one database, whose tables are made at first use."""

    def __init__(self, url: str) -> None:
        self._engine = _engine(url)
        self._ready = False
        self._lock = Lock()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """See one state of the database throughout.

        Raises:
            CmsError: `storage-full`, `store-busy`, `store-damaged` or `store-unavailable`.
        """
        with self._failures_named():
            self._prepare()
            with self._engine.begin() as connection:
                yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Change all or nothing, alone where the database is SQLite.

        Raises:
            CmsError: As `reading`.
        """
        with self._failures_named():
            self._prepare()
            with self._engine.execution_options(writes=True).begin() as connection:
                yield connection

    def close(self) -> None:
        """Let go of all connections; the next use opens new ones."""
        self._engine.dispose()

    def _prepare(self) -> None:
        with self._lock:
            if not self._ready:
                _make_folder(self._engine)
                with self._engine.execution_options(writes=True).begin() as connection:
                    _create_tables(connection)
                self._ready = True

    @contextmanager
    def _failures_named(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            self.close()  # after an I/O error a connection may no longer be trusted
            raise _named(error) from error


def _named(error: DBAPIError) -> CmsError:
    if isinstance(error, IntegrityError):
        return CmsError("publish-conflict", "someone else published at the same moment; nothing was changed.")
    sign: str = getattr(error.orig, "sqlite_errorname", None) or getattr(error.orig, "sqlstate", None) or ""
    for start, (code, message) in _MEANINGS.items():
        if sign.startswith(start):
            return CmsError(code, message)
    return CmsError("store-unavailable", f"the release store cannot be used: {str(error.orig)[:200]}.")


def _engine(url: str) -> Engine:
    try:
        engine = create_engine(url)
    except (ArgumentError, ImportError) as wrong:  # no URL, an unknown database, or one without its driver
        message = f"The release store cannot be reached by this URL: {wrong}. Write for example sqlite:///cms.sqlite."
        raise CmsError("store-unavailable", message) from wrong
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _open_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _open_sqlite(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    """Durable before fast: a release is written rarely, and must be there after a power cut."""
    connection.isolation_level = None  # we say BEGIN ourselves, see `_begin_sqlite`
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    _use_wal(cursor)
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _use_wal(cursor: DBAPICursor) -> None:
    """Switch to the write-ahead log; of two processes that do so at once, SQLite refuses one without waiting."""
    give_up = monotonic() + BUSY_TIMEOUT_MS / 1000
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if not error.sqlite_errorname.startswith("SQLITE_BUSY") or monotonic() > give_up:
                raise
            sleep(0.02)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    """Take the one write lock at the start, so that what a writer reads cannot change under it."""
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _make_folder(engine: Engine) -> None:
    name = engine.url.database
    if engine.dialect.name == "sqlite" and name and not name.startswith((":", "file:")):
        try:
            Path(name).parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            message = f"the folder of the release store {name} cannot be made: {error.strerror}."
            raise CmsError("store-unavailable", message) from error


def _create_tables(connection: Connection) -> None:
    """Create what is missing, alone: the write lock of SQLite or a lock of PostgreSQL is held meanwhile."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_SCHEMA_LOCK)))
    METADATA.create_all(connection)
