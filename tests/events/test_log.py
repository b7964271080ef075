"""The log keeps what it was given once and for all, and counts per visitor."""

import sqlite3
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from programs import wait_for

from cms.errors import CmsError
from cms.events import Event, EventLog, Kind
from cms.events.log import _COUNTERS
from cms.facts.signals import Counters

ROOT = Path(__file__).parents[2]
DAY = timedelta(days=1)


def seen(number: int, at: datetime, *, visitor: str | None = "v-1", entry: str = "welcome") -> Event:
    return Event(f"i-{number}", Kind.IMPRESSION, at, visitor, entry=entry)


def closed(number: int, at: datetime, *, visitor: str = "v-1", entry: str = "welcome") -> Event:
    return Event(f"d-{number}", Kind.DISMISS, at, visitor, entry=entry)


def test_only_a_log_that_can_remember_says_that_nothing_was_shown(tmp_path: Path, now: datetime) -> None:
    log = EventLog(f"sqlite:///{tmp_path}/new/events.sqlite")
    assert log.counters("v-1", now=now) == Counters({}, {})
    assert (tmp_path / "new/events.sqlite").exists()
    (tmp_path / "file").touch()
    with pytest.raises(CmsError) as failure:
        EventLog(f"sqlite:///{tmp_path}/file/events.sqlite").counters("v-1", now=now)
    assert failure.value.code == "store-unavailable"


def test_impressions_of_the_last_seven_days_and_the_last_dismissal_are_counted(log: EventLog, now: datetime) -> None:
    log.add(
        [
            *(seen(number, now - number * DAY) for number in range(9)),
            seen(20, now, entry="club"),
            seen(21, now, visitor="v-2"),
            seen(22, now, visitor=None),
            closed(1, now - 40 * DAY),
            closed(2, now - 3 * DAY),
            closed(3, now - 5 * DAY),
            Event("c-1", Kind.CLICK, now, "v-1", entry="welcome"),
        ],
        received_at=now,
    )
    assert log.counters("v-1", now=now) == Counters({"welcome": 7, "club": 1}, {"welcome": now - 3 * DAY})
    assert log.counters("v-2", now=now) == Counters({"welcome": 1}, {})
    assert log.counters("v-3", now=now) == Counters({}, {})


def test_an_impression_leaves_the_count_seven_days_after_it_happened(log: EventLog, now: datetime) -> None:
    log.add([seen(1, now)], received_at=now)
    almost = now + 7 * DAY - timedelta(milliseconds=1)
    assert log.counters("v-1", now=almost).shown == {"welcome": 1}
    assert log.counters("v-1", now=now + 7 * DAY).shown == {}


def test_moments_with_other_offsets_come_back_as_the_same_moment(log: EventLog, now: datetime) -> None:
    taipei = now.astimezone(timezone(timedelta(hours=8)))
    log.add([closed(1, taipei)], received_at=now)
    found = log.counters("v-1", now=now).dismissed["welcome"]
    assert (found, found.tzinfo) == (now, UTC)


def test_an_id_counts_once_within_a_batch_and_between_batches(log: EventLog, now: datetime) -> None:
    assert log.add([seen(1, now), seen(1, now, entry="club"), seen(2, now)], received_at=now) == {"i-1", "i-2"}
    assert log.add([seen(2, now), seen(3, now)], received_at=now) == {"i-3"}
    assert log.counters("v-1", now=now).shown == {"welcome": 3}


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
    assert other.counters("v-1", now=now) == Counters({}, {})
    log.add([seen(1, now)], received_at=now)
    assert other.counters("v-1", now=now).shown == {"welcome": 1}
    other.close()


def test_a_log_whose_file_was_removed_starts_a_new_one(log: EventLog, tmp_path: Path, now: datetime) -> None:
    log.add([seen(1, now)], received_at=now)
    for file in tmp_path.iterdir():
        file.unlink()
    assert log.counters("v-1", now=now) == Counters({}, {})
    assert log.add([seen(1, now), seen(2, now)], received_at=now) == {"i-1", "i-2"}
    assert EventLog(f"sqlite:///{tmp_path}/events.sqlite").counters("v-1", now=now).shown == {"welcome": 2}


def test_a_visitor_key_that_is_flooded_is_read_in_bounded_work(log: EventLog, now: datetime) -> None:
    log.add([seen(number, now - timedelta(seconds=number)) for number in range(3000)], received_at=now)
    assert log.counters("v-1", now=now).shown == {"welcome": 1000}


def test_counters_are_read_from_the_index_alone(log: EventLog, now: datetime) -> None:
    log.add([seen(1, now)], received_at=now)
    with log._database.reading() as connection:
        assert connection is not None
        compiled = str(_COUNTERS.compile(connection, compile_kwargs={"literal_binds": False}))
        asked = ("impression", "v-1", "impression", 0, 1000, 0, "dismiss", "v-1", "dismiss", 0, 1000, 0)
        plan = [str(row[3]) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}", asked)]
    searches = [step for step in plan if "events" in step]
    assert len(searches) == 2, plan
    assert all(step.startswith("SEARCH events USING COVERING INDEX events_of_visitor") for step in searches), plan


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
    assert sum(EventLog(url).counters(f"v-{n}", now=now).shown["welcome"] for n in range(7)) == 1000


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
    for use in (lambda: log.counters("v-1", now=now), lambda: log.add([seen(1, now)], received_at=now)):
        with pytest.raises(CmsError) as failure:
            use()
        assert failure.value.code == "store-unavailable"


def test_a_damaged_log_is_named_so(log: EventLog, tmp_path: Path, now: datetime) -> None:
    (tmp_path / "events.sqlite").write_bytes(b"no database" * 1000)
    for use in (lambda: log.counters("v-1", now=now), lambda: log.add([seen(1, now)], received_at=now)):
        with pytest.raises(CmsError, match="the event log is damaged") as failure:
            use()
        assert failure.value.code == "store-damaged"
