"""Promises confirmed against commerce: what is not confirmed now is not said."""

from cms.facts.builtin import builtin
from cms.facts.context import View
from cms.facts.declarations import FactRef
from cms.facts.money import Money
from cms.offers.offer import Promise


def facts_of(promise: Promise) -> tuple[FactRef, ...]:
    """List the facts that confirm or refute a promise."""
    names = ["shop.promotions"] if promise.promotion or promise.threshold else []
    names += [f"stock[{sku}]" for sku in (*promise.stock, *promise.price)]
    names += ["page.product", "product.price"] if promise.price else []
    return tuple(builtin(name) for name in names)


def unconfirmed(promise: Promise, view: View) -> str:
    """Name the first part of a promise that commerce does not confirm; "" if it holds.

    A promotion is confirmed where it runs for this customer, a threshold by the shop's own list of those promotions, a
    price by its catalogue, else by the product viewed, and stock by a number above none. Amounts have to be those of
    the request's currency, to the last digit: what is told in another one confirms nothing.
    """
    if promise.promotion is not None and promise.promotion not in _promotions(view):
        return f"promotion {promise.promotion}"
    for key, amount in promise.threshold.items():
        _promotions(view)  # a threshold is as private as the promotion it belongs to
        if not _is_asked(amount, view) or amount not in view.context.thresholds.get(key, ()):
            return f"threshold of {key}"
    for sku, amount in promise.price.items():
        if _price(view, sku) != amount or not _is_asked(amount, view):
            return f"price of {sku}"
    for sku in promise.stock:
        stock = view.value(builtin(f"stock[{sku}]"))
        if not isinstance(stock, int) or stock <= 0:
            return f"stock of {sku}"
    return ""


def _is_asked(amount: Money, view: View) -> bool:
    return amount.currency == view.context.currency


def _promotions(view: View) -> frozenset[str]:
    running = view.value(builtin("shop.promotions"))
    return running if isinstance(running, frozenset) else frozenset()


def _price(view: View, sku: str) -> Money | None:
    product = (view.context.catalogue or {}).get(sku)
    if view.context.catalogue is not None:
        view.note_catalogue()
    if product is not None:
        return product.price
    viewed = view.value(builtin("product.price")) if view.value(builtin("page.product")) == sku else None
    return viewed if isinstance(viewed, Money) else None
