"""Sources: a folder of files or a database, opened as tables by name."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import ibis
import psycopg
import pyarrow as pa
from sqlalchemy import Connection, create_engine, inspect, select, text
from sqlalchemy.exc import SQLAlchemyError

from cms.errors import CmsError

NAMES = ("customers", "orders", "order_lines", "traits")
BROKEN = (duckdb.Error, ibis.IbisError, psycopg.Error, pa.ArrowException)
_MEMORY = "1GB"  # of DuckDB; what needs more is spilled to disk
_COPIED = 10_000  # rows taken from a database at once
Table = Any  # Ibis carries no types


@dataclass(frozen=True, slots=True)
class Source:
    """What there is, by name; a name that is missing there is unknown of everybody."""

    connection: Any
    tables: Mapping[str, Table]


@contextmanager
def opened(where: str) -> Iterator[Source]:
    """Open a folder, a DuckDB file, or a database by its URL.

    Raises:
        CmsError: `source-missing`, `source-failed`, or `source-empty`: it has none of the tables.
    """
    with ExitStack() as stack:
        try:
            source = _source(where, stack)
        except (*BROKEN, SQLAlchemyError, OSError, ModuleNotFoundError) as failure:
            raise CmsError("source-failed", f"{_shown(where)} cannot be read: {_said(failure)}") from failure
        if not source.tables:
            message = f"{_shown(where)} has none of {', '.join(NAMES)}. docs/segments-export.md says what each holds."
            raise CmsError("source-empty", message)
        yield source


def _source(where: str, stack: ExitStack) -> Source:
    if where.startswith(("postgresql://", "postgres://")):
        connection = stack.enter_context(_closing(ibis.connect(where)))
        return Source(connection, _named(connection))
    if "://" in where and not where.startswith("duckdb://"):
        return _copied(where, _workbench(stack))
    path = Path(where.removeprefix("duckdb://"))
    if not path.exists():
        raise CmsError("source-missing", f"{path} is not there: name a folder, a DuckDB file or a database's URL.")
    if path.is_dir():
        connection = _workbench(stack)
        found = {name: _files_of(path, name) for name in NAMES}
        return Source(connection, {name: _read(connection, files) for name, files in found.items() if files})
    connection = _workbench(stack, path)
    return Source(connection, _named(connection))


@contextmanager
def _closing(connection: Any) -> Iterator[Any]:
    try:
        yield connection
    finally:
        connection.disconnect()


def _workbench(stack: ExitStack, path: Path | None = None) -> Any:
    """Start DuckDB, within bounds of memory and without fetching anything: on a file that is only read, or empty."""
    scratch = stack.enter_context(TemporaryDirectory(prefix="cms-segments-"))
    settings = {"memory_limit": _MEMORY, "temp_directory": scratch, "autoinstall_known_extensions": False}
    where, options = (path, {"read_only": True}) if path else (Path(scratch) / "copied.duckdb", {})
    return stack.enter_context(_closing(ibis.duckdb.connect(where, **options, **settings)))


def _named(connection: Any) -> dict[str, Table]:
    held = set(connection.list_tables())
    return {name: connection.table(name) for name in NAMES if name in held}


def _files_of(folder: Path, name: str) -> list[Path]:
    """List a table's files: `orders.csv`, or all of one kind in `orders/`."""
    alone = [path for path in sorted(folder.glob(f"{name}.*")) if _kind(path) and _stem(path) == name]
    found = [*alone, *(path for path in sorted(folder.glob(f"{name}/*")) if _kind(path))]
    if (alone and len(found) > 1) or len({_kind(path) for path in found}) > 1:
        there = ", ".join(str(path.relative_to(folder)) for path in found)
        raise CmsError("source-failed", f'"{name}" is there more than once: {there}. Leave one.')
    return found


_KINDS = {"csv": "csv", "jsonl": "json", "ndjson": "json", "json": "json", "parquet": "parquet"}


def _kind(path: Path) -> str:
    """Tell a file's format by its name; "" for none that is read."""
    return _KINDS.get(path.name.removesuffix(".gz").rpartition(".")[2], "")


def _stem(path: Path) -> str:
    return path.name.removesuffix(".gz").rpartition(".")[0]


def _read(connection: Any, files: Sequence[Path]) -> Table:
    readers: Mapping[str, Callable[[Any, list[str]], Table]] = {
        "csv": _read_csv,
        "json": _read_json,
        "parquet": lambda known, paths: known.read_parquet(paths, union_by_name=True),
    }
    return readers[_kind(files[0])](connection, [str(path) for path in files])


def _read_csv(connection: Any, paths: list[str]) -> Table:
    """Read CSV as texts; quotes are not guessed, for the first one may stand far down."""
    return connection.read_csv(paths, all_varchar=True, header=True, union_by_name=True, quote='"', escape='"')


def _read_json(connection: Any, paths: list[str]) -> Table:
    """Read JSON as texts and lists of texts, so that no number becomes a date or a binary fraction."""
    seen = connection.read_json(paths, sample_size=-1, union_by_name=True).schema()
    kinds = {name: "VARCHAR[]" if kind.is_array() else "VARCHAR" for name, kind in seen.items()}
    return connection.read_json(paths, columns=kinds)


def _copied(url: str, connection: Any) -> Source:
    """Copy the tables of a database that has neither lists nor exact decimals, such as SQLite, as texts."""
    engine = create_engine(url)
    try:
        held = {*inspect(engine).get_table_names(), *inspect(engine).get_view_names()}
        with engine.connect().execution_options(stream_results=True) as reading:
            tables = {name: _copy(reading, name, connection) for name in NAMES if name in held}
    finally:
        engine.dispose()
    return Source(connection, tables)


def _copy(reading: Connection, name: str, connection: Any) -> Table:
    rows = reading.execute(select(text("*")).select_from(text(name)))
    schema = pa.schema([(column, pa.string()) for column in list(rows.keys())])

    def batches() -> Iterator[pa.RecordBatch]:
        for part in rows.partitions(_COPIED):
            texts = [[None if cell is None else str(cell) for cell in cells] for cells in zip(*part, strict=True)]
            yield pa.record_batch(texts, schema=schema)

    connection.con.from_arrow(pa.RecordBatchReader.from_batches(schema, batches())).create(name)
    return connection.table(name)


def _shown(where: str) -> str:
    """Name a source without what may be a password."""
    scheme, sign, rest = where.partition("://")
    return f"{scheme}://{rest.partition('?')[0].rpartition('@')[2]}" if sign else where


def _said(failure: Exception) -> str:
    return str(failure).strip().splitlines()[0] if str(failure).strip() else type(failure).__name__
