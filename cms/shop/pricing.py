"""Cart arithmetic: lines to subtotal, the discounts that are best for the shopper, shipping and total."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from cms.shop.catalogue import EXPRESS, Catalogue, Product, Promotion
from cms.shop.deals import DEAL
from cms.shop.money import Money, nothing

SHIPPING_MINOR = {"USD": 500, "TWD": 15000}
SET, STAMPS, CARD = "plant-set", "stamp-card", 10


@dataclass(frozen=True, slots=True)
class PricedLine:
    product: Product
    quantity: int
    unit: Money

    @property
    def total(self) -> Money:
        return self.unit.times(self.quantity)


@dataclass(frozen=True, slots=True)
class Discount:
    """One row of the sums: what a promotion takes off."""

    promotion: str
    percent: int
    amount: Money


@dataclass(frozen=True, slots=True)
class Totals:
    """What a cart costs. `subtotal` is that of the goods before discounts, which thresholds look at.

    Services are added as they are. Express shipping is no line: it takes the place of `standard` shipping.
    """

    lines: tuple[PricedLine, ...]
    subtotal: Money
    services: Money
    discounts: tuple[Discount, ...]
    express: PricedLine | None
    standard: Money
    shipping: Money
    total: Money
    promotions: tuple[str, ...]

    @property
    def count(self) -> int:
        return sum(line.quantity for line in self.lines)

    @property
    def discount(self) -> Money:
        return _sum((row.amount for row in self.discounts), self.total.currency)


def price_cart(
    quantities: Sequence[tuple[str, int]],
    catalogue: Catalogue,
    *,
    currency: str,
    groups: frozenset[str] = frozenset(),
    stamps: int | None = None,
) -> Totals:
    """Price a cart in one currency.

    Thresholds look at the goods before discounts: services and express shipping count towards none and are never
    discounted. Discounts do not add up: each line takes its best one, and the deal of the day is never reduced further.
    `stamps` are those on the customer's card, which fill up with this cart; None: there is no card.
    """
    every = [_line(catalogue.products[sku], quantity, currency) for sku, quantity in quantities if quantity > 0]
    lines = tuple(line for line in every if line.product.sku != EXPRESS)
    goods = [line for line in lines if not line.product.is_service]
    services = _sum((line.total for line in lines if line.product.is_service), currency)
    express = next((line for line in every if line.product.sku == EXPRESS), None) if goods else None
    subtotal = _sum((line.total for line in goods), currency)
    running = [promotion for promotion in catalogue.promotions if promotion.is_for(groups)]
    discounts = _discounts(goods, catalogue.deals.get(currency), running, subtotal, stamps)
    free = next((p.key for p in running if p.free_shipping and p.reached(subtotal)), "")
    standard = Money(0 if free or not goods else SHIPPING_MINOR[currency], currency)
    shipping = express.total if express else standard
    deal = any(line.product.sku == catalogue.deals.get(currency) for line in goods)
    applied = [free * (express is None), *(row.promotion for row in discounts), DEAL * deal]
    return Totals(
        lines=lines,
        subtotal=subtotal,
        services=services,
        discounts=discounts,
        express=express,
        standard=standard,
        shipping=shipping,
        total=subtotal + services - _sum((row.amount for row in discounts), currency) + shipping,
        promotions=tuple(dict.fromkeys(key for key in applied if key)),
    )


def _line(product: Product, quantity: int, currency: str) -> PricedLine:
    return PricedLine(product, quantity, product.price[currency])


def _sum(amounts: Iterator[Money], currency: str) -> Money:
    return sum(amounts, nothing(currency))


def _discounts(
    goods: Sequence[PricedLine], deal: str | None, running: Sequence[Promotion], subtotal: Money, stamps: int | None
) -> tuple[Discount, ...]:
    free = _free_units(goods, stamps)
    given = Counter({(STAMPS, 100): sum(line.unit.minor * free[line.product.sku] for line in goods)})
    plants = sum(line.quantity for line in goods if "plants" in line.product.categories)
    for line in goods:
        left = line.quantity - free[line.product.sku]
        offers = [] if line.product.sku == deal else list(_offers(line, left, plants, running, subtotal))
        if offers:
            *_, key, percent, base = max(offers)
            given[key, percent] += base
    rows = [
        Discount(key, percent, Money(base, subtotal.currency).percent(percent))
        for (key, percent), base in given.items()
    ]
    return tuple(row for row in rows if row.amount.minor)


def _offers(
    line: PricedLine, left: int, plants: int, running: Sequence[Promotion], subtotal: Money
) -> Iterator[tuple[int, bool, bool, str, int, int]]:
    """Give what may be taken off a line, comparable: the amount, then who it is limited to, then what it covers."""
    for promotion in running:
        tier, whole = promotion.reached(subtotal), line.unit.minor * left
        if tier and tier.percent:
            yield whole * tier.percent, bool(promotion.groups), True, promotion.key, tier.percent, whole
        if promotion.key == SET and _completes_a_set(line.product):
            base = line.unit.minor * min(left, plants)
            yield base * promotion.percent, False, False, SET, promotion.percent, base


def _completes_a_set(product: Product) -> bool:
    return "pots" in product.categories or "soil" in product.tags


def _free_units(goods: Sequence[PricedLine], stamps: int | None) -> Mapping[str, int]:
    """Count what the stamp card gives: with every tenth consumable the cheapest of the cart is free."""
    stamped = sorted((ln for ln in goods if "consumables" in ln.product.categories), key=lambda ln: ln.unit)
    units = [line.product.sku for line in stamped for _ in range(line.quantity)]
    return Counter(units[: ((stamps or 0) + len(units)) // CARD] if stamps is not None else ())
