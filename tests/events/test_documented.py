"""The document about events says what the code does."""

import json
import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cms.decisions.groups import SESSION
from cms.delivery.events import MOST_BYTES, MOST_EVENTS
from cms.events import Asked, DecisionLog, Event, EventLog, EventShape, Kind, read_event
from cms.events.decision_log import Row
from cms.events.queries import _MOST_CUSTOMERS, _MOST_VISITORS, MOST_COUNTED
from cms.events.reading import AHEAD, NEEDS, OLDEST
from cms.events.redis_counters import _MOST_UNTOLD, HEALED, PAUSE_S
from cms.facts.counters import KEPT, milliseconds
from cms.offers.pressure import WEIGHTS, WINDOW

TEXT = (Path(__file__).parents[2] / "docs" / "events.md").read_text("utf-8")


def part(title: str) -> str:
    return TEXT.split(f"## {title}\n")[1].split("\n## ")[0]


def names(cell: str) -> tuple[str, ...]:
    return tuple(re.findall(r"`([a-z_]+)`", cell))


def test_the_kinds_and_what_they_need_are_those_of_the_code() -> None:
    rows = re.findall(r"^\| `([a-z_]+)` \| .*? \|(.*)\|$", part("Kinds"), re.MULTILINE)
    assert [(str(kind), NEEDS[kind]) for kind in Kind] == [(kind, names(cell)) for kind, cell in rows]


def test_the_keys_are_those_of_the_code() -> None:
    rows = re.findall(r"^\| ((?:`[a-z]+` ?)+)\|", part("Keys"), re.MULTILINE)
    assert list(EventShape().fields) == [key for cell in rows for key in names(cell)]


def test_the_figures_are_those_of_the_code() -> None:
    for said in (
        f"1 to {MOST_EVENTS} events",
        f"beyond {MOST_BYTES // 1000} kB",
        f"at most {AHEAD.seconds // 60} minutes ahead of the server's clock and {OLDEST.days} days back",
        f"the latest {MOST_COUNTED:,} impressions and as many dismissals",
        f"any number of whole days up to {KEPT.days}",
        f"within {HEALED.seconds // 60} minutes",
        f"the first one and the {_MOST_VISITORS - 1} linked last",
        f"told to the {_MOST_CUSTOMERS} linked last",
        f"more than {MOST_COUNTED:,} events are counted",
        f"{_MOST_UNTOLD:,} keys are not enough",
        f"left alone for {PAUSE_S:.0f} seconds",
        f"a window of {WINDOW.days} days",
        f"within {SESSION.seconds // 60} minutes",
        f"mail {WEIGHTS['email']}, blocking {WEIGHTS['blocking']}, overlay {WEIGHTS['overlay']}, inline {WEIGHTS['inline']}",
    ):
        assert said in " ".join(TEXT.split()), said


def test_the_example_is_an_event() -> None:
    batch = json.loads(TEXT.split("```json\n")[1].split("```")[0])
    found = [read_event(raw, now=datetime(2026, 12, 2, 15, tzinfo=UTC)) for raw in batch["events"]]
    assert [type(event) for event in found] == [Event]


def _run(number: int, file: Path, **values: object) -> None:
    """Run the statements of one example."""
    statements = re.findall(r"```sql\n(.*?)```", part("Where events are kept"), re.DOTALL)[number]
    with closing(sqlite3.connect(file)) as connection, connection:
        for statement in filter(str.strip, statements.split(";")):
            connection.execute(statement, values)


def test_deleting_what_is_old_changes_no_count(log: EventLog, tmp_path: Path, now: datetime) -> None:
    for days in (1, 27, 29, 400):
        at = now - timedelta(days=days)
        log.add([Event(f"i-{days}", Kind.IMPRESSION, at, "v-1", entry=f"e-{days}")], received_at=now)
        log.add([Event(f"d-{days}", Kind.DISMISS, at, "v-1", entry=f"e-{days}")], received_at=now)
    asked = Asked("v-1", totals=frozenset({"e-1", "e-27", "e-29"}))
    before = log.counters(asked, now=now)
    _run(0, tmp_path / "events.sqlite", before=milliseconds(now - KEPT))
    assert log.counters(asked, now=now) == before
    with closing(sqlite3.connect(tmp_path / "events.sqlite")) as connection:
        assert connection.execute("SELECT count(*) FROM events").fetchone() == (6,)


def test_a_customer_is_forgotten_and_nobody_else(log: EventLog, url: str, tmp_path: Path, now: datetime) -> None:
    decisions = DecisionLog(url)
    for visitor, customer in (("v-1", "c-1"), ("v-2", "c-1"), ("v-2", "c-2"), ("v-3", "c-2")):
        log.link(visitor, customer, now=now)
        log.add(
            [Event(f"own-{visitor}-{customer}", Kind.CLICK, now, visitor, entry="x", customer=customer)],
            received_at=now,
        )
    log.add(
        [Event(f"i-{visitor}", Kind.CLICK, now, visitor, entry="x") for visitor in ("v-1", "v-2", "v-3")],
        received_at=now,
    )
    told = {"d_1": '{"visitor":"v-1"}', "d_2": '{"key":"c-1"}', "d_3": '{"visitor":"v-3"}', "d_4": '{"visitor":"v-11"}'}
    decisions.add([Row(key, now, record.encode()) for key, record in told.items()], (), now=now)
    _run(1, tmp_path / "events.sqlite", customer="c-1")
    with closing(sqlite3.connect(tmp_path / "events.sqlite")) as connection:
        left = {table: sorted(connection.execute(f"SELECT {key} FROM {table}")) for table, key in
                (("events", "id"), ("decisions", "id"), ("visitors_of_customers", "customer"))}  # fmt: skip
    assert left == {
        "events": [("i-v-3",), ("own-v-2-c-2",), ("own-v-3-c-2",)],
        "decisions": [("d_3",), ("d_4",)],
        "visitors_of_customers": [("c-2",), ("c-2",)],
    }
    decisions.close()
