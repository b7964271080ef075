"""Random workspaces, small enough that everything in them meets: rules, offers, rails, experiments.

Drawn from seeded dice rather than from a strategy each: a world then costs less than compiling it.
"""

from collections.abc import Callable, Mapping
from random import Random
from typing import Any

SKUS = tuple(f"sku-{number}" for number in range(6))
ENTRIES = tuple(f"e{number}" for number in range(6))
RAILS = ("r0", "r1", "r2")
PROMOTIONS = ("club", "free-shipping")
LOCALES = ("en", "zh-Hans", "zh-Hant")
AMOUNTS = ("10.00", "20.00", "50.00")
MOMENTS = ("2026-12-01T00:00+00:00", "2026-12-02T12:00+00:00", "2026-12-05T00:00+08:00")
TESTS: tuple[Mapping[str, Any], ...] = (
    {"visitor.is_new": True},
    {"visitor.is_new": {"known": False}},
    {"visitor.device": ["mobile", "app"]},
    {"visitor.visits": {"at_least": 2, "less_than": 5}},
    {"cart.count": {"between": [1, 2]}},
    {"cart.skus": {"has_any": ["sku-1", "sku-2"], "count": {"at_most": 2}}},
    {"cart.subtotal": {"at_least": "20.00"}},
    {"cart.subtotal": {"less_than": {"percent": 80, "of": "shop.free_shipping_threshold"}}},
    {"cart.gap[free-shipping]": {"more_than": "0.00"}},
    {"customer.is_member": False},
    {"customer.groups": {"has_none": ["trade"]}},
    {"bought[sku-2]": {"ever": True}},
    {"bought[sku-3]": {"days_ago_at_most": 5}},
    {"bought[sku-1]": {"since": "bought[sku-2]"}},
    {"shop.promotions": {"has_all": ["club"]}},
    {"stock[sku-0]": {"more_than": 0}},
    {"crm.tags": {"has_any": ["vip"]}},
    {"source.campaign": {"starts_with": "spring"}},
    {"now.hour": {"at_least": 9}},
    {"locale": "zh-Hant"},
    {"segment": "keen"},
    {"segment": "rich"},
)
SEGMENTS = {
    "keen": {"any": [{"visitor.visits": {"more_than": 3}}, {"segment": "rich"}]},
    "rich": {"cart.subtotal": {"at_least": "50.00"}, "not": {"customer.is_member": False}},
}
COMPONENTS = {
    "components/note/model.json": {"fields": {"text": {"type": "text", "required": True}}},
    "components/card/model.json": {"fields": {"product": {"type": "product", "required": True}}},
    "components/pair/model.json": {"fields": {name: {"type": "rail", "required": True} for name in ("one", "two")}},
}
RICH = ("banner", "shelf", "card", "pair", "blocker", "overlay")
GAPS = (
    "Hello", "Hello", "Add {cart.gap[free-shipping]|money}", '{cart.count|plural one="# item" other="# items"}',
    "With {cart.promotions|list}", "{source.campaign}",
)  # fmt: skip


class Dice(Random):
    """Seeded dice in the words of this module."""

    def one(self, *choices: Any) -> Any:
        return self.choice(choices)

    def few(self, choices: tuple[str, ...], *, least: int = 0, most: int = 3) -> list[str]:
        """Draw some of several, none twice, in any order."""
        return self.sample(choices, min(self.randint(least, most), len(choices)))

    def likely(self, percent: int) -> bool:
        return self.randrange(100) < percent

    def some(self, percent: int, **made: Callable[[], Any]) -> dict[str, Any]:
        """Make each value or leave it out."""
        return {name: make() for name, make in made.items() if self.likely(percent)}


def condition(dice: Dice) -> Mapping[str, Any]:
    parts = [dice.one(*TESTS) for _ in range(dice.randint(2, 3))]
    nested = {"any": parts}, {"all": parts}, {"not": {"any": parts}}, {"not": parts[0]}
    return dice.one(*parts, *parts, *nested)  # type: ignore[no-any-return]


def claims(dice: Dice) -> dict[str, Any]:
    return dice.some(
        40,
        discount=lambda: {dice.one(*SKUS[:2]): dice.one(10, 20)},
        threshold=lambda: {dice.one(*PROMOTIONS): dice.one(*AMOUNTS)},
        push=lambda: dice.few(SKUS[:3], least=1),
        sold_out=lambda: dice.few(SKUS[:3], least=1),
    )


def promise(dice: Dice) -> dict[str, Any]:
    return dice.some(
        40,
        promotion=lambda: dice.one(*PROMOTIONS),
        threshold=lambda: {dice.one(*PROMOTIONS): dice.one(*AMOUNTS)},
        price=lambda: {dice.one(*SKUS): dice.one(*AMOUNTS, {"amount": "20.00", "currency": "TWD"})},
        stock=lambda: [dice.one(*SKUS)],
    )


def schedule(dice: Dice) -> dict[str, Any]:
    return dice.some(60, **{"from": lambda: MOMENTS[0], "until": lambda: dice.one(*MOMENTS[1:])})


def ratio(dice: Dice, *shares: str) -> dict[str, str]:
    return {"of": dice.one("cart.max_item_price", "product.price"), "ratio": dice.one(*shares)}


def rail(dice: Dice) -> dict[str, Any]:
    ranked = "best-sellers", "best-sellers", "related", "in-cart", "deal-of-day", "reach-threshold", "recently-viewed"
    filters = dice.some(
        20,
        in_stock=lambda: True,
        not_in_cart=lambda: True,
        not_bought_within=lambda: "P5D",
        max_price_ratio=lambda: ratio(dice, "1/2", "1", "3/2"),
        min_price_ratio=lambda: ratio(dice, "1/8", "1/2"),
        category=lambda: "plants",
        tag=lambda: "bright",
    )
    more = dice.some(
        40,
        seed=lambda: dice.one("cart", "product", "viewed", "bought"),
        fallback=lambda: dice.few(("best-sellers", "upgrade"), least=1),
        pinned=lambda: dice.few(SKUS, most=2),
    )
    limit = dice.randint(1, 3)
    return {
        "strategy": dice.one(*ranked),
        "limit": limit,
        "min_items": dice.one(1, 1, limit),
        "filters": filters,
        **more,
    }


def body(dice: Dice, component: str, *, safe: bool) -> dict[str, Any]:
    """Write the content of one variant; `safe`: of a default, which holds nothing that can be unknown."""
    if component == "note":
        return {"text": "Hello"}
    if component == "shelf":
        return {"rail": dice.one(*RAILS)}
    if component == "pair":
        return {name: dice.one(*RAILS) for name in ("one", "two")}
    named = dice.one(*SKUS, "{page.product}")
    if component == "card":
        return {"product": named}
    written = {"headline": "Hello" if safe else dice.one(*GAPS)}
    return {**written, "product": named} if component == "banner" and dice.likely(25) else written


def variant(dice: Dice, key: str, component: str) -> dict[str, Any]:
    if component == "note":
        return {"key": key, "when": condition(dice), "content": {"en": {"text": dice.one(*GAPS)}}}
    content = {locale: body(dice, component, safe=False) for locale in dice.few(LOCALES, least=1)}
    rare = dice.some(
        25, schedule=lambda: schedule(dice), promise=lambda: promise(dice), claims=lambda: claims(dice)
    )  # fmt: skip
    return {"key": key, "when": condition(dice), "content": content, **rare}


def entry(dice: Dice, *components: str) -> dict[str, Any]:
    component = dice.one(*components)
    variants = [variant(dice, f"v{number}", component) for number in range(dice.randint(0, 3))]
    if component != "overlay" or not variants or dice.likely(50):
        variants.append({"key": "default", "content": {"en": body(dice, component, safe=True)}})
    made = {"component": component, "variants": variants}
    made |= dice.some(
        20, audience=lambda: condition(dice), schedule=lambda: schedule(dice), service=lambda: True
    )  # fmt: skip
    if component != "note" and dice.likely(50):
        exclusive = dice.some(50, exclusive=lambda: dice.one("shipping", "club"), claims=lambda: claims(dice))
        made["offer"] = {"kind": "deal", **exclusive}
    if "offer" in made or component == "overlay":
        made |= dice.some(
            40,
            cap=lambda: [{"per": "visitor", "max": dice.randint(1, 3), "every": "P7D"}],
            dismiss_for=lambda: "P3D",
        )
    return made


def experiment(dice: Dice, key: str, compared: dict[str, Any]) -> dict[str, Any]:
    """Compare a variant of an entry with a new one, which is put before the others."""
    control = dice.one(*compared["variants"])["key"]
    written = dice.few(LOCALES, least=1)
    drawn = {"key": "arm", "content": {locale: body(dice, compared["component"], safe=False) for locale in written}}
    compared["variants"] = [drawn, *compared["variants"]]
    edge, start = dice.one((4999, 5000), (0, 1), (3000, 7000))
    share = {"e0": [0, 4999], "e1": [5000, 9999]}.get(key)
    return {
        "entry": key,
        "arms": [
            {"key": "control", "variant": control, "buckets": [0, edge]},
            {"key": "other", "variant": "arm", "buckets": [start, 9999]},
        ],
        "state": dice.one("running", "running", "paused"),
        **dice.some(
            30,
            unit=lambda: dice.one("visitor", "customer", "account"),
            traffic=lambda: dice.one(0, 50, 100),
            audience=lambda: condition(dice),
        ),
        **({"layer": "one", "layer_buckets": share} if share and dice.likely(40) else {}),
    }


def slot(dice: Dice, accepts: tuple[str, ...], entries: tuple[str, ...]) -> dict[str, Any]:
    made = {"accepts": accepts, "entries": dice.few(entries, least=1, most=5), "may_be_empty": True}
    return {**made, "count": dice.one(1, 1, 2, 3), **dice.some(15, audience=lambda: condition(dice))}


def workspace(dice: Dice) -> dict[str, Any]:
    """Draw the files of a workspace with one page, `cart`, and mostly one mail, `left`, of the same slots.

    A third of them hold notes alone, on which nothing but conditions decides.
    """
    kinds = dice.one(("note",), ("note", *RICH), RICH)
    entries = {key: entry(dice, *kinds) for key in ENTRIES[: dice.randint(2, len(ENTRIES))]}
    compared = {key: experiment(dice, key, made) for key, made in entries.items() if dice.likely(30)}
    stage = dice.one("cart", "cart", "checkout", "payment")
    never = {"checkout": "blocker", "payment": "overlay"}.get(stage)
    accepts = tuple(name for name in ("note", *RICH) if name != never)
    fitting = tuple(key for key, made in entries.items() if made["component"] in accepts)
    slots = {f"s{number}": slot(dice, accepts, fitting) for number in range(dice.randint(1, 4))}
    page = {"stage": stage, "slots": slots, **dice.some(50, max_offers=lambda: dice.randint(0, 2))}
    mailed = all(made.get("unit", "visitor") != "visitor" for made in compared.values())
    return {
        **COMPONENTS,
        **({"content/emails/left.json": mail(page, entries)} if mailed else {}),
        **{f"content/experiments/x-{key}.json": made for key, made in compared.items()},
        **{f"segments/{key}.json": {"when": when} for key, when in SEGMENTS.items()},
        **{f"content/rails/{key}.json": rail(dice) for key in RAILS},
        **{f"content/entries/{key}.json": made for key, made in entries.items()},
        "content/pages/cart.json": {"route": "/cart", **page},
        "content/workspace.json": settings(dice.one(0, 0, 0, 30, 100)),
    }


def mail(page: Mapping[str, Any], entries: Mapping[str, Any]) -> dict[str, Any]:
    """Make a mail of a page's slots; overlays have no output for mails."""
    slots = {
        key: {
            **made,
            "accepts": [name for name in made["accepts"] if name != "overlay"],
            "entries": [key for key in made["entries"] if entries[key]["component"] != "overlay"],
        }
        for key, made in page["slots"].items()
    }
    return {"subject": {"en": "Left"}, **page, "slots": slots}


def settings(holdout: int) -> dict[str, Any]:
    return {
        "default_locale": "en", "locales": {"en": [], "zh-Hans": ["en"], "zh-Hant": ["en"]}, "default_market": "us",
        "markets": {
            "us": {"currency": "USD", "time_zone": "America/New_York"},
            "tw": {"currency": "TWD", "time_zone": "Asia/Taipei"},
        },
        "holdout": holdout,
    }  # fmt: skip
