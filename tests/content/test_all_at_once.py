"""One wrong name hides nothing of the rest of its document."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from cms.content.compiling import compile_workspace
from cms.content.requests import RequestShape
from cms.content.shaping import shaped
from cms.problems import Problem
from cms.workspace import read_folder, read_workspace

PLAIN = Path(__file__).parents[1] / "workspaces" / "plain"
WORDS = {"en": {"headline": "Hello"}}
RULES: Mapping[str, Any] = {
    "when": {"visitor.devise": "mobile"},
    "schedule": {"from": "soon"},
    "promise": {"price": {"fern": 9}},
    "claims": {"threshold": {"ship": "x"}},
    "content": WORDS,
}
OF_RULES = {("unknown-fact", "when/visitor.devise"), ("bad-date", "schedule/from"), ("wrong-type", "promise/price/fern"),
            ("wrong-type", "claims/threshold/ship")}  # fmt: skip
DEFAULT = {"key": "default", "content": WORDS}
ENTRY: Mapping[str, Any] = {
    "component": "banner",
    "offer": {"kind": "ship", "claims": {"threshold": {"ship": "x"}}},
    "audience": {"segment": "nwe"},
    "cap": [{"per": "visitor", "max": 1, "every": "a week"}],
    "schedule": {"until": "later"},
    "dismiss_for": "long",
    "variants": [{"key": "a", **RULES}, DEFAULT],
}
OF_ENTRY = {
    ("wrong-type", "/offer/claims/threshold/ship"), ("unknown-segment", "/audience/segment"),
    ("bad-duration", "/cap/0/every"), ("bad-date", "/schedule/until"), ("bad-duration", "/dismiss_for"),
}  # fmt: skip
OF_VARIANT = {(code, f"/variants/0/{place}") for code, place in OF_RULES}


def _findings(files: Mapping[str, Any]) -> list[Problem]:
    laid = {path: (data if isinstance(data, str) else json.dumps(data)).encode() for path, data in files.items()}
    one_locale = {"content/workspace.json": b'{"locales": {"en": []}}'}
    found = compile_workspace(read_workspace({**read_folder(PLAIN), **one_locale, **laid}))[1]
    return [problem for problem in found if problem.code != "unused"]


def _said(path: str, data: Any, **more: Any) -> set[tuple[str, str]]:
    return {(problem.code, problem.pointer) for problem in _findings({path: data, **more}) if problem.file == path}


@pytest.mark.parametrize(
    ("change", "first", "of_variants"),
    [
        ({"component": "baner"}, ("unknown-component", "/component"), OF_VARIANT),
        ({"component": 3}, ("wrong-type", "/component"), OF_VARIANT),
        ({"variants": {}}, ("wrong-type", "/variants"), set()),
        ({"variants": [{**RULES}, DEFAULT]}, ("missing-key", "/variants/0"), OF_VARIANT),
        ({"variants": [{"key": "A b", **RULES}, DEFAULT]}, ("wrong-type", "/variants/0/key"), OF_VARIANT),
    ],
)
def test_a_faulty_entry_is_still_checked_for_its_rules(
    change: Mapping[str, Any], first: tuple[str, str], of_variants: set[tuple[str, str]]
) -> None:
    assert {first, *OF_ENTRY, *of_variants} == _said("content/entries/bar.json", {**ENTRY, **change})


@pytest.mark.parametrize("model", ['{"fields": {"headline": {"type": "texxt"}}}', "{"])
def test_an_entry_of_a_broken_component_is_still_checked_for_its_rules(model: str) -> None:
    found = _said("content/entries/bar.json", ENTRY, **{"components/banner/model.json": model})

    assert OF_ENTRY | OF_VARIANT <= found


def test_a_rail_without_a_strategy_is_still_checked() -> None:
    limits = {"of": "cart.count", "ratio": "a bit"}
    rail = {"strategy": "bets", "limit": "4", "filters": {"not_bought_within": "long", "max_price_ratio": limits}}

    assert {
        ("unknown-choice", "/strategy"),
        ("wrong-type", "/limit"),
        ("bad-duration", "/filters/not_bought_within"),
        ("unknown-fact", "/filters/max_price_ratio/of"),
        ("wrong-type", "/filters/max_price_ratio/ratio"),
    } == _said("content/rails/best.json", rail)


ARMS = [
    {"key": "a", "variant": "a", "buckets": [9, 0]},
    {"key": "b", "variant": "b", "buckets": [10, 19]},
    {"key": "b", "variant": "c", "buckets": [15, 29]},
]


def test_an_experiment_with_an_unknown_entry_is_still_checked() -> None:
    experiment = {
        "entry": "bra", "audience": {"segment": "nwe"}, "arms": ARMS,
        "metrics": ["aov"], "primary": "bounce", "layer_buckets": [9, 3],
    }  # fmt: skip

    assert {
        ("unknown-entry", "/entry"),
        ("unknown-segment", "/audience/segment"),
        ("missing-control", "/arms"),
        ("bad-buckets", "/arms/0/buckets"),
        ("bad-buckets", "/arms/2/buckets"),
        ("duplicate-arm", "/arms/2/key"),
        ("unknown-metric", "/primary"),
        ("missing-key", "/layer_buckets"),
        ("bad-buckets", "/layer_buckets"),
    } == _said("content/experiments/copy.json", experiment)


def test_an_arm_that_shows_what_control_shows_excuses_no_variant_that_always_wins() -> None:
    entry = {"component": "banner", "variants": [{"key": "near", "content": WORDS}, DEFAULT]}
    arms = [{"key": key, "variant": "near", "buckets": [at, at]} for at, key in enumerate(("control", "other"))]

    found = _findings({
        "content/entries/bar.json": entry,
        "content/experiments/copy.json": {"entry": "bar", "arms": arms},
    })  # fmt: skip

    assert [("always-wins", "/variants/0/key"), ("same-variant", "/arms/1/variant")] == [
        (problem.code, problem.pointer) for problem in found
    ]


@pytest.mark.parametrize(
    ("request_", "hint"),
    [
        ({"visitor": ""}, "Write a text of that length, or leave it out."),
        ({"cart": {"lines": [{"sku": "s", "quantity": 0}]}}, "Write one in that range."),
        ({"cart": {"lines": [{"sku": "s", "quantity": 1}] * 501}}, "Take some out."),
    ],
)
def test_a_request_out_of_its_limits_is_told_which_way_to_go(request_: dict[str, Any], hint: str) -> None:
    assert [hint] == [problem.suggestion for problem in shaped(RequestShape(), request_)[1]]
