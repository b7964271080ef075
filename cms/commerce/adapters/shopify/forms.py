"""What Shopify says of a shopper, told in the form of the open signals API; `payloads` checks the result.

Each function may raise KeyError, TypeError, ValueError or AttributeError on an answer of another shape.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cms.commerce.keys import slug

LONGEST_TAG = 200
RFM = "rfm-group"  # where a trait comes from Shopify's own classes and not from a metafield
_GID = re.compile(r"gid://shopify/([A-Za-z]+)/([0-9]{1,20})(\?.*)?")


@dataclass(frozen=True, slots=True)
class Habits:
    """How this shop names and files what it sells, and what it knows customers by.

    `segments` are customer groups by the number of the segment, `fields` what customers' metafields say by `namespace.key`.
    """

    by_variant: bool = False
    by_collection: bool = True
    by_type: bool = True
    product_path: str = "/products/"
    is_b2b: bool = False
    segments: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)
    countries: frozenset[str] = frozenset()


def gid(kind: str, number: str) -> str:
    return f"gid://shopify/{kind}/{number}"


def number_of(kind: str, key: str) -> str:
    """Give the number in a global id: `gid://shopify/Customer/7` → `7`.

    Raises:
        ValueError: It is no id of that kind.
    """
    found = _GID.fullmatch(key)
    if not found or found[1] != kind:
        raise ValueError(f"that is no id of a {kind}")
    return found[2]


def money(said: Any) -> dict[str, Any]:
    return {"amount": said["amount"], "currency": said["currencyCode"]}


def key_of(variant: Any, habits: Habits) -> str:
    """Name what is sold: by its SKU, and by the variant's number where it has none or the shop goes by variants."""
    if variant["sku"] and not habits.by_variant:
        return str(variant["sku"])
    return number_of("ProductVariant", variant["id"])


def categories(product: Any, habits: Habits) -> list[str]:
    """File a product under its type, and under its collections."""
    kinds = [slug(product["productType"])] if habits.by_type else []
    collections = [node["handle"] for node in product["collections"]["nodes"]] if habits.by_collection else []
    return [key for key in dict.fromkeys([*kinds, *collections]) if key]


def cart_form(cart: Any, lines: Iterable[Any], habits: Habits) -> dict[str, Any]:
    """Tell a cart. Its lines' prices are before discounts; its subtotal is what thresholds are held against."""
    subtotal = money(cart["cost"]["subtotalAmount"])
    groups = cart["deliveryGroups"]["nodes"]
    chosen = groups[0]["selectedDeliveryOption"] if groups else None
    applied = [one.get("title") or one.get("code") for one in cart["discountApplications"]]
    return {
        "currency": subtotal["currency"],
        "lines": [
            {
                "sku": key_of(line["merchandise"], habits),
                "quantity": line["quantity"],
                "unit_price": money(line["cost"]["amountPerQuantity"]),
            }
            for line in lines
            if line["quantity"]
        ],
        "subtotal": subtotal,
        "shipping_method": slug(chosen["title"]) or None if chosen and chosen["title"] else None,
        "promotions": [slug(name) for name in applied] if all(applied) else None,  # of some we know only that they are
    }


def customer_form(customer: Any, groups: Sequence[str] | None, habits: Habits) -> dict[str, Any]:
    """Tell a customer; `groups` None: not known. Who buys for several companies buys for none that we could name."""
    form: dict[str, Any] = {
        "key": number_of("Customer", customer["id"]),
        "tags": [tag for tag in customer["tags"] if len(tag) <= LONGEST_TAG],
        "groups": groups,
        **_fields(customer, habits),
    }
    if not habits.is_b2b:
        return form
    companies = _companies(customer)
    only = companies[0] if len(companies) == 1 else None
    return form | {
        "kind": "business" if companies else "consumer",
        "company": only["name"] if only else None,
        "account": number_of("Company", only["id"]) if only else None,
    }


def _companies(customer: Any) -> list[Any]:
    if "companyContacts" in customer:
        contacts = customer["companyContacts"]["nodes"]
    else:
        contacts = customer["companyContactProfiles"]
    return [contact["company"] for contact in contacts if contact["company"]]


def _fields(customer: Any, habits: Habits) -> dict[str, Any]:
    """Tell what the shop keeps of a customer in metafields."""
    if not habits.fields:
        return {}
    said = {place: node["value"] for place, node in metafields(customer).items()}
    told: dict[str, Any] = {ours: said.get(place) for ours, place in habits.fields.items()}
    points, member = told.get("loyalty_points"), told.get("is_member")
    if points is not None:
        told["loyalty_points"] = int(points)
    if member is not None:
        told["is_member"] = {"true": True, "false": False}[member]
    return told


def metafields(owner: Any) -> dict[str, Any]:
    """List an owner's metafields by `namespace.key`; both APIs leave out or give null for those it does not have."""
    listed = owner["metafields"]
    nodes = listed["nodes"] if isinstance(listed, dict) else listed
    return {f"{node['namespace']}.{node['key']}": node for node in nodes if node}


def groups_form(membership: Any, habits: Habits) -> list[str] | None:
    """Tell the groups of a customer by the segments they are in; None: the shop could not say."""
    if membership is None:
        return None
    numbers = [number_of("Segment", one["segmentId"]) for one in membership["memberships"] if one["isMember"] is True]
    return sorted(group for group, segment in habits.segments.items() if segment in numbers)


def traits_form(customer: Any, traits: Mapping[str, str], classes: Mapping[str, str]) -> dict[str, Any]:
    """Tell the traits that are configured; null is unknown, and so is a class that has no name here."""
    said = metafields(customer) if "metafields" in customer else {}
    group = customer["statistics"]["rfmGroup"]
    told = {fact: said[place]["jsonValue"] if place in said else None for fact, place in traits.items()}
    rfm = {fact: classes.get(group) if group else None for fact, place in traits.items() if place == RFM}
    return {"traits": {fact: _value(value) for fact, value in told.items()} | rfm}


def _value(value: Any) -> Any:
    match value:
        case {"amount": amount, "currency_code": currency}:
            return {"amount": amount, "currency": currency}
    return value


def orders_form(orders: Iterable[Any], filed: Mapping[str, Sequence[str]], habits: Habits) -> dict[str, Any]:
    """Tell the orders that were not taken back; a line that names nothing sold, such as a tip, is left out."""
    return {
        "orders": [
            {
                "placed_at": order["processedAt"],
                "total": money(_total(order)),
                "lines": [
                    {"sku": key, "quantity": line["quantity"], "categories": filed.get(variant_of(line) or "", ())}
                    for line in order["lines"]
                    if line["quantity"] and (key := _line_key(line, habits))
                ],
            }
            for order in orders
            if order["cancelledAt"] is None
        ]
    }


def _total(order: Any) -> Any:
    if "totalPrice" in order:
        return order["totalPrice"]
    return order["currentTotalPriceSet"]["presentmentMoney"]


def variant_of(line: Any) -> str | None:
    """Give the id of the variant that was bought; None: there is none any more."""
    if "variantId" in line:
        return str(line["variantId"]) if line["variantId"] else None
    return str(line["variant"]["id"]) if line["variant"] else None


def _line_key(line: Any, habits: Habits) -> str | None:
    variant = variant_of(line)
    if variant is None:
        return None if habits.by_variant else line["sku"] or None
    return key_of({"id": variant, "sku": line["sku"]}, habits)
