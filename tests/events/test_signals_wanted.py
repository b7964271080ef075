"""A page asks for counters when something on it is remembered or reads them, and not otherwise."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from cms.content.compiling import compile_workspace
from cms.facts.signals import Signal
from cms.workspace import read_workspace

VARIANT: Mapping[str, Any] = {"key": "default", "content": {"en": {"headline": "Hello"}}}
CLOSED = {"key": "back", "when": {"dismissed[other]": {"ever": True}}, "content": {"en": {"headline": "Once more"}}}
SEEN = {
    "key": "seen",
    "when": {"visitor.is_new": False},
    "content": {"en": {"headline": "Seen {shown[other].last_7_days|number} times"}},
}


def signals(component: Mapping[str, Any], entry: Mapping[str, Any], *variants: Mapping[str, Any]) -> frozenset[Signal]:
    files: Mapping[str, Mapping[str, Any]] = {
        "content/workspace.json": {"default_locale": "en", "locales": {"en": []}},
        "components/banner/model.json": {"fields": {"headline": {"type": "text", "required": True}}, **component},
        "content/entries/hello.json": {"component": "banner", "variants": [*variants, VARIANT], **entry},
        "content/entries/other.json": {"component": "banner", "variants": [VARIANT]},
        "content/pages/home.json": {
            "route": "/",
            "stage": "landing",
            "slots": {"top": {"accepts": ["banner"], "entries": ["hello"], "may_be_empty": True}},
        },
    }
    workspace = read_workspace({path: json.dumps(data).encode() for path, data in files.items()})
    snapshot, problems = compile_workspace(workspace)
    assert snapshot is not None, problems
    return snapshot.pages["home"].signals


@pytest.mark.parametrize(
    ("component", "entry", "variants", "wanted"),
    [
        pytest.param({}, {}, (), set(), id="nothing-is-remembered"),
        pytest.param({}, {"offer": {"kind": "deal"}}, (), {Signal.COUNTERS}, id="an-offer"),
        pytest.param({"display": "overlay"}, {}, (), {Signal.COUNTERS}, id="an-overlay"),
        pytest.param({}, {}, (CLOSED,), {Signal.COUNTERS}, id="a-rule-reads-a-dismissal"),
        pytest.param({}, {}, (SEEN,), {Signal.COUNTERS}, id="a-gap-reads-a-count"),
    ],
)
def test_a_page_asks_for_counters_when_it_can_need_them(
    component: Mapping[str, Any], entry: Mapping[str, Any], variants: tuple[Mapping[str, Any], ...], wanted: set[Signal]
) -> None:
    assert signals(component, entry, *variants) == wanted
