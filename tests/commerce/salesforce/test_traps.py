"""Adapter `salesforce`: what SCAPI and SLAS do when they are not well, and what the options refuse."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from commerce.contract_openapi import Said
from commerce.salesforce.site import (
    ADA,
    FULL,
    GUEST,
    KEY,
    KNOWN,
    NOW,
    OPTIONS,
    Site,
    basket,
    clock,
    connected,
    jwt,
    line,
    order,
)
from werkzeug.wrappers import Request

from cms.commerce import source_for
from cms.commerce.adapters.salesforce.api import pause_of
from cms.commerce.adapters.salesforce.shoppers import bearer_of
from cms.commerce.failures import ShopError
from cms.errors import CmsError
from cms.facts.signals import Answer, Cart, Found, Shopper, Signal

Serve = Callable[[Callable[[str, Mapping[str, str], bytes], tuple[int, Mapping[str, str], object]]], str]


def ask(made: Any, signal: Signal, shopper: Shopper = KNOWN) -> Answer:
    answer: Answer = made.source.fetch(signal, shopper, currency="USD", timeout_s=5)
    return answer


def test_who_a_token_is_of_stands_in_it() -> None:
    ada, guest = bearer_of(ADA), bearer_of(GUEST)
    assert ada is not None
    assert guest is not None
    assert (ada.customer_id, ada.is_registered) == ("abAda", True)
    assert (guest.customer_id, guest.is_registered) == ("abGuest", False)


@pytest.mark.parametrize(
    ("signal", "operation", "body"),
    [
        (Signal.CART, "getCustomerBaskets", {"baskets": [basket("abEve")], "total": 1}),
        (Signal.CUSTOMER, "getCustomer", {"customerId": "abEve"}),
        (
            Signal.ORDERS,
            "getCustomerOrders",
            {
                "data": [order(1), order(2, customerInfo={"customerId": "abEve", "email": "-"})],
                "limit": 50,
                "offset": 0,
                "total": 2,
            },
        ),
    ],
)
def test_an_answer_about_somebody_else_is_thrown_away(signal: Signal, operation: str, body: object) -> None:
    with Site().open(**{operation: body}) as server, pytest.raises(ShopError) as caught:
        ask(connected(server), signal)
    assert (caught.value.code, caught.value.ails) == ("commerce-mismatch", False)


def test_an_order_that_is_placed_while_others_are_read_makes_none_count_twice() -> None:
    site = Site(orders=[order(number) for number in range(60)])

    def told(request: Request) -> Any:
        answer = site.told_orders(request)
        site.orders.insert(0, order(60))
        return answer

    with site.open(getCustomerOrders=told) as server:
        assert len(ask(connected(server), Signal.ORDERS).value) == 60


def test_a_history_that_breaks_off_is_no_answer() -> None:
    site = Site(orders=[order(number) for number in range(60)])

    def told(request: Request) -> Any:
        answer = site.told_orders(request)
        return answer | ({"data": []} if answer["offset"] else {})

    with site.open(getCustomerOrders=told) as server, pytest.raises(ShopError) as caught:
        ask(connected(server), Signal.ORDERS)
    assert caught.value.code == "commerce-garbage"


@pytest.mark.parametrize("signal", [Signal.CART, Signal.CUSTOMER, Signal.ORDERS])
def test_a_token_without_the_scope_is_a_failure_and_not_an_unknown_one(signal: Signal, shop_answering: Serve) -> None:
    url = shop_answering(lambda *_: (403, {}, {"title": "Forbidden", "detail": "no permissions"}))
    with pytest.raises(ShopError, match="may not ask this") as caught:
        source_for("salesforce", url=url, key="", clock=clock, options=OPTIONS).fetch(
            signal, KNOWN, currency="USD", timeout_s=5
        )
    assert not caught.value.ails


@pytest.mark.parametrize(
    ("status", "headers", "pause_s"),
    [
        (503, {"sfdc_load": "97", "sfdc_load_status": "THROTTLE"}, 30),
        (503, {"sfdc_load_status": "WARN"}, 5),
        (503, {}, 0),
        (429, {"Retry-After": "7"}, 7),
        (429, {"X-RateLimit-1M-Remaining": "0", "X-RateLimit-1M-Reset": str(int(NOW.timestamp()) + 12)}, 12),
    ],
)
def test_a_system_that_wants_a_pause_gets_it(
    status: int, headers: Mapping[str, str], pause_s: int, shop_answering: Serve
) -> None:
    url = shop_answering(lambda *_: (status, headers, {"title": "later"}))
    with pytest.raises(ShopError) as caught:
        source_for("salesforce", url=url, key=KEY, clock=clock, options=OPTIONS).fetch(
            Signal.CART, KNOWN, currency="USD", timeout_s=5
        )
    assert (caught.value.ails, caught.value.retry_after_s) == (True, pause_s)


@pytest.mark.parametrize("reset", ["", "soon", "-5", "9" * 30, "1"])
def test_a_limit_that_makes_no_sense_asks_for_no_pause(reset: str) -> None:
    headers = {"X-RateLimit-5M-Remaining": "0", "X-RateLimit-5M-Reset": reset}
    assert pause_of(headers, lambda: datetime(2026, 5, 1, tzinfo=UTC)) == 0


@pytest.mark.parametrize(
    "body", [{}, {"access_token": "", "expires_in": 900}, {"access_token": "x", "expires_in": "1"}]
)
def test_a_token_that_is_none_is_no_answer(body: object) -> None:
    with Site().open(getAccessToken=Said(body, wrong=True)) as server, pytest.raises(ShopError) as caught:
        ask(connected(server, promotions={"a": {}}), Signal.PROMOTIONS)
    assert caught.value.code == "commerce-garbage"


def test_a_client_that_slas_does_not_know_is_named_as_the_cause() -> None:
    with Site().open() as server, pytest.raises(ShopError, match="client id and secret") as caught:
        ask(connected(server, key="our-client:wrong", promotions={"a": {}}), Signal.PROMOTIONS)
    assert not caught.value.ails


def test_a_token_on_behalf_that_was_asked_for_twice_at_once_comes_later() -> None:
    conflict = Said({"error": "conflict", "error_description": "-"}, 409)
    with Site().open(getTrustedSystemAccessToken=conflict) as server, pytest.raises(ShopError) as caught:
        ask(connected(server, trusted_system=True), Signal.CUSTOMER, Shopper(customer_id="ada"))
    assert caught.value.retry_after_s == 3


def test_a_token_on_behalf_is_kept_and_got_anew_when_the_system_forgot_it() -> None:
    site, named = Site(), Shopper(customer_id="ada")
    with site.open() as server:
        shop = connected(server, trusted_system=True)
        assert {ask(shop, Signal.CUSTOMER, named).found for _ in range(3)} == {Found.FOUND}
        assert len(site.minted) == 1
        site.refused = {ADA}
        assert ask(shop, Signal.CUSTOMER, named) == Answer(Found.UNKNOWN_TOKEN)
        site.refused = set()
        assert ask(shop, Signal.CUSTOMER, named).found is Found.FOUND
    assert len(site.minted) == 2


def test_half_a_yard_of_cloth_is_no_quantity() -> None:
    cloth = basket("abAda", productItems=[line("cloth", 0.5, 5)], productSubTotal=5)
    with Site(baskets={"abAda": [cloth]}).open() as server, pytest.raises(ShopError) as caught:
        ask(connected(server), Signal.CART)
    assert caught.value.code == "commerce-garbage"


def test_a_line_without_its_price_is_priced_by_nobody_here() -> None:
    bare = basket("abAda", productItems=[{"productId": "x", "quantity": 1}])
    bare.pop("productSubTotal")
    with Site().open(getCustomerBaskets=Said({"baskets": [bare], "total": 1}, wrong=True)) as server:
        cart = ask(connected(server), Signal.CART).value
    assert isinstance(cart, Cart)
    assert (cart.lines[0].unit_price, cart.subtotal) == (None, None)


def test_shipments_of_different_methods_have_no_one_method() -> None:
    shipments = [{"shipmentId": key, "shippingMethod": {"id": key}} for key in ("001", "002")]
    with Site(baskets={"abAda": [FULL | {"shipments": shipments}]}).open() as server:
        cart = ask(connected(server), Signal.CART).value
    assert isinstance(cart, Cart)
    assert cart.shipping_method is None


def test_what_no_spec_knows_yet_is_no_trouble() -> None:
    more = Said({"customerId": "abAda", "newField": {"deep": [1]}, "c_x": None}, wrong=True)
    with Site().open(getCustomer=more) as server:
        assert ask(connected(server), Signal.CUSTOMER).found is Found.FOUND


def test_without_a_client_only_shoppers_are_told_of() -> None:
    with Site().open() as server:
        made = connected(server, key="")
        assert made.source.supplies == {Signal.CART, Signal.CUSTOMER, Signal.ORDERS}
        assert (made.feed, made.missing) == (None, None)
        assert ask(made, Signal.PROMOTIONS) == Answer(Found.UNSUPPORTED)


def test_what_is_lacking_says_why_and_what_to_do() -> None:
    with Site().open() as server:
        bare = connected(server, campaigns=["spring"]).source.lacks
        tiers = [{"threshold": {"amount": "75.00", "currency": "USD"}}]
        free = connected(server, promotions={"free": {"tiers": tiers, "free_shipping": True}}).source.lacks
    assert {"cart.gap", "next.threshold", "next.percent", "tier.percent", "shop.free_shipping_threshold"} <= set(bare)
    assert set(free) & {"cart.gap", "next.threshold", "shop.free_shipping_threshold"} == set()
    assert {"next.percent", "tier.percent", "customer.groups"} <= set(free)


def test_the_doctor_learns_which_scopes_are_missing() -> None:
    forbidden = Said({"title": "Forbidden", "type": "-", "detail": "-"}, 403)
    with Site().open(getAvailability=forbidden, getPromotions=forbidden) as server:
        made = connected(server, promotions={"a": {}})
        assert made.missing is not None
        said = made.missing(10.0)
    assert [one.split(":")[0].rpartition(" ")[2] for one in said] == [
        "sfcc.shopper-availability",
        "sfcc.shopper-promotions",
    ]
    with Site().open() as server:
        assert (connected(server).missing or list)(10.0) == ()  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("options", "key", "said"),
    [
        ({}, "no-colon", "id:secret"),
        ({"trusted_system": True}, "", "need a private SLAS client"),
        ({"organisation": "x"}, KEY, "organization"),
        ({"customer": {"loyalty_tier": "tier"}}, KEY, "c_"),
        ({"promotions": {"a": {"tiers": [{"threshold": "75"}]}}}, KEY, "promotions.a"),
        ({"promotions": {"a": {"tiers": "many"}}}, KEY, "promotions.a"),
        ({"promotions": {"a": {"threshold": "75"}}}, KEY, "promotions.a"),
        ({"inventories": list("abcdef")}, KEY, "inventories"),
        ({"categories": []}, KEY, "categories"),
        ({"site": None}, KEY, "site"),
    ],
)
def test_settings_that_cannot_be_used_are_refused_with_what_to_set(options: Any, key: str, said: str) -> None:
    with pytest.raises(CmsError, match=said):
        source_for("salesforce", url="http://127.0.0.1:1", key=key, clock=clock, options={**OPTIONS, **options})


def test_nothing_of_a_shopper_stands_in_a_message() -> None:
    with Site().open() as server:
        for body, status in (({"customerId": "abEve"}, 200), ({"customerId": 7}, 200), ([], 200), ({}, 503)):
            server.answers["getCustomer"] = Said(body, status, wrong=True)
            with pytest.raises(ShopError) as caught:
                ask(connected(server), Signal.CUSTOMER)
            assert not [name for name in ("abAda", "abEve", ADA) if name in caught.value.message]


def test_a_token_of_another_shop_is_unknown_here() -> None:
    with Site().open() as server:
        assert ask(connected(server), Signal.CART, Shopper(cart_token=jwt("abElse"))) == Answer(Found.UNKNOWN_TOKEN)
