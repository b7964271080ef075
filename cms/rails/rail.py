"""A rail as authored, and the port its products come through."""

from dataclasses import dataclass, field
from datetime import timedelta
from fractions import Fraction

from cms.facts.declarations import FactRef

STRATEGIES = (
    "bought-together", "also-bought", "also-viewed", "viewed-bought", "similar", "for-you", "recently-viewed",
    "best-sellers", "trending", "hot-nearby", "upgrade", "accessories", "replenish", "complete-the-set", "related",
    "deal-of-day", "reach-threshold", "friends-bought", "hybrid", "in-cart",
)  # fmt: skip
SEEDS = ("cart", "product", "viewed", "bought")

Share = tuple[FactRef, Fraction]  # an exact share of an amount


@dataclass(frozen=True, slots=True)
class Filters:
    """What a rail never shows."""

    in_stock: bool = False
    not_in_cart: bool = False
    not_bought_within: timedelta | None = None
    max_price: Share | None = None  # at most so much, e.g. 1/8 of the dearest item
    min_price: Share | None = None  # at least so much, e.g. 11/10 of the product viewed
    category: str | None = None
    tag: str | None = None


@dataclass(frozen=True, slots=True)
class Rail:
    """An authored list of products: `strategy` ranks, then each `fallback` in turn fills up to `limit`."""

    key: str
    strategy: str
    limit: int
    seed: str = "cart"
    min_items: int = 1
    filters: Filters = field(default_factory=Filters)
    fallback: tuple[str, ...] = ()
    pinned: tuple[str, ...] = ()
