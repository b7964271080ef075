"""The corner shop before and after an edit, for tests of what that changes."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from corner import corner_files

from cms.content.compiling import compile_workspace
from cms.content.snapshot import Snapshot
from cms.differences.differences import Differences, differences
from cms.workspace import read_workspace

NOW = datetime(2026, 12, 2, 12, tzinfo=UTC)
MEMBERS = "content/entries/members.json"
HELLO = "content/entries/hello.json"


def snapshot(edits: Mapping[str, Any] | None = None) -> Snapshot:
    """Compile the corner shop with some files in place of its own; None takes one away."""
    written = {path: None if data is None else json.dumps(data).encode() for path, data in (edits or {}).items()}
    files = {path: raw for path, raw in {**corner_files(), **written}.items() if raw is not None}
    compiled, problems = compile_workspace(read_workspace(files))
    assert compiled is not None, problems
    return compiled


def compared(edits: Mapping[str, Any], *pages: str, before: Mapping[str, Any] | None = None) -> Differences:
    old, new = snapshot(before), snapshot(edits)
    return differences(old, new, pages or {**old.surfaces, **new.surfaces}, now=NOW)


def authored(path: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(corner_files()[path])
    return data


def moves(found: Differences) -> set[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    return {(change.place, change.moved.before, change.moved.after) for change in found.changes}


def entry(*variants: tuple[str, object]) -> dict[str, Any]:
    """Write an entry of some variants with their rules; one without a rule is the default."""
    written = [
        {"key": key, "content": {"en": {"headline": key}}} | ({"when": when} if when is not None else {})
        for key, when in variants
    ]
    return {"component": "banner", "variants": written}


def trial(until: int) -> dict[str, Any]:
    """Write an experiment that draws the control up to a bucket."""
    arms = [
        {"key": "control", "variant": "default", "buckets": [0, until]},
        {"key": "new", "variant": "new", "buckets": [until + 1, 9999]},
    ]
    return {"entry": "members", "unit": "customer", "arms": arms, "state": "running"}
