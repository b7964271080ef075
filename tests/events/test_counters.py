"""What is counted of a person is the same, whether the log is asked or Redis."""

import random
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from cms.events import Asked, Event, EventLog, Events, Kind, RedisCounters
from cms.facts.counters import Counters, day_of, milliseconds

DAY = timedelta(days=1)
WEEK = 7 * DAY
MS = timedelta(milliseconds=1)
NOBODY: frozenset[str] = frozenset()


def seen(key: str, at: datetime, visitor: str | None = "v-1", *, entry: str = "welcome", **more: Any) -> Event:
    return Event(f"i-{key}", Kind.IMPRESSION, at, visitor, entry=entry, **more)


def did(
    kind: Kind, key: str, at: datetime, visitor: str | None = "v-1", *, entry: str = "welcome", **more: Any
) -> Event:
    return Event(f"{kind[0]}-{key}", kind, at, visitor, entry=entry, **more)


def times(
    events: Events,
    asked: Asked,
    now: datetime,
    *,
    per: str = "visitor",
    every: timedelta = WEEK,
    entry: str = "welcome",
) -> int | None:
    return events.counters(asked, now=now).times(entry, per, every, now)


def test_of_a_log_that_is_empty_everything_is_known_to_be_nothing(events: Events, now: datetime) -> None:
    asked = Asked("v-1", totals=frozenset({"welcome"}))
    for _ in range(2):
        assert events.counters(asked, now=now) == Counters(totals={"welcome": {}})
        assert [times(events, asked, now, per=per) for per in ("visitor", "customer", "total")] == [0, 0, 0]


@pytest.mark.parametrize("days", [1, 2, 7, 27, 28])
def test_an_impression_leaves_a_window_when_it_is_as_old_as_that(events: Events, now: datetime, days: int) -> None:
    events.add([seen("1", now)], received_at=now)
    every = days * DAY
    for per in ("visitor", "customer"):
        assert times(events, Asked("v-1"), now + every - MS, per=per, every=every) == 1
        assert times(events, Asked("v-1"), now + every, per=per, every=every) == 0


def test_every_window_counts_its_own_impressions(events: Events, now: datetime) -> None:
    events.add([seen(str(days), now - days * DAY) for days in range(40)], received_at=now)
    counters = events.counters(Asked("v-1"), now=now)
    assert [counters.times("welcome", "visitor", days * DAY, now) for days in (1, 2, 7, 28)] == [1, 2, 7, 28]
    assert counters.times("club", "visitor", WEEK, now) == 0


def test_what_one_visitor_saw_counts_for_no_other(events: Events, now: datetime) -> None:
    events.counters(Asked("v-2"), now=now)
    events.add([seen("1", now), seen("2", now, None), seen("3", now, entry="club")], received_at=now)
    assert events.counters(Asked("v-2"), now=now) == Counters()
    assert events.counters(Asked("v-1"), now=now).shown == {
        "welcome": {"web": (milliseconds(now),)},
        "club": {"web": (milliseconds(now),)},
    }


def test_dismissals_of_any_age_are_known_and_the_latest_counts(events: Events, now: datetime) -> None:
    batch = [did(Kind.DISMISS, str(days), now - days * DAY) for days in (40, 300)]
    events.add([*batch, did(Kind.DISMISS, "x", now - 2 * DAY, entry="club")], received_at=now)
    for _ in range(2):
        dismissed = events.counters(Asked("v-1"), now=now).dismissed
        assert dismissed == {"welcome": milliseconds(now - 40 * DAY), "club": milliseconds(now - 2 * DAY)}


@pytest.mark.parametrize("kind", [Kind.CLICK, Kind.ADD_TO_CART, Kind.ORDER, Kind.CONVERSION])
def test_what_was_accepted_of_an_entry_is_known_for_28_days(events: Events, now: datetime, kind: Kind) -> None:
    old, new = now - 28 * DAY, now - 28 * DAY + MS
    events.add(
        [did(kind, "1", old), did(kind, "2", new, entry="club"), did(kind, "3", now, entry="tea")], received_at=now
    )
    events.add([Event("4", kind, now, "v-1", sku="fern", order="1")], received_at=now)  # of no entry
    counters = events.counters(Asked("v-1"), now=now)
    assert counters.accepted == {"club": milliseconds(new), "tea": milliseconds(now)}
    assert counters.shown == counters.dismissed == {}


def test_a_page_view_counts_for_nothing(events: Events, now: datetime) -> None:
    events.add([did(Kind.PAGE_VIEW, "1", now)], received_at=now)
    assert events.counters(Asked("v-1"), now=now) == Counters()


def test_an_event_counts_once_however_often_it_is_sent(events: Events, now: datetime) -> None:
    events.counters(Asked("v-1"), now=now)
    for _ in range(3):
        events.add([seen("1", now), seen("1", now), seen("2", now)], received_at=now)
        asked = Asked("v-1", totals=frozenset({"welcome"}))
        assert [times(events, asked, now, per=per) for per in ("visitor", "customer", "total")] == [2, 2, 2]


def test_moments_with_other_offsets_are_the_same_moment(events: Events, now: datetime) -> None:
    taipei = now.astimezone(timezone(timedelta(hours=8)))
    events.add([did(Kind.DISMISS, "1", taipei)], received_at=now)
    assert events.counters(Asked("v-1"), now=now).dismissed == {"welcome": milliseconds(now)}


def test_a_customer_is_all_their_visitor_keys_and_their_mails_each_event_once(events: Events, now: datetime) -> None:
    events.counters(Asked("v-1", "c-1"), now=now)
    events.add(
        [
            seen("1", now - DAY, "v-1"),
            seen("2", now, "v-2"),
            seen("3", now, "v-2", customer="c-1"),
            seen("4", now, None, customer="c-1", channel="email"),
            seen("5", now, "v-9"),
            seen("6", now, None, customer="c-9", channel="email"),
        ],
        received_at=now,
    )
    events.link("v-1", "c-1", now=now)
    events.link("v-2", "c-1", now=now + MS)
    for asked in (Asked("v-1"), Asked("v-1", "c-1"), Asked("v-2"), Asked("v-2", "c-1"), Asked(None, "c-1")):
        counters = events.counters(asked, now=now)
        assert counters.times("welcome", "customer", WEEK, now) == 4, asked
        assert {name: len(at) for name, at in counters.shown["welcome"].items()} == {"web": 3, "email": 1}
        assert (counters.customer, counters.first_visitor) == ("c-1", "v-1")
    assert times(events, Asked("v-1"), now) == 1
    assert times(events, Asked("v-2"), now) == 2
    assert times(events, Asked(None, "c-1"), now) == 4  # without a visitor key the person is the visitor


def test_what_happened_before_two_keys_were_known_to_be_one_person_is_summed(events: Events, now: datetime) -> None:
    events.add([seen("1", now, "v-1"), did(Kind.DISMISS, "1", now, "v-2"), seen("2", now, "v-2")], received_at=now)
    assert times(events, Asked("v-1"), now, per="customer") == 1
    events.link("v-1", "c-1", now=now)
    assert times(events, Asked("v-1"), now, per="customer") == 1
    events.link("v-2", "c-1", now=now)
    merged = events.counters(Asked("v-1"), now=now)
    assert merged.times("welcome", "customer", WEEK, now) == 2
    assert merged.dismissed == {"welcome": milliseconds(now)}
    events.add([seen("3", now, "v-2")], received_at=now)
    assert times(events, Asked("v-1"), now, per="customer") == 3
    assert times(events, Asked("v-1"), now) == 1


def test_a_visitor_counts_as_the_customer_they_are_asked_with_before_that_is_remembered(
    events: Events, now: datetime
) -> None:
    events.add([seen("1", now, "v-1"), seen("2", now, "v-2"), seen("3", now, "v-2", customer="c-2")], received_at=now)
    events.link("v-1", "c-1", now=now)
    counters = events.counters(Asked("v-2", "c-1"), now=now)
    assert counters.times("welcome", "customer", WEEK, now) == 2  # not what was done as another customer
    assert counters.times("welcome", "visitor", WEEK, now) == 2
    assert (counters.customer, counters.first_visitor) == ("c-1", "v-1")
    assert times(events, Asked("v-1"), now, per="customer") == 1


def test_who_shares_a_device_is_counted_apart_once_the_shop_says_who_it_was(events: Events, now: datetime) -> None:
    events.link("v-1", "c-1", now=now)
    events.link("v-1", "c-2", now=now + MS)
    events.add(
        [seen("1", now, customer="c-1"), seen("2", now, customer="c-2"), seen("3", now, customer="c-2")],
        received_at=now,
    )
    assert times(events, Asked("v-1", "c-1"), now, per="customer") == 1
    assert times(events, Asked("v-1", "c-2"), now, per="customer") == 2
    assert times(events, Asked("v-1", "c-1"), now) == 3


def test_the_first_visitor_key_of_a_customer_stays_the_first(events: Events, now: datetime) -> None:
    assert events.counters(Asked("v-1", "c-1"), now=now).first_visitor is None
    assert [events.link(key, "c-1", now=now + at * MS) for at, key in enumerate(("v-2", "v-1", "v-2"))] == [
        True,
        True,
        False,
    ]
    for asked in (Asked("v-1", "c-1"), Asked("v-1"), Asked(None, "c-1"), Asked("v-3", "c-1")):
        assert events.counters(asked, now=now).first_visitor == "v-2"
    assert events.counters(Asked("v-3"), now=now).first_visitor is None


def test_totals_count_everybody_by_days_of_utc_and_never_too_few(events: Events) -> None:
    midnight = datetime(2026, 12, 2, tzinfo=UTC)
    asked = Asked(totals=frozenset({"welcome", "club"}))
    events.counters(asked, now=midnight)
    moments = (midnight - WEEK - MS, midnight - WEEK, midnight - MS, midnight, midnight + MS)
    events.add([seen(str(n), at, None if n % 2 else f"v-{n}") for n, at in enumerate(moments)], received_at=midnight)
    counters = events.counters(asked, now=midnight)
    day = day_of(milliseconds(midnight))
    assert counters.totals == {"welcome": {day - 8: 1, day - 7: 1, day - 1: 1, day: 2}, "club": {}}
    assert counters.times("welcome", "total", WEEK, midnight) == 4
    assert counters.times("welcome", "total", DAY, midnight + 12 * timedelta(hours=1)) == 3  # all of yesterday
    assert counters.times("welcome", "total", DAY, midnight + DAY) == 2
    assert (counters.times("tea", "total", WEEK, midnight), counters.of_nobody) == (None, True)
    assert [counters.times("welcome", per, WEEK, midnight) for per in ("visitor", "customer")] == [None, None]


def test_totals_of_more_than_28_days_ago_are_gone(events: Events, now: datetime) -> None:
    events.add([seen("1", now - 29 * DAY), seen("2", now - 28 * DAY)], received_at=now)
    asked = Asked(totals=frozenset({"welcome"}))
    assert [times(events, asked, now, per="total", every=28 * DAY) for _ in range(2)] == [1, 1]


def test_another_process_sees_what_was_added_and_linked(
    events: Events, url: str, redis_url: str, now: datetime
) -> None:
    events.add([seen("1", now)], received_at=now)
    events.link("v-1", "c-1", now=now)
    other = EventLog(url)
    for restarted in (other, RedisCounters(other, redis_url, monotonic=lambda: 0.0, answers_s=5)):
        assert restarted.counters(Asked("v-1"), now=now) == events.counters(Asked("v-1"), now=now)
        assert times(restarted, Asked("v-1"), now, per="customer") == 1
    other.close()


def test_a_key_that_is_flooded_is_read_in_bounded_work(events: Events, now: datetime) -> None:
    events.counters(Asked("v-1"), now=now)
    for start in range(0, 5000, 500):
        events.add([seen(str(n), now - n * MS) for n in range(start, start + 500)], received_at=now)
    assert times(events, Asked("v-1"), now) == 1000


def test_a_customer_with_very_many_keys_is_read_in_bounded_work(events: Events, now: datetime) -> None:
    for number in range(120):
        events.link(f"v-{number}", "c-1", now=now + number * MS)
        events.add([seen(str(number), now, f"v-{number}")], received_at=now)
    counters = events.counters(Asked(None, "c-1"), now=now)
    assert counters.first_visitor == "v-0"
    assert counters.times("welcome", "customer", WEEK, now) == 50  # of the first key, and the latest
    assert events.counters(Asked("v-60"), now=now).first_visitor == "v-0"


class Model:
    """Counts the slow way, from everything that was ever posted."""

    def __init__(self) -> None:
        self.posted: dict[str, Event] = {}
        self.links: dict[tuple[str, str], int] = {}

    def add(self, batch: Iterable[Event]) -> None:
        for event in batch:
            self.posted.setdefault(event.id, event)

    def link(self, visitor: str, customer: str, at: int) -> None:
        self.links.setdefault((visitor, customer), at)

    def shown(self, asked: Asked, per: str, entry: str, since: datetime) -> int:
        customer = (
            asked.customer
            or max(
                ((at, key) for (visitor, key), at in self.links.items() if visitor == asked.visitor), default=(0, None)
            )[1]
        )
        linked = {visitor for visitor, key in self.links if key == customer} | {asked.visitor}

        def counts(event: Event) -> bool:
            if per == "visitor" or customer is None:
                return event.visitor == asked.visitor
            return event.customer == customer or (event.customer is None and event.visitor in linked)

        seen_ = (event for event in self.posted.values() if event.kind is Kind.IMPRESSION and event.entry == entry)
        return sum(event.at > since for event in seen_ if counts(event))


@pytest.mark.parametrize("seed", range(6))
def test_counts_are_what_was_posted_whatever_was_asked_linked_and_lost_in_between(
    events: Events, now: datetime, seed: int
) -> None:
    dice, model, clock = random.Random(seed), Model(), now
    visitors, customers, entries = ("v-1", "v-2", "v-3", "v-4"), ("c-1", "c-2"), ("welcome", "club")
    for step in range(120):
        clock += timedelta(seconds=dice.choice((1, 1, 1, 1200, 40_000)))
        match dice.randrange(10):
            case 0 | 1 | 2 | 3:
                batch = [
                    seen(
                        str(dice.choice((step * 10 + n, dice.randrange(step * 10 + 1)))),
                        clock - dice.random() * 9 * DAY,
                        dice.choice((*visitors, None)),
                        entry=dice.choice(entries),
                        customer=dice.choice((None, None, *customers)),
                        channel=dice.choice(("web", "email")),
                    )
                    for n in range(dice.randrange(1, 6))
                ]
                events.add(batch, received_at=clock)
                model.add(batch)
            case 4 if step > 40:
                visitor, customer = dice.choice(visitors), dice.choice(customers)
                events.link(visitor, customer, now=clock)
                model.link(visitor, customer, milliseconds(clock))
            case 5 if isinstance(events, RedisCounters):
                events._redis.flushall()
            case _:
                visitor = dice.choice(visitors)
                linked = [customer for key, customer in model.links if key == visitor]
                # The customer is told by a page as soon as it is known, and linked by then.
                asked = Asked(visitor, dice.choice((None, *linked)) if len(linked) < 2 else dice.choice(linked))
                entry, every = dice.choice(entries), dice.choice((1, 3, 7)) * DAY
                counters = events.counters(asked, now=clock)
                for per in ("visitor", "customer"):
                    expected = model.shown(asked, per, entry, clock - every)
                    assert counters.times(entry, per, every, clock) == expected, (step, asked, per)
