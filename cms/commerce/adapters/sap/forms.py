"""What OCC says, told in the form of the open signals API; `payloads` checks the result.

OCC leaves out what is null. Each function may raise KeyError, TypeError, ValueError or AttributeError on an answer of
another shape.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any
from urllib.parse import quote

from cms.facts.money import Money

LINKS: Mapping[str, str] = {
    "UPSELLING": "upgrade",
    "FOLLOWUP": "upgrade",
    "CROSSELLING": "bought-together",  # SAP's own spelling
    "ACCESSORIES": "accessories",
    "SIMILAR": "similar",
    "CONSISTS_OF": "complete-the-set",
    "OTHERS": "related",
}
TAKEN_BACK = frozenset({"CANCELLED", "CANCELLING", "REJECTED"})
_MOST_DETAILS = 50


@dataclass(frozen=True, slots=True)
class Habits:
    """How this shop shows products, and whom it counts as business.

    `product_path` holds `{code}`, "": the address that SAP gives; `media_url` is where pictures are, `locale` whose texts
    are asked for first.
    """

    product_path: str = ""
    media_url: str = ""
    locale: str = ""
    sells_to_companies: bool = False
    business_groups: frozenset[str] = frozenset()


def money(price: Any) -> dict[str, str]:
    value = price["value"]
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise TypeError("OCC's prices are numbers")
    return {"amount": str(value), "currency": price["currencyIso"]}


def cart_form(cart: Any, currency: str) -> dict[str, Any]:
    """Tell a cart; a line's price is what is paid for one after discounts on the product, the subtotal is before those on all.

    `currency` is the request's: that of a cart which holds nothing yet.
    """
    entries = _entries(cart, cart["totalItems"])
    return {
        "currency": (cart.get("totalPrice") or {}).get("currencyIso") or currency,
        "lines": [_line(entry) | {"unit_price": _each(entry)} for entry in entries],
        "subtotal": money(cart["subTotal"]) if cart.get("subTotal") else None,
        "shipping_method": (cart.get("deliveryMode") or {}).get("code"),
        "promotions": _applied(cart),
    }


def _entries(holder: Any, count: Any) -> list[Any]:
    """List the lines; none are left out where there are none, and nowhere else."""
    entries = holder.get("entries") or []
    if not entries and count != 0:
        raise ValueError("lines are missing")
    return [entry for entry in entries if entry["quantity"]]


def _line(entry: Any) -> dict[str, Any]:
    product = entry["product"]
    return {"sku": product["code"], "quantity": entry["quantity"], "categories": _codes(product.get("categories"))}


def _codes(named: Any) -> list[str]:
    return [one["code"] for one in named or ()]


def _each(entry: Any) -> dict[str, str] | None:
    if not entry.get("totalPrice"):
        return None
    total = money(entry["totalPrice"])
    exact = Fraction(Money.parse(total["amount"], total["currency"]).minor, entry["quantity"])
    return {"amount": Money.rounded(exact, total["currency"]).amount, "currency": total["currency"]}


def _applied(cart: Any) -> list[str] | None:
    """Name the promotions that the cart has; None where OCC does not say."""
    lists = [cart.get("appliedOrderPromotions"), cart.get("appliedProductPromotions")]
    if any(results is None for results in lists):
        return None
    return list(dict.fromkeys(result["promotion"]["code"] for results in lists for result in results))


def customer_form(user: Any, groups: Any, habits: Habits) -> dict[str, Any]:
    """Tell a customer; roles of a company's employees count as groups."""
    unit = user.get("orgUnit") or {}
    keys = [group["uid"] for group in groups.get("userGroups") or ()] + list(user.get("roles") or ())
    is_business = bool(unit) or bool(habits.business_groups.intersection(keys))
    tells = habits.sells_to_companies or bool(habits.business_groups)
    return {
        "key": user["customerId"],
        "kind": ("business" if is_business else "consumer") if tells else None,
        "groups": keys,
        "company": unit.get("name") or unit.get("uid"),
        "account": unit.get("uid"),
    }


def orders_form(orders: Iterable[Any], lines: Mapping[str, Any]) -> dict[str, Any]:
    """Tell orders with what is known of their lines, by the order's code."""
    return {
        "orders": [
            {
                "placed_at": order["placed"],
                "total": money(order["total"]),
                "lines": [_line(entry) for entry in _entries(lines[order["code"]], None)] if lines else [],
            }
            for order in orders
        ]
    }


def product_form(product: Any, texts: Mapping[str, Any], habits: Habits) -> dict[str, Any]:
    """Tell a product; `texts` are the same product in other languages, by locale."""
    named = {habits.locale: product, **texts}
    return {
        "sku": product["code"],
        "parent": product.get("baseProduct"),
        "title": {locale: one["name"] for locale, one in named.items() if one.get("name")},
        "url": _address(product, habits),
        "image": _image(product.get("images") or (), habits),
        "price": money(product["price"]) if product.get("price") else None,
        "categories": _codes(product.get("categories")),
        "tags": product.get("tags"),
        "stock": stock(product),
        "rating": product.get("averageRating"),
        "review_count": product.get("numberOfReviews"),
        "details": _details(named),
        "links": _links(product.get("productReferences") or ()),
    }


def stock(product: Any) -> int | None:
    """Count what can be sold; None where OCC tells no number, or only that there are more than it says."""
    told = product.get("stock") or {}
    if told.get("stockLevelStatus") == "outOfStock":
        return 0
    level = told.get("stockLevel")
    if level is None or told.get("isValueRounded"):
        return None
    if not isinstance(level, int) or isinstance(level, bool):
        raise TypeError("OCC's stock levels are whole numbers")
    return max(0, level)


def _address(product: Any, habits: Habits) -> str | None:
    if habits.product_path:
        return habits.product_path.replace("{code}", quote(product["code"], safe=""))
    address: str | None = product.get("url")
    return address


def _image(images: Sequence[Any], habits: Habits) -> str | None:
    """Pick the main picture in the size of a product page, else in any size."""
    main = [image for image in images if image.get("imageType", "PRIMARY") == "PRIMARY" and image.get("url")]
    main.sort(key=lambda image: image.get("format") != "product")
    if not main:
        return None
    address: str = main[0]["url"]
    return habits.media_url + address if address.startswith("/") and not address.startswith("//") else address


def _links(references: Iterable[Any]) -> dict[str, list[str]]:
    links: dict[str, list[str]] = {}
    for reference in references:
        kind, target = LINKS.get(reference.get("referenceType")), reference.get("target") or {}
        if kind and target.get("code"):
            links.setdefault(kind, []).append(target["code"])
    return links


def _details(named: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Tell the features that SAP has people compare, in all languages that name them."""
    told: dict[str, dict[str, dict[str, str]]] = {}
    for locale, product in named.items():
        for feature in _features(product):
            detail = told.setdefault(feature["code"], {"label": {}, "value": {}})
            detail["label"][locale] = feature["name"]
            detail["value"][locale] = _value(feature)
    return list(told.values())[:_MOST_DETAILS]


def _features(product: Any) -> list[Any]:
    features = [feature for one in product.get("classifications") or () for feature in one.get("features") or ()]
    return [one for one in features if one.get("comparable") and one.get("featureValues") and one.get("name")]


def _value(feature: Any) -> str:
    values = ", ".join(str(value["value"]) for value in feature["featureValues"])
    symbol = (feature.get("featureUnit") or {}).get("symbol") or ""
    return f"{values} {symbol}".rstrip(" .")  # "." is how SAP's sample data writes that there is no unit
