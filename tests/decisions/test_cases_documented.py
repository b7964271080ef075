"""The case files have the shape that their schema gives them and docs/cases.md tells, and together they leave no word out."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from cms.content.snapshot import Snapshot
from cms.decisions.decision import Reason
from cms.explanations.words import OUTCOMES
from tests.decisions.test_cases import test_a_case_is_decided_as_written as is_decided_as_written

HERE = Path(__file__).parent / "cases"
DOC = (Path(__file__).parents[2] / "docs" / "cases.md").read_text("utf-8")
SCHEMA = json.loads((HERE / "case.schema.json").read_text("utf-8"))
FILES = {path.stem: json.loads(path.read_text("utf-8")) for path in HERE.glob("*.json") if path.stem != "case.schema"}
CASES = [case for world in FILES.values() for case in world.get("cases", ())]
LOSSES = {outcome for outcome in OUTCOMES if " " not in outcome}  # the others are ways to say one of these
NEVER_AUTHORED = {"stage"}  # the check refuses every page that could show it
OF_COUNTERS = {"pressure"}  # hangs on impressions over time, which tests/events tells


@pytest.mark.parametrize("name", FILES)
def test_a_case_file_has_its_shape(name: str) -> None:
    problems = Draft202012Validator(
        SCHEMA["$defs"]["buckets" if name == "buckets" else "world"] | {"$defs": SCHEMA["$defs"]}
    )

    assert [] == [f"{problem.json_path}: {problem.message}" for problem in problems.iter_errors(FILES[name])]
    names = [case["name"] for case in FILES[name].get("cases", ())]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("key", "wrong"),
    [("slts", {}), ("slots", {"top": ["hello:default"]}), ("slots", {"top": ["hello:default OTHER"]}), ("stale", ["carts"]),
     ("trace", ["top hello:default"]), ("now", "2026-12-02"), ("shop", {"catalog": {}}), ("workspace", {"cms/x.py": "x"})],
)  # fmt: skip
def test_a_slip_in_a_case_is_no_case(key: str, wrong: object) -> None:
    world = {"title": "x", "workspace": {}, "cases": [{"name": "x", "slots": {}}]}
    assert Draft202012Validator(SCHEMA).is_valid(world)
    world["cases"][0][key] = wrong

    assert not Draft202012Validator(SCHEMA).is_valid(world)


def _keys(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
        for part in schema.values():
            yield from _keys(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from _keys(part)


def test_the_document_tells_every_key_reason_and_outcome_and_no_other() -> None:
    reasons = {*Reason} - {Reason.DISABLED, Reason.ERROR}
    tables = set(re.findall(r"^\| `([A-Za-z-_]+)` \|", DOC, re.MULTILINE))

    assert set() == {key for key in _keys(SCHEMA) if f"`{key}`" not in DOC}
    assert set() == {*reasons, *LOSSES} - tables
    assert set() == tables - {*_keys(SCHEMA), *reasons, *LOSSES}


def test_together_the_cases_show_every_reason_and_outcome() -> None:
    steps = {re.sub(r"^\S+ \S+ ([a-z-]+).*$", r"\1", line) for case in CASES for line in case.get("trace", ())}
    reasons = {shown.split(" ")[1] for case in CASES for chosen in case["slots"].values() for shown in chosen}

    assert set() == LOSSES - steps - NEVER_AUTHORED - OF_COUNTERS
    assert {"STATIC", "DEFAULT", "TARGETING_MATCH", "SPLIT", "STALE"} == reasons


def test_the_example_of_the_document_is_a_case_file_that_holds(
    snapshot_of: Callable[[Any], Snapshot], surface_of: Any, context_of: Any
) -> None:
    world = json.loads(re.findall(r"```json\n(.*?)```", DOC, re.DOTALL)[0])

    assert Draft202012Validator(SCHEMA).is_valid(world)
    for case in world["cases"]:
        is_decided_as_written(snapshot_of, surface_of, context_of, world["workspace"], {**world["given"], **case})
