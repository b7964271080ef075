"""What Adobe Commerce says of shoppers, told in the form of the open signals API; `payloads` checks the result.

Each function may raise KeyError, TypeError, ValueError or AttributeError on an answer of another shape.
"""

import base64
import binascii
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cms.commerce.keys import slug
from cms.facts.money import Money, minor_digits


@dataclass(frozen=True, slots=True)
class Habits:
    """How this shop prices and where its products are. `segments` are keys by the id or name of a customer segment."""

    with_tax: bool = False
    product_url: str = "/{url_key}.html"
    business_groups: frozenset[str] = frozenset()
    segments: Mapping[str, str] | None = None


def money(value: Any, currency: str) -> dict[str, str]:
    """Tell an amount, rounded as the shop shows it: it keeps four decimals and computes with binary floats."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError("Adobe Commerce's money is a number")
    exact = Fraction(str(value)) * 10 ** minor_digits(currency)
    return {"amount": Money.rounded(exact, currency).amount, "currency": currency}


def told_money(told: Any) -> dict[str, str] | None:
    """Tell GraphQL's money; None where the shop does not say."""
    if told is None or told["value"] is None or told["currency"] is None:
        return None
    return money(told["value"], told["currency"])


def plain_id(uid: Any) -> str:
    """Give the number behind an id: some are numbers, others the base64 of one."""
    text = str(uid)
    if text.isdigit():
        return text
    try:
        decoded = base64.b64decode(text, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return text
    return decoded if decoded.isascii() and decoded.isdigit() else text


def cart_form(cart: Any, items: Sequence[Any], promotions: Sequence[str] | None, habits: Habits) -> dict[str, Any]:
    """Tell a cart; the subtotal is before discounts, as the shop's own thresholds see it."""
    tax = "including" if habits.with_tax else "excluding"
    subtotal = told_money(cart["prices"][f"subtotal_{tax}_tax"])
    if subtotal is None:
        raise ValueError("a cart without a currency")
    methods = [address["selected_shipping_method"] for address in cart["shipping_addresses"]]
    chosen = next((method for method in methods if method), None)
    return {
        "currency": subtotal["currency"],
        "lines": [_line(item, habits) for item in items if item["quantity"]],
        "subtotal": subtotal,
        "shipping_method": f"{chosen['carrier_code']}_{chosen['method_code']}" if chosen else None,
        "promotions": promotions,
    }


def _line(item: Any, habits: Habits) -> dict[str, Any]:
    """Tell a line; one of a broken quantity, such as 2.5 m of cloth, is one piece at the price of the row."""
    of = "_including_tax" if habits.with_tax else ""
    pieces = whole(item["quantity"])
    price = (item["prices"] or {}).get(f"{'price' if pieces else 'row_total'}{of}")
    return {
        "sku": (item.get("configured_variant") or item["product"])["sku"],
        "quantity": pieces or 1,
        "unit_price": told_money(price),
    }


def whole(quantity: Any) -> int:
    """Give a quantity in pieces, 0 where it is broken."""
    if isinstance(quantity, bool) or not isinstance(quantity, (int, float)):
        raise TypeError("a quantity is a number")
    return int(quantity) if quantity == int(quantity) else 0


def kept_cart_form(cart: Any, totals: Any, habits: Habits) -> dict[str, Any]:
    """Tell a cart that was read by its id, and its totals, which know the tax."""
    currency, of = totals["quote_currency_code"], "_incl_tax" if habits.with_tax else ""
    rows = {row["item_id"]: row for row in totals["items"] or []}
    assigned = ((cart.get("extension_attributes") or {}).get("shipping_assignments") or [{}])[0]
    return {
        "currency": currency,
        "lines": [_kept_line(item, rows[item["item_id"]], currency, of) for item in cart["items"] or []],
        "subtotal": money(totals[f"subtotal{of}"], currency),
        "shipping_method": (assigned.get("shipping") or {}).get("method"),
    }


def _kept_line(item: Any, row: Any, currency: str, of: str) -> dict[str, Any]:
    pieces = whole(item["qty"])
    price = row[f"price{of}" if pieces else f"row_total{of}"]
    return {"sku": item["sku"], "quantity": pieces or 1, "unit_price": money(price, currency)}


def customer_form(
    key: str, groups: Sequence[str] | None, company: Any, *, is_b2b: bool, habits: Habits
) -> dict[str, Any]:
    """Tell a customer; `groups` None: not known. `company` has an id and a name, None: they have none."""
    form = {"key": key, "groups": groups, "kind": _kind(groups, company, is_b2b=is_b2b, habits=habits)}
    if company is None:
        return form
    return form | {"company": company["name"], "account": plain_id(company["id"])}


def _kind(groups: Sequence[str] | None, company: Any, *, is_b2b: bool, habits: Habits) -> str | None:
    if company is not None or habits.business_groups.intersection(groups or ()):
        return "business"
    is_told = is_b2b or (bool(habits.business_groups) and groups is not None)
    return "consumer" if is_told else None


def segment_keys(segments: Any, habits: Habits) -> list[str]:
    """Name segments by the keys of the settings, else by their name or id as the shop tells it."""
    known = habits.segments or {}
    told = [segment.get("name") or plain_id(segment["uid"]) for segment in segments]
    return [known.get(name) or slug(name) for name in told]


def orders_form(orders: Iterable[Any], zone: tzinfo) -> dict[str, Any]:
    """Tell the orders of which something was not taken back; GraphQL dates them in the store's time zone."""
    told = [
        {
            "placed_at": moment(order["order_date"], zone),
            "total": told_money(order["total"]["grand_total"]),
            "lines": [_bought(item) for item in order["items"] or [] if _left(item, "quantity_") > 0],
        }
        for order in orders
    ]
    return {"orders": [order for order in told if order["lines"]]}


def _bought(item: Any) -> dict[str, Any]:
    categories = (item["product"] or {}).get("categories") or []
    return {
        "sku": item["product_sku"],
        "quantity": whole(_left(item, "quantity_")) or 1,
        "categories": [category["url_key"] for category in categories if category["url_key"]],
    }


def kept_orders_form(orders: Iterable[Any], filed: Mapping[int | None, Sequence[str]]) -> dict[str, Any]:
    """Tell orders that were read by the customer's id; `filed` are categories by product id, which imported orders lack."""
    told = [
        {
            "placed_at": moment(order["created_at"], UTC),
            "total": money(order["grand_total"], order["order_currency_code"]),
            "lines": [
                {
                    "sku": item["sku"],
                    "quantity": whole(_left(item, "qty_")) or 1,
                    "categories": filed.get(item.get("product_id"), ()),
                }
                for item in order["items"]
                if is_line(item) and _left(item, "qty_") > 0
            ],
        }
        for order in orders
        if order["state"] != "canceled"
    ]
    return {"orders": [order for order in told if order["lines"]]}


def is_line(item: Any) -> bool:
    """Tell whether an item was bought by itself: the parts of a configured one stand below it."""
    return not item.get("parent_item_id")


def _left(item: Any, prefix: str) -> float:
    return float(item[f"{prefix}ordered"] - (item.get(f"{prefix}canceled") or 0))


def moment(text: str, zone: tzinfo) -> str:
    """Tell a time; the shop's own have no offset."""
    at = datetime.fromisoformat(text)
    return (at if at.tzinfo else at.replace(tzinfo=zone)).isoformat()


def zone_of(name: str) -> ZoneInfo:
    """Find a time zone by its name."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, OSError) as error:
        raise ValueError("no time zone") from error
