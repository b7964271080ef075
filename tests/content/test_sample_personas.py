"""The personas of the sample workspace: what is known of each is what the demo shop would tell of them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from sample import ROOT, SHOP, catalogue, rehearsal_of

from cms.content.snapshot import Persona, Snapshot
from cms.decisions.rehearsal import Rehearsal
from cms.facts.derive import cart_facts, open_to, priced, product_facts, promotion_facts, visit_facts
from cms.facts.money import Money
from cms.facts.signals import Cart, CartLine, Product, Promotion, Tier
from cms.facts.values import Value
from cms.shop.catalogue import Catalogue
from cms.shop.pricing import Totals, price_cart

KEYS = sorted(path.stem for path in (ROOT / "content/personas").glob("*.json"))
PROMOTIONS = json.loads((ROOT / "cms/shop/data/promotions.json").read_text("utf-8"))
UNREAD = ("stock[", "cart.amount_in[")  # no rule of the sample asks for them of every product
DERIVED = ("cart.", "next.", "tier.", "shop.", "product.")


@pytest.mark.parametrize("persona", KEYS)
def test_what_is_known_of_a_persona_is_what_the_shop_would_tell(sample: Snapshot, persona: str) -> None:
    """Cart, gaps, steps, thresholds, promotions and the product viewed; a shop that does not answer tells nothing."""
    rehearsal = rehearsal_of(sample, persona)
    known = rehearsal.context(sample.pages["landing"], channel="web").values
    told = _told(rehearsal) if rehearsal.persona.facts else {}

    assert {name: known.get(name) for name in told} == told
    assert [name for name in rehearsal.persona.facts if name.startswith(DERIVED) and name not in told] == []


@pytest.mark.parametrize("persona", KEYS)
def test_the_purchases_of_a_persona_fit_together(sample: Snapshot, persona: str) -> None:
    facts = sample.personas[persona].facts
    days = {name[7:-1]: str(day) for name, day in facts.items() if name.startswith("bought[")}
    skus = catalogue()
    categories = {name for sku in days if sku in skus for name in skus[sku].categories}

    assert {name for name in days if name not in skus} == categories
    for category in categories:
        assert days[category] == max(
            day for sku, day in days.items() if sku in skus and category in skus[sku].categories
        )
    assert not days or (max(days.values()) == facts["orders.last"] and facts["orders.count"] != 0)


def test_every_persona_has_a_title_of_its_own_and_a_clock(sample: Snapshot) -> None:
    titles = {persona.title for persona in sample.personas.values() if persona.title and persona.now}
    assert len(titles) == len(sample.personas)


def _told(rehearsal: Rehearsal) -> Mapping[str, Value]:
    """Derive, with the shop's own sums, what is known of a persona's visit."""
    persona, currency = rehearsal.persona, rehearsal.request.market.currency
    today = SHOP.at(rehearsal.now)
    products = _products(today, currency, rehearsal.request.values, persona)
    groups = frozenset(persona.facts.get("customer.groups", []))  # type: ignore[call-overload]
    viewed = rehearsal.request.values.get("page.product")
    cart = _cart(rehearsal, today, currency, groups, products)
    values = {} if cart is None else cart_facts(cart)
    values |= promotion_facts(
        open_to(groups, _promotions(currency)), currency=currency, subtotal=cart.subtotal if cart else None
    )
    if isinstance(viewed, str):
        values |= product_facts(products, viewed)
        values |= visit_facts(viewed, values | rehearsal.facts, products)
    return {name: value for name, value in values.items() if not name.startswith(UNREAD)}


def _products(today: Catalogue, currency: str, visit: Mapping[str, Value], persona: Persona) -> Mapping[str, Product]:
    """Give the catalogue at the day's prices; of what is looked at some may have been sold since it was filled."""
    found = catalogue(currency, today)
    viewed, left = visit.get("page.product"), persona.facts.get("product.stock")
    if isinstance(viewed, str) and isinstance(left, int):
        found[viewed] = replace(found[viewed], stock=min(left, found[viewed].stock or 0))
    return found


def _cart(
    rehearsal: Rehearsal, today: Catalogue, currency: str, groups: frozenset[str], products: Mapping[str, Product]
) -> Cart | None:
    if rehearsal.request.lines is None:
        return None
    stamps = rehearsal.facts.get("loyalty.stamps")
    totals = price_cart(
        [(line.sku, line.quantity) for line in rehearsal.request.lines],
        today,
        currency=currency,
        groups=groups,
        stamps=stamps if isinstance(stamps, int) else None,
    )
    lines = tuple(CartLine(line.sku, line.quantity) for line in rehearsal.request.lines)
    subtotal = Money(totals.subtotal.minor, currency)
    return priced(Cart(lines, currency, subtotal, _method(totals), frozenset(totals.promotions)), products)


def _method(totals: Totals) -> str | None:
    return "express" if totals.express else "standard" if totals.subtotal.minor else None


def _promotions(currency: str) -> Sequence[Promotion]:
    return [
        Promotion(
            raw["key"],
            tuple(_tier(tier, currency) for tier in raw.get("tiers", [])),
            raw.get("free_shipping", False),
            frozenset(raw.get("groups", [])),
            frozenset(raw.get("not_for", [])),
        )
        for raw in PROMOTIONS
    ]


def _tier(raw: Mapping[str, Any], currency: str) -> Tier:
    return Tier(Money.parse(raw["threshold"][currency], currency), raw.get("percent"))
