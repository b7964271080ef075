"""What Vendure says, told in the form of the open signals API; `payloads` checks the result.

Each function may raise KeyError, TypeError, ValueError or AttributeError on an answer of another shape.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cms.commerce.keys import distinct, slug
from cms.facts.money import Money

UNTRACKED = 1_000_000  # in stock without being counted
CUSTOMER_FIELDS: Mapping[str, str] = {
    "loyaltyTier": "loyalty_tier",
    "loyaltyPoints": "loyalty_points",
    "isMember": "is_member",
    "company": "company",
    "companyLevel": "company_level",
    "companyId": "account",
}
_SAYABLE = frozenset({"minimum_order_amount", "customer_group"})
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Habits:
    """How this shop files and prices: do prices shown hold tax, which facets are categories, where are products."""

    with_tax: bool = True
    category_facets: frozenset[str] = frozenset({"category"})
    product_path: str = "/products/"
    business_groups: frozenset[str] = frozenset()


def money(minor: Any, currency: str) -> dict[str, str]:
    if not isinstance(minor, int):
        raise TypeError("Vendure's money is an integer of minor units")
    return {"amount": Money(minor, currency).amount, "currency": currency}


def cart_form(data: Any, habits: Habits) -> dict[str, Any]:
    """Tell the active order; a session without one has an empty cart.

    The subtotal is that of the lines before discounts on the whole order, as Vendure's own thresholds see it.
    """
    order = data["activeOrder"]
    if order is None:
        return {"currency": data["activeChannel"]["defaultCurrencyCode"], "lines": []}
    currency, tax = order["currencyCode"], "WithTax" if habits.with_tax else ""
    lines = [line for line in order["lines"] if line["quantity"]]
    shipping = order["shippingLines"]
    return {
        "currency": currency,
        "lines": [
            _line(line, habits) | {"unit_price": money(line[f"discountedUnitPrice{tax}"], currency)} for line in lines
        ],
        "subtotal": money(sum(line[f"discountedLinePrice{tax}"] for line in lines), currency),
        "shipping_method": shipping[0]["shippingMethod"]["code"] if shipping else None,
        "promotions": [slug(promotion["name"]) for promotion in order["promotions"]],
    }


def orders_form(orders: Iterable[Any], habits: Habits) -> dict[str, Any]:
    """Tell the orders that were placed and not taken back."""
    total = "totalWithTax" if habits.with_tax else "total"
    return {
        "orders": [
            {
                "placed_at": order["orderPlacedAt"],
                "total": money(order[total], order["currencyCode"]),
                "lines": [_line(line, habits) for line in order["lines"] if line["quantity"]],
            }
            for order in orders
            if order["orderPlacedAt"] and order["state"] != "Cancelled"
        ]
    }


def customer_form(customer: Any, groups: Sequence[Any] | None, habits: Habits) -> dict[str, Any]:
    """Tell a customer; `groups` None: not known, and then neither is the kind."""
    named = customer.get("customFields") or {}
    form = {ours: named.get(theirs) for theirs, ours in CUSTOMER_FIELDS.items()} | {"key": customer["id"]}
    if groups is None:
        return form
    keys = [slug(group["name"]) for group in groups]
    kind = "business" if habits.business_groups.intersection(keys) else "consumer"
    return form | {"groups": keys, "kind": kind if habits.business_groups else None}


def products_form(products: Sequence[Any], settings: Any, links: Iterable[str], habits: Habits) -> list[Any]:
    """Tell each variant that is on sale; `links` are the custom fields that point at other products."""
    return [
        _product(product, variant, settings, habits)
        | {"links": {kebab(link): _linked(product["customFields"][link]) for link in links}}
        for product in products
        for variant in _variants(product)
    ]


def skus_of(products: Iterable[Any]) -> frozenset[str]:
    """Name all variants, on sale or not."""
    return frozenset(variant["sku"] for product in products for variant in product["variants"])


def promotions_form(promotions: Iterable[Any], shop: Any, now: datetime, habits: Habits) -> dict[str, Any]:
    """Tell the promotions that run now and that anybody gets who meets a threshold or is in a group.

    One that needs a coupon, holds another condition, or counts tax otherwise than the prices shown is left out:
    what we could say of it would promise too much.
    """
    groups = {group["id"]: slug(group["name"]) for group in shop["customerGroups"]["items"]}
    currency = shop["activeChannel"]["defaultCurrencyCode"]
    running = [item for item in promotions if not item["couponCode"] and _runs(item, now) and _is_sayable(item, habits)]
    keys = distinct(item["name"] for item in running)
    return {
        "promotions": [
            {"key": key} | _promotion(item, groups, currency) for key, item in zip(keys, running, strict=True)
        ]
    }


def kebab(name: str) -> str:
    """`boughtTogether` → `bought-together`."""
    return _HUMP.sub("-", name).lower()


def _line(line: Any, habits: Habits) -> dict[str, Any]:
    variant = line["productVariant"]
    return {
        "sku": variant["sku"],
        "quantity": line["quantity"],
        "categories": _categories(variant["product"], variant, habits),
    }


def _categories(product: Any, variant: Any, habits: Habits) -> list[str]:
    collections = [collection["slug"] for collection in product["collections"]]
    filed = [code for code, facet in _facets(product, variant) if facet in habits.category_facets]
    return list(dict.fromkeys(filed + collections))


def _facets(product: Any, variant: Any) -> list[tuple[str, str]]:
    return [(value["code"], value["facet"]["code"]) for value in [*product["facetValues"], *variant["facetValues"]]]


def _variants(product: Any) -> list[Any]:
    """List what is on sale of a product."""
    return [variant for variant in product["variants"] if variant["enabled"]] if product["enabled"] else []


def _product(product: Any, variant: Any, settings: Any, habits: Habits) -> dict[str, Any]:
    asset = variant["featuredAsset"] or product["featuredAsset"]
    return {
        "sku": variant["sku"],
        "parent": product["slug"] if len(_variants(product)) > 1 else None,
        "title": {text["languageCode"].replace("_", "-"): text["name"] for text in variant["translations"]},
        "url": habits.product_path + product["slug"],
        "image": asset["preview"] if asset else None,
        "price": money(variant["priceWithTax" if habits.with_tax else "price"], variant["currencyCode"]),
        "categories": _categories(product, variant, habits),
        "tags": [code for code, facet in _facets(product, variant) if facet not in habits.category_facets],
        "stock": _stock(variant, settings),
    }


def _stock(variant: Any, settings: Any) -> int:
    """Count what can be sold as Vendure does: on hand, less what is promised and what is kept back."""
    tracked = variant["trackInventory"]
    if tracked == "FALSE" or (tracked == "INHERIT" and not settings["trackInventory"]):
        return UNTRACKED
    keeper = settings if variant["useGlobalOutOfStockThreshold"] else variant
    free = sum(level["stockOnHand"] - level["stockAllocated"] for level in variant["stockLevels"])
    return max(0, int(free - keeper["outOfStockThreshold"]))


def _linked(value: Any) -> list[str]:
    """Name the first variant on sale of each product that a link points at."""
    targets = value if isinstance(value, list) else [value] if value else []
    return [on_sale[0]["sku"] for target in targets if (on_sale := _variants(target))]


def _arguments(part: Any) -> dict[str, str]:
    return {argument["name"]: argument["value"] for argument in part["args"]}


def _runs(item: Any, now: datetime) -> bool:
    starts, ends = item["startsAt"], item["endsAt"]
    return not (starts and now < datetime.fromisoformat(starts)) and not (ends and now >= datetime.fromisoformat(ends))


def _is_sayable(item: Any, habits: Habits) -> bool:
    if any(condition["code"] not in _SAYABLE for condition in item["conditions"]):
        return False
    return all((minimum["taxInclusive"] == "true") == habits.with_tax for minimum in _minimums(item))


def _minimums(item: Any) -> list[dict[str, str]]:
    return [_arguments(part) for part in item["conditions"] if part["code"] == "minimum_order_amount"]


def _promotion(item: Any, groups: Mapping[str, str], currency: str) -> dict[str, Any]:
    actions = {action["code"]: _arguments(action) for action in item["actions"]}
    members = [_arguments(part)["customerGroupId"] for part in item["conditions"] if part["code"] == "customer_group"]
    amounts = [int(minimum["amount"]) for minimum in _minimums(item)]
    percent = _whole(actions.get("order_percentage_discount", {}).get("discount"))
    return {
        "tiers": [{"threshold": money(max(amounts), currency), "percent": percent}] if amounts else [],
        "free_shipping": "free_shipping" in actions,
        "groups": [groups[member] for member in members],
    }


def _whole(number: str | None) -> int | None:
    return int(float(number)) if number and float(number).is_integer() else None
