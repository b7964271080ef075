"""Years and days that stand for always and never are proved as what they stand for."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from cms.content.compiling import compile_workspace
from cms.content.snapshot import Snapshot
from cms.proofs.proving import prove
from cms.workspace import read_workspace

NOW = datetime(2026, 12, 2, tzinfo=UTC)
WEEKDAY = {"now.weekday": "monday"}


def snapshot_of(when: Any, **schedule: str) -> Snapshot:
    content = {"en": {"text": "Hello"}}
    timed = {"key": "timed", "when": when, "content": content} | ({"schedule": schedule} if schedule else {})
    slots = {"top": {"accepts": ["note"], "entries": ["one"]}}
    files = {
        "content/workspace.json": {},
        "components/note/model.json": {"fields": {"text": {"type": "text", "required": True}}},
        "content/entries/one.json": {"component": "note", "variants": [timed, {"key": "default", "content": content}]},
        "content/pages/cart.json": {"route": "/cart", "stage": "cart", "slots": slots},
    }
    snapshot, problems = compile_workspace(
        read_workspace({path: json.dumps(data).encode() for path, data in files.items()})
    )
    assert snapshot is not None, problems
    return snapshot


def never_shown(snapshot: Snapshot) -> list[str]:
    return [finding.variant for finding in prove(snapshot, now=NOW)]


@pytest.mark.parametrize(
    "schedule",
    [
        {"until": "9999-12-31T23:59:59-08:00"},
        {"from": "0001-01-01T00:00+08:00"},
        {"from": "0001-01-01T00:00+08:00", "until": "9999-12-31T23:59+00:00"},
        {"until": "2999-12-31T00:00+00:00"},
    ],
)
def test_a_schedule_to_the_end_of_the_calendar_is_open(schedule: dict[str, str]) -> None:
    assert [] == never_shown(snapshot_of(WEEKDAY, **schedule))


def test_what_begins_when_nobody_lives_is_shown_to_nobody() -> None:
    assert ["timed"] == never_shown(snapshot_of(WEEKDAY, **{"from": "9999-12-31T00:00+00:00"}))


@pytest.mark.parametrize(
    ("when", "found"),
    [
        ({"now.date": {"before": "9999-12-31"}, **WEEKDAY}, []),
        ({"now.date": {"since": "9999-12-31"}}, ["timed"]),
        ({"orders.last": {"before": "9999-12-31"}}, []),
        ({"orders.last": {"before": "0001-01-01"}}, ["timed"]),
        ({"orders.last": {"days_ago_at_most": 999_999}}, []),
        ({"orders.last": {"days_ago_at_least": 99_999_999_999}}, ["timed"]),
    ],
)
def test_a_day_beyond_the_calendar_is_never_reached(when: Any, found: list[str]) -> None:
    assert found == never_shown(snapshot_of(when))
