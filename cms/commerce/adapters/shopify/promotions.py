"""Shopify's automatic discounts, told in the form of the open signals API; `payloads` checks the result."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from cms.commerce.adapters.shopify.forms import Habits, money, number_of
from cms.commerce.keys import distinct

_BASIC = "DiscountAutomaticBasic"
_SHIPPING = "DiscountAutomaticFreeShipping"


def promotions_form(discounts: Iterable[Any], now: datetime, habits: Habits) -> dict[str, Any]:
    """Tell the discounts that run now and that anybody gets who meets a threshold or is in a group.

    One with another condition is left out: what we could say of it would promise too much.
    """
    running = [discount for discount in discounts if _is_sayable(discount, habits) and _runs(discount, now)]
    keys = distinct(discount["title"] for discount in running)
    return {
        "promotions": [{"key": key} | _promotion(one, habits) for key, one in zip(keys, running, strict=True) if key]
    }


def _runs(discount: Any, now: datetime) -> bool:
    starts, ends = datetime.fromisoformat(discount["startsAt"]), discount["endsAt"]
    return discount["status"] == "ACTIVE" and starts <= now and not (ends and now >= datetime.fromisoformat(ends))


def _is_sayable(discount: Any, habits: Habits) -> bool:
    match discount["__typename"]:
        case "DiscountAutomaticBasic":
            gets = discount["customerGets"]
            is_whole = gets["items"]["__typename"] == "AllDiscountItems" or discount["minimumRequirement"] is None
            is_plain = is_whole and gets["value"]["__typename"] in ("DiscountPercentage", "DiscountAmount")
            is_for_once = gets["appliesOnOneTimePurchase"]
        case "DiscountAutomaticFreeShipping":
            is_plain = discount["maximumShippingPrice"] is None and _reaches(discount["destinationSelection"], habits)
            is_for_once = discount["appliesOnOneTimePurchase"]
        case _:
            return False
    return bool(is_plain and is_for_once and _is_by_amount(discount) and _groups(discount, habits) is not None)


def _is_by_amount(discount: Any) -> bool:
    minimum = discount["minimumRequirement"]
    return minimum is None or minimum["__typename"] == "DiscountMinimumSubtotal"


def _reaches(destination: Any, habits: Habits) -> bool:
    """Tell whether parcels to all our markets go free; to some of them only is more than we could say."""
    if destination["__typename"] == "DiscountCountryAll":
        return True
    return bool(habits.countries) and habits.countries <= set(destination["countries"])


def _groups(discount: Any, habits: Habits) -> Sequence[str] | None:
    """Name the groups it is limited to, none: everybody; None: it is limited in another way."""
    context = discount["context"]
    match context["__typename"]:
        case "DiscountBuyerSelectionAll":
            return ()
        case "DiscountCustomerSegments":
            numbers = {number_of("Segment", segment["id"]) for segment in context["segments"]}
            return [group for group, segment in habits.segments.items() if segment in numbers] or None
    return None


def _promotion(discount: Any, habits: Habits) -> dict[str, Any]:
    minimum = discount["minimumRequirement"]
    threshold = money(minimum["greaterThanOrEqualToSubtotal"]) if minimum else None
    return {
        "tiers": [{"threshold": threshold, "percent": _percent(discount)}] if threshold else [],
        "free_shipping": discount["__typename"] == _SHIPPING,
        "groups": _groups(discount, habits),
    }


def _percent(discount: Any) -> int | None:
    """Give whole percents: Shopify writes 0.15 for fifteen."""
    if discount["__typename"] != _BASIC or discount["customerGets"]["value"]["__typename"] != "DiscountPercentage":
        return None
    percent = Decimal(str(discount["customerGets"]["value"]["percentage"])) * 100
    return int(percent) if percent == percent.to_integral_value() else None
