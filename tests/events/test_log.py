"""The log keeps what it was given once and for all, and counts per visitor."""

import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from programs import wait_for
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import ClauseElement, Executable

from cms.errors import CmsError
from cms.events import Asked, Event, EventLog, Kind
from cms.events.queries import _OF_CUSTOMER, _OF_VISITORS
from cms.facts.counters import Counters, milliseconds

ROOT = Path(__file__).parents[2]
DAY = timedelta(days=1)


def seen(number: int, at: datetime, *, visitor: str | None = "v-1", entry: str = "welcome") -> Event:
    return Event(f"i-{number}", Kind.IMPRESSION, at, visitor, entry=entry)


def times(log: EventLog, visitor: str, now: datetime) -> int:
    return log.counters(Asked(visitor), now=now).times("welcome", "visitor", 7 * DAY, now) or 0


class _Explained(Executable, ClauseElement):
    """A statement that is planned and not carried out."""

    inherit_cache = False

    def __init__(self, statement: ClauseElement) -> None:
        self.statement = statement


@compiles(_Explained)
def _explain(element: _Explained, compiler: SQLCompiler, **how: Any) -> str:
    return f"EXPLAIN QUERY PLAN {compiler.process(element.statement, **how)}"


def test_only_a_log_that_can_remember_says_that_nothing_was_shown(tmp_path: Path, now: datetime) -> None:
    log = EventLog(f"sqlite:///{tmp_path}/new/events.sqlite")
    assert log.counters(Asked("v-1"), now=now) == Counters()
    assert (tmp_path / "new/events.sqlite").exists()
    (tmp_path / "file").touch()
    with pytest.raises(CmsError) as failure:
        EventLog(f"sqlite:///{tmp_path}/file/events.sqlite").counters(Asked("v-1"), now=now)
    assert failure.value.code == "store-unavailable"


def test_no_events_need_no_database(tmp_path: Path, now: datetime) -> None:
    assert EventLog(f"sqlite:///{tmp_path}/events.sqlite").add([], received_at=now) == frozenset()
    assert list(tmp_path.iterdir()) == []


def test_what_is_acknowledged_is_on_disk(log: EventLog, now: datetime) -> None:
    log.add([seen(1, now)], received_at=now)
    with log._database.writing() as connection:
        durable = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous")]
    assert durable == ["wal", 2]


def test_another_log_on_the_same_file_sees_what_was_added(log: EventLog, url: str, now: datetime) -> None:
    other = EventLog(url)
    assert other.counters(Asked("v-1"), now=now) == Counters()
    log.add([seen(1, now)], received_at=now)
    assert times(other, "v-1", now) == 1
    other.close()


def test_a_log_whose_file_was_removed_starts_a_new_one(log: EventLog, tmp_path: Path, now: datetime) -> None:
    log.add([seen(1, now)], received_at=now)
    for file in tmp_path.iterdir():
        file.unlink()
    assert log.counters(Asked("v-1"), now=now) == Counters()
    assert log.add([seen(1, now), seen(2, now)], received_at=now) == {"i-1", "i-2"}
    assert times(EventLog(f"sqlite:///{tmp_path}/events.sqlite"), "v-1", now) == 2


def test_counters_are_read_from_the_indexes_alone(log: EventLog, now: datetime) -> None:
    log.add([seen(1, now)], received_at=now)
    for statement, keys in ((_OF_VISITORS, ("visitor",)), (_OF_CUSTOMER, ("customer",))):
        with log._database.reading() as connection:
            assert connection is not None
            asking = {"visitors": ["v-1", "v-2"], "customer": "c-1", "since_ms": 0}
            steps = connection.execute(_Explained(statement), asking).all()
        searches = [str(step[3]) for step in steps if "events" in str(step[3])]
        assert len(searches) == 3, steps
        assert all(f"SEARCH events USING COVERING INDEX events_by_{keys[0]}" in step for step in searches), searches


def _steps(log: EventLog, asked: Asked, now: datetime) -> int:
    """Count the hundreds of steps that SQLite takes for a look."""
    steps = [0]

    def step() -> int:
        steps[0] += 1
        return 0

    with log._database.reading() as connection:
        assert connection is not None
        connection.connection.dbapi_connection.set_progress_handler(step, 100)  # type: ignore[union-attr]
    log.counters(asked, now=now)
    return steps[0]


def test_however_much_is_known_of_a_person_a_look_takes_bounded_work(
    log: EventLog, tmp_path: Path, now: datetime
) -> None:
    log.link("v-1", "c-1", now=now)
    took = {}
    with closing(sqlite3.connect(tmp_path / "events.sqlite")) as other:
        for start, end in ((0, 2_000), (2_000, 40_000)):
            numbers = range(start, end)
            at_ms = milliseconds(now)
            for visitor, customer in (("v-1", None), ("v-1", "c-1"), (None, "c-2")):
                other.executemany(
                    "INSERT INTO events (id, kind, at_ms, received_ms, visitor, customer, entry, channel)"
                    " VALUES (?, 'impression', ?, 0, ?, ?, 'welcome', 'web')",
                    ((f"{visitor}-{customer}-{n}", at_ms - n, visitor, customer) for n in numbers),
                )
            links = ((f"v-{customer}-{n}", f"c-{customer}", at_ms - n) for n in numbers for customer in (3, n))
            other.executemany(
                "INSERT OR IGNORE INTO visitors_of_customers (visitor, customer, at_ms) VALUES (?, ?, ?)", links
            )
            other.commit()
            for asked in (Asked("v-1"), Asked("v-2", "c-1"), Asked(None, "c-2"), Asked("v-3", "c-3"), Asked("v-3-7")):
                took.setdefault(asked, []).append(_steps(log, asked, now))
    assert all(after < 1.2 * before + 20 for before, after in took.values()), took


def test_a_log_of_an_earlier_version_is_brought_up_to_date(url: str, tmp_path: Path, now: datetime) -> None:
    with closing(sqlite3.connect(tmp_path / "events.sqlite")) as earlier, earlier:
        earlier.execute(
            "CREATE TABLE events (id VARCHAR(64) NOT NULL PRIMARY KEY, kind VARCHAR(16) NOT NULL, at_ms BIGINT NOT NULL,"
            " received_ms BIGINT NOT NULL, visitor VARCHAR(256), decision VARCHAR(64), slot VARCHAR(128),"
            ' entry VARCHAR(128), variant VARCHAR(128), sku VARCHAR(256), "order" VARCHAR(256))'
        )
        earlier.execute("CREATE INDEX events_of_visitor ON events (visitor, kind, at_ms, entry)")
        row = ("i-1", "impression", milliseconds(now), milliseconds(now), "v-1", "welcome")
        earlier.execute(
            "INSERT INTO events (id, kind, at_ms, received_ms, visitor, entry) VALUES (?, ?, ?, ?, ?, ?)", row
        )
    log = EventLog(url)
    assert times(log, "v-1", now) == 1
    assert log.add([seen(1, now), seen(2, now)], received_at=now) == {"i-2"}
    assert times(log, "v-1", now) == 2
    assert set(log.counters(Asked("v-1"), now=now).shown["welcome"]) == {"web"}
    log.close()


def test_two_processes_add_at_once_and_each_id_is_new_to_one_of_them(url: str, now: datetime) -> None:
    begin = str(time.time() + 1.5)  # noqa: TID251 - two processes have only the clock in common
    command = [sys.executable, str(ROOT / "tests/events/adding.py"), url]
    runs = [
        subprocess.Popen([*command, *numbers, begin], stdout=subprocess.PIPE, env={"PYTHONPATH": str(ROOT)}, text=True)
        for numbers in (("0", "600"), ("400", "1000"))
    ]
    new = [int(run.communicate(timeout=60)[0]) for run in runs]
    assert sum(new) == 1000
    assert all(number >= 400 for number in new)
    assert sum(times(EventLog(url), f"v-{n}", now) for n in range(7)) == 1000


def test_a_log_that_hangs_holds_one_sender_and_soon_refuses_the_others(
    log: EventLog, tmp_path: Path, now: datetime
) -> None:
    log.add([seen(1, now)], received_at=now)
    other = sqlite3.connect(tmp_path / "events.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    first = threading.Thread(target=lambda: log.add([seen(2, now)], received_at=now))
    first.start()
    wait_for(log._turn.locked)
    start = time.monotonic()
    for number in range(3, 20):
        with pytest.raises(CmsError, match="busy"):
            log.add([seen(number, now)], received_at=now)
    assert time.monotonic() - start < 1.5
    other.execute("ROLLBACK")
    first.join(10)
    assert log.add([seen(1, now), seen(2, now), seen(3, now)], received_at=now) == {"i-3"}


@pytest.mark.parametrize("url", ["", "nonsense", "sqlite://", "mysql://x/y", "sqlite:////proc/nowhere/e.sqlite"])
def test_a_log_that_cannot_be_opened_says_so_only_when_it_is_used(url: str, now: datetime) -> None:
    log = EventLog(url)
    for use in (lambda: log.counters(Asked("v-1"), now=now), lambda: log.add([seen(1, now)], received_at=now)):
        with pytest.raises(CmsError) as failure:
            use()
        assert failure.value.code == "store-unavailable"


def test_a_damaged_log_is_named_so(log: EventLog, tmp_path: Path, now: datetime) -> None:
    (tmp_path / "events.sqlite").write_bytes(b"no database" * 1000)
    for use in (lambda: log.counters(Asked("v-1"), now=now), lambda: log.add([seen(1, now)], received_at=now)):
        with pytest.raises(CmsError, match="the event log is damaged") as failure:
            use()
        assert failure.value.code == "store-damaged"
