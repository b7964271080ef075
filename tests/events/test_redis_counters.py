"""Counters shared through Redis: fast where it works, no trouble where it does not, and what is lost comes back."""

import logging
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from cms.delivery.wsgi import events_of
from cms.errors import CmsError
from cms.events import Asked, Event, EventLog, Kind, RedisCounters
from cms.events.history import History
from cms.events.redis_counters import ANSWERS_S, HEALED, PAUSE_S
from cms.settings import Settings

ROOT = Path(__file__).parents[2]
WEEK = timedelta(days=7)
MS = timedelta(milliseconds=1)


def seen(number: int, at: datetime, visitor: str | None = "v-1") -> Event:
    return Event(f"i-{number}", Kind.IMPRESSION, at, visitor, entry="welcome")


def shown(
    events: EventLog | RedisCounters, now: datetime, asked: Asked | None = None, per: str = "customer"
) -> int | None:
    return events.counters(asked or Asked("v-1"), now=now).times("welcome", per, WEEK, now)


class WatchedLog(EventLog):
    """A log that tells how often it was looked into, and lets somebody else act just after."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.looks = 0
        self.meanwhile: list[Event] = []
        self.also: RedisCounters | None = None

    def history(self, asked: Asked, *, now: datetime) -> History:
        self.looks += 1
        found = super().history(asked, now=now)
        if self.also is not None and self.meanwhile:
            self.also.add([self.meanwhile.pop()], received_at=now)
        return found


@pytest.fixture
def watched(url: str) -> Iterator[WatchedLog]:
    opened = WatchedLog(url)
    yield opened
    opened.close()


@pytest.fixture
def counters(watched: WatchedLog, redis_url: str) -> Iterator[RedisCounters]:
    opened = RedisCounters(watched, redis_url, monotonic=time.monotonic, answers_s=5)
    yield opened
    opened.close()


def test_the_log_is_looked_into_once_and_then_redis_follows_what_is_added(
    counters: RedisCounters, watched: WatchedLog, now: datetime
) -> None:
    counters.link("v-1", "c-1", now=now)
    asked = Asked("v-1", totals=frozenset({"welcome"}))
    for number in range(5):
        assert [shown(counters, now, asked, per) for per in ("visitor", "customer", "total")] == [number] * 3
        counters.add([seen(number, now)], received_at=now)
    assert shown(counters, now, Asked("v-1", "c-1")) == shown(counters, now, Asked(None, "c-1")) == 5
    assert watched.looks == 1


def test_another_node_is_told_what_this_one_was_sent(
    counters: RedisCounters, url: str, redis_url: str, now: datetime
) -> None:
    assert shown(counters, now) == 0
    node = RedisCounters(EventLog(url), redis_url, monotonic=time.monotonic, answers_s=5)
    node.add([seen(1, now)], received_at=now)
    assert shown(counters, now) == 1
    node.close()


def test_what_redis_was_never_told_comes_back_when_its_key_is_built_again(
    counters: RedisCounters, watched: WatchedLog, now: datetime
) -> None:
    asked = Asked("v-1", totals=frozenset({"welcome"}))
    assert shown(counters, now, asked) == 0
    watched.add([seen(1, now)], received_at=now)
    almost = now + HEALED - MS
    assert [shown(counters, almost, asked, per) for per in ("visitor", "total")] == [0, 0]
    assert [shown(counters, now + HEALED, asked, per) for per in ("visitor", "total")] == [1, 1]


def test_a_batch_sent_again_tells_redis_again(counters: RedisCounters, watched: WatchedLog, now: datetime) -> None:
    assert shown(counters, now) == 0
    watched.add([seen(1, now)], received_at=now)
    assert counters.add([seen(1, now)], received_at=now) == frozenset()
    assert shown(counters, now) == 1


def test_what_is_added_while_a_key_is_built_is_not_lost(
    counters: RedisCounters, watched: WatchedLog, url: str, redis_url: str, now: datetime
) -> None:
    watched.also = RedisCounters(EventLog(url), redis_url, monotonic=time.monotonic, answers_s=5)
    watched.meanwhile = [seen(1, now)]
    asked = Asked("v-1", totals=frozenset({"welcome"}))
    assert shown(counters, now, asked) == 0  # as the log was
    assert [shown(counters, now, asked, per) for per in ("visitor", "total")] == [1, 1]
    assert watched.looks == 1
    watched.also.close()


def test_a_server_that_forgot_everything_is_built_again(
    counters: RedisCounters, watched: WatchedLog, now: datetime
) -> None:
    counters.add([seen(1, now)], received_at=now)
    assert shown(counters, now) == 1
    counters._redis.flushall()
    counters.add([seen(2, now)], received_at=now)  # a key that holds this alone is not believed
    assert shown(counters, now) == 2
    assert watched.looks == 2


def test_keys_are_forgotten_by_themselves(counters: RedisCounters, now: datetime) -> None:
    counters.add([seen(1, now)], received_at=now)
    shown(counters, now, Asked("v-1", "c-1", frozenset({"welcome"})))
    left = {key: counters._redis.ttl(key) for key in counters._redis.scan_iter()}
    assert sorted(left) == ["vitrine:customer:c-1", "vitrine:entry:welcome", "vitrine:visitor:v-1"]
    assert all(0 < seconds <= 2 * HEALED.total_seconds() for seconds in left.values())


def test_two_processes_post_at_once_and_nothing_is_lost(
    url: str, counters: RedisCounters, redis_url: str, now: datetime
) -> None:
    visitors = [f"v-{n}" for n in range(7)]
    totals = frozenset({"welcome"})
    begin = str(time.time() + 1.5)  # noqa: TID251 - two processes have only the clock in common
    command = [sys.executable, str(ROOT / "tests/events/adding.py"), url]
    runs = [
        subprocess.Popen(
            [*command, *numbers, begin, redis_url], stdout=subprocess.PIPE, env={"PYTHONPATH": str(ROOT)}, text=True
        )
        for numbers in (("0", "600"), ("400", "1000"))
    ]
    before = 0
    while any(run.poll() is None for run in runs):  # asked all the while, so that keys are built among the additions
        counts = sum(shown(counters, now, Asked(visitor, totals=totals)) or 0 for visitor in visitors)
        assert counts >= before
        before = counts
    assert sum(int(run.communicate(timeout=60)[0]) for run in runs) == 1000
    assert sum(shown(counters, now, Asked(visitor, totals=totals)) or 0 for visitor in visitors) == 1000
    assert shown(counters, now, Asked("v-1", totals=totals), "total") == 1000


class Deaf:
    """A port that takes connections and never answers; counts them."""

    def __init__(self) -> None:
        self.connections: Collection[socket.socket] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"redis://127.0.0.1:{self._socket.getsockname()[1]}/0"
        self._thread = threading.Thread(target=self._take, daemon=True)
        self._thread.start()

    def _take(self) -> None:
        while True:
            try:
                taken, _ = self._socket.accept()
            except OSError:
                return
            self.connections = [*self.connections, taken]

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(5)
        for taken in self.connections:
            taken.close()


@pytest.fixture
def deaf() -> Iterator[Deaf]:
    opened = Deaf()
    yield opened
    opened.close()


def test_a_redis_that_hangs_is_waited_for_once_in_a_while_and_the_log_counts(
    log: EventLog, deaf: Deaf, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    pytest.importorskip("redis")
    clock = [0.0]
    events = RedisCounters(log, deaf.url, monotonic=lambda: clock[0])
    log.counters(Asked("v-1"), now=now)
    for attempt in (1, 2):
        start = time.monotonic()
        for number in range(20):
            assert events.add([seen(attempt * 100 + number, now)], received_at=now)
            assert shown(events, now) == (attempt - 1) * 20 + number + 1
        assert time.monotonic() - start < 20 * ANSWERS_S + 1
        assert len(deaf.connections) <= 2 * attempt
        clock[0] += PAUSE_S
    assert [record.getMessage() for record in caplog.records] == ["counters_not_shared code=TimeoutError"] * 2


def test_what_could_not_be_told_is_known_as_soon_as_redis_is_back(
    log: EventLog, url: str, redis_url: str, now: datetime
) -> None:
    clock = [0.0]
    node = RedisCounters(log, redis_url, monotonic=lambda: clock[0], answers_s=5)
    other = RedisCounters(EventLog(url), redis_url, monotonic=time.monotonic, answers_s=5)
    node.link("v-1", "c-1", now=now)
    everybody = (Asked("v-1"), Asked(None, "c-1"), Asked("v-2"))
    assert [shown(other, now, asked) for asked in everybody] == [0, 0, 0]
    node._redis.config_set("maxmemory", 1)  # full: it tells, and takes nothing
    try:
        node.add([seen(1, now)], received_at=now)
        node.add([seen(2, now), seen(3, now, "v-2")], received_at=now)  # while Redis is left alone
        node.link("v-2", "c-1", now=now)
    finally:
        node._redis.config_set("maxmemory", 0)
    clock[0] += PAUSE_S
    assert shown(node, now) == 3
    assert [shown(other, now, asked) for asked in everybody] == [3, 3, 3]
    other.close()


@pytest.mark.parametrize("rows", [1000, 1001, 4000])
def test_of_whom_much_is_counted_the_shared_counters_say_what_the_log_says(
    counters: RedisCounters, log: EventLog, now: datetime, rows: int
) -> None:
    counters.link("v-1", "c-1", now=now)
    counters.add([Event("d-1", Kind.DISMISS, now - 5 * WEEK, "v-1", entry="welcome")], received_at=now)
    counters.counters(Asked("v-1"), now=now)
    for start in range(0, rows, 500):
        batch = [seen(number, now - number * MS) for number in range(start, min(rows, start + 500))]
        counters.add(batch, received_at=now)
    for asked in (Asked("v-1"), Asked("v-2", "c-1"), Asked("v-1")):
        assert counters.counters(asked, now=now) == log.counters(asked, now=now)
        assert "welcome" in counters.counters(asked, now=now).dismissed


def test_an_event_of_a_key_that_very_many_customers_share_is_told_to_the_latest_of_them(
    counters: RedisCounters, now: datetime
) -> None:
    for number in range(60):
        counters.link("till", f"c-{number}", now=now + number * MS)
    counters.add([seen(1, now, "till")], received_at=now)
    told = {key for key in counters._redis.scan_iter() if ":customer:" in key}
    assert told == {f"vitrine:customer:c-{number}" for number in range(10, 60)}
    assert shown(counters, now, Asked(None, "c-1")) == 1


def test_a_redis_that_is_down_costs_nothing_but_sharing(log: EventLog, now: datetime) -> None:
    pytest.importorskip("redis")
    with socket.create_server(("127.0.0.1", 0)) as closing:
        port = closing.getsockname()[1]
    events = RedisCounters(log, f"redis://127.0.0.1:{port}/0", monotonic=lambda: 0.0)
    assert events.add([seen(1, now)], received_at=now) == {"i-1"}
    assert events.link("v-1", "c-1", now=now)
    counters = events.counters(Asked("v-1"), now=now)
    assert (counters.times("welcome", "customer", WEEK, now), counters.customer) == (1, "c-1")


def test_when_the_log_fails_too_it_says_so(tmp_path: Path, redis_url: str, now: datetime) -> None:
    (tmp_path / "file").touch()
    events = RedisCounters(
        EventLog(f"sqlite:///{tmp_path}/file/e.sqlite"), redis_url, monotonic=lambda: 0.0, answers_s=5
    )
    for use in (lambda: events.counters(Asked("v-1"), now=now), lambda: events.add([seen(1, now)], received_at=now)):
        with pytest.raises(CmsError) as failure:
            use()
        assert failure.value.code == "store-unavailable"


def test_a_log_that_fails_only_after_it_stored_has_stored(
    watched: WatchedLog, counters: RedisCounters, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "cms.events")

    def fail(*_: object) -> None:
        raise CmsError("store-busy", "busy")

    watched.customers_of = fail  # type: ignore[method-assign,assignment]
    assert counters.add([seen(1, now)], received_at=now) == {"i-1"}
    assert caplog.messages == ["counters_not_shared code=store-busy"]
    assert shown(counters, now) == 1


@pytest.mark.parametrize("member", ["nonsense", b"\xff", "!c-1"])
def test_what_somebody_else_wrote_to_our_keys_is_not_believed(
    counters: RedisCounters, now: datetime, member: str | bytes
) -> None:
    counters.add([seen(1, now)], received_at=now)
    assert shown(counters, now) == 1
    counters._redis.zadd("vitrine:visitor:v-1", {member: 1})
    assert shown(counters, now) == 1


@pytest.mark.parametrize("address", ["nonsense", "http://x", "redis://x:port", "redis://:se/cret@x"])
def test_what_is_no_address_of_redis_is_told_at_the_start(log: EventLog, address: str) -> None:
    pytest.importorskip("redis")
    with pytest.raises(CmsError, match="CMS_REDIS_URL") as failure:
        RedisCounters(log, address, monotonic=time.monotonic)
    assert failure.value.code == "bad-setting"
    assert "'se'" not in failure.value.message


def test_the_settings_say_whether_counters_are_shared(url: str, redis_url: str) -> None:
    shared = {"CMS_EVENTS_URL": url, "CMS_REDIS_URL": redis_url}
    found = [
        events_of(Settings(told))
        for told in (shared, {**shared, "CMS_REDIS_URL": ""}, {**shared, "CMS_EVENTS_URL": ""})
    ]
    assert [type(events) for events in found] == [RedisCounters, EventLog, type(None)]


@pytest.mark.parametrize("visitor", ["v\x1fv", "!v", "welcome", "客户", " "])
def test_keys_may_hold_whatever_events_may(counters: RedisCounters, log: EventLog, now: datetime, visitor: str) -> None:
    counters.link(visitor, visitor, now=now)
    counters.counters(Asked(visitor), now=now)
    counters.add([Event("i-1", Kind.IMPRESSION, now, visitor, entry="welcome", customer=visitor)], received_at=now)
    for asked in (Asked(visitor), Asked(None, visitor), Asked(visitor, visitor)):
        assert counters.counters(asked, now=now) == log.counters(asked, now=now)
