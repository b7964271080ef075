"""Opening the store's database: durable SQLite, whole transactions, errors with a stable code."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Dialect, Engine, create_engine, event, func, inspect, make_url, select
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

from cms.errors import CmsError
from cms.releases.tables import LIVE, METADATA

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
    """Transactions on one database; only writing makes what is missing of it: folder, file, tables."""

    def __init__(self, url: str) -> None:
        self._engine = _engine(url)

    @contextmanager
    def reading(self) -> Iterator[Connection | None]:
        """See one state of the database throughout; None where nothing was ever written.

        Raises:
            CmsError: `storage-full`, `store-busy`, `store-damaged` or `store-unavailable`.
        """
        with self._failures_named():
            if _is_missing(self._engine):
                yield None
                return
            with self._engine.begin() as connection:
                yield connection if inspect(connection).has_table(LIVE.name) else None

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Change all or nothing, alone where the database is SQLite.

        Raises:
            CmsError: As `reading`.
        """
        with self._failures_named():
            _make_file(self._engine)
            with self._engine.execution_options(writes=True).begin() as connection:
                _create_tables(connection)
                yield connection

    def close(self) -> None:
        """Let go of all connections; the next use opens new ones."""
        self._engine.dispose()

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
        parsed = make_url(url)
        is_sqlite = parsed.get_backend_name() == "sqlite"
        # A kept connection would go on reading a file that was removed or replaced.
        engine = create_engine(parsed, poolclass=NullPool if is_sqlite else None)
    except (ArgumentError, ImportError) as wrong:  # no URL, an unknown database, or one without its driver
        raise _unreachable(str(wrong)) from wrong
    if is_sqlite:
        if (parsed.database or ":").startswith((":", "file:")):
            raise _unreachable("it names no file")
        event.listen(engine, "do_connect", _never_create)
        event.listen(engine, "connect", _open_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _unreachable(why: str) -> CmsError:
    message = f"The release store cannot be reached by this URL: {why}. Write for example sqlite:///cms.sqlite."
    return CmsError("store-unavailable", message)


def _never_create(_: Dialect, __: ConnectionPoolEntry, arguments: list[Any], options: dict[str, Any]) -> None:
    """Open only what is there; SQLite would make an empty file."""
    arguments[0] = f"file:{quote(arguments[0])}?mode=rw"
    options["uri"] = True


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


def _is_missing(engine: Engine) -> bool:
    return engine.dialect.name == "sqlite" and not Path(str(engine.url.database)).exists()


def _make_file(engine: Engine) -> None:
    if not _is_missing(engine):
        return
    file = Path(str(engine.url.database))
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    except OSError as error:
        message = f"the release store {file} cannot be made: {error.strerror}."
        raise CmsError("store-unavailable", message) from error


def _create_tables(connection: Connection) -> None:
    """Create what is missing, alone: the write lock of SQLite or a lock of PostgreSQL is held meanwhile."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_SCHEMA_LOCK)))
    METADATA.create_all(connection)
