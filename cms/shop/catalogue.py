"""The catalogue and the running promotions, read once from the shop's data files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from cms.shop.details import Detail, details_of
from cms.shop.money import CURRENCIES, Money, parse_money
from cms.shop.records import read_data

EXPRESS = "express-shipping"  # lies in the cart like a product, and is paid as shipping
MOST_OF_ONE = 99


@dataclass(frozen=True, slots=True)
class Product:
    """One thing to buy. Texts by locale, prices by currency; `stock` is only what the shop starts with.

    `parent` is the SKU that the sizes of one plant share. A plant has a `size`; what holds plants has the sizes it `fits`.
    """

    sku: str
    parent: str
    title: Mapping[str, str]
    description: Mapping[str, str]
    latin: str
    price: Mapping[str, Money]
    list_price: Mapping[str, Money]
    categories: tuple[str, ...]
    tags: tuple[str, ...]
    stock: int
    most: int  # in one cart
    rating: float
    review_count: int
    popularity: int
    popularity_in: Mapping[str, int]  # by country and region
    size: str
    fits: frozenset[str]
    care: tuple[str, ...]
    details: tuple[Detail, ...]
    links: Mapping[str, tuple[str, ...]]

    @property
    def path(self) -> str:
        return f"/p/{self.sku}"

    @property
    def picture(self) -> str:
        return f"/pictures/{self.sku}.svg"

    @property
    def is_service(self) -> bool:
        return "services" in self.categories

    def suits(self, other: "Product") -> bool:
        """Tell whether two products can be used together: a pot holds the plants whose size it fits."""
        sizes = self.fits or other.fits
        size = other.size if self.fits else self.size
        return not sizes or not size or size in sizes


@dataclass(frozen=True, slots=True)
class Tier:
    threshold: Money
    percent: int | None


@dataclass(frozen=True, slots=True)
class Promotion:
    """A running promotion; `tiers` by currency, ascending; no `groups` means everybody.

    One without tiers has no threshold and takes `percent`; one with a `rotation` is about one of these SKUs a day.
    """

    key: str
    tiers: Mapping[str, tuple[Tier, ...]]
    percent: int
    free_shipping: bool
    groups: frozenset[str]
    not_for: frozenset[str]
    rotation: tuple[str, ...]

    def is_for(self, groups: frozenset[str]) -> bool:
        return (not self.groups or bool(self.groups & groups)) and not self.not_for & groups

    def reached(self, subtotal: Money) -> Tier | None:
        """Find the highest tier that a subtotal has reached."""
        reached = [tier for tier in self.tiers[subtotal.currency] if tier.threshold.minor <= subtotal.minor]
        return reached[-1] if reached else None


@dataclass(frozen=True)
class Catalogue:
    """What is sold and what runs; `deals` is the deal of the day by currency."""

    products: Mapping[str, Product]
    promotions: Sequence[Promotion]
    deals: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def by_popularity(self) -> tuple[Product, ...]:
        """List the goods, best sellers first; services are no goods."""
        return tuple(product for product in self._ranked if not product.is_service)

    def in_category(self, category: str) -> tuple[Product, ...]:
        """List a category's products, or those with a tag of that name, best sellers first."""
        return tuple(p for p in self._ranked if category in p.categories or category in p.tags)

    def linked(self, product: Product, kinds: Sequence[str]) -> tuple[Product, ...]:
        skus = dict.fromkeys(sku for kind in kinds for sku in product.links.get(kind, ()))
        return tuple(self.products[sku] for sku in skus)

    def promotion(self, key: str) -> Promotion:
        return next(promotion for promotion in self.promotions if promotion.key == key)

    @cached_property
    def _ranked(self) -> tuple[Product, ...]:
        return tuple(sorted(self.products.values(), key=lambda product: -product.popularity))


def load_catalogue() -> Catalogue:
    products = [_product(record) for record in read_data("products")]
    return Catalogue({product.sku: product for product in products}, [_promotion(r) for r in read_data("promotions")])


def _product(record: Mapping[str, Any]) -> Product:
    return Product(
        sku=record["sku"],
        parent=record.get("parent", record["sku"]),
        title=record["title"],
        description=record["description"],
        latin=record["latin"],
        price=_prices(record["price"]),
        list_price=_prices(record.get("list_price", {})),
        categories=tuple(record["categories"]),
        tags=tuple(record["tags"]),
        stock=record["stock"],
        most=record.get("most", MOST_OF_ONE),
        rating=record["rating"],
        review_count=record["review_count"],
        popularity=record["popularity"],
        popularity_in=record.get("popularity_in", {}),
        size=record.get("size", ""),
        fits=frozenset(record.get("fits", ())),
        care=tuple(record.get("care", ())),
        details=details_of(record),
        links={kind: tuple(skus) for kind, skus in record["links"].items()},
    )


def _prices(record: Mapping[str, str]) -> dict[str, Money]:
    return {currency: parse_money(amount, currency) for currency, amount in record.items()}


def _promotion(record: Mapping[str, Any]) -> Promotion:
    return Promotion(
        key=record["key"],
        tiers={currency: tuple(_tier(tier, currency) for tier in record.get("tiers", ())) for currency in CURRENCIES},
        percent=record.get("percent", 0),
        free_shipping=record.get("free_shipping", False),
        groups=frozenset(record.get("groups", ())),
        not_for=frozenset(record.get("not_for", ())),
        rotation=tuple(record.get("rotation", ())),
    )


def _tier(record: Mapping[str, Any], currency: str) -> Tier:
    return Tier(parse_money(record["threshold"][currency], currency), record.get("percent"))
