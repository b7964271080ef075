"""The normal form, looked at closely: types, currencies, order."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any

import msgspec

from cms.facts.money import Money
from cms.facts.signals import Cart, Customer, Order, Product, Promotion, Signal

_ADDRESS = re.compile(r"(https?://|/(?!/))[^\s\"'<>\\]*")
_CURRENCY = re.compile(r"[A-Z]{3}")


def flaws(signal: Signal, value: object) -> Iterator[str]:
    """Name what a value of a signal has that the normal form does not."""
    form, whole, look = _FORMS[signal]
    given: Any = whole(value) if isinstance(value, Mapping | Sequence) and not isinstance(value, str) else value
    if not _is_of(given, form):
        yield f"its {signal} is not the normal form's: each field has one type, lists are tuples and sets frozensets"
        return
    yield from look(given)


def _is_of(value: Any, form: Any) -> bool:
    try:
        plain = msgspec.to_builtins(value)
        again = msgspec.convert(plain, form)
    except (TypeError, ValueError, msgspec.MsgspecError):
        return False
    return bool(again == value)


def _of_cart(cart: Cart) -> Iterator[str]:
    amounts = [cart.subtotal, *(line.unit_price for line in cart.lines)]
    yield from _of_money(amounts)
    if any(amount is not None and amount.currency != cart.currency for amount in amounts):
        yield "an amount of a cart is in another currency than the cart"
    if any(line.quantity < 1 or not line.sku for line in cart.lines):
        yield "a line of a cart has no SKU or a quantity below 1"


def _of_customer(customer: Customer) -> Iterator[str]:
    if not customer.key or "@" in customer.key:
        yield "the key of a customer is empty or an e-mail address"
    if customer.kind not in (None, "consumer", "business"):
        yield "the kind of a customer is neither consumer nor business"
    if any(word == "" for word in (customer.company, customer.company_level, customer.loyalty_tier)):
        yield "an empty text of a customer: what is not said is None"


def _of_orders(orders: Sequence[Order]) -> Iterator[str]:
    yield from _of_money(order.total for order in orders)
    if any(not isinstance(order.placed_at, datetime) or order.placed_at.tzinfo is None for order in orders):
        yield "an order was placed at a time without offset"
    elif any(later.placed_at < earlier.placed_at for later, earlier in pairwise(orders)):
        yield "orders are not the newest first"
    if any(line.quantity < 1 or not line.sku for order in orders for line in order.lines):
        yield "a line of an order has no SKU or a quantity below 1"


def _of_catalogue(products: Mapping[str, Product]) -> Iterator[str]:
    prices = [price for product in products.values() for price in (product.price, product.list_price)]
    yield from _of_money(prices)
    if len({price.currency for price in prices if price is not None}) > 1:
        yield "a catalogue has prices in several currencies"
    if any(product.sku != sku or not sku for sku, product in products.items()):
        yield "a product stands under another SKU than its own"
    if any(product.stock is not None and product.stock < 0 for product in products.values()):
        yield "a product has a stock below 0"
    addresses = [address for one in products.values() for address in (one.url, *filter(None, [one.image]))]
    if not all(map(_ADDRESS.fullmatch, addresses)):
        yield "an address of a product is neither http(s) nor a path"


def _of_stock(stock: Mapping[str, int]) -> Iterator[str]:
    if any(units < 0 for units in stock.values()):
        yield "a product has a stock below 0"


def _of_promotions(promotions: Sequence[Promotion]) -> Iterator[str]:
    thresholds = [[tier.threshold for tier in promotion.tiers] for promotion in promotions]
    yield from _of_money(amount for amounts in thresholds for amount in amounts)
    if any(len({amount.currency for amount in amounts}) > 1 for amounts in thresholds):
        yield "a promotion has thresholds in several currencies"
    elif any(lower >= upper for amounts in thresholds for lower, upper in pairwise(amounts)):
        yield "the thresholds of a promotion do not ascend"
    percents = [tier.percent for promotion in promotions for tier in promotion.tiers]
    if any(percent is not None and not 0 <= percent <= 100 for percent in percents):
        yield "a tier gives a percentage that is not between 0 and 100"
    if len({promotion.key for promotion in promotions}) < len(promotions):
        yield "two promotions have one key"


def _of_traits(traits: Mapping[str, object]) -> Iterator[str]:
    if "" in traits:
        yield "a trait has no name"


def _of_money(amounts: Iterable[Money | None]) -> Iterator[str]:
    said = [amount for amount in amounts if amount is not None]
    if not all(_CURRENCY.fullmatch(amount.currency) for amount in said):
        yield "an amount is in no ISO 4217 currency"
    if any(amount.minor < 0 for amount in said):
        yield "an amount is less than nothing"


_FORMS: Mapping[Signal, tuple[Any, Callable[[Any], Any], Callable[[Any], Iterator[str]]]] = {
    Signal.CART: (Cart, tuple, _of_cart),
    Signal.CUSTOMER: (Customer, tuple, _of_customer),
    Signal.ORDERS: (tuple[Order, ...], tuple, _of_orders),
    Signal.CATALOGUE: (dict[str, Product], dict, _of_catalogue),
    Signal.STOCK: (dict[str, int], dict, _of_stock),
    Signal.PROMOTIONS: (tuple[Promotion, ...], tuple, _of_promotions),
    Signal.TRAITS: (dict[str, Any], dict, _of_traits),
}
