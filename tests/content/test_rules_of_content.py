"""What each kind of authored file may say: one mistake in an otherwise good workspace is one finding at its place."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from cms.content.compiling import compile_workspace
from cms.problems import Problem
from cms.workspace import read_folder, read_workspace

PLAIN = Path(__file__).parents[1] / "workspaces" / "plain"


def _entry(*variants: Any, **more: Any) -> dict[str, Any]:
    return {"component": "banner", **more, "variants": list(variants)}


def _variant(key: str, **more: Any) -> dict[str, Any]:
    words = {"headline": "Hello"}
    return {"key": key, "content": {"en": words, "zh-Hans": words, "zh-Hant": words}, **more}


DEFAULT = _variant("default")
NEW = {"visitor.is_new": True}
GOOD: Mapping[str, Any] = {
    "content/workspace.json": {
        "default_locale": "en",
        "locales": {"en": [], "zh-Hans": ["en"], "zh-Hant": ["en"]},
        "channels": ["web", "email", "app"],
        "markets": {"us": {"currency": "USD", "time_zone": "America/New_York"}},
        "default_market": "us",
        "budgets": {"signals_ms": 80},
    },
    "segments/facts.json": {
        "plant.light": {
            "type": "enum",
            "of": ["low", "bright"],
            "ordered": True,
            "max_age": "P30D",
            "title": {"en": "light"},
        },
        "rfm.class": {"of": ["lost", "loyal"]},
    },
    "segments/new.json": {"title": "New", "when": {"any": [NEW, {"visitor.visits": {"at_most": 2}}]}},
    "content/pages/cart.json": {
        "route": "/cart",
        "stage": "cart",
        "max_offers": 2,
        "slots": {
            "top": {"accepts": ["banner", "shelf"], "entries": ["bar", "rail"], "count": 1, "audience": NEW},
            "end": {"accepts": ["overlay"], "entries": ["hi"], "may_be_empty": True},
        },
    },
    "content/emails/left.json": {
        "subject": {"en": ["{cart.count} left", "Left"], "zh-Hans": "还在", "zh-Hant": "還在"},
        "preheader": {"en": "Still there", "zh-Hans": "还在", "zh-Hant": "還在"},
        "slots": {"top": {"accepts": ["banner"], "entries": ["bar"]}},
    },
    "content/entries/bar.json": _entry(
        _variant(
            "near",
            when={"segment": "new"},
            promise={"promotion": "ship", "threshold": {"ship": "75.00"}, "price": {"fern": "9.00"}, "stock": ["fern"]},
            claims={"discount": {"fern": 10}, "push": ["fern"]},
            schedule={"from": "2026-12-01T00:00Z", "until": "2026-12-09T00:00Z"},
        ),
        _variant("urgent"),
        DEFAULT,
        offer={"kind": "ship", "exclusive": "ship", "claims": {"threshold": {"ship": "75.00"}}},
        cap=[{"per": "visitor", "max": 3, "every": "P7D"}],
        dismiss_for="P3D",
        audience={"not": {"visitor.country": "CH"}},
    ),
    "content/entries/hi.json": _entry(_variant("new", when=NEW), component="overlay"),
    "content/entries/rail.json": {
        "component": "shelf",
        "variants": [
            {"key": "default", "content": {locale: {"rail": "best"} for locale in ("en", "zh-Hans", "zh-Hant")}}
        ],
    },
    "content/rails/best.json": {
        "strategy": "best-sellers",
        "limit": 4,
        "min_items": 2,
        "filters": {
            "not_bought_within": "P30D",
            "max_price_ratio": {"of": "cart.max_item_price", "ratio": "1/8"},
            "min_price_ratio": {"of": "cart.max_item_price", "ratio": "1/9"},
        },
        "fallback": ["related"],
    },
    "content/experiments/copy.json": {
        "entry": "bar",
        "unit": "customer",
        "traffic": 50,
        "layer": "cart",
        "audience": {"segment": "new"},
        "arms": [
            {"key": "control", "variant": "near", "buckets": [0, 4999]},
            {"key": "urgent", "variant": "urgent", "buckets": [5000, 9999]},
        ],
    },
    "content/feeds/mail.json": {"component": "banner", "locales": ["en"], "segments": ["new"]},
    "content/personas/me.json": {
        "request": {
            "visitor": "v",
            "facts": {"visitor.is_new": True},
            "cart": {"lines": [{"sku": "fern", "quantity": 1}]},
        },
        "facts": {"cart.count": 1},
        "expect": {"cart/top": "bar"},
    },
}


def _findings(files: Mapping[str, Any]) -> list[Problem]:
    laid = {path: (data if isinstance(data, str) else json.dumps(data)).encode() for path, data in files.items()}
    return compile_workspace(read_workspace({**read_folder(PLAIN), **laid}))[1]


def _with(path: str, pointer: str, value: Any) -> dict[str, Any]:
    """Change one value of the good workspace; `...` takes it out."""
    files = json.loads(json.dumps(dict(GOOD)))
    *parents, last = [int(part) if part.isdigit() else part.replace("~1", "/") for part in pointer.split("/")[1:]]
    node = files[path]
    for part in parents:
        node = node[part]
    if value is ...:
        del node[last]
    else:
        node[last] = value
    return files


def test_the_good_workspace_has_no_findings() -> None:
    assert [] == [str(problem) for problem in _findings(GOOD)]


OBJECTS = [
    ("content/workspace.json", ["", "/markets/us", "/budgets"]),
    ("segments/facts.json", ["/plant.light"]),
    ("segments/new.json", [""]),
    ("content/pages/cart.json", ["", "/slots/top", "/slots/end"]),
    ("content/emails/left.json", ["", "/slots/top"]),
    ("content/entries/bar.json", [
        "", "/offer", "/offer/claims", "/cap/0", "/variants/0", "/variants/0/schedule", "/variants/0/promise",
        "/variants/0/claims", "/variants/2",
    ]),
    ("content/rails/best.json", ["", "/filters", "/filters/max_price_ratio", "/filters/min_price_ratio"]),
    ("content/experiments/copy.json", ["", "/arms/1"]),
    ("content/feeds/mail.json", [""]),
    ("content/personas/me.json", ["", "/request", "/request/cart", "/request/cart/lines/0"]),
]  # fmt: skip


@pytest.mark.parametrize(("path", "pointer"), [(path, pointer) for path, pointers in OBJECTS for pointer in pointers])
def test_an_unknown_key_is_an_error_at_every_level(path: str, pointer: str) -> None:
    found = _findings(_with(path, f"{pointer}/surplus", 1))

    assert [("unknown-key", path, f"{pointer}/surplus")] == [(p.code, p.file, p.pointer) for p in found]


GAPS = {locale: {"headline": "{cart.count} left"} for locale in ("en", "zh-Hans", "zh-Hant")}

# path, pointer, value put there → code, pointer of the finding ("" is the same)
MISTAKES: list[tuple[str, str, Any, str, str]] = [
    ("content/workspace.json", "/default_locale", "fr", "unknown-locale", ""),
    ("content/workspace.json", "/locales/zh-Hans", ["de"], "unknown-locale", "/locales/zh-Hans/0"),
    ("content/workspace.json", "/locales/zh-Hans", ["zh-Hant"], "script-fallback", "/locales/zh-Hans/0"),
    ("content/workspace.json", "/locales/zh-Hans", [3], "wrong-type", "/locales/zh-Hans/0"),
    ("content/workspace.json", "/locales/zh-Hans", "en", "wrong-type", ""),
    ("content/workspace.json", "/channels", ["wap"], "unknown-choice", "/channels/0"),
    ("content/workspace.json", "/default_market", "uk", "unknown-market", ""),
    ("content/workspace.json", "/markets/us/currency", "dollar", "wrong-type", ""),
    ("content/workspace.json", "/markets/us/currency", ..., "missing-key", "/markets/us"),
    ("content/workspace.json", "/markets/us/time_zone", "America/Nowhere", "unknown-time-zone", ""),
    ("content/workspace.json", "/markets/us/time_zone", "../../etc/passwd", "unknown-time-zone", ""),
    ("content/workspace.json", "/markets/us", 3, "wrong-type", ""),
    ("content/workspace.json", "/holdout", 101, "wrong-type", ""),
    ("content/workspace.json", "/budgets/signals_ms", 0, "wrong-type", ""),
    ("segments/facts.json", "/plant.light/type", "color", "unknown-choice", ""),
    ("segments/facts.json", "/plant.light/type", ..., "missing-key", "/plant.light"),
    ("segments/facts.json", "/plant.light/of", [], "empty-list", ""),
    ("segments/facts.json", "/plant.light/of", ..., "missing-key", "/plant.light"),
    ("segments/facts.json", "/plant.light/max_age", "P1M", "bad-duration", ""),
    ("segments/facts.json", "/visitor.device", {"of": ["fridge"]}, "builtin-fact", ""),
    ("segments/facts.json", "/Plant Light", {"type": "bool"}, "bad-name", ""),
    ("segments/facts.json", "/plant.pots", {"type": "bool", "origin": "request", "absent": "0"}, "absent-request", "/plant.pots/absent"),
    ("segments/facts.json", "/plant.pots", {"type": "set", "absent": "0"}, "wrong-absence", "/plant.pots/absent"),
    ("segments/facts.json", "/plant.pots", {"type": "date", "absent": "empty"}, "wrong-absence", "/plant.pots/absent"),
    ("segments/facts.json", "/plant.pots", {"type": "money", "absent": "never"}, "wrong-absence", "/plant.pots/absent"),
    ("segments/facts.json", "/plant.pots", {"type": "duration", "absent": "0"}, "wrong-absence", "/plant.pots/absent"),
    ("segments/facts.json", "/plant.pots", {"type": "number", "absent": "0"}, "", ""),
    ("segments/facts.json", "/plant.pots", {"type": "number", "of": ["a"]}, "unknown-key", "/plant.pots/of"),
    ("segments/facts.json", "/plant.pots", {"type": "set", "of": ["a", "b", "a"]}, "duplicate-choice", "/plant.pots/of/2"),
    ("segments/facts.json", "/plant.pots", {"type": "number", "minimum": 2, "maximum": 1}, "empty-range", "/plant.pots/minimum"),
    ("segments/facts.json", "/rfm.class", {"of": ["a"], "type": "set"}, "builtin-fact", "/rfm.class/type"),
    ("segments/facts.json", "/rfm.class", {"of": ["a"], "origin": "signal"}, "builtin-fact", "/rfm.class/origin"),
    ("segments/facts.json", "/rfm.class", {"of": ["a"], "type": "enum", "origin": "trait", "title": {"en": "x"}}, "", ""),
    ("segments/facts.json", "/rfm.class/of", ["a", "a"], "duplicate-choice", "/rfm.class/of/1"),
    ("segments/facts.json", "/locale", {"of": ["en"]}, "builtin-fact", ""),
    ("segments/new.json", "/when/any/0", {"dismissed[bra]": {"ever": True}}, "unknown-entry", "/when/any/0/dismissed[bra]/ever"),
    ("segments/new.json", "/when/any/0", {"shown[bar].last_7_days": {"at_most": 1}}, "", ""),
    ("segments/new.json", "/when", ..., "missing-key", ""),
    ("segments/new.json", "/when/any/0/visitor.is_new", 1, "wrong-type", ""),
    ("content/pages/cart.json", "/slots/Side Bar", {"accepts": ["banner"], "entries": ["bar"]}, "bad-name", ""),
    ("content/pages/cart.json", "/route", "cart", "bad-route", ""),
    ("content/pages/cart.json", "/route", "", "bad-route", ""),
    ("content/pages/cart.json", "/stage", "card", "unknown-choice", ""),
    ("content/pages/cart.json", "/stage", "payment", "blocking-at-payment", "/slots/end/accepts/0"),
    ("content/pages/cart.json", "/max_offers", -1, "wrong-type", ""),
    ("content/pages/cart.json", "/slots/top", [], "wrong-type", ""),
    ("content/pages/cart.json", "/slots/top/accepts/0", "baner", "unknown-component", ""),
    ("content/pages/cart.json", "/slots/top/accepts", ["shelf"], "not-accepted", "/slots/top/entries/0"),
    ("content/pages/cart.json", "/slots/top/accepts", ..., "missing-key", "/slots/top"),
    ("content/pages/cart.json", "/slots/top/entries/0", "bra", "unknown-entry", ""),
    ("content/pages/cart.json", "/slots/top/entries", ["bar", "rail", "bar"], "duplicate-entry", "/slots/top/entries/2"),
    ("content/pages/cart.json", "/slots/top/entries", ..., "missing-key", "/slots/top"),
    ("content/pages/cart.json", "/slots/top/count", 0, "wrong-type", ""),
    ("content/pages/cart.json", "/slots/top/audience", {}, "empty-condition", ""),
    ("content/pages/cart.json", "/slots/top/audience", {"segment": "nwe"}, "unknown-segment", "/slots/top/audience/segment"),
    ("content/emails/left.json", "/subject", ..., "missing-key", ""),
    ("content/emails/left.json", "/subject", {"zh-Hans": "你好"}, "missing-default", ""),
    ("content/emails/left.json", "/subject/fr", "Bonjour", "unknown-locale", ""),
    ("content/emails/left.json", "/subject/en", [], "wrong-type", ""),
    ("content/emails/left.json", "/subject/en", ["{cart.count} left"], "unknown-in-default", ""),
    ("content/emails/left.json", "/preheader/en", "{cart.cuont}", "unknown-fact", ""),
    ("content/emails/left.json", "/preheader/en", "Save $5", "typed-money", ""),
    ("content/emails/left.json", "/subject/en", ["Save 满200减20", "Left"], "typed-money", ""),
    ("content/emails/left.json", "/subject/en", ["{shown[bra].last_7_days}", "Left"], "unknown-entry", ""),
    ("content/emails/left.json", "/subject/zh-Hant", ..., "missing-locale", "/subject"),
    ("content/emails/left.json", "/preheader/en", ..., "missing-locale", "/preheader"),
    ("content/emails/left.json", "/slots/top/accepts", ["overlay", "banner"], "wrong-channel", "/slots/top/accepts/0"),
    ("content/entries/bar.json", "/component", "baner", "unknown-component", ""),
    ("content/entries/bar.json", "/component", ..., "missing-key", ""),
    ("content/entries/bar.json", "/variants", [], "empty-list", ""),
    ("content/entries/bar.json", "/variants/0/key", "A b", "wrong-type", ""),
    ("content/entries/bar.json", "/variants/1/key", "near", "duplicate-variant", ""),
    ("content/entries/bar.json", "/variants/0/when/segment", "nwe", "unknown-segment", ""),
    ("content/entries/bar.json", "/variants/0/schedule/from", "2026-12-01", "bad-date", ""),
    ("content/entries/bar.json", "/variants/0/schedule/until", "2026-11-01T00:00Z", "empty-schedule", ""),
    ("content/entries/bar.json", "/variants/0/promise/threshold/ship", 75, "wrong-type", ""),
    ("content/entries/bar.json", "/variants/0/promise/price/fern", "9.999", "wrong-type", ""),
    ("content/entries/bar.json", "/variants/0/promise/stock", "fern", "wrong-type", ""),
    ("content/entries/bar.json", "/variants/0/claims/discount/fern", 101, "wrong-type", ""),
    ("content/entries/bar.json", "/offer/claims/threshold/ship", "x", "wrong-type", ""),
    ("content/entries/bar.json", "/offer/claims", [], "wrong-type", ""),
    ("content/entries/bar.json", "/offer/kind", ..., "missing-key", "/offer"),
    ("content/entries/bar.json", "/offer/sale", "downsell", "unknown-choice", ""),
    ("content/entries/bar.json", "/cap/0/every", "7 days", "bad-duration", ""),
    ("content/entries/bar.json", "/cap/0/per", "session", "unknown-choice", ""),
    ("content/entries/bar.json", "/cap/0/every", "PT6H", "bad-duration", ""),
    ("content/entries/bar.json", "/cap/0/every", "P1DT1H", "bad-duration", ""),
    ("content/entries/bar.json", "/cap/0/every", "P29D", "bad-duration", ""),
    ("content/entries/bar.json", "/cap/0/every", "P0D", "bad-duration", ""),
    ("content/entries/bar.json", "/cap/0", {"per": "total", "max": 500, "every": "P4W"}, "", ""),
    ("content/entries/bar.json", "/cap/0", {"per": "customer", "max": 1, "every": "PT24H"}, "", ""),
    ("content/entries/bar.json", "/offer/exclusive", "Ship", "wrong-type", ""),
    ("content/entries/bar.json", "/offer/exclusive", ["ship"], "wrong-type", ""),
    ("content/entries/bar.json", "/offer/exclusive", {"group": "ship"}, "", ""),
    ("content/entries/bar.json", "/offer/exclusive", {"group": "ship", "within": "customer"}, "", ""),
    ("content/entries/bar.json", "/offer/exclusive", {"within": "session"}, "missing-key", ""),
    ("content/entries/bar.json", "/offer/exclusive", {"group": 3}, "wrong-type", "/offer/exclusive/group"),
    ("content/entries/bar.json", "/offer/exclusive", {"group": "a", "within": "day"}, "unknown-choice", "/offer/exclusive/within"),
    ("content/entries/bar.json", "/offer/exclusive", {"group": "a", "whitin": "page"}, "unknown-key", "/offer/exclusive/whitin"),
    ("content/workspace.json", "/budgets/pressure", {"max": 10}, "", ""),
    ("content/workspace.json", "/budgets/pressure", {"max": 10, "every": "P14D", "weights": {"email": 0}}, "", ""),
    ("content/workspace.json", "/budgets/pressure", {"every": "P7D"}, "missing-key", ""),
    ("content/workspace.json", "/budgets/pressure", {"max": 0}, "wrong-type", "/budgets/pressure/max"),
    ("content/workspace.json", "/budgets/pressure", {"max": 9, "every": "PT1H"}, "bad-duration", "/budgets/pressure/every"),
    ("content/workspace.json", "/budgets/pressure", {"max": 9, "every": "a week"}, "bad-duration", "/budgets/pressure/every"),
    ("content/workspace.json", "/budgets/pressure", {"max": 9, "weights": {"mail": 1}}, "unknown-key", "/budgets/pressure/weights/mail"),
    ("content/entries/bar.json", "/dismiss_for", "soon", "bad-duration", ""),
    ("content/entries/bar.json", "/service", "yes", "wrong-type", ""),
    ("content/entries/bar.json", "/audience", [], "bad-condition", ""),
    ("content/entries/bar.json", "/variants/1/when", NEW, "arm-with-when", ""),
    ("content/entries/bar.json", "/variants/2/when", NEW, "missing-default", ""),
    ("content/entries/bar.json", "/variants/2/promise", {"stock": ["fern"]}, "missing-default", ""),
    ("content/entries/bar.json", "/variants/2/schedule", {"until": "2026-12-09T00:00Z"}, "missing-default", ""),
    ("content/entries/bar.json", "/variants/2/content/en", ..., "missing-default", "/variants/2/content"),
    ("content/entries/bar.json", "/variants/2/content/zh-Hant", ..., "missing-locale", "/variants/2/content"),
    ("content/entries/bar.json", "/variants/2/content/zh-Hatn", {"headline": "Hi"}, "unknown-locale", ""),
    ("content/entries/bar.json", "/variants/2/content", {}, "no-copy", "/variants/2"),
    ("content/entries/bar.json", "/variants/2/content", ..., "missing-key", "/variants/2"),
    ("content/entries/bar.json", "/variants/2/content/en/headline", "Hi {customer.company}", "unknown-in-default", ""),
    ("content/entries/bar.json", "/variants/2/content/en/headline", 3, "wrong-type", ""),
    ("content/entries/bar.json", "/variants/2/content/en", {"file": "default.en.md"}, "missing-copy-file", "/variants/2/content/en/file"),
    ("content/entries/bar.json", "/variants/0/content/en/headline", "{shown[bra].last_7_days}", "unknown-entry", ""),
    ("content/entries/bar.json", "/variants/0/content/en/headline", '{cart.count|plural one="$5 off" other="#"}', "typed-money", ""),
    ("content/entries/bar.json", "/variants/0/claims/discount/fern", 8.5, "", ""),
    ("content/entries/bar.json", "/variants/0/schedule/from", "2026-12-32T00:00+08:00", "bad-date", ""),
    ("content/entries/hi.json", "/variants/0/when", ..., "", ""),
    ("content/entries/hi.json", "/variants/0", _variant("new", promise={"stock": ["fern"]}, content=GAPS), "", ""),
    ("content/entries/hi.json", "/variants/0", _variant("new", content=GAPS), "", ""),
    ("content/entries/rail.json", "/variants/0/content/en/rail", "bets", "unknown-rail", ""),
    ("content/entries/rail.json", "/cap", [{"per": "visitor", "max": 1, "every": "P1D"}], "not-an-offer", ""),
    ("content/entries/rail.json", "/dismiss_for", "P1D", "not-an-offer", ""),
    ("content/rails/best.json", "/strategy", "best-seller", "unknown-choice", ""),
    ("content/rails/best.json", "/limit", "four", "wrong-type", ""),
    ("content/rails/best.json", "/min_items", 9, "empty-range", ""),
    ("content/rails/best.json", "/fallback/0", "relatd", "unknown-choice", ""),
    ("content/rails/best.json", "/filters/not_bought_within", "P1Y", "bad-duration", ""),
    ("content/rails/best.json", "/filters/max_price_ratio/of", "cart.count", "unknown-fact", ""),
    ("content/rails/best.json", "/filters/max_price_ratio/ratio", "1/0", "wrong-type", ""),
    ("content/rails/best.json", "/filters/min_price_ratio/of", "cart.count", "unknown-fact", ""),
    ("content/rails/best.json", "/filters/min_price_ratio/ratio", "1/7", "empty-range", ""),
    ("content/rails/best.json", "/filters/max_price_ratio/ratio", "1e999999999", "wrong-type", ""),
    ("content/experiments/copy.json", "/entry", "bra", "unknown-entry", ""),
    ("content/experiments/copy.json", "/traffic", 101, "wrong-type", ""),
    ("content/experiments/copy.json", "/unit", "visitor", "visitor-in-email", ""),
    ("content/experiments/copy.json", "/arms/0/key", "before", "missing-control", "/arms"),
    ("content/experiments/copy.json", "/arms/0/variant", "naer", "unknown-variant", ""),
    ("content/experiments/copy.json", "/arms/1/buckets", [4999, 9999], "bad-buckets", ""),
    ("content/experiments/copy.json", "/arms/1/buckets", [9999, 5000], "bad-buckets", ""),
    ("content/experiments/copy.json", "/arms/1/buckets", [5000], "wrong-type", ""),
    ("content/experiments/copy.json", "/arms/1/buckets/1", 10000, "wrong-type", ""),
    ("content/experiments/copy.json", "/arms/1/key", "control", "duplicate-arm", ""),
    ("content/experiments/copy.json", "/layer_buckets", [9, 3], "bad-buckets", ""),
    ("content/experiments/copy.json", "/primary", "aov", "", ""),
    ("content/experiments/copy.json", "/state", "on", "unknown-choice", ""),
    ("content/feeds/mail.json", "/segments/0", "nwe", "unknown-segment", ""),
    ("content/feeds/mail.json", "/locales/0", "fr", "unknown-locale", ""),
    ("content/personas/me.json", "/request/cart/lines/0/quantity", "one", "wrong-type", ""),
    ("content/personas/me.json", "/facts/cart.count", -1, "wrong-type", ""),
    ("content/personas/me.json", "/now", "9999-12-31T23:59-14:00", "bad-date", ""),
]  # fmt: skip


@pytest.mark.parametrize(("path", "pointer", "value", "code", "place"), MISTAKES)
def test_one_mistake_is_one_finding_where_it_stands(path: str, pointer: str, value: Any, code: str, place: str) -> None:
    # The mistake may take away the only reference to a document, which is then said too.
    found = [problem for problem in _findings(_with(path, pointer, value)) if problem.code != "unused"]
    where = place if place or value is ... else pointer

    assert [(code, path, where)] * bool(code) == [(p.code, p.file, p.pointer) for p in found], list(map(str, found))
    assert all(problem.line > 0 and problem.suggestion for problem in found), list(map(str, found))


SHELF = {"component": "shelf", "variants": [{"key": "default", "content": {lang: {"rail": "more"} for lang in GAPS}}]}
TRIAL = {
    "entry": "idle",
    "state": "running",
    "audience": {"segment": "old"},
    "arms": [
        {"key": "control", "variant": "near", "buckets": [0, 4999]},
        {"key": "urgent", "variant": "urgent", "buckets": [5000, 9999]},
    ],
}
IDLE = _entry(_variant("near", when=NEW), _variant("urgent"), DEFAULT)
OLD = {"when": {"visitor.visits": {"at_least": 9}}}

# What is added to the good workspace → what is unused, and where that stands in it
UNUSED: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
    ({"segments/old.json": OLD}, [("segments/old.json", "")]),
    (
        {"segments/old.json": OLD, "segments/older.json": {"when": {"not": {"segment": "old"}}}},
        [("segments/old.json", ""), ("segments/older.json", "")],
    ),
    (
        {"content/entries/idle.json": SHELF, "content/rails/more.json": {"strategy": "related", "limit": 3}},
        [("content/entries/idle.json", ""), ("content/rails/more.json", "")],
    ),
    (
        {"content/entries/idle.json": IDLE, "content/experiments/e.json": TRIAL, "segments/old.json": OLD},
        [("content/entries/idle.json", ""), ("content/experiments/e.json", "/entry"), ("segments/old.json", "")],
    ),
    (
        {
            "content/entries/idle.json": IDLE,
            "content/experiments/e.json": {**TRIAL, "state": "draft"},
            "segments/old.json": OLD,
        },
        [("content/entries/idle.json", ""), ("segments/old.json", "")],
    ),
]


@pytest.mark.parametrize(("added", "places"), UNUSED)
def test_what_no_page_mail_or_feed_leads_to_is_unused(added: dict[str, Any], places: list[tuple[str, str]]) -> None:
    found = _findings({**GOOD, **added})

    assert [("unused", *place) for place in places] == [(p.code, p.file, p.pointer) for p in found]


def test_what_only_unused_files_refer_to_says_which() -> None:
    found = _findings({**GOOD, "segments/old.json": OLD, "segments/older.json": {"when": {"segment": "old"}}})

    assert [
        'Only the segment "older" refers to the segment "old", and that is unused too.',
        'Nothing refers to the segment "older".',
    ] == [problem.message for problem in found]


def test_what_a_used_entry_draws_on_is_used() -> None:
    experiment = {**GOOD["content/experiments/copy.json"], "audience": {"segment": "old"}}

    assert [] == _findings({**GOOD, "segments/old.json": OLD, "content/experiments/copy.json": experiment})


def test_what_a_faulty_file_mentions_may_be_used_once_it_is_mended() -> None:
    page = json.dumps(GOOD["content/pages/cart.json"])[:-1]

    found = _findings(
        {
            **GOOD,
            "content/pages/cart.json": page,
            "content/experiments/copy.json": {**TRIAL, "entry": "bar", "unit": "customer", "audience": NEW},
        }
    )

    assert ["bad-json"] == [problem.code for problem in found]


def test_a_text_below_one_that_always_does_is_unused() -> None:
    found = _findings(_with("content/emails/left.json", "/subject/en", ["{cart.count} left", "Left", "Gone"]))

    assert [("unused", "/subject/en/1")] == [(problem.code, problem.pointer) for problem in found]


@pytest.mark.parametrize(
    ("written", "hint"),
    [(["en"], "Readers get the fallback."), (["zh-Hans"], "Readers of en, zh-Hant never see it.")],
)
def test_who_has_no_fallback_for_a_variant_is_told(written: list[str], hint: str) -> None:
    content = {locale: {"headline": "Hello"} for locale in written}

    found = _findings(_with("content/entries/bar.json", "/variants/0/content", content))

    assert [("missing-locale", hint)] == [(problem.code, problem.suggestion) for problem in found]


def test_an_experiment_may_not_overlap_another_in_its_layer() -> None:
    second = {**GOOD["content/experiments/copy.json"], "layer_buckets": [9999, 9999]}

    found = _findings({**GOOD, "content/experiments/second.json": second})

    assert [("bad-buckets", "/layer_buckets")] == [(problem.code, problem.pointer) for problem in found]


def _in_folder(**copies: str) -> dict[str, Any]:
    files = {path: data for path, data in GOOD.items() if path != "content/entries/rail.json"}
    entry = {"component": "shelf", "variants": [{"key": "default"}]}
    return {**files, "content/entries/rail/entry.json": entry} | {
        f"content/entries/rail/{name.replace('__', '.').replace('_', '-')}.md": text for name, text in copies.items()
    }


COPY = {f"default__{locale}": "---\nrail: best\n---\n" for locale in ("en", "zh_Hans", "zh_Hant")}


def test_copy_beside_an_entry_is_picked_up_by_its_name() -> None:
    assert [] == [str(problem) for problem in _findings(_in_folder(**COPY))]


@pytest.mark.parametrize(
    ("copies", "code", "file"),
    [
        ({"default__en": "---\nrail: [\n---\n"}, "bad-front-matter", "default.en.md"),
        ({"default__en": "---\nrail: bets\n---\n"}, "unknown-rail", "default.en.md"),
        ({"default__en": "---\nrail: best\n---\nText\n"}, "no-markdown-field", "default.en.md"),
        ({"default__fr": "---\nrail: best\n---\n"}, "unknown-locale", "default.fr.md"),
        ({"defualt__en": "---\nrail: best\n---\n"}, "unknown-variant", "defualt.en.md"),
    ],
)
def test_a_mistake_in_a_copy_file_is_one_finding_in_it(copies: dict[str, str], code: str, file: str) -> None:
    found = _findings(_in_folder(**{**COPY, **copies}))

    assert [(code, f"content/entries/rail/{file}")] == [(problem.code, problem.file) for problem in found], found


def test_copy_in_two_places_is_an_error() -> None:
    files = _in_folder(**COPY)
    files["content/entries/rail/entry.json"]["variants"][0]["content"] = {"en": {"rail": "best"}}

    assert [("double-content", "/variants/0/content/en")] == [(p.code, p.pointer) for p in _findings(files)]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({"en": {"file": "defalt.en.md"}}, [("missing-copy-file", "entry.json")]),
        ({"en": {"file": "default.zh-Hans.md"}}, [("unused", "default.en.md")]),
    ],
)
def test_a_file_left_over_is_never_said_to_be_of_an_unknown_locale(
    content: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    files = _in_folder(**COPY)
    files["content/entries/rail/entry.json"]["variants"][0]["content"] = content

    found = _findings(files)

    assert expected == [(problem.code, problem.file.rpartition("/")[2]) for problem in found]
    assert ["default.en.md" in problem.suggestion for problem in found] == [expected[0][0] == "missing-copy-file"]


@pytest.mark.parametrize(
    ("locales", "default", "places"),
    [
        ({"en": [], "zh-TW": ["zh-CN"], "zh-CN": []}, "en", ["/locales/zh-TW/0"]),
        ({"en": [], "zh-Hant-HK": ["zh"], "zh": ["en"]}, "en", ["/locales/zh-Hant-HK/0"]),
        ({"en": [], "zh-HK": ["en", "zh-Hant"], "zh-Hant": []}, "en", []),
        ({"en": [], "zh-HK": [], "zh-Hans": []}, "zh-Hans", ["/locales/zh-HK"]),
    ],
)
def test_a_chinese_script_that_falls_back_to_the_other_is_a_warning(
    locales: Mapping[str, list[str]], default: str, places: list[str]
) -> None:
    workspace = {"locales": locales, "default_locale": default}

    found = compile_workspace(read_workspace({"content/workspace.json": json.dumps(workspace).encode()}))[1]

    assert [("script-fallback", place) for place in places] == [(problem.code, problem.pointer) for problem in found]
