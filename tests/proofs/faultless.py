"""A shop's workspace in which everything is right: realistic rules, so ordered that somebody sees every variant."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from random import Random
from typing import Any

from cms.content.compiling import compile_workspace
from cms.content.snapshot import Snapshot
from cms.problems import errors
from cms.workspace import read_workspace

NOW = datetime(2026, 12, 2, 10, tzinfo=UTC)
PAGES, MAILS = 20, 4
Json = Any
Files = dict[str, Json]

FREE = "shop.free_shipping_threshold"
ONLINE: tuple[tuple[Json, ...], ...] = (  # each from the narrow to the wide, on facts that no other tests
    (
        {"source.kind": "paid", "source.campaign": {"starts_with": "spring"}},
        {"source.kind": "paid"},
        {"source.kind": ["email", "wechat"]},
    ),
    ({"visitor.is_new": True, "visitor.device": ["mobile", "mini-program"]}, {"visitor.is_new": True}),
    ({"session.viewed": {"count": {"at_least": 3}}}, {"session.viewed": {"has_any": ["fern", "moss"]}}),
)
EVERYWHERE: tuple[tuple[Json, ...], ...] = (
    (
        {"cart.subtotal": {"at_least": {"percent": 80, "of": FREE}, "less_than": {"percent": 100, "of": FREE}}},
        {"cart.subtotal": {"at_least": "100.00"}},
        {"cart.subtotal": {"at_least": "50.00"}},
    ),
    ({"customer.loyalty_tier": "gold"}, {"customer.loyalty_tier": {"at_least": "silver"}}),
    (
        {"customer.kind": "business", "customer.groups": {"has_any": ["wholesale"]}},
        {"customer.groups": {"has_any": ["wholesale"]}},
    ),
    ({"any": [{"rfm.class": {"at_most": "at-risk"}}, {"churn_risk": {"at_least": 0.7}}]}, {"rfm.class": "champion"}),
    ({"orders.last": {"days_ago_at_most": 14}}, {"orders.last": {"days_ago_at_least": 180}}),
    (
        {"bought[machine]": {"days_ago_at_least": 25}, "not": {"bought[filter]": {"since": "bought[machine]"}}},
        {"bought[machine]": {"ever": True}},
    ),
    ({"crm.tags": {"has_all": ["vip", "press"]}}, {"crm.tags": {"has_any": ["vip"]}}),
    ({"visitor.country": ["US", "CA"]}, {"visitor.country": {"is_not": "TW"}}),
    ({"plant.light": "low", "plant.pets": True}, {"plant.light": "low"}, {"plant.pets": {"is_not": False}}),
)
SETTINGS = {
    "default_locale": "en",
    "locales": {"en": [], "zh-Hans": ["en"]},
    "default_market": "us",
    "markets": {
        "us": {"currency": "USD", "time_zone": "America/New_York"},
        "tw": {"currency": "TWD", "time_zone": "Asia/Taipei"},
    },
}
FACTS = {
    "customer.loyalty_tier": {"of": ["green", "silver", "gold"]},
    "rfm.class": {"of": ["lost", "at-risk", "new", "loyal", "champion"]},
    "plant.light": {"type": "enum", "of": ["low", "bright"], "ordered": True},
    "plant.pets": {"type": "bool"},
}


def content(*locales: str) -> Json:
    return {locale: {"text": "Hello"} for locale in locales or ("en", "zh-Hans")}


class Shop:
    """The files of a workspace without a mistake; pages are `p0` and so on, mails `m0`.

    A page has a hero and a note that always show something, an offer with a fallback, and an aside that may be empty.
    """

    def __init__(self, seed: int) -> None:
        self.dice = Random(seed)
        self.files: Files = {
            "components/note/model.json": {"fields": {"text": {"type": "text", "required": True}}},
            "content/workspace.json": SETTINGS,
            "segments/facts.json": FACTS,
        }
        for number in range(PAGES):
            self._page(f"p{number}")
        for number in range(MAILS):
            self._mail(f"m{number}")

    def _page(self, key: str) -> None:
        themes = self.dice.sample((*ONLINE, *EVERYWHERE), 4)
        self.entry(f"{key}-hero", themes[:2])
        self.entry(f"{key}-note", themes[1:3])
        self.entry(
            f"{key}-deal",
            themes[2:],
            offer={"kind": "deal", "exclusive": "deals", "claims": {"discount": {"fern": 10}}},
        )
        self.entry(f"{key}-plain", themes[:1])
        self.entry(
            f"{key}-aside",
            themes[3:],
            offer={"kind": "club", "claims": {"threshold": {"club": "50.00"}}},
            audience=themes[0][-1],
        )
        slots = {
            "hero": {"accepts": ["note"], "entries": [f"{key}-hero"]},
            "note": {"accepts": ["note"], "entries": [f"{key}-note"]},
            "deal": {"accepts": ["note"], "entries": [f"{key}-deal", f"{key}-plain"]},
            "aside": {"accepts": ["note"], "entries": [f"{key}-aside"], "may_be_empty": True},
        }
        self.files[f"content/pages/{key}.json"] = {
            "route": f"/{key}",
            "stage": "landing",
            "max_offers": 2,
            "slots": slots,
        }

    def _mail(self, key: str) -> None:
        self.entry(f"{key}-hero", self.dice.sample(EVERYWHERE, 2))
        slots = {"hero": {"accepts": ["note"], "entries": [f"{key}-hero"]}}
        self.files[f"content/emails/{key}.json"] = {"subject": {"en": "Hello", "zh-Hans": "你好"}, "slots": slots}

    def entry(self, key: str, themes: list[tuple[Json, ...]], **more: Json) -> None:
        rules = [
            self._named(f"{key}-{number}", rule)
            for number, rule in enumerate(rule for theme in themes for rule in theme)
        ]
        variants = [{"key": f"v{number}", "when": rule, "content": content()} for number, rule in enumerate(rules)]
        variants.append({"key": "default", "content": content()})
        self.files[f"content/entries/{key}.json"] = {"component": "note", **more, "variants": variants}

    def _named(self, key: str, rule: Json) -> Json:
        """Make a segment of every tenth rule."""
        if self.dice.random() < 0.9:
            return rule
        self.files[f"segments/{key}.json"] = {"title": key, "when": rule}
        return {"segment": key}

    def of(self, entry: str) -> Json:
        return self.files[f"content/entries/{entry}.json"]

    def add(self, entry: str, **variant: Json) -> None:
        """Put a variant above the default."""
        self.of(entry)["variants"].insert(-1, {"content": content(), **variant})


def compiled(files: Mapping[str, Json]) -> Snapshot:
    snapshot, problems = compile_workspace(
        read_workspace({path: json.dumps(data).encode() for path, data in files.items()})
    )
    if snapshot is None:
        raise ValueError("\n".join(map(str, errors(problems))))
    return snapshot
