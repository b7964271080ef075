"""What a proof is asked for, and over which time it goes."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from cms.content.compiling import compile_workspace
from cms.content.snapshot import Snapshot
from cms.proofs.finding import Finding
from cms.proofs.proving import prove
from cms.workspace import read_workspace

NOW = datetime(2026, 12, 2, tzinfo=UTC)
NEW: dict[str, Any] = {"visitor.is_new": True}


def variant(key: str, **more: Any) -> dict[str, Any]:
    return {"key": key, **more, "content": {"en": {"text": "Hello"}}}


def snapshot_of(**entries: list[dict[str, Any]]) -> Snapshot:
    """Compile a page for each entry, with a slot that shows nothing else."""
    files: dict[str, Any] = {
        "content/workspace.json": {"channels": ["web", "email"]},
        "components/note/model.json": {"fields": {"text": {"type": "text", "required": True}}},
    }
    for key, variants in entries.items():
        files[f"content/entries/{key}.json"] = {"component": "note", "variants": [*variants, variant("default")]}
        slots = {"top": {"accepts": ["note"], "entries": [key]}}
        files[f"content/pages/{key}.json"] = {"route": f"/{key}", "stage": "cart", "slots": slots}
    written = {path: json.dumps(data).encode() for path, data in files.items()}
    snapshot, problems = compile_workspace(read_workspace(written))
    assert snapshot is not None, problems
    return snapshot


def said(*found: Finding) -> list[str]:
    return [f"{one.code} {one.entry}:{one.variant}" for one in found]


TWICE = [variant("new", when=NEW), variant("again", when=NEW)]


def test_only_the_pages_that_are_named_are_proved() -> None:
    snapshot = snapshot_of(one=TWICE, two=TWICE)
    done: list[tuple[int, int]] = []

    found = prove(snapshot, now=NOW, pages={"two"}, progress=lambda *so_far: done.append(so_far))

    assert ["unreachable two:again"] == said(*found)
    assert [(0, 1), (1, 1)] == done
    assert ["unreachable one:again", "unreachable two:again"] == said(*prove(snapshot, now=NOW))


@pytest.mark.parametrize(("until", "expected"), [("2026-12-01", []), ("2026-12-09", ["unreachable one:again"])])
def test_what_is_over_is_no_variant_that_nobody_sees(until: str, expected: list[str]) -> None:
    ended = variant("again", when=NEW, schedule={"until": f"{until}T00:00+00:00"})

    assert expected == said(*prove(snapshot_of(one=[variant("new", when=NEW), ended]), now=NOW))


def test_a_variant_that_begins_in_years_is_seen_then() -> None:
    later = variant("later", when=NEW, schedule={"from": "2037-01-01T00:00+00:00"})
    named = variant("named", when={"now.date": {"since": "2038-05-05"}, "visitor.is_new": False})

    assert [] == said(*prove(snapshot_of(one=[later, named]), now=NOW))


def test_nothing_is_said_twice_and_in_no_other_order_the_second_time() -> None:
    snapshot = snapshot_of(one=TWICE, two=TWICE)

    assert prove(snapshot, now=NOW) == prove(snapshot, now=NOW)


def test_without_any_time_left_nothing_is_claimed() -> None:
    hard = [variant(f"v{number}", when={"visitor.visits": {"less_than": number}}) for number in range(30, 0, -1)]

    found = prove(snapshot_of(one=hard), now=NOW, budget_s=-1)

    assert {"not-proved"} == {one.code for one in found}
    assert {"time"} == {one.detail for one in found}
