"""Automatic discounts: said are those that anybody gets who meets a threshold or is in a group, and no others."""

from typing import Any

import pytest

from cms.facts.money import Money
from cms.facts.signals import Promotion, Signal, Tier
from tests.commerce.shopify.conftest import ALL, Shopify, page, usd

_FROM_100 = {"__typename": "DiscountMinimumSubtotal", "greaterThanOrEqualToSubtotal": usd("100.0")}
_EVERYBODY = {"__typename": "DiscountBuyerSelectionAll"}
_TENTH = {"__typename": "DiscountPercentage", "percentage": 0.1}


def _basic(title: str, **more: Any) -> dict[str, Any]:
    gets = {"appliesOnOneTimePurchase": True, "items": {"__typename": "AllDiscountItems"}, "value": _TENTH}
    gets |= {name: more.pop(name) for name in tuple(more) if name in gets}
    return {"__typename": "DiscountAutomaticBasic", "customerGets": gets, **_discount(title, more)}


def _shipping(title: str, **more: Any) -> dict[str, Any]:
    usual = {
        "appliesOnOneTimePurchase": True,
        "maximumShippingPrice": None,
        "destinationSelection": {"__typename": "DiscountCountryAll"},
    }
    return {"__typename": "DiscountAutomaticFreeShipping", **_discount(title, usual | more)}


def _discount(title: str, more: dict[str, Any]) -> dict[str, Any]:
    usual = {
        "title": title,
        "status": "ACTIVE",
        "startsAt": "2026-05-01T00:00:00Z",
        "endsAt": None,
        "minimumRequirement": _FROM_100,
        "context": _EVERYBODY,
    }
    return usual | more


def _told(shopify: Shopify, *discounts: dict[str, Any], options: dict[str, Any] | None = None) -> Any:
    shopify.admin.answers["QueryRoot.discountNodes"] = page([{"discount": discount} for discount in discounts])
    return shopify.ask(Signal.PROMOTIONS, options=options).value


def test_thresholds_percents_free_shipping_and_groups_are_told_over_all_pages(shopify: Shopify) -> None:
    segments = [{"id": f"gid://shopify/Segment/{number}"} for number in (11, 99)]
    vip = {"__typename": "DiscountCustomerSegments", "segments": segments}
    pages = {
        None: page([{"discount": _basic("Spend 100, save 10!")}], "2"),
        "2": page([{"discount": _shipping("Free shipping")}, {"discount": _basic("VIP week", context=vip)}]),
    }
    running = "status:active AND method:automatic"
    shopify.admin.answers["QueryRoot.discountNodes"] = lambda asked: {running: pages}[asked["query"]][
        asked.get("after")
    ]
    tier = Tier(Money(10_000, "USD"), 10)
    assert shopify.ask(Signal.PROMOTIONS).value == (
        Promotion("spend-100-save-10", (tier,)),
        Promotion("free-shipping", (Tier(Money(10_000, "USD")),), free_shipping=True),
        Promotion("vip-week", (tier,), groups=frozenset({"vip"})),
    )


@pytest.mark.parametrize(("percentage", "percent"), [(0.15, 15), (0.29, 29), (0.07, 7), (1.0, 100), (0.125, None)])
def test_percents_are_whole_or_not_told(shopify: Shopify, percentage: float, percent: int | None) -> None:
    value = {"__typename": "DiscountPercentage", "percentage": percentage}
    assert _told(shopify, _basic("A", value=value))[0].tiers == (Tier(Money(10_000, "USD"), percent),)


def test_an_amount_off_is_a_threshold_without_a_percent(shopify: Shopify) -> None:
    value = {"__typename": "DiscountAmount"}
    assert _told(shopify, _basic("A", value=value))[0].tiers == (Tier(Money(10_000, "USD")),)


def test_a_discount_on_some_products_runs_and_has_no_threshold(shopify: Shopify) -> None:
    some = {"__typename": "DiscountCollections"}
    assert _told(shopify, _basic("Tents", items=some, minimumRequirement=None)) == (Promotion("tents"),)


_LEFT_OUT = {
    "a threshold on some products only": _basic("A", items={"__typename": "DiscountProducts"}),
    "a number of items": _basic("A", minimumRequirement={"__typename": "DiscountMinimumQuantity"}),
    "named customers": _basic("A", context={"__typename": "DiscountCustomers"}),
    "one market": _basic("A", context={"__typename": "DiscountMarkets"}),
    "a segment not configured": _basic(
        "A", context={"__typename": "DiscountCustomerSegments", "segments": [{"id": "gid://shopify/Segment/99"}]}
    ),
    "subscriptions": _basic("A", appliesOnOneTimePurchase=False),
    "so many of a product": _basic("A", value={"__typename": "DiscountOnQuantity"}),
    "cheap shipping only": _shipping("A", maximumShippingPrice=usd("20.0")),
    "some countries": _shipping(
        "A", destinationSelection={"__typename": "DiscountCountries", "countries": ["US"], "includeRestOfWorld": False}
    ),
    "buy one, get one": {"__typename": "DiscountAutomaticBxgy"},
    "an app's own rules": {"__typename": "DiscountAutomaticApp"},
    "not yet": _basic("A", startsAt="2026-05-04T12:00:01Z"),
    "no more": _basic("A", endsAt="2026-05-04T12:00:00Z"),
    "not on": _basic("A", status="SCHEDULED"),
}


@pytest.mark.parametrize("why", _LEFT_OUT)
def test_what_would_promise_too_much_is_left_out(shopify: Shopify, why: str) -> None:
    assert _told(shopify, _LEFT_OUT[why]) == ()


def test_free_shipping_to_all_markets_is_told(shopify: Shopify) -> None:
    countries = {"__typename": "DiscountCountries", "countries": ["US", "JP"], "includeRestOfWorld": False}
    assert [one.key for one in _told(shopify, _shipping("A", destinationSelection=countries))] == ["a"]


def test_two_discounts_of_one_title_have_two_keys(shopify: Shopify) -> None:
    assert [one.key for one in _told(shopify, _basic("May"), _basic("May"))] == ["may", "may-2"]


def test_a_shop_without_configured_segments_tells_the_others(shopify: Shopify) -> None:
    assert [one.key for one in _told(shopify, _basic("May"), options={**ALL, "segments": {}})] == ["may"]
