"""What Shopify sells, told in the form of the open signals API; each record is checked by itself.

`products_forms` may raise KeyError, TypeError, ValueError or AttributeError on an answer of another shape.
"""

import contextlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cms.commerce.adapters.shopify.forms import LONGEST_TAG, Habits, categories, key_of, money, number_of

UNTRACKED = 1_000_000  # in stock without being counted, or sold beyond it
_ONLY = "Default Title"  # of the one variant of a product without options

Links = Mapping[str, Sequence[str]]


def product_forms(product: Any, *, popularity: int, links: Links, habits: Habits) -> list[Any]:
    """Tell each variant of a product; they share its number as their parent."""
    shared = {
        "parent": product_number(product),
        "url": habits.product_path + product["handle"],
        "categories": categories(product, habits),
        "tags": [tag for tag in product["tags"] if len(tag) <= LONGEST_TAG],
        "popularity": popularity,
        "links": links,
        **_reviews(product),
    }
    return [_variant(product, variant, habits) | shared for variant in product["variants"]["nodes"]]


def first_keys(products: Iterable[Any] | None, habits: Habits) -> list[str]:
    """Name products by their first variants."""
    firsts = [variant for product in products or () for variant in product["variants"]["nodes"][:1]]
    return [key_of(variant, habits) for variant in firsts]


def keys(products: Iterable[Any], habits: Habits) -> list[str]:
    """Name all variants of products."""
    return [key_of(variant, habits) for product in products for variant in product["variants"]["nodes"]]


def product_number(product: Any) -> str:
    return number_of("Product", product["id"])


def _variant(product: Any, variant: Any, habits: Habits) -> dict[str, Any]:
    image = variant["image"] or product["featuredImage"]
    own = "" if variant["title"] == _ONLY else f" - {variant['title']}"
    before = variant["compareAtPrice"]
    return {
        "sku": key_of(variant, habits),
        "title": {"": product["title"] + own},
        "image": image["url"] if image else None,
        "price": money(variant["price"]),
        "list_price": money(before) if before else None,
        "stock": _stock(variant),
    }


def _stock(variant: Any) -> int | None:
    """Count what can be sold; what is sold without being counted, or beyond its stock, counts as plenty."""
    if not variant["availableForSale"]:
        return 0
    count = variant["quantityAvailable"]
    if count is None:
        return None
    return count if count > 0 else UNTRACKED


def _reviews(product: Any) -> dict[str, Any]:
    """Tell what the standard metafields for reviews say; some app filled them, and one that did it wrongly says nothing."""
    said = {node["key"]: node["value"] for node in product["metafields"] if node}
    with contextlib.suppress(KeyError, TypeError, ValueError):
        return {"rating": float(json.loads(said["rating"])["value"]), "review_count": int(said["rating_count"])}
    return {}
