"""Databases: durable SQLite or PostgreSQL, whole transactions, tables made when first written, errors with a code."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from urllib.parse import quote

from sqlalchemy import (
    Connection,
    Dialect,
    Engine,
    MetaData,
    Table,
    create_engine,
    event,
    func,
    inspect,
    make_url,
    select,
)
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError
from sqlalchemy.pool import ConnectionPoolEntry, NullPool, QueuePool
from sqlalchemy.schema import CreateColumn

from cms.errors import CmsError

BUSY_TIMEOUT_MS = 5000
_SCHEMA_LOCK = 7_384_215  # any number, the same in every process: PostgreSQL's advisory lock for creating tables
_FULL = ("storage-full", "the disk of the {name} is full; nothing was changed. Free space and try again.")
_BUSY = ("store-busy", "the {name} is busy; nothing was changed. Try again.")
_DAMAGED = ("store-damaged", "the {name} is damaged. Restore it from a backup.")
_MEANINGS = {  # by the start of SQLite's error name or of PostgreSQL's SQLSTATE
    "SQLITE_FULL": _FULL,
    "SQLITE_IOERR_SHMSIZE": _FULL,
    "53100": _FULL,
    "SQLITE_BUSY": _BUSY,
    "SQLITE_LOCKED": _BUSY,
    "SQLITE_CORRUPT": _DAMAGED,
    "SQLITE_NOTADB": _DAMAGED,
}
_FileId = tuple[int, int] | None  # device and inode; None: no file, which for a server means nothing


class Database:
    """Transactions on one database; only writing makes what is missing of it: folder, file, tables.

    Args:
        url: An SQLAlchemy URL.
        tables: All of them; they are made together.
        name: What it is to people: "release store".
        conflict: Code and message when two wrote the same key at once.
        keeps_connections: Open ones are used again, where a transaction must cost little.

    Raises:
        CmsError: `store-unavailable`; the URL names no database that can be used.
    """

    def __init__(
        self, url: str, tables: MetaData, *, name: str, conflict: tuple[str, str], keeps_connections: bool = False
    ) -> None:
        self._tables = tables
        self._name = name
        self._conflict = conflict
        self._engine = _engine(url, name, keeps_connections=keeps_connections)
        self._keeps = keeps_connections
        self._file: _FileId = None
        self._complete = False  # a kept connection found or made all tables, in the file that is still there

    @contextmanager
    def reading(self) -> Iterator[Connection | None]:
        """See one state of the database throughout; None where nothing was ever written.

        Raises:
            CmsError: `storage-full`, `store-busy`, `store-damaged` or `store-unavailable`.
        """
        with self._failures_named():
            if self._is_missing():
                yield None
                return
            with self._engine.begin() as connection:
                yield connection if self._has_tables(connection) else None

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Change all or nothing, alone where the database is SQLite.

        Raises:
            CmsError: As `reading`, or the conflict.
        """
        with self._failures_named():
            if self._is_missing():
                self._file = _made_file(self._engine, self._name)
            with self._engine.execution_options(writes=True).begin() as connection:
                if not self._complete:
                    _create_tables(connection, self._tables)
                yield connection
            self._complete = self._keeps

    def close(self) -> None:
        """Let go of all connections; the next use opens new ones."""
        self._complete = False
        self._engine.dispose()

    def _is_missing(self) -> bool:
        """Say whether the file is missing; where it is not the one seen last, all that was known of it is forgotten."""
        if self._engine.dialect.name != "sqlite":
            return False
        found = _file_id(Path(str(self._engine.url.database)))
        if found != self._file:
            self.close()  # a kept connection would go on using a file that was removed or replaced
            self._file = found
        return found is None

    def _has_tables(self, connection: Connection) -> bool:
        if self._complete:
            return True
        there = inspect(connection)
        found = all(there.has_table(table) for table in self._tables.tables)
        self._complete = found and self._keeps
        return found

    @contextmanager
    def _failures_named(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            self.close()  # after an I/O error a connection may no longer be trusted
            raise CmsError(*self._meaning(error)) from error

    def _meaning(self, error: DBAPIError) -> tuple[str, str]:
        if isinstance(error, IntegrityError):
            return self._conflict
        sign: str = getattr(error.orig, "sqlite_errorname", None) or getattr(error.orig, "sqlstate", None) or ""
        for start, (code, message) in _MEANINGS.items():
            if sign.startswith(start):
                return code, message.format(name=self._name)
        return "store-unavailable", f"the {self._name} cannot be used: {str(error.orig)[:200]}."


def _file_id(file: Path) -> _FileId:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _engine(url: str, name: str, *, keeps_connections: bool) -> Engine:
    try:
        parsed = make_url(url)
        is_sqlite = parsed.get_backend_name() == "sqlite"
        engine = create_engine(parsed, **_pooling(is_sqlite=is_sqlite, keeps_connections=keeps_connections))
    except (ArgumentError, ImportError) as wrong:  # no URL, an unknown database, or one without its driver
        raise _unreachable(str(wrong), name) from wrong
    if is_sqlite:
        if (parsed.database or ":").startswith((":", "file:")):
            raise _unreachable("it names no file", name)
        event.listen(engine, "do_connect", _never_create)
        event.listen(engine, "connect", _open_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def _pooling(*, is_sqlite: bool, keeps_connections: bool) -> dict[str, Any]:
    if keeps_connections:
        return {"poolclass": QueuePool, "max_overflow": -1}  # without a limit no thread waits for another's disk
    return {"poolclass": NullPool if is_sqlite else None}


def _unreachable(why: str, name: str) -> CmsError:
    message = f"The {name} cannot be reached by this URL: {why}. Write for example sqlite:///cms.sqlite."
    return CmsError("store-unavailable", message)


def _never_create(_: Dialect, __: ConnectionPoolEntry, arguments: list[Any], options: dict[str, Any]) -> None:
    """Open only what is there; SQLite would make an empty file."""
    arguments[0] = f"file:{quote(arguments[0])}?mode=rw"
    options["uri"] = True


def _open_sqlite(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    """Durable before fast: what was told to be stored must be there after a power cut."""
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


def _made_file(engine: Engine, name: str) -> _FileId:
    file = Path(str(engine.url.database))
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    except OSError as error:
        raise CmsError("store-unavailable", f"the {name} {file} cannot be made: {error.strerror}.") from error
    return _file_id(file)


def _create_tables(connection: Connection, tables: MetaData) -> None:
    """Create what is missing, alone: the write lock of SQLite or a lock of PostgreSQL is held meanwhile."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(_SCHEMA_LOCK)))
    tables.create_all(connection)
    there = inspect(connection)
    for table in tables.sorted_tables:
        _complete_table(connection, table, {column["name"] for column in there.get_columns(table.name)})


def _complete_table(connection: Connection, table: Table, known: set[str]) -> None:
    """Add the columns and indexes that a table of an earlier version has not."""
    for column in table.columns:
        if column.name not in known:
            written = CreateColumn(column).compile(dialect=connection.dialect)
            connection.exec_driver_sql(f"ALTER TABLE {table.name} ADD COLUMN {written}")
    for index in table.indexes:
        index.create(connection, checkfirst=True)
