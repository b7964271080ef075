"""The catalogue in parts: REST says which products there are or have changed, GraphQL tells them at their shop price."""

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from marshmallow import ValidationError

from cms.commerce.adapter import Batch
from cms.commerce.adapters.adobe.api import Admin, Filter, Search, Storefront
from cms.commerce.adapters.adobe.forms import Habits
from cms.commerce.adapters.adobe.products import product_views_form, products_form
from cms.commerce.adapters.adobe.queries import Dialect
from cms.commerce.failures import GARBAGE, MALFORMED, ShopError
from cms.commerce.payloads import sound_products
from cms.commerce.wire.transport import CATALOGUE_BYTES
from cms.facts.signals import Product

_MARGIN = timedelta(minutes=10)  # clocks differ, and an index lags
_LISTED = "id,sku,status,visibility,extension_attributes[configurable_product_links]"
_ENABLED, _INVISIBLE = 1, 1


@dataclass(frozen=True, slots=True)
class Place:
    """How far a reading is. `since` "" reads all; `began` is what the next one is since; `after` the last id read.

    `anew`: something changed of which we do not know the whole, so that all must be read again.
    """

    since: str = ""
    began: str = ""
    after: int = 0
    total: int | None = None
    anew: bool = False


class AdobeFeed:
    """The catalogue of one store view, `size` products at a time."""

    def __init__(
        self,
        storefront: Storefront,
        admin: Admin,
        dialect: Dialect,
        *,
        habits: Habits,
        size: int,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float],
    ) -> None:
        self._storefront = storefront
        self._admin = admin
        self._dialect = dialect
        self._habits = habits
        self._size = size
        self._clock = clock
        self._monotonic = monotonic
        self._parents: dict[str, str] = {}  # by the SKU of a variant
        self._knows_parents = False  # all of them: this process has read all of the catalogue

    def batch(self, cursor: str, *, currency: str, timeout_s: float) -> Batch:
        place = Place(**json.loads(cursor)) if cursor else Place()
        place = place if place.began else replace(place, began=_written(self._clock() - _MARGIN))
        try:
            return self._batch(place, currency, self._monotonic() + timeout_s)
        except MALFORMED as error:
            raise ShopError(GARBAGE, "Adobe Commerce answered the catalogue in a form it should not have") from error

    def _batch(self, place: Place, currency: str, deadline: float) -> Batch:
        page = self._admin.get("/products", _listing(place).params(self._size), deadline=deadline)
        items = page["items"] or []
        total = page["total_count"] if place.total is None else place.total
        asked = self._asked(items, deadline)
        products = self._told(asked, currency, deadline, is_whole=not place.since) if asked else {}
        orphans = {item["sku"] for item in items if self._is_orphan(item)}
        gone = frozenset(item["sku"] for item in items) - products.keys() - orphans
        ahead = replace(
            place, after=items[-1]["id"] if items else place.after, total=total, anew=place.anew or bool(orphans)
        )
        is_last = len(items) < self._size
        self._knows_parents |= is_last and not place.since
        return Batch(products, _next(ahead, is_last=is_last), is_last, gone, None if place.since else total)

    def _asked(self, items: Sequence[Any], deadline: float) -> list[str]:
        """Name the SKUs to ask for: a variant is told with the product it is of."""
        shown = [item for item in items if item["status"] == _ENABLED and not _is_invisible(item)]
        known = [self._parents[item["sku"]] for item in items if self._is_variant(item)]
        named = [item["sku"] for item in shown] + known
        if self._dialect.is_cloud_service:
            self._parents |= dict(self._children(shown, deadline))
            families = set(named)
            named += [sku for sku, parent in self._parents.items() if parent in families]
        return list(dict.fromkeys(named))

    def _children(self, items: Sequence[Any], deadline: float) -> Iterator[tuple[str, str]]:
        """Pair the variants of products with them: the Cloud Service's views do not say what they are of."""
        links = {
            child: item["sku"]
            for item in items
            for child in (item.get("extension_attributes") or {}).get("configurable_product_links") or []
        }
        ids = list(links)
        for start in range(0, len(ids), self._size):
            some = ids[start : start + self._size]
            named = Search("/products", (Filter("entity_id", ",".join(map(str, some)), "in"),), "id,sku")
            page = self._admin.get(named.path, named.params(self._size), deadline=deadline)
            for item in page["items"] or []:
                yield item["sku"], links[item["id"]]

    def _told(self, skus: Sequence[str], currency: str, deadline: float, *, is_whole: bool) -> Mapping[str, Product]:
        """Tell products; a whole part without any that is well formed is garbage, a change that is not is left out."""
        parts = [skus[start : start + self._size] for start in range(0, len(skus), self._size)]
        items = [item for part in parts for item in self._items(part, currency, deadline)]
        forms = self._forms(items)
        with contextlib.suppress(ValidationError):
            products = sound_products(forms)
            if products or not items:
                return products
        if is_whole:
            raise ShopError(GARBAGE, "no product of this part of the catalogue is well formed")
        return {}

    def _items(self, skus: Sequence[str], currency: str, deadline: float) -> Sequence[Any]:
        size = {} if self._dialect.is_cloud_service else {"size": len(skus)}
        variables = {"skus": list(skus), **size}
        products = self._storefront.ask(
            self._dialect.products, variables, deadline=deadline, currency=currency, max_bytes=CATALOGUE_BYTES
        ).data["products"]
        return (products if self._dialect.is_cloud_service else products["items"]) or []

    def _forms(self, items: Sequence[Any]) -> list[dict[str, Any]]:
        if self._dialect.is_cloud_service:
            return product_views_form(items, self._parents, self._habits)
        forms = products_form(items, self._habits)
        self._parents |= {form["sku"]: form["parent"] for form in forms if form["parent"] not in (None, form["sku"])}
        return forms

    def _is_variant(self, item: Any) -> bool:
        return item["sku"] in self._parents

    def _is_orphan(self, item: Any) -> bool:
        """Tell whether it may be a variant of we do not know what."""
        return not self._knows_parents and _is_invisible(item) and not self._is_variant(item)


def _listing(place: Place) -> Search:
    """List what is shown, or, since a time, all that has changed, for what is no longer shown is news too."""
    if place.since:
        of = [Filter("updated_at", place.since, "gteq")]
    else:
        of = [Filter("status", str(_ENABLED)), Filter("visibility", str(_INVISIBLE), "neq")]
    return Search("/products", (*of, Filter("entity_id", str(place.after), "gt")), _LISTED, "entity_id")


def _is_invisible(item: Any) -> bool:
    return bool(item["visibility"] == _INVISIBLE)


def _next(place: Place, *, is_last: bool) -> str:
    if not is_last:
        return json.dumps(asdict(place))
    return "" if place.anew else json.dumps(asdict(Place(since=place.began)))


def _written(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S")
