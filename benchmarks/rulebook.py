"""Workspaces to prove: pages of five slots with ten variants each, every fifth a mail, and rules of all kinds.

A variant's rule joins one to three tests by and, or, not: ranges, enums, texts, lists, dates, shares of another fact. For
every ten variants there is a named segment, which one rule in ten builds on. A slot lists an offer, an entry for an
audience and one for everybody; some rules contradict or hide each other, as they do where nothing proves that they do not.
"""

import json
from collections.abc import Callable, Mapping
from random import Random
from typing import Any

from benchmarks.workspace import shipped
from cms.segments.parsing import MAX_CLAUSES, MAX_DEPTH

Json = Any
SLOTS, VARIANTS = 5, 10  # of a page, of a slot
_FREE = "shop.free_shipping_threshold"
_TIERS = ("green", "silver", "gold", "platinum")
_CLASSES = ("lost", "at-risk", "new", "promising", "loyal", "champion")
_COUNTRIES = ("US", "GB", "DE", "FR", "CA", "AU", "NL", "JP", "TW")
_SKUS = tuple(f"sku{number:02d}" for number in range(40))
_TAGS = ("vip", "press", "trade", "newsletter", "gardener", "gift")
_CATEGORIES = ("plants", "pots", "soil", "tools", "care")
_ONLINE = {"visitor.device", "visitor.visits", "visitor.is_new", "visitor.logged_in", "source.kind", "source.campaign"}
_SETTINGS = {
    "default_locale": "en",
    "locales": {"en": [], "zh-Hans": ["en"], "zh-Hant": ["en"]},
    "default_market": "us",
    "markets": {
        "us": {"currency": "USD", "time_zone": "America/New_York"},
        "tw": {"currency": "TWD", "time_zone": "Asia/Taipei"},
    },
}
_FACTS = {"customer.loyalty_tier": {"of": list(_TIERS)}, "rfm.class": {"of": list(_CLASSES)}}


class Rulebook:
    """Writes the files of a workspace of some size; the same size and seed give the same."""

    def __init__(self, seed: int) -> None:
        self._dice = Random(seed)
        self._segments: dict[str, Json] = {}
        self._is_mailed = False
        self._tests: tuple[Callable[[], Json], ...] = (
            self._range, self._range, self._money, self._share, self._enum, self._choice, self._text, self._list,
            self._date, self._flag,
        )  # fmt: skip

    def files(self, pages: int) -> dict[str, Json]:
        """Write some pages and mails."""
        for number in range(max(2, pages * SLOTS * VARIANTS // 10)):
            self._segments[f"segment-{number:04d}"] = self._condition()
        files: dict[str, Json] = {}
        for number in range(pages):
            files |= self._surface(f"s{number:03d}", mailed=number % 5 == 4)
        return files | self._shared()

    def deep_slot(self, variants: int) -> dict[str, Json]:
        """Write a page of one slot, with entries of a hundred variants each."""
        self._segments |= {f"segment-{number:04d}": self._condition() for number in range(variants // 10)}
        keys = [f"e{number}" for number in range(variants // 100)]
        slot = {"accepts": ["banner"], "entries": keys}
        files = {f"content/entries/{key}.json": self._entry(99) for key in keys}
        files["content/pages/deep.json"] = {"route": "/deep", "stage": "landing", "slots": {"top": slot}}
        return files | self._shared()

    def nested(self, variants: int) -> dict[str, Json]:
        """Write a page whose rules are as deep and as long as rules may be."""
        entries = {f"e{slot}": self._entry(0) for slot in range(SLOTS)}
        for number in range(variants):
            made = entries[f"e{number % SLOTS}"]["variants"]
            made.insert(-1, self._variant(f"v{number}", self._nested(MAX_CLAUSES, MAX_DEPTH)))
        slots = {key: {"accepts": ["banner"], "entries": [key]} for key in entries}
        files = {f"content/entries/{key}.json": made for key, made in entries.items()}
        files["content/pages/deep.json"] = {"route": "/deep", "stage": "landing", "slots": slots}
        return files | self._shared()

    def _nested(self, clauses: int, depth: int) -> Json:
        """Share out clauses over groups in groups, each of another kind than the one around it."""
        if depth == 0 or clauses < 4:
            parts = [self._test() for _ in range(clauses)]
            return {"all": parts} if depth else parts[0]
        groups = [self._nested(clauses // 2, depth - 1) for _ in range(2)]
        return {"any": groups} if depth % 2 else {"all": groups}

    def _shared(self) -> dict[str, Json]:
        written = {f"segments/{key}.json": {"title": key, "when": when} for key, when in self._segments.items()}
        return {**written, "segments/facts.json": _FACTS, "content/workspace.json": _SETTINGS}

    def _surface(self, key: str, *, mailed: bool) -> dict[str, Json]:
        files: dict[str, Json] = {}
        slots: dict[str, Json] = {}
        self._is_mailed = mailed
        for number in range(SLOTS):
            name = f"{key}-{number}"
            files |= self._entries(name)
            slots[f"slot{number}"] = {
                "accepts": ["banner"],
                "entries": [f"{name}-offer", f"{name}-some", f"{name}-all"],
            }
        if mailed:
            subject = dict.fromkeys(_SETTINGS["locales"], "Hello")
            return files | {f"content/emails/{key}.json": {"subject": subject, "max_offers": 3, "slots": slots}}
        page = {"route": f"/{key}", "stage": "landing", "max_offers": 3, "slots": slots}
        return files | {f"content/pages/{key}.json": page}

    def _entries(self, name: str) -> dict[str, Json]:
        """Write the entries of one slot, of ten variants together."""
        offer = {"kind": "deal", **self._some(0.3, exclusive="deals"), **self._some(0.3, claims=self._claims())}
        capped = self._some(0.5, cap=[{"per": "visitor", "max": 3, "every": "P7D"}])
        return {
            f"content/entries/{name}-offer.json": self._entry(2, offer=offer, **capped),
            f"content/entries/{name}-some.json": self._entry(2, audience=self._condition()),
            f"content/entries/{name}-all.json": self._entry(3),
        }

    def _entry(self, rules: int, **more: Json) -> Json:
        variants = [self._variant(f"v{number}", self._condition()) for number in range(rules)]
        content = {locale: {"headline": "Hello"} for locale in ("en", "zh-Hans", "zh-Hant")}
        return {"component": "banner", **more, "variants": [*variants, {"key": "default", "content": content}]}

    def _variant(self, key: str, when: Json) -> Json:
        gap = self._dice.choice(("", "", "", " {cart.count|number}", " {customer.company}"))
        content = {locale: {"headline": f"Hello{gap}"} for locale in ("en", "zh-Hans", "zh-Hant")}
        rare = self._some(0.05, promise={"promotion": "free-shipping"})
        return {"key": key, "when": when, "content": content, **rare}

    def _claims(self) -> Json:
        return self._dice.choice(({"threshold": {"club": "50.00"}}, {"push": ["sku01"]}, {"discount": {"sku02": 10}}))

    def _some(self, share: float, **made: Json) -> dict[str, Json]:
        return made if self._dice.random() < share else {}

    def _condition(self) -> Json:
        dice, shape = self._dice, self._dice.random()
        named = {"segment": dice.choice(sorted(self._segments))} if self._segments and dice.random() < 0.1 else {}
        if shape < 0.35:
            return {**named, "all": [self._test()]} if named else self._test()
        tests = [self._test() for _ in range(dice.randint(2, 3))]
        if shape < 0.7:
            return {**named, "all": tests}
        if shape < 0.85:
            return {**named, "any": tests}
        return {**named, "all": [tests[0], {"not": tests[1]}]}

    def _test(self) -> Json:
        """Write a test, in a mail one of what is known there."""
        test = self._dice.choice(self._tests)()
        return self._test() if self._is_mailed and test.keys() & _ONLINE else test

    def _range(self) -> Json:
        names = ("cart.count", "orders.count", "visitor.visits", "rfm.recency_days", "customer.loyalty_points")
        low, high = sorted(self._dice.sample((1, 2, 3, 5, 8, 13, 30, 90), 2))
        test = self._dice.choice(({"at_least": low}, {"less_than": high}, {"at_least": low, "less_than": high}))
        return {self._dice.choice(names): test}

    def _money(self) -> Json:
        low, high = sorted(self._dice.sample((20, 40, 60, 100, 150, 300), 2))
        test = self._dice.choice(
            ({"at_least": f"{low}.00"}, {"between": [f"{low}.00", f"{high}.00"]}, {"at_most": f"{high}.00"})
        )
        return {self._dice.choice(("cart.subtotal", "orders.total", "clv", "cart.max_item_price")): test}

    def _share(self) -> Json:
        low = self._dice.choice((50, 60, 80))
        return {
            "cart.subtotal": {"at_least": {"percent": low, "of": _FREE}, "less_than": {"percent": 100, "of": _FREE}}
        }

    def _enum(self) -> Json:
        name, of = self._dice.choice((("customer.loyalty_tier", _TIERS), ("rfm.class", _CLASSES)))
        return {name: self._dice.choice(({"at_least": of[1]}, {"at_most": of[2]}, {"between": list(of[1:3])}, of[0]))}

    def _choice(self) -> Json:
        device = self._dice.sample(("desktop", "mobile", "tablet"), 2)
        source = self._dice.sample(("direct", "organic", "paid", "email", "social"), 2)
        return self._dice.choice(
            ({"visitor.device": device}, {"source.kind": source}, {"source.kind": {"is_not": source[0]}})
        )

    def _text(self) -> Json:
        some = self._dice.sample(_COUNTRIES, 3)
        campaign = self._dice.choice(("spring", "spring-sale", "fall", "x"))
        return self._dice.choice(
            (
                {"visitor.country": some},
                {"visitor.country": {"none_of": some}},
                {"source.campaign": {"starts_with": campaign}},
            )
        )

    def _list(self) -> Json:
        name, of = self._dice.choice((("cart.skus", _SKUS), ("crm.tags", _TAGS), ("cart.categories", _CATEGORIES)))
        some = self._dice.sample(of, 2)
        return {name: self._dice.choice(({"has_any": some}, {"has_all": some}, {"has_none": some}))}

    def _date(self) -> Json:
        days = self._dice.choice((7, 14, 30, 90))
        name = self._dice.choice(("orders.last", *(f"bought[{category}]" for category in _CATEGORIES)))
        return self._dice.choice(
            (
                {name: {"days_ago_at_most": days}},
                {name: {"days_ago_at_least": days}},
                {name: {"ever": True}},
                {"bought[soil]": {"since": "bought[pots]"}},
            )
        )

    def _flag(self) -> Json:
        return {
            self._dice.choice(("visitor.is_new", "customer.is_member", "visitor.logged_in")): self._dice.random() < 0.5
        }


def written(files: Mapping[str, Json]) -> dict[str, bytes]:
    """Give files as a folder holds them, the component included."""
    return shipped("banner") | {path: json.dumps(data).encode() for path, data in files.items()}
