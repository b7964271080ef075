"""What an entry or variant declares about itself: when, how often, what it claims and what it promises."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from cms.facts.money import Money

DEFAULT_DISMISSAL = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Schedule:
    """A window of time: from the first moment inclusive until the last exclusive; None is open."""

    start: datetime | None = None
    until: datetime | None = None

    def holds(self, now: datetime) -> bool:
        return (self.start is None or now >= self.start) and (self.until is None or now < self.until)


ALWAYS = Schedule()


@dataclass(frozen=True, slots=True)
class Cap:
    """At most `max` viewable impressions within rolling `every`."""

    per: str  # visitor, customer or total
    max: int
    every: timedelta


@dataclass(frozen=True, slots=True)
class Claims:
    """What the words of a variant claim; never parsed from copy."""

    discount: Mapping[str, Decimal] = field(default_factory=dict)  # SKU → percent
    threshold: Mapping[str, Money] = field(default_factory=dict)  # promotion → amount
    push: frozenset[str] = frozenset()
    sold_out: frozenset[str] = frozenset()

    def clashes_with(self, other: "Claims") -> str:
        """Name the first thing two claims disagree about; "" if they can stand on one page."""
        for sku in sorted(self.discount.keys() & other.discount.keys()):
            if self.discount[sku] != other.discount[sku]:
                return f"discount of {sku}"
        for promotion in sorted(self.threshold.keys() & other.threshold.keys()):
            if self.threshold[promotion] != other.threshold[promotion]:
                return f"threshold of {promotion}"
        sold = (self.push & other.sold_out) | (self.sold_out & other.push)
        return f"stock of {min(sold)}" if sold else ""


@dataclass(frozen=True, slots=True)
class Promise:
    """What commerce has to confirm now, or the variant is withheld."""

    promotion: str | None = None
    threshold: Mapping[str, Money] = field(default_factory=dict)  # promotion → amount
    price: Mapping[str, Money] = field(default_factory=dict)  # SKU → amount
    stock: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Offer:
    """What makes an entry an offer: counted by `max_offers`, exclusive within its group."""

    kind: str
    sale: str | None = None  # upsell or cross-sell
    exclusive: str | None = None
    within: str = "page"  # how far the group is exclusive: page, session or customer
