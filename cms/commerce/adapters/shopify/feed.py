"""The catalogue in parts: what a shopper of one market can buy, in the order in which it was changed last."""

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from cms.commerce.adapter import Batch
from cms.commerce.adapters.shopify import queries
from cms.commerce.adapters.shopify.api import DENIED, TOO_DEAR, Admin, Storefront
from cms.commerce.adapters.shopify.forms import Habits, gid
from cms.commerce.adapters.shopify.products import Links, first_keys, keys, product_forms, product_number
from cms.commerce.failures import ERROR, GARBAGE, MALFORMED, ShopError
from cms.commerce.payloads import sound_products
from cms.commerce.wire.graphql import RefusedError
from cms.commerce.wire.transport import CATALOGUE_BYTES
from cms.facts.signals import Product

_LAG = timedelta(minutes=2)  # Shopify's search may find a change later than it was made
_MOST_PAGED = 20_000  # Shopify pages through 25,000 at most; then we begin anew where we are
_AT_ONCE = 20  # products whose recommendations are asked for together
_SHARE = 0.5  # of an allowance that the feed leaves to shoppers
_MOST_PAGES = 50


@dataclass(frozen=True, slots=True)
class Place:
    """How far a reading is; it outlives the process as JSON.

    `since` is what was read up to, "" nothing; `after` the page within that, of which `paged` products came; `latest` the
    last change seen; `settled` the moment from which on a page may have come too early for a change, "" none has;
    `size` how many products the next page may hold.
    """

    size: int
    since: str = ""
    after: str = ""
    paged: int = 0
    latest: str = ""
    settled: str = ""

    @classmethod
    def read(cls, cursor: str, *, size: int) -> "Place":
        """Read a cursor; one that is not ours begins anew."""
        try:
            kept = cls(**json.loads(cursor)) if cursor else cls(size)
            return replace(kept, size=min(kept.size, size))
        except (TypeError, ValueError):
            return cls(size)

    @property
    def cursor(self) -> str:
        return json.dumps(asdict(self))


@dataclass(frozen=True, slots=True)
class Market:
    """Whose prices and texts; "" the shop's own. `currency` is that of a country's prices."""

    country: str = ""
    language: str = ""
    currency: str = ""

    @property
    def variables(self) -> dict[str, str]:
        return {name: value for name, value in (("country", self.country), ("language", self.language)) if value}


class ShopifyFeed:
    """A `CatalogueFeed` over the Storefront API.

    Args:
        storefront: Told of what is sold.
        admin: Told, where there is one, of what was taken off sale since.
        habits: How the shop files.
        countries: By currency, whose prices; none: the shop's own prices whatever the currency.
        language: Of titles, such as EN; "" the shop's own.
        intents: Of recommendations, by the kind of link they make.
        page_size: Products a page, at most.
        clock: Now.
        sleep: Waits seconds.
    """

    def __init__(
        self,
        storefront: Storefront,
        admin: Admin | None,
        habits: Habits,
        *,
        countries: Mapping[str, str],
        language: str,
        intents: Mapping[str, str],
        page_size: int,
        clock: Callable[[], datetime],
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._storefront = storefront
        self._admin = admin
        self._habits = habits
        self._countries = countries
        self._language = language
        self._intents = intents
        self._page_size = page_size
        self._clock = clock
        self._sleep = sleep
        self._popularity: Mapping[str, int] | None = None

    def batch(self, cursor: str, *, currency: str, timeout_s: float) -> Batch:
        deadline = self._storefront.api.transport.monotonic() + timeout_s
        place = Place.read(cursor, size=self._page_size)
        market = self._market(currency)
        try:
            return self._batch(place, market, deadline)
        except MALFORMED as error:
            raise ShopError(GARBAGE, "Shopify answered its products in a form it should not have") from error

    def _batch(self, place: Place, market: Market, deadline: float) -> Batch:
        if not place.after and not place.since:
            self._popularity = None
        page, place = self._page(place, market, deadline)
        found = page["nodes"]
        for product in found:
            self._complete(product, market, deadline)
        products = self._products(found, self._best_sellers(deadline), self._links(found, deadline))
        _check_currency(products.values(), market)
        is_last = not page["pageInfo"]["hasNextPage"]
        gone = self._gone(place, deadline) if is_last and place.since else []
        following = self._settled(place) if is_last else _turned(place, page["pageInfo"]["endCursor"])
        return Batch(products, following.cursor, is_last, frozenset(gone) - products.keys())

    def _market(self, currency: str) -> Market:
        country = self._countries.get(currency, "")
        if self._countries and not country:
            message = f"no country is known whose prices are in {currency}: add it to the option `markets`"
            raise ShopError(ERROR, message, ails=False)
        return Market(country, self._language, currency if country else "")

    def _page(self, place: Place, market: Market, deadline: float) -> tuple[Any, Place]:
        """Read the next page, and say what has been read by then; one that is too dear is made smaller."""
        variables = market.variables | {"first": place.size, **_since(place.since), **_after(place.after)}
        recently = self._recently()
        try:
            page = self._ask(queries.PRODUCTS, variables, deadline)["products"]
        except RefusedError as refused:
            if TOO_DEAR not in refused.codes or place.size <= 1:
                raise
            return self._page(replace(place, size=place.size // 2), market, deadline)
        changes = [datetime.fromisoformat(product["updatedAt"]) for product in page["nodes"]]
        latest = max([place.latest, *map(_written, changes)])
        settled = place.settled or (recently if latest > recently else "")
        return page, replace(place, latest=latest, settled=settled, paged=place.paged + len(changes))

    def _settled(self, place: Place) -> Place:
        """Begin the next reading where this one ended, or a little earlier where what it saw was quite new.

        One that saw nothing moves nothing: our clock may be ahead of Shopify's.
        """
        return Place(place.size, since=place.settled or place.latest or place.since or self._recently())

    def _recently(self) -> str:
        return _written(self._clock() - _LAG)

    def _complete(self, product: Any, market: Market, deadline: float) -> None:
        """Read the variants of a product that did not fit on its page."""
        variants = product["variants"]
        asked = market.variables | {"id": product["id"]}
        while variants["pageInfo"]["hasNextPage"]:
            variables = asked | {"after": variants["pageInfo"]["endCursor"]}
            more = self._ask(queries.VARIANTS, variables, deadline)["product"]
            if more is None:
                break
            variants["nodes"] += more["variants"]["nodes"]
            variants["pageInfo"] = more["variants"]["pageInfo"]

    def _products(
        self, found: Sequence[Any], popularity: Mapping[str, int], links: Mapping[str, Links]
    ) -> Mapping[str, Product]:
        forms: list[Any] = []
        for product in found:
            number = product_number(product)
            rank, linked = popularity.get(number, 0), links.get(number, {})
            forms += product_forms(product, popularity=rank, links=linked, habits=self._habits)
        return sound_products(forms)

    def _best_sellers(self, deadline: float) -> Mapping[str, int]:
        """Rank what sells best; read once a reading, and once after a start."""
        if self._popularity is None:
            nodes = self._ask(queries.BEST_SELLERS, {}, deadline)["products"]["nodes"]
            self._popularity = {product_number(node): len(nodes) - rank for rank, node in enumerate(nodes)}
        return self._popularity

    def _links(self, found: Sequence[Any], deadline: float) -> Mapping[str, Links]:
        """Ask what goes with each product."""
        intents = sorted(set(self._intents.values()))
        links: dict[str, Links] = {}
        for start in range(0, len(found) if intents else 0, _AT_ONCE):
            some = [product_number(product) for product in found[start : start + _AT_ONCE]]
            variables = {f"p{place}": gid("Product", number) for place, number in enumerate(some)}
            said = self._ask(queries.recommendations(intents, len(some)), variables, deadline)
            for place, number in enumerate(some):
                links[number] = {
                    kind: first_keys(said[f"r{place}_{intent}"], self._habits) for kind, intent in self._intents.items()
                }
        return links

    def _gone(self, place: Place, deadline: float) -> Sequence[str]:
        """Name what was taken off sale; without the right to ask it goes with the next whole reading."""
        if self._admin is None:
            return ()
        try:
            return [key for product in self._withdrawn(place.since, deadline) for key in keys([product], self._habits)]
        except RefusedError as refused:
            if DENIED not in refused.codes:
                raise
            return ()

    def _withdrawn(self, since: str, deadline: float) -> Iterator[Any]:
        if self._admin is None:
            return
        after = ""
        for _ in range(_MOST_PAGES):
            self._spare(self._admin.api.points.pause_s(_SHARE), deadline)
            variables = {"since": f"updated_at:>'{since}' AND status:draft,archived,unlisted", **_after(after)}
            page = self._admin.ask(queries.GONE, variables, deadline, max_bytes=CATALOGUE_BYTES)["products"]
            yield from page["nodes"]
            if not page["pageInfo"]["hasNextPage"]:
                return
            after = page["pageInfo"]["endCursor"]

    def _ask(self, query: str, variables: Mapping[str, Any], deadline: float) -> Mapping[str, Any]:
        self._spare(self._storefront.api.points.pause_s(_SHARE), deadline)
        return self._storefront.ask(query, variables, deadline, max_bytes=CATALOGUE_BYTES)

    def _spare(self, pause_s: float, deadline: float) -> None:
        """Wait until shoppers have their share of the allowance again."""
        if pause_s <= 0:
            return
        if self._storefront.api.transport.monotonic() + pause_s >= deadline:
            raise ShopError(ERROR, "the catalogue waits until Shopify lets it ask again", retry_after_s=pause_s)
        self._sleep(pause_s)


def _check_currency(products: Iterable[Product], market: Market) -> None:
    """Refuse the prices of a country that has none in the market's currency: Shopify gives the shop's own instead."""
    if market.currency and any(one.price and one.price.currency != market.currency for one in products):
        message = f"{market.country} has no prices in {market.currency}: correct the option `markets`"
        raise ShopError(ERROR, message, ails=False)


def _turned(place: Place, after: str) -> Place:
    if place.paged < _MOST_PAGED:
        return replace(place, after=after)
    before = datetime.fromisoformat(place.latest) - timedelta(seconds=1)  # others may have changed in the same second
    return replace(place, since=_written(before), after="", paged=0)


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _since(moment: str) -> dict[str, str]:
    return {"since": f"updated_at:>'{moment}'"} if moment else {}


def _after(cursor: str) -> dict[str, str]:
    return {"after": cursor} if cursor else {}
