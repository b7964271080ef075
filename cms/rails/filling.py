"""Filling a rail: seeds → ranked candidates → filters → the first that fit."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from fractions import Fraction
from operator import ge, le

from cms.facts.builtin import builtin
from cms.facts.context import View
from cms.facts.money import Money
from cms.facts.signals import Product
from cms.facts.values import Value
from cms.rails.rail import Filters, Rail, Share
from cms.rails.standings import Catalogue, best_sellers, deals, priced


def fill_rail(rail: Rail, view: View, seen: frozenset[str], *, held_out: bool = False) -> tuple[Product, ...]:
    """Choose a rail's products for one visitor.

    Args:
        rail: The authored rail.
        view: The context; without a catalogue the rail stays empty.
        seen: Parent keys of products already on the page, which are not repeated.
        held_out: Kept from personalization: the fallback alone ranks.

    Returns:
        Up to `limit` products, one per parent; empty when fewer than `min_items` fit.
    """
    catalogue = view.context.catalogue
    if catalogue is None:
        return ()
    view.note_catalogue()
    chosen: dict[str, Product] = {}
    strategies = rail.fallback if held_out else (rail.strategy, *rail.fallback)
    barred = seen | _barred(rail.filters, view, catalogue)
    fits = _test(rail.filters, view)
    for sku in _candidates(rail, strategies, view, catalogue):
        product = catalogue.get(sku)
        if product is None or product.family in barred or product.family in chosen:
            continue
        if fits(product):
            chosen[product.family] = product
        if len(chosen) == rail.limit:
            break
    return tuple(chosen.values()) if len(chosen) >= rail.min_items else ()


def parents_of(products: Iterable[Product]) -> frozenset[str]:
    return frozenset(product.family for product in products)


def in_cart(view: View, catalogue: Catalogue) -> frozenset[str]:
    """Give the parent keys of what is in the cart; a cart not known is taken as empty."""
    skus = _skus(view.value(builtin("cart.skus")))
    return frozenset(catalogue[sku].family if sku in catalogue else sku for sku in skus)


def _skus(value: Value | None) -> frozenset[str]:
    return value if isinstance(value, frozenset) else frozenset()


def _candidates(rail: Rail, strategies: tuple[str, ...], view: View, catalogue: Catalogue) -> Iterator[str]:
    yield from rail.pinned
    seeds = SEED_SKUS[rail.seed](view, catalogue)
    for strategy in strategies:
        rank = RANKINGS.get(strategy)
        yield from rank(seeds, view, catalogue) if rank else _linked(strategy, seeds, catalogue)


def _linked(kind: str, seeds: tuple[str, ...], catalogue: Catalogue) -> Iterator[str]:
    """Follow the merchant's own links of one kind: first every seed's first link, then every second one."""
    lists = [catalogue[seed].links.get(kind, ()) for seed in seeds if seed in catalogue]
    for place in range(max(map(len, lists), default=0)):
        for links in lists:
            if place < len(links):
                yield links[place]


def _best_sellers(seeds: tuple[str, ...], view: View, catalogue: Catalogue) -> Iterable[str]:
    return best_sellers(catalogue)


def _recently_viewed(seeds: tuple[str, ...], view: View, catalogue: Catalogue) -> Iterable[str]:
    return _viewed_seeds(view, catalogue)


def _set_fact(name: str) -> Callable[[tuple[str, ...], View, Catalogue], Iterable[str]]:
    def ranked(seeds: tuple[str, ...], view: View, catalogue: Catalogue) -> Iterable[str]:
        return sorted(_skus(view.value(builtin(name))), key=lambda sku: (-_popularity(sku, catalogue), sku))

    return ranked


def _popularity(sku: str, catalogue: Catalogue) -> int:
    return catalogue[sku].popularity if sku in catalogue else 0


def _hot_nearby(seeds: tuple[str, ...], view: View, catalogue: Catalogue) -> Iterable[str]:
    """Rank what the trait names; without it what sells most in the visitor's region, else country."""
    told = view.value(builtin("social.hot_nearby"))
    if _skus(told):
        return _set_fact("social.hot_nearby")(seeds, view, catalogue)
    for fact in ("visitor.region", "visitor.country"):
        place = view.value(builtin(fact))
        near = {sku: product.popularity_in.get(str(place), 0) for sku, product in catalogue.items()} if place else {}
        if any(near.values()):
            return sorted((sku for sku, sold in near.items() if sold), key=lambda sku: (-near[sku], sku))
    return ()


def _in_cart(seeds: tuple[str, ...], view: View, catalogue: Catalogue) -> Iterable[str]:
    return _cart_seeds(view, catalogue)


def _reach_threshold(seeds: tuple[str, ...], view: View, catalogue: Catalogue) -> Iterable[str]:
    """Rank what closes the gap to free shipping: the cheapest that does, then dearer ones, then the nearest below."""
    gap = view.value(builtin("cart.gap[free-shipping]"))
    if not isinstance(gap, Money) or gap.minor <= 0:
        return ()
    by_price = priced(catalogue).get(gap.currency, ())
    first = bisect_left(by_price, (gap.minor, ""))
    below = sorted(by_price[:first], key=lambda pair: (-pair[0], pair[1]))
    return [sku for _, sku in (*by_price[first:], *below)]


def _deal_of_day(seeds: tuple[str, ...], view: View, catalogue: Catalogue) -> Iterable[str]:
    return deals(catalogue)


def _replenish(seeds: tuple[str, ...], view: View, catalogue: Catalogue) -> Iterable[str]:
    """Rank what is due by the replenishment trait, longest due first."""
    due = [(when, sku) for sku, when in view.members("replenish_due") if isinstance(when, date) and when <= view.today]
    return [sku for _, sku in sorted(due)]


# Strategies that are more than the merchant's links; all others follow the links of their own name.
RANKINGS: Mapping[str, Callable[[tuple[str, ...], View, Catalogue], Iterable[str]]] = {
    "best-sellers": _best_sellers,
    "recently-viewed": _recently_viewed,
    "friends-bought": _set_fact("social.friends_bought"),
    "hot-nearby": _hot_nearby,
    "replenish": _replenish,
    "in-cart": _in_cart,
    "reach-threshold": _reach_threshold,
    "deal-of-day": _deal_of_day,
}
REMINDERS = frozenset({"in-cart"})  # they repeat what the visitor has on purpose


def _by_price(skus: Iterable[str], catalogue: Catalogue) -> tuple[str, ...]:
    """Put the dearest first: what the visit is mostly about leads."""

    def rank(sku: str) -> tuple[int, str]:
        price = catalogue[sku].price if sku in catalogue else None
        return (-price.minor if price else 0, sku)

    return tuple(sorted(skus, key=rank))


def _cart_seeds(view: View, catalogue: Catalogue) -> tuple[str, ...]:
    return _by_price(_skus(view.value(builtin("cart.skus"))), catalogue)


def _product_seeds(view: View, catalogue: Catalogue) -> tuple[str, ...]:
    viewed = view.value(builtin("page.product"))
    return (viewed,) if isinstance(viewed, str) else ()


def _viewed_seeds(view: View, catalogue: Catalogue) -> tuple[str, ...]:
    return _by_price(_skus(view.value(builtin("session.viewed"))), catalogue)


def _bought_seeds(view: View, catalogue: Catalogue) -> tuple[str, ...]:
    """Put the latest purchase first."""
    bought = [(when, sku) for sku, when in view.members("bought") if isinstance(when, date) and sku in catalogue]
    return tuple(sku for _, sku in sorted(bought, key=lambda pair: (-pair[0].toordinal(), pair[1])))


SEED_SKUS: Mapping[str, Callable[[View, Catalogue], tuple[str, ...]]] = {
    "cart": _cart_seeds,
    "product": _product_seeds,
    "viewed": _viewed_seeds,
    "bought": _bought_seeds,
}


def _test(filters: Filters, view: View) -> Callable[[Product], bool]:
    """Make the test that a candidate has to pass; all that is the same for every candidate is looked up once."""
    viewed, currency = view.value(builtin("page.product")), view.context.currency
    ends = [(ge, filters.min_price), (le, filters.max_price)]
    bounds = [(holds, _amount_of(share, view)) for holds, share in ends if share is not None]

    def fits(product: Product) -> bool:
        price = product.price
        return (
            price is not None
            and price.currency == currency
            and product.sku != viewed
            and not (filters.in_stock and not product.stock)
            and (filters.category is None or filters.category in product.categories)
            and (filters.tag is None or filters.tag in product.tags)
            and all(amount is not None and holds(price.minor, amount) for holds, amount in bounds)
        )

    return fits


def _amount_of(share: Share, view: View) -> Fraction | None:
    """Give a share in exact minor units; None where its whole is unknown or of another currency.

    Then no price fits: nothing dear is pushed on a guess, and no step up is one whose first step is not known.
    """
    ref, ratio = share
    whole = view.value(ref)
    return ratio * whole.minor if isinstance(whole, Money) and whole.currency == view.context.currency else None


def _barred(filters: Filters, view: View, catalogue: Catalogue) -> frozenset[str]:
    """Name the parents of what is in the cart or was bought lately, as the filters say.

    A cart or history not known excludes nothing: most visitors have none, and a rail is no promise.
    """
    held = in_cart(view, catalogue) if filters.not_in_cart else frozenset()
    within = filters.not_bought_within
    if within is None:
        return held
    lately = (sku for sku, last in view.members("bought") if isinstance(last, date) and view.today - last < within)
    return held | parents_of(catalogue[sku] for sku in lately if sku in catalogue)
