"""The catalogue of a site in parts: the search names the products, their API tells them, another one counts them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NamedTuple

from cms.commerce.adapter import Batch
from cms.commerce.adapters.salesforce.api import Api, Scapi, data_of, load_of
from cms.commerce.adapters.salesforce.forms import (
    MALFORMED,
    Habits,
    first_of,
    products_form,
    targets_of,
    units_of,
)
from cms.commerce.failures import ERROR, GARBAGE, ShopError
from cms.commerce.payloads import sound_products
from cms.commerce.wire.transport import CATALOGUE_BYTES
from cms.facts.signals import Product

A_CALL = 24  # products, as many as SCAPI tells at once
_HITS = 8 * A_CALL
_LONGEST_S = 5.0  # of one part, so that it ends well within its time
_PAUSE_S = 30.0  # where the system throttles
_FIELDS = (
    "id name currency price primaryCategoryId type.(**) master.(masterId) variants.(**) tieredPrices.(**) "
    "primaryCategory.(parentCategoryTree.(**)) imageGroups.(**) productLinks.(type,sourceProductId,targetProductId) "
    "recommendations.(recommendedItemId,recommendationType.(**))"
).split()


@dataclass(frozen=True, slots=True)
class Shelf:
    """What of a site is read: below which categories, which pictures, and the stock of which inventory lists (none: the site's)."""

    categories: Sequence[str] = ("root",)
    picture: str = "large"
    inventories: Sequence[str] = ()


class _Place(NamedTuple):
    """Where the next part begins; `again`: all was read before, so that each part is a delta."""

    category: int = 0
    offset: int = 0
    again: bool = False


class _Hits(NamedTuple):
    ids: list[str]
    total: int


class SalesforceFeed:
    """A `CatalogueFeed`. SCAPI has no timestamps: when all was read, each call reads the next part again, round and round."""

    def __init__(self, scapi: Scapi, habits: Habits, shelf: Shelf) -> None:
        self._scapi = scapi
        self._habits = habits
        self._shelf = shelf
        self._spared_until = 0.0
        self._load = ""
        self._firsts: dict[str, str] = {}
        of_shop = [*habits.tags, *habits.product.values()]
        self._select = f"(data.({','.join(dict.fromkeys([*_FIELDS, *of_shop]))}))"

    def batch(self, cursor: str, *, currency: str, timeout_s: float) -> Batch:
        """Read the next part: what fits into half of the time, and little where the system says that it is nearly full.

        Raises:
            ShopError: As `CatalogueFeed`; `commerce-error` with a pause too while the system should be spared.
        """
        now = self._scapi.monotonic()
        if now < self._spared_until:
            wait_s = self._spared_until - now
            raise ShopError(ERROR, "SCAPI is nearly full; the catalogue waits", retry_after_s=wait_s)
        place = _Place(*json.loads(cursor)) if cursor else _Place()
        if place.category >= len(self._shelf.categories):
            place = _Place()  # the options have fewer than they had
        try:
            return self._batch(place, currency, now + timeout_s, now + min(_LONGEST_S, timeout_s / 2))
        except MALFORMED as error:
            raise ShopError(GARBAGE, "SCAPI answered the catalogue in a form it should not have") from error

    def _batch(self, place: _Place, currency: str, deadline: float, stop_at: float) -> Batch:
        hits = self._hits(place, currency, deadline)
        if not hits.ids and place.offset < hits.total:
            raise ValueError("hits are missing: without them the reading would end too early")
        products: dict[str, Product] = {}
        gone: set[str] = set()
        done = 0
        for ids in _parts(hits.ids):
            found = self._products(ids, currency, deadline)
            gone |= set(ids) - {one["id"] for one in found}
            products |= self._sound(found, currency, deadline)
            done += len(ids)
            if self._load or self._scapi.monotonic() >= stop_at:
                break
        following = self._after(place, done, hits)
        is_whole = following[:2] == (0, 0)
        cursor = json.dumps(following._replace(again=place.again or is_whole))
        return Batch(products, cursor, is_last=place.again or is_whole, gone=frozenset(gone) - products.keys())

    def _after(self, place: _Place, done: int, hits: _Hits) -> _Place:
        if done and place.offset + done < hits.total:
            return place._replace(offset=place.offset + done)
        category = place.category + 1
        return _Place(category if category < len(self._shelf.categories) else 0, 0, place.again)

    def _hits(self, place: _Place, currency: str, deadline: float) -> _Hits:
        category = self._shelf.categories[place.category]
        asked = {"refine": f"cgid={category}", "limit": _HITS, "offset": place.offset}
        asked |= {"expand": "none", "select": "(total,hits.(productId))"}
        data = self._ask(Api.SEARCH, "product-search", asked | self._language(currency), deadline)
        found = data.get("hits") or []
        return _Hits(list(dict.fromkeys(str(hit["productId"]) for hit in found)), int(data["total"]))

    def _products(self, ids: Sequence[str], currency: str, deadline: float) -> list[Any]:
        """Tell some products, their names by locale."""
        asked = {
            "ids": ",".join(ids),
            "expand": "prices,variations,images,links,recommendations,primary_category",
            "perPricebook": "true",
            "imgTypes": f"{self._shelf.picture}:1",
            "select": self._select,
        }
        found = self._ask(Api.PRODUCTS, "products", asked | self._language(currency), deadline)["data"]
        lead, *others = self._habits.locales or [""]
        named = {other: self._names(ids, other, deadline) for other in others}
        return [
            one | {"names": {lead: one.get("name"), **_translated(named, one["id"])}} for one in found if one.get("id")
        ]

    def _names(self, ids: Sequence[str], locale: str, deadline: float) -> Mapping[str, str]:
        asked = {
            "ids": ",".join(ids),
            "expand": "none",
            "select": "(data.(id,name))",
            "locale": self._habits.locales[locale],
        }
        found = self._ask(Api.PRODUCTS, "products", asked, deadline)["data"]
        return {one["id"]: one["name"] for one in found if one.get("name")}

    def _sound(self, found: Sequence[Any], currency: str, deadline: float) -> Mapping[str, Product]:
        stock = self._stock([one["id"] for one in found], deadline) if found else {}
        self._stand_for(found, deadline)
        forms = products_form(found, stock, self._firsts, currency, self._habits)
        sound = sound_products(forms)
        if len(forms) >= A_CALL and not sound:  # fewer may be single bad records, which must not stop the reading
            raise ShopError(GARBAGE, "no product of a part of SCAPI's catalogue is well formed")
        return sound

    def _stock(self, ids: Sequence[str], deadline: float) -> Mapping[str, int | None]:
        asked = {"productIds": ",".join(ids), "expand": "variations"}
        if self._shelf.inventories:
            asked["inventoryIds"] = ",".join(self._shelf.inventories)
        data = self._ask(Api.AVAILABILITY, "availability", asked, deadline)["data"]
        units: dict[str, int | None] = {}
        for one in data:
            with suppress(*MALFORMED):
                units[one["id"]] = units_of(one)
        return units

    def _stand_for(self, found: Sequence[Any], deadline: float) -> None:
        """Learn which SKU stands for each product that is told or linked; one that is not sold has none."""
        linked: set[str] = set()
        for one in found:
            with suppress(*MALFORMED):
                self._firsts[one["id"]] = first_of(one)
                linked |= {target for _, target in targets_of(one)}
        for ids in _parts(sorted(linked - self._firsts.keys())):
            asked = {
                "ids": ",".join(ids),
                "expand": "variations",
                "select": "(data.(id,type.(**),variants.(productId,orderable)))",
            }
            known = self._ask(Api.PRODUCTS, "products", asked, deadline)["data"]
            self._firsts |= dict.fromkeys(ids, "") | {one["id"]: first_of(one) for one in known}

    def _language(self, currency: str) -> dict[str, str]:
        lead = next(iter(self._habits.locales.values()), "")
        return {"currency": currency} | ({"locale": lead} if lead else {})

    def _ask(self, api: Api, path: str, params: Mapping[str, Any], deadline: float) -> Any:
        """Ask, and hear how full the system says it is."""
        reply = self._scapi.ask_as_guest(api, path, params, deadline=deadline, max_bytes=CATALOGUE_BYTES)
        self._load = load_of(reply.headers)
        if self._load == "THROTTLE":
            self._spared_until = self._scapi.monotonic() + _PAUSE_S
        return data_of(reply, api)


def _translated(named: Mapping[str, Mapping[str, str]], key: str) -> dict[str, str]:
    return {locale: names[key] for locale, names in named.items() if key in names}


def _parts(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[start : start + A_CALL] for start in range(0, len(ids), A_CALL))
