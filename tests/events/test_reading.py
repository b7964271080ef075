"""One item of a batch: what makes it an event, and what refuses it."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cms.events import Event, Kind, read_event
from cms.events.reading import NEEDS
from cms.problems import Problem

FULL: Mapping[str, Any] = {
    "id": "7f6a0f6e-52f7-4b0a-9a55-6a2b8b1a0c11",
    "kind": "click",
    "at": "2026-12-02T22:59:58+08:00",
    "visitor": "v-8c1f",
    "decision": "d_0123456789abcdef01234567",
    "slot": "top",
    "entry": "welcome",
    "variant": "first-mobile",
    "sku": "pothos",
    "order": "1001",
    "customer": "c-77",
    "channel": "email",
}
DISMISS = {"id": "e-1", "kind": "dismiss", "at": "2026-12-02T15:00:00Z", "visitor": "v-1", "entry": "welcome"}


def refused(now: datetime, **more: Any) -> tuple[str, str]:
    found = read_event(DISMISS | more, now=now)
    assert isinstance(found, Problem), found
    assert found.message
    return found.code, found.pointer


def test_an_event_holds_what_was_sent(now: datetime) -> None:
    at = datetime(2026, 12, 2, 14, 59, 58, tzinfo=UTC)
    assert read_event(FULL, now=now) == Event(**{**FULL, "kind": Kind.CLICK, "at": at})


def test_a_dismissal_needs_no_more_than_who_what_and_when(now: datetime) -> None:
    assert read_event(DISMISS, now=now) == Event("e-1", Kind.DISMISS, now, "v-1", entry="welcome")


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_says_what_it_needs_and_is_read_with_just_that(now: datetime, kind: Kind) -> None:
    bare = {"id": "e-1", "kind": str(kind), "at": "2026-12-02T15:00:00Z"}
    needed = {key: FULL[key] for key in NEEDS[kind]}
    assert isinstance(read_event(bare | needed, now=now), Event)
    for key in NEEDS[kind]:
        for without in ({k: v for k, v in needed.items() if k != key}, needed | {key: None}):
            found = read_event(bare | without, now=now)
            assert isinstance(found, Problem)
            assert (found.code, found.suggestion) == ("missing-key", f'Add "{key}".')


def test_null_is_left_out(now: datetime) -> None:
    nulls = dict.fromkeys(("decision", "slot", "variant", "sku", "order", "customer", "channel"))
    assert read_event(DISMISS | nulls, now=now) == read_event(DISMISS, now=now)


@pytest.mark.parametrize("key", ["email", "name", "address", "ip", "user_agent", "__class__"])
def test_a_key_that_is_not_listed_is_refused_so_that_no_personal_data_slips_in(now: datetime, key: str) -> None:
    assert refused(now, **{key: "anna@example.org"}) == ("unknown-key", f"/{key}#key")


@pytest.mark.parametrize("raw", [None, 1, "x", [], [DISMISS]])
def test_what_is_no_object_is_refused(now: datetime, raw: object) -> None:
    found = read_event(raw, now=now)
    assert isinstance(found, Problem)
    assert found.code == "wrong-type"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("id", ""),
        ("id", "x" * 65),
        ("id", "a b"),
        ("id", "a\n"),
        ("id", None),
        ("id", 7),
        ("visitor", ""),
        ("visitor", "x" * 257),
        ("visitor", 7),
        ("decision", "x" * 65),
        ("entry", "Welcome"),
        ("entry", "a" * 129),
        ("entry", "welcome\n"),
        ("entry", ["welcome"]),
        ("slot", "../top"),
        ("variant", "' OR 1=1 --"),
        ("sku", "x" * 257),
        ("order", {}),
        ("customer", ""),
        ("customer", "x" * 257),
    ],
)
def test_a_value_of_another_kind_or_length_is_refused(now: datetime, key: str, value: object) -> None:
    assert refused(now, **{key: value}) == ("wrong-type", f"/{key}")


def test_an_unknown_kind_is_refused_with_the_known_ones(now: datetime) -> None:
    found = read_event(DISMISS | {"kind": "dismissed"}, now=now)
    assert isinstance(found, Problem)
    assert (found.code, found.suggestion) == ("unknown-choice", 'Did you mean "dismiss"?')


def test_a_customer_is_somebody_whose_dismissal_can_be_remembered(now: datetime) -> None:
    mailed = {**DISMISS, "visitor": None, "customer": "c-1", "channel": "email"}
    assert read_event(mailed, now=now) == Event(
        "e-1", Kind.DISMISS, now, entry="welcome", customer="c-1", channel="email"
    )


def test_an_unknown_channel_is_refused_with_the_known_ones(now: datetime) -> None:
    assert refused(now, channel="mail") == ("unknown-choice", "/channel")


@pytest.mark.parametrize(
    ("at", "code"),
    [
        ("2026-12-02T15:00:00", "bad-date"),
        ("2026-12-02", "bad-date"),
        ("yesterday", "bad-date"),
        ("2026-02-30T15:00:00Z", "bad-date"),
        ("9999-12-31T23:59:59-14:00", "in-the-future"),
        ("0001-01-01T00:00:00+14:00", "too-old"),
    ],
)
def test_a_moment_needs_its_offset_and_a_place_in_the_calendar(now: datetime, at: str, code: str) -> None:
    assert refused(now, at=at) == (code, "/at")


@pytest.mark.parametrize(
    ("late", "code"),
    [
        (timedelta(minutes=-5, seconds=-1), "in-the-future"),
        (timedelta(minutes=-5), ""),
        (timedelta(days=7), ""),
        (timedelta(days=7, seconds=1), "too-old"),
    ],
)
def test_a_moment_is_near_ours(now: datetime, late: timedelta, code: str) -> None:
    found = read_event(DISMISS | {"at": (now - late).isoformat()}, now=now)
    assert (found.code if isinstance(found, Problem) else "") == code
