"""Schedules that follow each other: what is over, what leaves a hole, what hides what."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cms.content.compiling import compile_workspace
from cms.problems import Problem
from cms.proofs.schedules import check_schedules
from cms.workspace import read_folder, read_workspace

PLAIN = read_folder(Path(__file__).parents[1] / "workspaces" / "plain")
NOW = datetime(2026, 12, 2, 12, tzinfo=UTC)
MARKET = {"markets": {"tw": {"currency": "TWD", "time_zone": "Asia/Taipei"}}, "default_market": "tw"}
MEMBER = {"customer.is_member": True}


def _variant(key: str, *times: str, headline: str = "Hello", **more: Any) -> dict[str, Any]:
    schedule = {"schedule": dict(zip(("from", "until"), times, strict=True))} if times else {}
    return {"key": key, "content": {"en": {"headline": headline}}, **schedule, **more}


DEFAULT = _variant("default")


def _entry(*variants: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"component": "banner", **more, "variants": [*variants, DEFAULT]}


def _scheduled(start: str, until: str, **more: Any) -> dict[str, Any]:
    return _entry(schedule={"from": start, "until": until}, **more)


def _checked(entries: Mapping[str, Any], *, now: datetime = NOW, **slot: Any) -> list[Problem]:
    top = {"accepts": ["banner"], "entries": list(entries), **slot}
    files = {
        "content/workspace.json": MARKET,
        "content/pages/home.json": {"route": "/", "stage": "landing", "slots": {"top": top}},
        **{f"content/entries/{key}.json": entry for key, entry in entries.items()},
    }
    workspace = read_workspace({**PLAIN, **{path: json.dumps(data).encode() for path, data in files.items()}})
    snapshot, problems = compile_workspace(workspace)
    assert snapshot is not None, problems
    return check_schedules(snapshot, workspace.of_kind("entry"), now=now)


def _told(problems: list[Problem]) -> list[tuple[str, str, str]]:
    return [(problem.code, problem.file.rpartition("/")[2], problem.pointer) for problem in problems]


def test_a_variant_whose_time_has_passed_is_over_and_so_is_an_entry_as_a_whole() -> None:
    late = _variant("late", "2026-11-01T00:00Z", "2026-12-02T12:00Z", when=MEMBER)
    entries = {"a": _entry(late), "b": _scheduled("2026-11-01T00:00Z", "2026-12-01T00:00Z"), "c": _entry()}

    found = _checked(entries)

    assert [
        ("over", "a.json", "/variants/0/schedule/until"),
        ("over", "b.json", "/schedule/until"),
    ] == _told(found)
    assert "2026-12-02 20:00 (Asia/Taipei)" in found[0].message
    assert ["a:late", "b"] == [problem.subject for problem in found]


def test_what_still_runs_or_has_not_begun_is_not_over() -> None:
    runs = _variant("runs", "2026-11-01T00:00Z", "2026-12-02T12:01Z", when=MEMBER)

    assert [] == _checked({"a": _entry(runs), "b": _scheduled("2027-11-01T00:00Z", "2027-12-01T00:00Z"), "c": _entry()})


HOLES = [
    ("2026-12-24T23:59+08:00", "2026-12-25T00:00+08:00", "2026-12-24 23:59 to 2026-12-25 00:00", "itself left out"),
    ("2026-12-24T23:59:59+08:00", "2026-12-25T00:00+08:00", "2026-12-24 23:59:59 to 2026-12-25 00:00", "left out"),
    ("2026-12-25T00:00+08:00", "2026-12-25T00:00-05:00", "2026-12-25 00:00 to 2026-12-25 13:00", "time zones"),
    ("2026-12-20T00:00+08:00", "2026-12-25T00:00+08:00", "2026-12-20 00:00 to 2026-12-25 00:00", "pause is meant"),
]


@pytest.mark.parametrize(("until", "start", "span", "hint"), HOLES)
def test_a_hole_between_two_of_one_rule_is_named_in_the_time_of_the_market(
    until: str, start: str, span: str, hint: str
) -> None:
    first = _variant("first", "2026-12-10T00:00+08:00", until, when=MEMBER)
    second = _variant("second", start, "2027-01-10T00:00+08:00", when=MEMBER)

    found = _checked({"a": _entry(second, first)})

    assert [("schedule-gap", "a.json", "/variants/1/schedule/until")] == _told(found)
    assert span in found[0].message
    assert hint in found[0].suggestion
    assert f'"until": "{start}"' in found[0].suggestion


NO_HOLES = [
    ("2026-12-25T00:00+08:00", "2026-12-24T16:00Z", {}),  # one moment, written in two ways
    ("2026-12-11T00:00+08:00", "2026-12-26T00:00+08:00", {}),  # fifteen days
    ("2026-12-24T23:59+08:00", "2026-12-25T00:00+08:00", {"when": {"customer.is_member": False}}),
]


@pytest.mark.parametrize(("until", "start", "other"), NO_HOLES)
def test_what_touches_is_far_apart_or_is_for_others_leaves_no_hole(until: str, start: str, other: Any) -> None:
    first = _variant("first", "2026-12-01T00:00+08:00", until, when=MEMBER)
    second = _variant("second", start, "2027-01-31T00:00+08:00", **{"when": MEMBER, **other})

    assert [] == _checked({"a": _entry(first, second)})


def test_weekends_are_no_campaign_with_holes() -> None:
    weekends = [
        _variant(f"w{day}", f"2026-12-{day:02}T00:00Z", f"2026-12-{day + 2:02}T00:00Z", when=MEMBER)
        for day in (5, 12, 19)
    ]

    assert [] == _checked({"a": _entry(*weekends)})


def test_a_hole_that_a_third_fills_or_that_is_past_is_none() -> None:
    first = _variant("first", "2026-11-01T00:00Z", "2026-12-20T00:00Z", when=MEMBER)
    third = _variant("third", "2026-12-24T00:00Z", "2027-01-20T00:00Z", when=MEMBER)
    between = _variant("between", "2026-12-20T00:00Z", "2026-12-24T00:00Z", when=MEMBER)

    assert ["schedule-gap"] == [problem.code for problem in _checked({"a": _entry(first, third)})]
    assert [] == _checked({"a": _entry(first, third, between)})
    assert ["over"] == [p.code for p in _checked({"a": _entry(first, third)}, now=datetime(2026, 12, 24, tzinfo=UTC))]


def test_a_longer_pause_over_one_that_always_runs_is_meant_and_a_minute_is_not() -> None:
    always = _variant("always", when=MEMBER)
    second = _variant("second", "2026-12-25T00:00Z", "2027-01-25T00:00Z", when=MEMBER)

    def until(moment: str) -> list[str]:
        first = _variant("first", "2026-12-01T00:00Z", moment, when=MEMBER)
        return [problem.code for problem in _checked({"a": _entry(first, second, always)})]

    assert [] == until("2026-12-20T00:00Z")
    assert ["schedule-gap"] == until("2026-12-24T23:59Z")


def test_entries_of_a_slot_that_follow_each_other_may_leave_a_hole_too() -> None:
    entries = {
        "advent": _scheduled("2026-12-01T00:00+08:00", "2026-12-24T00:00+08:00"),
        "new-year": _scheduled("2026-12-27T00:00+08:00", "2027-01-07T00:00+08:00"),
    }

    assert [("schedule-gap", "advent.json", "/schedule/until")] == _told(_checked({**entries, "usual": _entry()}))
    assert [] == _checked({**entries, "other": _entry(schedule={"from": "2026-12-02T00:00Z"}, audience=MEMBER)})
    assert [] == _checked({**entries, "new-year": {**entries["new-year"], "audience": MEMBER}, "usual": _entry()})


def test_of_two_that_overlap_the_lower_is_hidden() -> None:
    first = _variant("first", "2026-12-01T00:00Z", "2026-12-20T00:00Z", when=MEMBER)
    second = _variant("second", "2026-12-15T00:00Z", "2027-01-20T00:00Z", when=MEMBER)

    found = _checked({"a": _entry(first, second)})

    assert [("schedule-collision", "a.json", "/variants/1/schedule")] == _told(found)
    assert 'From 2026-12-15 08:00 to 2026-12-20 08:00 (Asia/Taipei), 5 days, "first" and "second"' in found[0].message
    assert [("schedule-collision", "a.json", "/variants/1/schedule")] == _told(_checked({"a": _entry(second, first)}))


OVERLAPS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {"when": {"customer.is_member": False}}),
    ({"promise": {"promotion": "ship"}}, {}),
    ({"claims": {"discount": {"fern": 10}}}, {}),
    ({"headline": "You have {cart.count|number}"}, {}),
]


@pytest.mark.parametrize(("upper", "lower"), OVERLAPS)
def test_a_lower_one_that_may_be_shown_is_not_hidden(upper: dict[str, Any], lower: dict[str, Any]) -> None:
    first = _variant("first", "2026-12-01T00:00Z", "2026-12-20T00:00Z", **{"when": MEMBER, **upper})
    second = _variant("second", "2026-12-15T00:00Z", "2027-01-20T00:00Z", **{"when": MEMBER, **lower})

    assert [] == _checked({"a": _entry(first, second)})


def test_a_short_campaign_above_a_longer_one_is_meant() -> None:
    day = _variant("day", "2026-12-12T00:00Z", "2026-12-13T00:00Z", when=MEMBER)
    month = _variant("month", "2026-12-01T00:00Z", "2027-01-01T00:00Z", when=MEMBER)

    assert [] == _checked({"a": _entry(day, month)})


def test_entries_that_overlap_collide_unless_the_slot_shows_both_or_the_upper_can_be_kept_away() -> None:
    upper = _scheduled("2026-12-01T00:00Z", "2026-12-20T00:00Z")
    lower = _scheduled("2026-12-15T00:00Z", "2027-01-20T00:00Z")
    rest = {"lower": lower, "usual": _entry()}

    assert [("schedule-collision", "lower.json", "/schedule")] == _told(_checked({"upper": upper, **rest}))
    assert [] == _checked({"upper": upper, **rest}, count=2)
    assert [] == _checked({"upper": {**upper, "offer": {"kind": "gift"}}, **rest})
