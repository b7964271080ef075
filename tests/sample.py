"""The sample workspace at the repository's root, seen through its own personas and with the products of the demo shop."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cms.content.snapshot import Page, Snapshot
from cms.decisions.decide import decide
from cms.decisions.decision import Choice, Decision
from cms.decisions.rehearsal import Rehearsal
from cms.facts.context import View
from cms.facts.money import Money
from cms.facts.signals import Product
from cms.rendering.filling import filled
from cms.shop.catalogue import Catalogue, load_catalogue
from cms.shop.deals import Calendar

ROOT = Path(__file__).parents[1]
NOW = datetime(2026, 12, 2, 2, tzinfo=UTC)
PRODUCTS = json.loads((ROOT / "cms/shop/data/products.json").read_text("utf-8"))
SHOP = Calendar(load_catalogue())


def rehearsal_of(
    sample: Snapshot, persona: str, *, known: Mapping[str, object] | None = None, **request: object
) -> Rehearsal:
    """Rehearse a persona, with more facts or another request than its own."""
    found = sample.personas[persona]
    changed = replace(found, request={**found.request, **request}, facts={**found.facts, **(known or {})})
    return Rehearsal(sample, changed, now=NOW)


def surfaces(sample: Snapshot) -> Iterator[str]:
    yield from sample.surfaces


def surface(sample: Snapshot, name: str) -> tuple[Page, bool]:
    """Give a page, and whether it is a mail's."""
    return sample.surfaces[name], name.startswith("emails/")


def decided(rehearsal: Rehearsal, name: str) -> Decision:
    page, is_email = surface(rehearsal.snapshot, name)
    return rehearsal.decide(page, email=is_email)


def shown(sample: Snapshot, persona: str, place: str, **request: object) -> list[str]:
    """List what a slot shows as `entry:variant`."""
    name, _, slot = place.rpartition("/")
    choices = decided(rehearsal_of(sample, persona, **request), name).slots[slot]
    return [f"{choice.entry}:{choice.variant}" for choice in choices]


def content(sample: Snapshot, persona: str, place: str, **request: object) -> Mapping[str, Any]:
    """Fill the first choice of a slot."""
    return _filled(rehearsal_of(sample, persona, **request), place)[1]


def with_facts(sample: Snapshot, persona: str, place: str, facts: Mapping[str, object]) -> tuple[str, str]:
    """Give the variant and the headline that a persona sees when more is known of it."""
    choice, words = _filled(rehearsal_of(sample, persona, known=facts), place)
    return choice.variant, str(words["headline"])


def _filled(rehearsal: Rehearsal, place: str) -> tuple[Choice, Mapping[str, Any]]:
    name, _, slot = place.rpartition("/")
    page, is_email = surface(rehearsal.snapshot, name)
    choice = decided(rehearsal, name).slots[slot][0]
    return choice, filled(
        choice, View(rehearsal.context(page, channel="email" if is_email else rehearsal.request.channel))
    )


def catalogue(currency: str = "USD", day: Catalogue | None = None) -> dict[str, Product]:
    """Give what the demo shop sells, at the prices of a day of it or else at its everyday prices."""
    products = {raw["sku"]: _product(raw, currency) for raw in PRODUCTS}
    return products if day is None else {sku: _priced(it, day, currency) for sku, it in products.items()}


def _priced(product: Product, day: Catalogue, currency: str) -> Product:
    today = day.products[product.sku]
    regular = today.list_price.get(currency)
    return replace(
        product,
        price=Money(today.price[currency].minor, currency),
        list_price=Money(regular.minor, currency) if regular else None,
        tags=frozenset(today.tags),
    )


def _product(raw: Mapping[str, Any], currency: str) -> Product:
    return Product(
        raw["sku"],
        raw["title"],
        f"/p/{raw['sku']}",
        Money.parse(raw["price"][currency], currency),
        parent=raw.get("parent", raw["sku"]),
        list_price=Money.parse(raw["list_price"][currency], currency) if "list_price" in raw else None,
        categories=tuple(raw["categories"]),
        tags=frozenset(raw["tags"]),
        stock=raw["stock"],
        rating=raw["rating"],
        popularity=raw["popularity"],
        popularity_in=raw.get("popularity_in", {}),
        links={kind: tuple(skus) for kind, skus in raw["links"].items()},
    )


def with_products(sample: Snapshot, persona: str, name: str, products: Mapping[str, Product] | None = None) -> Decision:
    """Decide as on the real page: rails hold what the shop sells, and empty ones are passed over.

    Without `products` it is the shop's own of that day, with the stock that the persona finds of what it looks at.
    """
    page, is_email = surface(sample, name)
    rehearsal = rehearsal_of(sample, persona)
    context = rehearsal.context(page, channel="email" if is_email else rehearsal.request.channel)
    if products is None:
        products = catalogue(context.currency, SHOP.at(context.now))
        viewed, stock = context.values.get("page.product"), context.values.get("product.stock")
        if isinstance(viewed, str) and isinstance(stock, int):
            products[viewed] = replace(products[viewed], stock=stock)
    return decide(sample, page, replace(context, catalogue=products, rehearsed=False))


def skus(choices: tuple[Choice, ...]) -> list[str]:
    return [product.sku for choice in choices for product in choice.products]
