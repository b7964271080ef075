"""The catalogue and the running promotions, read once from the shop's data files."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from cms.shop.money import CURRENCIES, Money, parse_money

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True, slots=True)
class Product:
    """One thing to buy. Texts by locale, prices by currency; `stock` is only what the shop starts with."""

    sku: str
    title: Mapping[str, str]
    description: Mapping[str, str]
    latin: str
    price: Mapping[str, Money]
    list_price: Mapping[str, Money]
    categories: tuple[str, ...]
    tags: tuple[str, ...]
    stock: int
    rating: float
    popularity: int
    care: tuple[str, ...]
    links: Mapping[str, tuple[str, ...]]

    @property
    def path(self) -> str:
        return f"/p/{self.sku}"

    @property
    def picture(self) -> str:
        return f"/pictures/{self.sku}.svg"


@dataclass(frozen=True, slots=True)
class Tier:
    threshold: Money
    percent: int | None


@dataclass(frozen=True, slots=True)
class Promotion:
    """A running promotion; `tiers` by currency, ascending; no `groups` means everybody."""

    key: str
    tiers: Mapping[str, tuple[Tier, ...]]
    free_shipping: bool
    groups: frozenset[str]

    def is_for(self, groups: frozenset[str]) -> bool:
        return not self.groups or bool(self.groups & groups)

    def reached(self, subtotal: Money) -> Tier | None:
        """Find the highest tier that a subtotal has reached."""
        reached = [tier for tier in self.tiers[subtotal.currency] if tier.threshold.minor <= subtotal.minor]
        return reached[-1] if reached else None


@dataclass(frozen=True)
class Catalogue:
    products: Mapping[str, Product]
    promotions: Sequence[Promotion]

    @cached_property
    def by_popularity(self) -> tuple[Product, ...]:
        return tuple(sorted(self.products.values(), key=lambda product: -product.popularity))

    def in_category(self, category: str) -> tuple[Product, ...]:
        """List a category's products, or those with a tag of that name, best sellers first."""
        return tuple(p for p in self.by_popularity if category in p.categories or category in p.tags)

    def linked(self, product: Product, kinds: Sequence[str]) -> tuple[Product, ...]:
        skus = dict.fromkeys(sku for kind in kinds for sku in product.links.get(kind, ()))
        return tuple(self.products[sku] for sku in skus)


def load_catalogue() -> Catalogue:
    products = [_product(record) for record in read_data("products")]
    return Catalogue({product.sku: product for product in products}, [_promotion(r) for r in read_data("promotions")])


def read_data(name: str) -> Any:
    """Read one of the shop's own data files."""
    return json.loads((DATA / f"{name}.json").read_text("utf-8"))


def _product(record: Mapping[str, Any]) -> Product:
    return Product(
        sku=record["sku"],
        title=record["title"],
        description=record["description"],
        latin=record["latin"],
        price=_prices(record["price"]),
        list_price=_prices(record.get("list_price", {})),
        categories=tuple(record["categories"]),
        tags=tuple(record["tags"]),
        stock=record["stock"],
        rating=record["rating"],
        popularity=record["popularity"],
        care=tuple(record.get("care", ())),
        links={kind: tuple(skus) for kind, skus in record["links"].items()},
    )


def _prices(record: Mapping[str, str]) -> dict[str, Money]:
    return {currency: parse_money(amount, currency) for currency, amount in record.items()}


def _promotion(record: Mapping[str, Any]) -> Promotion:
    return Promotion(
        key=record["key"],
        tiers={currency: tuple(_tier(tier, currency) for tier in record["tiers"]) for currency in CURRENCIES},
        free_shipping=record.get("free_shipping", False),
        groups=frozenset(record.get("groups", ())),
    )


def _tier(record: Mapping[str, Any], currency: str) -> Tier:
    return Tier(parse_money(record["threshold"][currency], currency), record.get("percent"))
