"""Random visitors of the random workspaces: what a request, a shop and the counters tell of them."""

from typing import Any

from tests.decisions.worlds import AMOUNTS, ENTRIES, LOCALES, MOMENTS, PROMOTIONS, SKUS, Dice


def money(written: str, currency: str = "USD") -> dict[str, str]:
    return {"amount": written, "currency": currency}


def product(dice: Dice, number: int) -> dict[str, Any]:
    currency = dice.one("USD", "USD", "USD", "TWD")
    return {
        "sku": SKUS[number], "parent": dice.one(None, None, "pots"), "title": {"en": "P"}, "url": "/p",
        "stock": dice.one(None, 0, 1, 5, 5), "price": money(dice.one(*AMOUNTS), currency),
        "list_price": money("55.00", currency), "popularity": dice.randint(0, 3),
        "categories": [dice.one("plants", "pots")], "tags": dice.few(("bright",)),
        "links": {"related": dice.few(SKUS, most=6), "upgrade": dice.few(SKUS, most=6)},
    }  # fmt: skip


def lines(dice: Dice) -> list[dict[str, Any]]:
    return [
        {"sku": sku, "quantity": dice.randint(1, 3), **dice.some(70, unit_price=lambda: money(dice.one(*AMOUNTS)))}
        for sku in dice.few(SKUS)
    ]


def order(dice: Dice) -> dict[str, Any]:
    placed_at = dice.one("2026-12-01T20:00:00Z", "2026-11-28T12:00:00Z", "2026-01-05T12:00:00Z")
    bought = [{"sku": sku, "quantity": 1} for sku in dice.few(SKUS, least=1)]
    return {"placed_at": placed_at, "total": money(dice.one(*AMOUNTS)), "lines": bought}


def running(dice: Dice, key: str) -> dict[str, Any]:
    tiers = [{"threshold": money(dice.one(*AMOUNTS)), "percent": 10}, {"threshold": money("90.00")}]
    return {
        "key": key,
        "free_shipping": key == "free-shipping",
        **dice.some(30, groups=lambda: ["trade"], not_for=lambda: ["staff"]),
        **dice.some(80, tiers=lambda: tiers),
    }


def visitor(dice: Dice) -> dict[str, Any]:
    """Draw what is told of one visitor, as a case file does."""
    facts = dice.some(
        60,
        **{
            "visitor.is_new": lambda: dice.likely(50),
            "visitor.device": lambda: dice.one("mobile", "desktop"),
            "visitor.visits": lambda: dice.randint(0, 6),
            "visitor.consent": lambda: dice.likely(70),
            "source.campaign": lambda: dice.one("spring-1", "fall", " "),
            "page.product": lambda: dice.one(*SKUS),
            "session.viewed": lambda: dice.few(SKUS),
            "currency": lambda: dice.one("USD", "USD", "TWD"),
            "channel": lambda: dice.one("web", "app"),
        },
    )
    request = dice.some(
        70,
        visitor=lambda: f"v-{dice.randint(1, 9)}",
        locale=lambda: dice.one(*LOCALES, "fr"),
        facts=lambda: facts,
        cart=lambda: {"lines": lines(dice)} if dice.likely(30) else {},
        customer=lambda: {"token": "t"},
    )
    shop = dice.some(
        80,
        cart=lambda: {"currency": "USD", "lines": lines(dice), "promotions": dice.few(PROMOTIONS)},
        catalogue=lambda: {"products": [product(dice, number) for number in range(dice.randint(1, len(SKUS)))]},
        customer=lambda: {
            "key": f"c-{dice.randint(1, 5)}",
            **dice.some(
                50,
                groups=lambda: dice.few(("trade", "staff")),
                is_member=lambda: dice.likely(50),
                account=lambda: "a-1",
            ),
        },
        orders=lambda: {"orders": [order(dice) for _ in range(dice.randint(0, 2))]},
        promotions=lambda: {"promotions": [running(dice, key) for key in dice.few(PROMOTIONS)]},
        traits=lambda: {"traits": {"crm.tags": dice.few(("vip", "press"))}},
    )
    counted = {f"shown[{key}].last_7_days": lambda: dice.randint(0, 3) for key in ENTRIES}
    counted |= {f"dismissed[{key}]": lambda: dice.one("2026-12-01", "2026-11-29", "never") for key in ENTRIES}
    return {
        "request": request,
        "shop": shop,
        "counted": dice.likely(70),
        "facts": dice.some(25, **counted),
        **dice.some(30, now=lambda: dice.one(*MOMENTS), stale=lambda: dice.few(tuple(shop))),
    }
