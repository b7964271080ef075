"""Standings: rankings that hang on nothing but the catalogue, worked out once for each.

A shop's catalogue is one object until it is fetched anew, and thousands of pages are decided on it.
"""

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import wraps
from typing import TypeVar

from cms.facts.signals import Product

Catalogue = Mapping[str, Product]
_MOST_KEPT = 8  # catalogues: a market each, the present one and the one before
_Ranked = TypeVar("_Ranked")


def _once(rank: Callable[[Catalogue], _Ranked]) -> Callable[[Catalogue], _Ranked]:
    kept: dict[int, tuple[Catalogue, _Ranked]] = {}  # by identity; what is kept keeps its identity

    @wraps(rank)
    def ranked(catalogue: Catalogue) -> _Ranked:
        found = kept.get(id(catalogue))
        if found is None:
            if len(kept) >= _MOST_KEPT:
                kept.clear()
            found = kept[id(catalogue)] = (catalogue, rank(catalogue))
        return found[1]

    return ranked


@_once
def best_sellers(catalogue: Catalogue) -> tuple[str, ...]:
    """Rank what sells most."""
    return tuple(sorted(catalogue, key=lambda sku: (-catalogue[sku].popularity, sku)))


@_once
def deals(catalogue: Catalogue) -> tuple[str, ...]:
    """Rank what costs less than regularly, the greatest cut first."""
    cuts = {sku: cut for sku, product in catalogue.items() if (cut := _cut(product)) > 0}
    return tuple(sorted(cuts, key=lambda sku: (-cuts[sku], sku)))


@_once
def priced(catalogue: Catalogue) -> Mapping[str, tuple[tuple[int, str], ...]]:
    """Give price in minor units and SKU of what has a price, by currency, cheapest first."""
    found: dict[str, list[tuple[int, str]]] = {}
    for sku, product in catalogue.items():
        if product.price is not None:
            found.setdefault(product.price.currency, []).append((product.price.minor, sku))
    return {currency: tuple(sorted(pairs)) for currency, pairs in found.items()}


def _cut(product: Product) -> Fraction:
    """Give the exact share of the regular price that is taken off now."""
    price, regular = product.price, product.list_price
    if price is None or regular is None or regular.currency != price.currency or regular.minor <= 0:
        return Fraction(0)
    return Fraction(regular.minor - price.minor, regular.minor)
