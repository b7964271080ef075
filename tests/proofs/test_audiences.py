"""Segments are compared with each other: the same ones, and those within another, of which only the nearest is named."""

import json
from datetime import UTC, datetime
from typing import Any

from cms.content.compiling import compile_workspace
from cms.content.snapshot import Snapshot
from cms.proofs.proving import prove
from cms.workspace import read_workspace

NOW = datetime(2026, 12, 2, tzinfo=UTC)


def snapshot_of(**segments: Any) -> Snapshot:
    files = {f"segments/{key}.json": {"when": when} for key, when in segments.items()} | {"content/workspace.json": {}}
    snapshot, problems = compile_workspace(
        read_workspace({path: json.dumps(data).encode() for path, data in files.items()})
    )
    assert snapshot is not None, problems
    return snapshot


def compared(**segments: Any) -> list[tuple[str, ...]]:
    found = prove(snapshot_of(**segments), now=NOW)
    return sorted((one.code, one.key, *(key for key, _ in one.by)) for one in found)


def visits(least: int) -> dict[str, Any]:
    return {"visitor.visits": {"at_least": least}}


def test_of_several_that_hold_a_segment_the_nearest_is_named() -> None:
    assert [("contained", "b", "a"), ("contained", "c", "b"), ("contained", "d", "c")] == compared(
        a=visits(1), b=visits(2), c=visits(3), d=visits(4)
    )


def test_a_segment_within_two_that_do_not_hold_each_other_names_both() -> None:
    both = {**visits(2), "visitor.device": "mobile"}

    assert [("contained", "c", "a"), ("contained", "c", "b")] == compared(
        a=visits(2), b={"visitor.device": "mobile"}, c=both
    )


def test_segments_that_say_the_same_in_other_words_are_the_same() -> None:
    found = compared(a={"visitor.visits": {"more_than": 1}}, b=visits(2), c=visits(3))

    assert ("equivalent", "a", "b") in found
    assert [("contained", "c")] == [one[:2] for one in found if one[0] == "contained"]


def test_unknown_tells_a_rule_from_the_opposite_of_its_opposite_rule() -> None:
    assert [("contained", "a", "b")] == compared(
        a={"visitor.is_new": True},
        b={"any": [{"visitor.is_new": {"is_not": False}}, {"visitor.is_new": {"known": False}}]},
    )


def test_of_parts_that_contradict_each_other_the_fewest_are_named_with_somebody_who_meets_the_first() -> None:
    parts = {"visitor.device": "mobile", **visits(3), "all": [{"visitor.visits": {"less_than": 2}}]}
    (found,) = prove(snapshot_of(never=parts), now=NOW)

    assert ("never-matches", "never", 2) == (found.code, found.key, len(found.clauses))
    assert found.visitor is not None
    assert {"visitor.visits": 3} == dict(found.visitor.facts)


def test_a_segment_that_one_named_in_it_makes_impossible_names_that_one() -> None:
    snapshot = snapshot_of(few={"visitor.visits": {"at_most": 2}}, never={"segment": "few", **visits(3)})
    (found,) = (one for one in prove(snapshot, now=NOW) if one.code == "never-matches")

    assert ("never", 2) == (found.key, len(found.clauses))


def test_segments_of_a_workspace_without_channels_are_compared_as_on_the_web() -> None:
    files = {"segments/a.json": {"when": visits(1)}, "segments/b.json": {"when": visits(2)}}
    written = {path: json.dumps(data).encode() for path, data in files.items()}
    snapshot, problems = compile_workspace(read_workspace({"content/workspace.json": b'{"channels": []}', **written}))
    assert snapshot is not None, problems

    assert [("contained", "b")] == [(one.code, one.key) for one in prove(snapshot, now=NOW)]
