"""What SCAPI says, told in the form of the open signals API; `payloads` checks the result.

Each function may raise one of `MALFORMED` on an answer of another shape.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import Any
from urllib.parse import quote

from cms.commerce.keys import slug
from cms.facts.money import Money

MALFORMED = (KeyError, TypeError, ValueError, AttributeError, OverflowError, IndexError)
PLACED = frozenset({"new", "open", "completed"})  # and neither under way, failed, cancelled nor replaced
LINKS: Mapping[str | int, str] = {
    "cross_sell": "bought-together",
    "up_sell": "upgrade",
    "newer_version": "upgrade",
    "accessory": "accessories",
    "spare_part": "accessories",
    "replacement": "similar",
    "other": "related",
    1: "bought-together",  # recommendations have numbers: cross-sell, up-sell, other
    2: "upgrade",
    3: "related",
}


@dataclass(frozen=True, slots=True)
class Habits:
    """How this shop files what SCAPI has no field for: our fields by the custom attributes that tell them, and more."""

    customer: Mapping[str, str] = field(default_factory=dict)
    product: Mapping[str, str] = field(default_factory=dict)
    tags: Sequence[str] = ("brand",)
    locales: Mapping[str, str] = field(default_factory=dict)  # ours to theirs, the first one leads
    product_path: str = "/product/"
    promotions: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def cart_form(basket: Any) -> dict[str, Any]:
    """Tell a basket. The subtotal is that of the lines before discounts on the whole order, as thresholds see it."""
    currency = basket["currency"]
    lines = [_cart_line(item, currency) for item in basket.get("productItems") or [] if item["quantity"]]
    methods = {method["id"] for shipment in basket.get("shipments") or [] if (method := shipment.get("shippingMethod"))}
    return {
        "currency": currency,
        "lines": lines,
        "subtotal": _money(basket.get("productSubTotal"), currency) if lines else None,
        "shipping_method": methods.pop() if len(methods) == 1 else None,
        "promotions": list(dict.fromkeys(map(slug, _applied(basket)))),
    }


def customer_form(customer: Any, habits: Habits) -> dict[str, Any]:
    """Tell a customer: the company as it is, all else by the shop's own attributes."""
    told = {"company": customer.get("companyName") or None}
    told |= {ours: _whole(customer.get(theirs)) for ours, theirs in habits.customer.items()}
    for keys in ("groups", "tags"):
        if told.get(keys) is not None:
            told[keys] = list(map(slug, _texts(told[keys])))
    return told | {"key": customer["customerId"]}


def orders_form(orders: Iterable[Any]) -> dict[str, Any]:
    """Tell the orders that were placed and not taken back."""
    return {"orders": [_order(order) for order in orders if order["status"] in PLACED]}


def promotions_form(promotions: Iterable[Any], currency: str, now: datetime, habits: Habits) -> dict[str, Any]:
    """Tell the promotions that are enabled, within their dates and of this currency; thresholds are those of the options."""
    running = {one["id"]: one for one in promotions if _runs(one, now) and one.get("currency") in (None, currency)}
    return {"promotions": [promise_form(habits.promotions.get(key, {}), slug(key), currency) for key in running]}


def promise_form(promotion: Mapping[str, Any], key: str, currency: str) -> dict[str, Any]:
    """Tell of a promotion as the options have it what counts in one currency."""
    tiers = [tier for tier in promotion.get("tiers") or () if tier["threshold"]["currency"] == currency]
    return {**promotion, "key": key, "tiers": tiers}


def products_form(
    products: Sequence[Any], stock: Mapping[str, int | None], firsts: Mapping[str, str], currency: str, habits: Habits
) -> list[Any]:
    """Tell each product that can be bought: what varies by its variants. None stands for one that is malformed.

    Args:
        products: As SCAPI says them, their names in all locales under `names`.
        stock: Units by SKU.
        firsts: The SKU that stands for a product, by its id.
        currency: That was asked for.
        habits: The shop's.
    """
    forms: list[Any] = []
    for product in products:
        try:
            forms += _product(product, stock, firsts, currency, habits)
        except MALFORMED:
            forms.append(None)
    return forms


def first_of(product: Any) -> str:
    """Give the SKU that stands for a product; "": it cannot be bought."""
    kind = product.get("type") or {}
    if kind.get("set"):
        return ""
    variants = [] if kind.get("variant") else product.get("variants") or []
    if not variants:
        return "" if kind.get("master") or kind.get("variationGroup") else str(product["id"])
    return str(next((one for one in variants if one.get("orderable")), variants[0])["productId"])


def targets_of(product: Any) -> Iterator[tuple[str, str]]:
    """List the kind and the id of each product that the merchant has linked."""
    for link in product.get("productLinks") or []:
        if link["type"] in LINKS and link.get("sourceProductId", product["id"]) == product["id"]:
            yield LINKS[link["type"]], link["targetProductId"]
    for link in product.get("recommendations") or []:
        if link["recommendationType"]["value"] in LINKS:
            yield LINKS[link["recommendationType"]["value"]], link["recommendedItemId"]


def units_of(availability: Any) -> int | None:
    """Count what can be sold, over all the inventories asked for; None: one of them does not say."""
    found = availability["inventories"]
    if not found or any("ats" not in one and one.get("orderable") is not False for one in found):
        return None
    return sum(max(0, int(one["ats"])) for one in found if one.get("orderable") is not False)


def _money(number: Any, currency: str) -> dict[str, str] | None:
    return None if number is None else {"amount": str(number), "currency": currency}


def _whole(value: Any) -> Any:
    """Give a number that has no fraction as an integer: `3.0` → 3."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _texts(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _cart_line(item: Any, currency: str) -> dict[str, Any]:
    """Tell a line at what one unit of it costs after discounts on the line, rounded as the whole does not always divide."""
    quantity, price = _whole(item["quantity"]), item.get("priceAfterItemDiscount")
    form = {"sku": item["productId"], "quantity": quantity, "unit_price": None}
    if price is None:
        return form
    unit = Money.rounded(Fraction(Money.parse(str(price), currency).minor) / quantity, currency)
    return form | {"unit_price": {"amount": unit.amount, "currency": currency}}


def _applied(basket: Any) -> Iterator[str]:
    """Name the promotions that have changed a price."""
    adjusted = [basket.get("orderPriceAdjustments")]
    adjusted += [item.get("priceAdjustments") for item in basket.get("productItems") or []]
    adjusted += [item.get("priceAdjustments") for item in basket.get("shippingItems") or []]
    return (one["promotionId"] for adjustments in adjusted for one in adjustments or [] if one.get("promotionId"))


def _order(order: Any) -> dict[str, Any]:
    return {
        "placed_at": order["creationDate"],
        "total": _money(order["orderTotal"], order["currency"]),
        "lines": [
            {"sku": item["productId"], "quantity": _whole(item["quantity"])}
            for item in order.get("productItems") or []
            if item["quantity"]
        ],
    }


def _runs(promotion: Any, now: datetime) -> bool:
    starts, ends = promotion.get("startDate"), promotion.get("endDate")
    return not (starts and now < _moment(starts)) and not (ends and now >= _moment(ends))


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a date without its offset")
    return moment


def _product(
    product: Any, stock: Mapping[str, int | None], firsts: Mapping[str, str], currency: str, habits: Habits
) -> Iterator[dict[str, Any]]:
    kind = product.get("type") or {}
    if kind.get("set"):
        return
    family = str((product.get("master") or {}).get("masterId") or product["id"])
    varies = not kind.get("variant") and (kind.get("master") or kind.get("variationGroup"))
    shared = _shared(product, family, firsts, habits)
    for one in product.get("variants") or [] if varies else [{**product, "productId": product["id"]}]:
        yield {
            **shared,
            **_prices(one, product.get("currency") or currency),
            "sku": one["productId"],
            "parent": family if varies or kind.get("variant") else None,
            "image": _image(product, one.get("variationValues") or {}),
            "stock": stock.get(one["productId"]),
        }


def _shared(product: Any, family: str, firsts: Mapping[str, str], habits: Habits) -> dict[str, Any]:
    links: dict[str, list[str]] = {}
    for kind, target in targets_of(product):
        if firsts.get(target):
            links.setdefault(kind, []).append(firsts[target])
    tags = [text for name in habits.tags if product.get(name) is not None for text in _texts(product[name])]
    return {
        "title": product["names"],
        "url": habits.product_path + quote(family, safe=""),
        "categories": _categories(product),
        "tags": [tag for tag in map(slug, tags) if tag],
        "links": {kind: list(dict.fromkeys(skus)) for kind, skus in links.items()},
        **{ours: _whole(product.get(theirs)) for ours, theirs in habits.product.items()},
    }


def _prices(one: Any, currency: str) -> dict[str, Any]:
    """Tell the sales price, and the highest of the price books for a single piece where it was lowered from that."""
    price = one.get("price")
    listed = [tier["price"] for tier in one.get("tieredPrices") or [] if tier.get("quantity", 1) == 1]
    highest = max(listed, default=price)
    lowered = price is not None and highest > price
    return {"price": _money(price, currency), "list_price": _money(highest, currency) if lowered else None}


def _categories(product: Any) -> list[str]:
    """Name the category that leads, then those it lies in, the nearest first."""
    above = [one["id"] for one in (product.get("primaryCategory") or {}).get("parentCategoryTree") or []]
    filed = [product.get("primaryCategoryId"), *reversed(above)]
    return [key for key in dict.fromkeys(filed) if key and key != "root"]


def _image(product: Any, values: Mapping[str, str]) -> str | None:
    """Pick the first picture of the variant, else of the product."""
    groups = product.get("imageGroups") or []
    group = next((one for one in groups if _shows(one, values)), groups[0] if groups else None)
    return group["images"][0]["link"] if group and group["images"] else None


def _shows(group: Any, values: Mapping[str, str]) -> bool:
    of = group.get("variationAttributes") or []
    return bool(of) and all(values.get(one["id"]) in {value["value"] for value in one["values"]} for one in of)
