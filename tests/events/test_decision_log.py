"""The decision log: found again as written, changes noticed, what is shared stored once, the old forgotten."""

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest

from cms.errors import CmsError
from cms.events import DecisionLog, Event, EventLog, Kind
from cms.events.decision_log import Row, Shared

NOW = datetime(2026, 12, 2, 15, tzinfo=UTC)
CATALOGUE = Shared.of((b"[1]", b"[2]", b"[3]"))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "events.sqlite"


@pytest.fixture
def decisions(file: Path) -> Iterator[DecisionLog]:
    opened = DecisionLog(f"sqlite:///{file}")
    yield opened
    opened.close()


def row(number: int, record: bytes = b'{"a": "\xe5\xae\xa2"}', at: datetime = NOW) -> Row:
    return Row(f"d_{number}", at, record)


def code_of(failure: pytest.ExceptionInfo[CmsError]) -> str:
    return failure.value.code


def change(file: Path, statement: str) -> None:
    with sqlite3.connect(file) as connection:
        connection.execute(statement)


def count(file: Path, table: str) -> int:
    with sqlite3.connect(file) as connection:
        found: int = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    return found


def test_a_decision_is_found_as_it_was_written_also_after_a_restart(decisions: DecisionLog, file: Path) -> None:
    decisions.add([row(1), row(2, b"{}")], [CATALOGUE], now=NOW)
    decisions.close()

    again = DecisionLog(f"sqlite:///{file}")

    assert b'{"a": "\xe5\xae\xa2"}' == again.find("d_1")
    assert b"{}" == again.find("d_2")
    assert CATALOGUE.parts == again.shared(CATALOGUE.digest)


@pytest.mark.parametrize("before", [(), (row(1),)])
def test_an_unknown_decision_says_where_it_may_be(decisions: DecisionLog, file: Path, before: tuple[Row, ...]) -> None:
    if before:
        decisions.add(before, [], now=NOW)

    with pytest.raises(CmsError, match="CMS_DECISION_LOG_SHARE") as failure:
        decisions.find("d_9")

    assert "no-such-decision" == code_of(failure)
    assert bool(before) is file.exists()


def test_of_decisions_with_one_id_the_first_is_kept(decisions: DecisionLog) -> None:
    decisions.add([row(1)], [], now=NOW)
    decisions.add([row(1, b"later"), row(2)], [], now=NOW)

    assert row(1).record == decisions.find("d_1")
    assert row(2).record == decisions.find("d_2")


def test_what_is_shared_is_stored_once_and_a_change_costs_what_changed(decisions: DecisionLog, file: Path) -> None:
    changed = Shared.of((b"[1]", b"[20]", b"[3]"))
    for number in range(3):
        decisions.add([row(number)], [CATALOGUE], now=NOW)
    before = count(file, "decision_parts")
    decisions.add([row(9)], [changed], now=NOW)

    assert 4 == before
    assert 6 == count(file, "decision_parts")
    assert changed.parts == decisions.shared(changed.digest)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE decisions SET record = replace(record, 'a', 'b')",
        "UPDATE decision_parts SET content = CAST('[4]' AS BLOB) WHERE CAST(content AS TEXT) = '[2]'",
        "DELETE FROM decision_parts WHERE CAST(content AS TEXT) = '[2]'",
        "DELETE FROM decision_parts",
    ],
)
def test_a_changed_row_is_noticed(decisions: DecisionLog, file: Path, statement: str) -> None:
    decisions.add([row(1)], [CATALOGUE], now=NOW)
    change(file, statement)

    with pytest.raises(CmsError) as failure:
        (decisions.find("d_1"), decisions.shared(CATALOGUE.digest))

    assert "decision-damaged" == code_of(failure)


def test_old_decisions_are_forgotten_with_what_nobody_else_uses(decisions: DecisionLog, file: Path) -> None:
    old, used = Shared.of((b"old", b"both")), Shared.of((b"both",))
    decisions.add([row(1, at=NOW)], [old, used], now=NOW)
    later = NOW + timedelta(days=5)
    decisions.add([row(2, at=later)], [used], now=later)

    decisions.forget(NOW + timedelta(days=3))

    assert row(2).record == decisions.find("d_2")
    assert (b"both",) == decisions.shared(used.digest)
    assert 1 == count(file, "decisions")
    assert 2 == count(file, "decision_parts")


def test_many_old_decisions_are_forgotten_a_few_at_a_time_the_oldest_first(decisions: DecisionLog, file: Path) -> None:
    assert not decisions.forget(NOW)
    assert not file.exists()
    decisions.add([row(n, at=NOW + timedelta(seconds=n)) for n in range(1500)], (), now=NOW)

    assert decisions.forget(NOW + timedelta(seconds=1400))
    assert row(1000, at=NOW).record == decisions.find("d_1000")
    assert 500 == count(file, "decisions")
    assert not decisions.forget(NOW + timedelta(seconds=1400))
    assert 100 == count(file, "decisions")


def test_events_and_decisions_share_a_database_and_are_written_at_once(decisions: DecisionLog, file: Path) -> None:
    events = EventLog(f"sqlite:///{file}")

    def tell() -> None:
        for number in range(20):
            events.add([Event(f"e{number}", Kind.PAGE_VIEW, NOW)], received_at=NOW)

    telling = Thread(target=tell)
    telling.start()
    for number in range(20):
        decisions.add([row(number)], [CATALOGUE], now=NOW)
    telling.join(20)
    events.close()

    assert (20, 20) == (count(file, "events"), count(file, "decisions"))


def test_decisions_are_read_by_age_each_once_however_many_there_are(decisions: DecisionLog) -> None:
    moments = [NOW - timedelta(seconds=number // 3) for number in range(1200)]  # three in each second
    decisions.add((row(number, at=at) for number, at in enumerate(moments)), [], now=NOW)
    young = NOW - timedelta(seconds=99)
    read = [key for key, _ in decisions.since(NOW - timedelta(days=1))]

    assert 1200 == decisions.count(NOW - timedelta(days=1)) == len(set(read)) == len(read)
    assert {"d_1197", "d_1198", "d_1199"} == set(read[:3])
    assert 300 == decisions.count(young) == len(list(decisions.since(young)))


def test_a_sample_is_the_same_each_time_and_of_the_young_alone(decisions: DecisionLog) -> None:
    decisions.add([row(number, at=NOW - timedelta(hours=number)) for number in range(50)], [], now=NOW)
    sample = list(decisions.since(NOW - timedelta(hours=19), sample=7))

    assert 7 == len(sample)
    assert sample == list(decisions.since(NOW - timedelta(hours=19), sample=7))
    assert {key for key, _ in sample} <= {f"d_{number}" for number in range(20)}


def test_of_a_record_that_was_changed_only_the_id_is_read(decisions: DecisionLog, file: Path) -> None:
    decisions.add([row(1), row(2)], [], now=NOW)
    change(file, "UPDATE decisions SET record = 'other' WHERE id = 'd_1'")

    assert {"d_1": None, "d_2": row(2).record} == dict(decisions.since(NOW))


def test_a_log_that_was_never_written_is_read_as_empty(decisions: DecisionLog) -> None:
    assert (0, []) == (decisions.count(NOW), list(decisions.since(NOW)))
