"""What a page asks the shop for follows from what it can ever need to know."""

import json
from collections.abc import Mapping

from cms.content.compiling import compile_workspace
from cms.facts.signals import Signal
from cms.workspace import read_workspace

FILES: Mapping[str, object] = {
    "content/workspace.json": {"default_locale": "en", "locales": {"en": []}},
    "components/banner/model.json": {"fields": {"headline": {"type": "text", "required": True}}},
    "content/entries/hello.json": {
        "component": "banner",
        "variants": [{"key": "default", "content": {"en": {"headline": "Hello"}}}],
    },
    "content/pages/home.json": {
        "route": "/",
        "stage": "landing",
        "slots": {"top": {"accepts": ["banner"], "entries": ["hello"]}},
    },
}


def signals(**more: object) -> frozenset[Signal]:
    root = {"default_locale": "en", "locales": {"en": []}, **more}
    files = {path: json.dumps(data).encode() for path, data in {**FILES, "content/workspace.json": root}.items()}
    snapshot, problems = compile_workspace(read_workspace(files))
    assert snapshot is not None, problems
    return snapshot.pages["home"].signals


def test_a_page_that_reads_nothing_asks_for_nothing() -> None:
    assert signals() == frozenset()


def test_with_a_holdout_every_page_knows_the_customer_so_that_all_draw_alike() -> None:
    assert signals(holdout=5) == {Signal.CUSTOMER}


def test_a_channel_the_workspace_does_not_use_is_no_choice() -> None:
    rule = {"when": {"channel": "app"}}
    root = {"default_locale": "en", "locales": {"en": []}, "channels": ["web", "email"]}
    files = {"content/workspace.json": json.dumps(root).encode(), "segments/app.json": json.dumps(rule).encode()}
    _, problems = compile_workspace(read_workspace(files))

    assert [problem.code for problem in problems if problem.pointer == "/when/channel"] == ["unknown-choice"]
