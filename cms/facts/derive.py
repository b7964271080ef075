"""Facts computed from the normal form of signals: the one place where a cart becomes `cart.gap[…]`."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from cms.facts.counters import Counters, moment
from cms.facts.money import Money
from cms.facts.signals import Cart, CartLine, Customer, Order, OrderLine, Product, Promotion
from cms.facts.values import Value

Values = dict[str, Value]
BOUGHT_BY_CATEGORY = "bought, by category"  # no fact's name: of `bought[…]` what names no product of the catalogue
_A_WEEK = timedelta(days=7)


def priced(cart: Cart, catalogue: Mapping[str, Product] | None) -> Cart:
    """Give the lines without a price, and all lines' categories, what the catalogue says."""
    known = catalogue or {}

    def line_of(line: CartLine) -> CartLine:
        product = known.get(line.sku)
        if product is None:
            return line
        price = line.unit_price if line.unit_price is not None else product.price
        return CartLine(line.sku, line.quantity, price, line.categories or product.categories)

    return Cart(tuple(map(line_of, cart.lines)), cart.currency, cart.subtotal, cart.shipping_method, cart.promotions)


def subtotal_of(cart: Cart) -> Money | None:
    """Sum a cart; None where a line has no price in the cart's currency."""
    if cart.subtotal is not None:
        return cart.subtotal
    prices = _unit_prices(cart)
    if prices is None:
        return None
    return Money(sum(price * line.quantity for price, line in zip(prices, cart.lines, strict=True)), cart.currency)


def _unit_prices(cart: Cart) -> list[int] | None:
    """Give the price of each line in minor units; None where one has none in the cart's currency."""
    prices = [line.unit_price for line in cart.lines]
    known = [price.minor for price in prices if price is not None and price.currency == cart.currency]
    return known if len(known) == len(prices) else None


def cart_facts(cart: Cart) -> Values:
    """Derive `cart.*` from a priced cart; what a line does not tell stays unknown, of an empty cart all is 0 or empty."""
    values: Values = {
        "cart.count": sum(line.quantity for line in cart.lines),
        "cart.skus": frozenset(line.sku for line in cart.lines),
        **_quantities(cart),
        **_categories(cart),
    }
    subtotal = subtotal_of(cart)
    if subtotal is not None:
        values["cart.subtotal"] = subtotal
    prices = _unit_prices(cart)
    if prices is not None:
        values["cart.max_item_price"] = Money(max(prices, default=0), cart.currency)
    if cart.promotions is not None or not cart.lines:
        values["cart.promotions"] = cart.promotions or frozenset()
    if cart.shipping_method is not None:
        values["cart.shipping_method"] = cart.shipping_method
    return values


def _quantities(cart: Cart) -> Values:
    counted: Counter[str] = Counter()
    for line in cart.lines:
        counted[line.sku] += line.quantity
    return {f"cart.quantity[{sku}]": quantity for sku, quantity in counted.items()}


def _categories(cart: Cart) -> Values:
    if any(not line.categories for line in cart.lines):
        return {}  # one line of unknown category makes the whole set unknown
    values: Values = {"cart.categories": frozenset(category for line in cart.lines for category in line.categories)}
    amounts: Counter[str] = Counter()
    for price, line in zip(_unit_prices(cart) or (), cart.lines, strict=False):
        for category in line.categories:
            amounts[category] += price * line.quantity
    return values | {f"cart.amount_in[{category}]": Money(minor, cart.currency) for category, minor in amounts.items()}


def untold_of(cart: Cart) -> frozenset[str]:
    """Name the stems of which a cart tells too little for absence: without its category a line may be in any."""
    told = _unit_prices(cart) is not None and all(line.categories for line in cart.lines)
    return frozenset() if told else frozenset({"cart.amount_in"})


def customer_facts(customer: Customer) -> Values:
    """Derive `customer.*`; None in the normal form is unknown."""
    said: Mapping[str, Value | None] = {
        "customer.kind": customer.kind,
        "customer.groups": customer.groups,
        "customer.company": customer.company,
        "customer.company_level": customer.company_level,
        "customer.loyalty_tier": customer.loyalty_tier,
        "customer.loyalty_points": customer.loyalty_points,
        "customer.is_member": customer.is_member,
        "customer.tags": customer.tags,
    }
    return {name: value for name, value in said.items() if value is not None}


def order_facts(orders: Sequence[Order], *, currency: str, now: datetime, zone: ZoneInfo) -> Values:
    """Derive `orders.*` and `bought[…]` from a whole order history.

    Sums are of the orders in `currency`; a history in several currencies has unknown sums.
    """
    values: Values = {"orders.count": len(orders), **_purchases(orders, zone)}
    if not untold_of_orders(orders):
        values |= _recent_quantities(orders, now)
    if orders:
        values["orders.last"] = max(order.placed_at for order in orders).astimezone(zone).date()
    if all(order.total.currency == currency for order in orders):
        total = sum(order.total.minor for order in orders)
        year = sum(order.total.minor for order in orders if order.placed_at >= now - timedelta(days=365))
        values |= {"orders.total": Money(total, currency), "orders.yearly_volume": Money(year, currency)}
        if orders:
            values["orders.average"] = Money.rounded(Fraction(total, len(orders)), currency)
    return values


def filed(orders: Sequence[Order], catalogue: Mapping[str, Product] | None) -> Sequence[Order]:
    """Give the lines without categories those of the catalogue; few shops keep them with their orders."""
    if catalogue is None or all(line.categories for order in orders for line in order.lines):
        return orders

    def line_of(line: OrderLine) -> OrderLine:
        product = None if line.categories else catalogue.get(line.sku)
        return line if product is None else OrderLine(line.sku, line.quantity, product.categories)

    return [Order(order.placed_at, order.total, tuple(map(line_of, order.lines))) for order in orders]


def untold_of_orders(orders: Iterable[Order]) -> frozenset[str]:
    """Name what a history tells too little of for absence: a line without its category may have been of any."""
    told = all(line.categories for order in orders for line in order.lines)
    return frozenset() if told else frozenset({"orders.quantity", BOUGHT_BY_CATEGORY})


def _purchases(orders: Iterable[Order], zone: ZoneInfo) -> Values:
    last: dict[str, date] = {}
    for order in sorted(orders, key=lambda order: order.placed_at):
        for line in order.lines:
            for bought in (line.sku, *line.categories):
                last[f"bought[{bought}]"] = order.placed_at.astimezone(zone).date()
    return dict(last)


def _recent_quantities(orders: Iterable[Order], now: datetime) -> Values:
    counted: Counter[str] = Counter()
    for order in orders:
        if order.placed_at >= now - timedelta(days=90):
            for line in order.lines:
                for category in line.categories:
                    counted[category] += line.quantity
    return {f"orders.quantity[{category}].last_90_days": quantity for category, quantity in counted.items()}


def product_facts(catalogue: Mapping[str, Product], viewed: str | None) -> Values:
    """Derive `stock[…]` of the whole catalogue and `product.*` of the product viewed."""
    values: Values = {f"stock[{sku}]": item.stock for sku, item in catalogue.items() if item.stock is not None}
    product = catalogue.get(viewed) if viewed is not None else None
    if product is None:
        return values
    said: Mapping[str, Value | None] = {
        "product.price": product.price,
        "product.category": product.categories[0] if product.categories else None,
        "product.categories": frozenset(product.categories),
        "product.tags": product.tags,
        "product.stock": product.stock,
        "product.rating": None if product.rating is None else Decimal(str(product.rating)),
    }
    return values | {name: value for name, value in said.items() if value is not None}


def visit_facts(viewed: str | None, known: Values, catalogue: Mapping[str, Product] | None) -> Values:
    """Derive whether the product viewed, in whatever variant, is in the cart and when it was bought.

    Args:
        viewed: The SKU of the product viewed; None: there is none, then nothing is derived.
        known: The facts known so far, of the cart and of the orders.
        catalogue: Tells which SKUs are variants of one product; None: each stands for itself.
    """
    if viewed is None:
        return {}
    same = _variants(viewed, catalogue or {})
    values: Values = {}
    skus = known.get("cart.skus")
    if isinstance(skus, frozenset):
        values["product.in_cart"] = bool(same & skus)
    days = [day for sku in same if isinstance(day := known.get(f"bought[{sku}]"), date)]
    return values | ({"product.last_bought": max(days)} if days else {})


def _variants(viewed: str, catalogue: Mapping[str, Product]) -> frozenset[str]:
    """Name the SKUs of one product, the one given among them."""
    product = catalogue.get(viewed)
    if product is None:
        return frozenset({viewed})
    return frozenset(sku for sku, other in catalogue.items() if other.family == product.family)


def open_to(groups: frozenset[str] | None, promotions: Iterable[Promotion]) -> tuple[Promotion, ...]:
    """Pick the promotions that a customer can have; of unknown groups (None) only those that everybody can."""
    return tuple(promotion for promotion in promotions if _is_open(promotion, groups))


def _is_open(promotion: Promotion, groups: frozenset[str] | None) -> bool:
    if groups is None:
        return not promotion.groups and not promotion.not_for
    return (not promotion.groups or bool(promotion.groups & groups)) and not promotion.not_for & groups


def promotion_facts(promotions: Sequence[Promotion], *, currency: str, subtotal: Money | None) -> Values:
    """Derive `shop.*` and the thresholds of every promotion.

    Args:
        promotions: Those running now that this customer can have.
        currency: The request's; a threshold in another one is left out.
        subtotal: The cart's; None: unknown, then gaps and tiers stay unknown.
    """
    values: Values = {"shop.promotions": frozenset(promotion.key for promotion in promotions)}
    free = [tier.threshold for promotion in promotions if promotion.free_shipping for tier in promotion.tiers]
    free = [threshold for threshold in free if threshold.currency == currency and threshold.minor > 0]
    if free:
        values["shop.free_shipping_threshold"] = min(free)
    if subtotal is not None and subtotal.currency == currency:
        for promotion in promotions:
            values |= _tier_facts(promotion, subtotal)
    return values


def _tier_facts(promotion: Promotion, subtotal: Money) -> Values:
    tiers = [tier for tier in promotion.tiers if tier.threshold.currency == subtotal.currency]
    if not tiers:
        return {}
    ahead = [tier for tier in tiers if tier.threshold > subtotal]
    reached = [tier for tier in tiers if tier.threshold <= subtotal]
    gap = ahead[0].threshold.minor - subtotal.minor if ahead else 0
    values: Values = {f"cart.gap[{promotion.key}]": Money(gap, subtotal.currency)}
    if ahead:
        values[f"next.threshold[{promotion.key}]"] = ahead[0].threshold
        if ahead[0].percent is not None:
            values[f"next.percent[{promotion.key}]"] = ahead[0].percent
    if any(tier.percent is not None for tier in tiers):
        values[f"tier.percent[{promotion.key}]"] = max((tier.percent or 0 for tier in reached), default=0)
    return values


def counter_facts(counters: Counters, *, pressure: int, now: datetime, zone: ZoneInfo) -> Values:
    """Derive `shown[…].last_7_days`, `pressure` and `dismissed[…]`, the day it was in the market's time zone."""
    if counters.of_nobody:
        return {}
    values: Values = {"pressure": pressure}
    for entry in counters.shown:
        values[f"shown[{entry}].last_7_days"] = counters.times(entry, "customer", _A_WEEK, now) or 0
    for entry, at_ms in counters.dismissed.items():
        values[f"dismissed[{entry}]"] = moment(at_ms).astimezone(zone).date()
    return values
