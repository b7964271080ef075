"""Caps: who and what is counted, over which window, and what is withheld when nobody knows."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cms.facts.context import DecisionContext, View
from cms.facts.counters import KEPT, Counters, day_of, milliseconds
from cms.facts.derive import counter_facts
from cms.facts.signals import Signal
from cms.offers.caps import is_countable, times_shown, withheld_by
from cms.offers.offer import Cap

NOW = datetime(2026, 12, 2, 12, tzinfo=UTC)
DAY = timedelta(days=1)
UTC_ZONE = ZoneInfo("UTC")
TODAY = day_of(milliseconds(NOW))


def ago(*days: float) -> tuple[int, ...]:
    return tuple(milliseconds(NOW - day * DAY) for day in days)


def view(counters: Counters | None = None, values: dict[str, Any] | None = None, **more: Any) -> View:
    """See what gathering makes of counters."""
    told = counter_facts(counters, pressure=0, now=NOW, zone=UTC_ZONE) if counters is not None else {}
    known = more.get("rehearsed") or (counters is not None and not counters.of_nobody)
    answered = frozenset({Signal.COUNTERS}) if known else frozenset()
    context = DecisionContext(
        NOW, UTC_ZONE, "en", "USD", "web", {**told, **(values or {})}, answered, counters=counters, **more
    )
    return View(context)


COUNTERS = Counters(
    seen={"deal": ago(0.5, 2, 10)},
    shown={"deal": {"web": ago(0.5, 2, 3, 10), "email": ago(1, 20)}},
    totals={"deal": {TODAY: 5, TODAY - 1: 7, TODAY - 7: 11, TODAY - 8: 13, TODAY - 28: 17, TODAY - 29: 19}},
)


@pytest.mark.parametrize(
    ("per", "days", "times"),
    [
        ("visitor", 1, 1),
        ("visitor", 2, 1),  # what is as old as the window is out of it
        ("visitor", 7, 2),
        ("visitor", 28, 3),
        ("customer", 1, 1),
        ("customer", 7, 4),
        ("customer", 28, 6),
        ("total", 1, 12),
        ("total", 6, 12),
        ("total", 7, 23),
        ("total", 28, 53),
    ],
)
def test_a_cap_counts_whom_and_over_what_it_says(per: str, days: int, times: int) -> None:
    cap = Cap(per, times, days * DAY)
    room = Cap(per, times + 1, days * DAY)
    seen = view(COUNTERS)
    assert times_shown(cap, "deal", seen) == times
    assert (withheld_by((cap,), "deal", seen), withheld_by((room,), "deal", seen)) == (cap, None)
    assert withheld_by((room, cap, cap), "deal", seen) is cap


def test_of_an_entry_never_seen_there_is_room_unless_its_total_was_not_asked_for() -> None:
    seen = view(COUNTERS)
    assert [times_shown(Cap(per, 1, DAY), "other", seen) for per in ("visitor", "customer", "total")] == [0, 0, None]
    assert withheld_by((), "other", seen) is None


@pytest.mark.parametrize("per", ["visitor", "customer", "total"])
@pytest.mark.parametrize("days", [1, 7, 28])
def test_where_nobody_knows_how_often_the_entry_is_withheld(per: str, days: int) -> None:
    cap = Cap(per, 100, days * DAY)
    assert withheld_by((cap,), "deal", view()) is cap


def test_of_nobody_only_totals_are_known_and_they_leave_an_answer_to_be_shared() -> None:
    seen = view(Counters(totals=COUNTERS.totals, of_nobody=True))
    assert withheld_by((Cap("total", 24, 7 * DAY),), "deal", seen) is None
    assert not seen.is_private()
    for per in ("visitor", "customer"):
        assert withheld_by((Cap(per, 100, DAY),), "deal", seen) is not None


def test_what_is_counted_of_somebody_makes_an_answer_private() -> None:
    seen = view(Counters())
    assert withheld_by((Cap("visitor", 1, DAY),), "deal", seen) is None
    assert seen.is_private()


def test_a_persona_was_shown_nothing_unless_it_says_so() -> None:
    shown = {"shown[deal].last_7_days": 2}
    for per in ("visitor", "customer", "total"):
        for days in (1, 7, 28):
            assert withheld_by((Cap(per, 1, days * DAY),), "deal", view(rehearsed=True)) is None
            assert withheld_by((Cap(per, 3, days * DAY),), "deal", view(None, shown, rehearsed=True)) is None
            assert withheld_by((Cap(per, 2, days * DAY),), "deal", view(None, shown, rehearsed=True)) is not None
    unknown = view(rehearsed=True, untold=frozenset(shown))
    assert withheld_by((Cap("visitor", 3, DAY),), "deal", unknown) is not None


@pytest.mark.parametrize(
    ("shown", "days", "room"), [(0, 7, True), (1, 7, True), (2, 7, False), (0, 1, True), (1, 1, False), (0, 28, False)]
)
def test_where_there_is_nothing_but_the_fact_it_stands_for_what_it_tells(shown: int, days: int, *, room: bool) -> None:
    seen = view(None, {"shown[deal].last_7_days": shown})
    assert (withheld_by((Cap("visitor", 2, days * DAY),), "deal", seen) is None) is room


@pytest.mark.parametrize(
    ("every", "can"),
    [
        (DAY, True),
        (KEPT, True),
        (timedelta(hours=24), True),
        (timedelta(0), False),
        (timedelta(hours=12), False),
        (timedelta(days=1, seconds=1), False),
        (KEPT + DAY, False),
    ],
)
def test_a_window_is_of_whole_days_that_are_kept(every: timedelta, *, can: bool) -> None:
    assert is_countable(every) is can


@given(
    moments=st.lists(st.integers(-40 * 86_400_000, 0), max_size=30),
    days=st.integers(1, 28),
    later=st.integers(0, 86_400_000 - 1),
)
def test_totals_are_never_too_few_and_too_many_by_less_than_a_day(moments: list[int], days: int, later: int) -> None:
    now = NOW.replace(hour=0) + timedelta(milliseconds=later)
    totals: dict[int, int] = {}
    for moment in moments:
        day = day_of(milliseconds(now) + moment)
        totals[day] = totals.get(day, 0) + 1
    counted = Counters(totals={"deal": totals}).times("deal", "total", days * DAY, now)
    day_ms = 86_400_000
    assert sum(moment > -days * day_ms for moment in moments) <= (counted or 0)
    assert (counted or 0) <= sum(moment > -(days + 1) * day_ms for moment in moments)
