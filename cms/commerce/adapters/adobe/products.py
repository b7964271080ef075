"""Products of both kinds of GraphQL told in the form of the open signals API; `payloads` checks the result.

Each function may raise KeyError, TypeError, ValueError or AttributeError on an answer of another shape.
"""

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from cms.commerce.adapters.adobe.forms import Habits, told_money
from cms.commerce.failures import MALFORMED

UNCOUNTED = 1_000_000  # can be sold without being counted
_CROSS_SELLS = ("accessories", "bought-together")
_LINKS = {"related": ("related",), "upsell": ("upgrade",), "crosssell": _CROSS_SELLS}


def products_form(items: Sequence[Any], habits: Habits) -> list[dict[str, Any]]:
    """Tell products and, after each that can be configured, its variants."""
    return _readable(items, lambda item: _family(item, habits))


def _readable(items: Iterable[Any], tell: Callable[[Any], Iterable[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Tell what can be read: one bad record must not cost a shop its catalogue."""
    forms: list[dict[str, Any]] = []
    for item in items:
        with contextlib.suppress(*MALFORMED):
            forms += list(tell(item))
    return forms


def _family(item: Any, habits: Habits) -> Iterator[dict[str, Any]]:
    variants = [one["product"] for one in item.get("variants") or [] if one and one["product"]]
    shared = _shared(item, habits)
    yield _told(item) | shared | {"parent": item["sku"] if variants else None}
    for variant in variants:
        own = {name: value for name, value in _own(variant).items() if value}
        yield _told(variant) | shared | own | {"parent": item["sku"]}


def _told(item: Any) -> dict[str, Any]:
    """Tell what a variant has for itself."""
    price = item["price_range"]["minimum_price"]
    return {
        "sku": item["sku"],
        "title": {"": item["name"]},
        "price": told_money(price["final_price"]),
        "list_price": told_money(price["regular_price"]),
        "stock": _stock(item),
    }


def _own(item: Any) -> dict[str, Any]:
    """Tell what a variant may leave to the product it is of."""
    return {
        "image": (item["small_image"] or {}).get("url"),
        "categories": [category["url_key"] for category in item["categories"] or [] if category["url_key"]],
    }


def _shared(item: Any, habits: Habits) -> dict[str, Any]:
    reviews = item["review_count"]
    return _own(item) | {
        "url": _url(habits, item["sku"], item["url_key"]),
        "rating": item["rating_summary"] / 20 if reviews else None,  # of 100 in the shop, of 5 stars to people
        "review_count": reviews,
        "links": _links({kind: [one["sku"] for one in item[f"{kind}_products"] or []] for kind in _LINKS}),
    }


def _stock(item: Any) -> int | None:
    if item["stock_status"] == "OUT_OF_STOCK":
        return 0
    quantity = item["quantity"]
    return None if quantity is None or quantity <= 0 else int(quantity)


def product_views_form(items: Sequence[Any], parents: Mapping[str, str], habits: Habits) -> list[dict[str, Any]]:
    """Tell the views of Adobe Commerce as a Cloud Service; `parents` are by the SKU of a variant."""
    by_sku = {item["sku"]: item for item in items if item}
    families = set(parents.values())

    def tell(item: Any) -> Iterator[dict[str, Any]]:
        sku = item["sku"]
        parent = parents.get(sku) or (sku if sku in families else None)
        yield _view(item, by_sku.get(parent or sku, item), habits) | {"parent": parent}

    return _readable(by_sku.values(), tell)


def _view(item: Any, parent: Any, habits: Habits) -> dict[str, Any]:
    price = item["price"] if item.get("price") else (item.get("priceRange") or {}).get("minimum") or {}
    images = item["images"] or parent["images"] or []
    categories = item["categories"] or parent["categories"] or []
    return {
        "sku": item["sku"],
        "title": {"": item["name"]},
        "url": _url(habits, parent["sku"], parent["urlKey"]),
        "image": images[0]["url"] if images else None,
        "price": _view_money(price.get("final")),
        "list_price": _view_money(price.get("regular")),
        "categories": [category["slug"] for category in categories],
        "links": _view_links(item["links"] or parent["links"] or []),
    }


def _view_money(price: Any) -> dict[str, str] | None:
    amount = (price or {}).get("amount")
    return None if amount is None or amount["currency"] == "NONE" else told_money(amount)


def _view_links(links: Sequence[Any]) -> dict[str, list[str]]:
    return _links({kind: [link["product"]["sku"] for link in links if kind in link["linkTypes"]] for kind in _LINKS})


def _links(linked: Mapping[str, list[str]]) -> dict[str, list[str]]:
    return {ours: skus for theirs, skus in linked.items() for ours in _LINKS[theirs]}


def _url(habits: Habits, sku: str, url_key: str | None) -> str:
    places = {"{url_key}": url_key or "", "{sku}": sku}
    made = habits.product_url
    for place, value in places.items():
        made = made.replace(place, quote(value, safe=""))
    return made


def stock_form(items: Sequence[Any]) -> dict[str, int]:
    """Tell what can be sold of each SKU, in whole pieces; what is sold without being in stock has no number."""
    return {item["sku"]: _salable(item) for item in items}


def _salable(item: Any) -> int:
    if not item["is_salable"]:
        return 0
    quantity = int(item["qty"])
    return quantity if quantity > 0 else UNCOUNTED
