"""A finding keeps its id when lines move and words change, and no two findings of a run share one."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cms.problems import Problem, Severity, numbered
from cms.runtime.verification import verify
from cms.workspace import read_folder

NOW = datetime(2026, 12, 2, 12, tzinfo=UTC)
WORKSPACES = Path(__file__).parent / "workspaces"
PROVED = Problem(
    "unreachable", "nobody sees it.", "/variants/1", "Move it up.", Severity.WARNING, "content/entries/a.json", 3, 5
)


def test_an_id_is_ten_signs_of_hexadecimal_and_no_part_of_equality() -> None:
    assert 10 == len(PROVED.id)
    assert int(PROVED.id, 16) >= 0
    assert replace(PROVED, visitor={"facts": {}}) == PROVED
    assert 1 == len({PROVED, replace(PROVED, visitor={"facts": {}})})


def test_with_a_subject_neither_place_nor_words_nor_severity_matter() -> None:
    subject = replace(PROVED, subject="a:near")
    moved = replace(subject, line=9, column=1, pointer="/variants/2", message="没有人看到。", severity=Severity.ERROR)

    assert subject.id == moved.id
    assert 5 == len(
        {
            PROVED.id,
            subject.id,
            replace(subject, subject="a:far").id,
            replace(subject, code="wrong-channel").id,
            replace(subject, file="content/entries/b.json").id,
        }
    )


def test_an_entry_split_into_a_folder_keeps_its_ids() -> None:
    split = replace(PROVED, file="content/entries/a/entry.json")

    assert (PROVED.id, PROVED.about) == (split.id, split.about)
    assert PROVED.id != replace(PROVED, file="content/entries/b/entry.json").id


def test_findings_that_are_alike_are_counted_in_their_order() -> None:
    twins = [replace(PROVED, line=line) for line in (9, 3)]
    first, second = numbered(twins)

    assert (3, PROVED.id) == (first.line, first.id)
    assert first.id != second.id
    assert [first, second] == numbered([second, first])


@pytest.mark.parametrize("name", ["twenty-mistakes", "plain", "explained"])
def test_no_two_findings_of_a_workspace_share_an_id(name: str) -> None:
    ids = [problem.id for problem in verify(read_folder(WORKSPACES / name), now=NOW).problems]

    assert len(ids) == len(set(ids))
    assert ids or name != "twenty-mistakes"


def test_a_variant_inserted_above_changes_no_id() -> None:
    files = dict(read_folder(WORKSPACES / "explained"))
    path = "content/entries/shipping.json"
    entry = json.loads(files[path])
    entry["variants"][-1]["content"]["en"]["headlin"] = "?"
    before = [found.id for found in verify({**files, path: json.dumps(entry).encode()}, now=NOW).problems]
    entry["variants"].insert(0, {**entry["variants"][0], "key": "fresh"})
    after = [found.id for found in verify({**files, path: json.dumps(entry, indent=1).encode()}, now=NOW).problems]

    assert before
    assert set(before) <= set(after)
