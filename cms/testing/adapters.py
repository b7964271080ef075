"""What every adapter promises, as a check that its author can run against a shop or a stand-in for one."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from cms.errors import CmsError
from cms.facts.signals import Answer, Cart, Customer, Found, Order, Product, Promotion, Shopper, Signal, SignalSource

_OF_EVERYBODY = frozenset({Signal.CATALOGUE, Signal.PROMOTIONS})
_CODES = frozenset({"commerce-timeout", "commerce-refused", "commerce-error", "commerce-garbage"})


def breaches(source: SignalSource, *, known: Shopper, stranger: Shopper, currency: str) -> list[str]:
    """Name each promise of `SignalSource` that a source breaks; none is a conforming adapter.

    Args:
        source: The adapter, connected.
        known: Tokens the shop knows: a cart, and a customer who is logged in.
        stranger: Two tokens it has never given out.
        currency: One it sells in.
    """
    return [
        f"{signal}: {breach}"
        for signal in Signal
        if signal in source.supplies
        for breach in _breaches(source, signal, known, stranger, currency)
    ]


def _breaches(source: SignalSource, signal: Signal, known: Shopper, stranger: Shopper, currency: str) -> Iterator[str]:
    answer = source.fetch(signal, known, currency=currency, timeout_s=10)
    if answer.found is not Found.FOUND:
        yield f"a known shopper is answered {answer.found}"
    elif not _FORMS[signal](answer.value):
        yield "the value is not in the normal form"
    if signal not in _OF_EVERYBODY:
        answer = source.fetch(signal, stranger, currency=currency, timeout_s=10)
        if answer != Answer(Found.UNKNOWN_TOKEN):
            yield f"a token never given out is answered {answer.found}"
    yield from _breaches_without_time(source, signal, known, currency)


def _breaches_without_time(source: SignalSource, signal: Signal, known: Shopper, currency: str) -> Iterator[str]:
    try:
        source.fetch(signal, known, currency=currency, timeout_s=0)
    except CmsError as error:
        if error.code not in _CODES:
            yield f"a failure has the code {error.code}"
    else:
        yield "no time at all was enough for an answer"


def _is_cart(value: Any) -> bool:
    return isinstance(value, Cart) and all(
        line.quantity > 0 and (line.unit_price is None or line.unit_price.currency == value.currency)
        for line in value.lines
    )


def _is_orders(value: Any) -> bool:
    return (
        isinstance(value, Sequence)
        and all(isinstance(order, Order) and order.placed_at.tzinfo is not None for order in value)
        and all(later.placed_at >= earlier.placed_at for later, earlier in pairwise(value))
    )


def _is_catalogue(value: Any) -> bool:
    return isinstance(value, Mapping) and all(
        isinstance(product, Product) and product.sku == sku and (product.stock is None or product.stock >= 0)
        for sku, product in value.items()
    )


def _is_promotions(value: Any) -> bool:
    return isinstance(value, Sequence) and all(
        isinstance(promotion, Promotion) and all(a.threshold < b.threshold for a, b in pairwise(promotion.tiers))
        for promotion in value
    )


def _is_traits(value: Any) -> bool:
    return isinstance(value, Mapping) and all(isinstance(name, str) for name in value)


_FORMS: Mapping[Signal, Callable[[Any], bool]] = {
    Signal.CART: _is_cart,
    Signal.CUSTOMER: lambda value: isinstance(value, Customer) and bool(value.key),
    Signal.ORDERS: _is_orders,
    Signal.CATALOGUE: _is_catalogue,
    Signal.PROMOTIONS: _is_promotions,
    Signal.TRAITS: _is_traits,
}
