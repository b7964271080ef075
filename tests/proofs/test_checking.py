"""What is proved is reported where it is to be mended, and once."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from cms.content.compiling import compile_workspace
from cms.problems import Problem
from cms.proofs.checking import ProofOptions, check_proofs
from cms.workspace import read_folder, read_workspace
from tests.decisions.conftest import PLAIN

NOW = datetime(2026, 12, 2, 10, tzinfo=UTC)


def _found(slot: dict[str, Any]) -> list[Problem]:
    files = {
        "content/entries/club.json": {
            "component": "banner", "audience": {"customer.is_member": True},
            "variants": [{"key": "default", "content": {"en": {"headline": "Hello, member"}}}],
        },
        "content/pages/cart.json": {"route": "/cart", "stage": "cart", "slots": {"top": slot}},
    }  # fmt: skip
    workspace = read_workspace(
        {**read_folder(PLAIN), **{path: json.dumps(data).encode() for path, data in files.items()}}
    )
    snapshot, problems = compile_workspace(workspace)
    assert snapshot is not None, problems
    return [one for one in check_proofs(snapshot, workspace, now=NOW, options=ProofOptions()) if one.place]


def test_what_is_so_on_the_web_and_in_the_app_is_told_once() -> None:
    assert ["no-content"] == [one.code for one in _found({"accepts": ["banner"], "entries": ["club"]})]


@pytest.mark.parametrize(("ends", "space"), [("shown.", " "), ("看不到任何内容。", "")])
def test_a_suggestion_follows_after_a_space_but_in_chinese(ends: str, space: str) -> None:
    assert f"{ends}{space}Do" in str(Problem("no-content", ends, suggestion="Do"))
