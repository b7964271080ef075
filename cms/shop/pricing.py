"""Cart arithmetic: lines to subtotal, the one best discount, shipping and total."""

from collections.abc import Sequence
from dataclasses import dataclass

from cms.shop.catalogue import Catalogue, Product, Promotion
from cms.shop.money import Money, nothing

SHIPPING_MINOR = {"USD": 500, "TWD": 15000}


@dataclass(frozen=True, slots=True)
class PricedLine:
    product: Product
    quantity: int
    unit: Money

    @property
    def total(self) -> Money:
        return self.unit.times(self.quantity)


@dataclass(frozen=True, slots=True)
class Totals:
    """What a cart costs; `promotions` are the keys applied, `percent` is 0 without a discount."""

    lines: tuple[PricedLine, ...]
    subtotal: Money
    percent: int
    discount: Money
    shipping: Money
    total: Money
    promotions: tuple[str, ...]

    @property
    def count(self) -> int:
        return sum(line.quantity for line in self.lines)


def price_cart(
    quantities: Sequence[tuple[str, int]], catalogue: Catalogue, *, currency: str, groups: frozenset[str] = frozenset()
) -> Totals:
    """Price a cart in one currency.

    Thresholds look at the goods before discounts. Discounts do not add up: the largest counts, and between equal
    ones the one that is limited to the customer's group.
    """
    lines = tuple(_line(catalogue.products[sku], quantity, currency) for sku, quantity in quantities)
    subtotal = sum((line.total for line in lines), nothing(currency))
    running = [promotion for promotion in catalogue.promotions if promotion.is_for(groups)]
    percent, discount_key = _best_discount(running, subtotal)
    free = _free_shipping(running, subtotal)
    shipping = Money(0 if free or not lines else SHIPPING_MINOR[currency], currency)
    discount = subtotal.percent(percent)
    applied = tuple(key for key in (free, discount_key) if key)
    return Totals(lines, subtotal, percent, discount, shipping, subtotal - discount + shipping, applied)


def _line(product: Product, quantity: int, currency: str) -> PricedLine:
    return PricedLine(product, quantity, product.price[currency])


def _best_discount(running: Sequence[Promotion], subtotal: Money) -> tuple[int, str]:
    reached = [(tier.percent or 0, bool(p.groups), p.key) for p in running if (tier := p.reached(subtotal))]
    percent, _, key = max(reached, default=(0, False, ""))
    return (percent, key) if percent else (0, "")


def _free_shipping(running: Sequence[Promotion], subtotal: Money) -> str:
    return next((p.key for p in running if p.free_shipping and p.reached(subtotal)), "")
