"""Carts, customers, orders and traits: each question is held against the published schema, each answer read for real."""

from datetime import UTC, datetime
from typing import Any

import pytest
from graphql import GraphQLError

from cms.commerce.failures import ERROR, GARBAGE, MISMATCH, ShopError
from cms.facts.money import Money
from cms.facts.signals import Cart, CartLine, Customer, Found, Order, OrderLine, Shopper, Signal
from tests.commerce.shopify.conftest import CART, NUMBER, TOKEN, Shopify, page, usd


def _line(sku: str | None, quantity: int, price: str, variant: str = "1") -> dict[str, Any]:
    return {
        "__typename": "CartLine",
        "quantity": quantity,
        "cost": {"amountPerQuantity": usd(price)},
        "merchandise": {"__typename": "ProductVariant", "id": f"gid://shopify/ProductVariant/{variant}", "sku": sku},
    }


def _cart(lines: Any, **more: Any) -> dict[str, Any]:
    cart = {
        "id": "gid://shopify/Cart/abc?key=k1",
        "cost": {"subtotalAmount": usd("61.5")},
        "lines": lines,
        "discountApplications": [
            {"__typename": "CartAutomaticDiscountApplication", "title": "Spend 50, save 10!"},
            {"__typename": "CartCodeDiscountApplication", "code": "WELCOME"},
        ],
        "deliveryGroups": {"nodes": [{"selectedDeliveryOption": {"title": "Express Saver"}}]},
    }
    return cart | more


def test_a_cart_is_told_with_all_its_lines(shopify: Shopify) -> None:
    pages = {None: page([_line("TENT", 1, "50.0")], "next"), "next": page([_line("", 2, "5.75", "22")])}
    shopify.storefront.answers["QueryRoot.cart"] = _cart(lambda asked: pages[asked.get("after")])
    assert shopify.ask(Signal.CART, CART).value == Cart(
        (CartLine("TENT", 1, Money(5000, "USD")), CartLine("22", 2, Money(575, "USD"))),
        "USD",
        Money(6150, "USD"),
        "express-saver",
        frozenset({"spend-50-save-10", "welcome"}),
    )
    assert [one.variables["id"] for one in shopify.storefront.sent] == ["gid://shopify/Cart/abc?key=k1"] * 2


def test_a_cart_is_told_whatever_its_discounts_are_called(shopify: Shopify) -> None:
    titles = [{"__typename": "CartAutomaticDiscountApplication", "title": title} for title in ("🎉", "M" * 255)]
    shopify.storefront.answers["QueryRoot.cart"] = _cart(page([]), discountApplications=titles)
    value = shopify.ask(Signal.CART, CART).value
    assert isinstance(value, Cart)
    assert value.promotions == {"🎉", "m" * 190}


def test_a_cart_is_found_by_its_bare_token_too(shopify: Shopify) -> None:
    shopify.storefront.answers["QueryRoot.cart"] = _cart(page([]))
    answer = shopify.ask(Signal.CART, Shopper(cart_token="abc?key=k1"))
    assert answer.found is Found.FOUND
    assert shopify.storefront.sent[0].variables["id"] == "gid://shopify/Cart/abc?key=k1"


def test_an_empty_cart_is_found_and_has_no_lines(shopify: Shopify) -> None:
    nothing = {"cost": {"subtotalAmount": usd("0.0")}, "discountApplications": [], "deliveryGroups": {"nodes": []}}
    shopify.storefront.answers["QueryRoot.cart"] = _cart(page([]), **nothing)
    answer = shopify.ask(Signal.CART, CART)
    assert answer.value == Cart((), "USD", Money(0, "USD"), None, frozenset())


@pytest.mark.parametrize(("amount", "currency", "minor"), [("1050.0", "JPY", 1050), ("1.250", "KWD", 1250)])
def test_amounts_have_the_decimals_of_their_currency(shopify: Shopify, amount: str, currency: str, minor: int) -> None:
    said = {"amount": amount, "currencyCode": currency}
    shopify.storefront.answers["QueryRoot.cart"] = _cart(page([]), cost={"subtotalAmount": said})
    value = shopify.ask(Signal.CART, CART).value
    assert isinstance(value, Cart)
    assert value.subtotal == Money(minor, currency)


def test_a_cart_that_is_gone_is_an_unknown_token(shopify: Shopify) -> None:
    shopify.storefront.answers["QueryRoot.cart"] = lambda _: None
    assert shopify.ask(Signal.CART, CART).found is Found.UNKNOWN_TOKEN


@pytest.mark.parametrize(
    "error",
    [
        {"message": "no such cart", "path": ["cart"], "extensions": {"code": "NOT_FOUND"}},
        {"message": "no such cart", "path": ["cart"]},
        {"message": "Variable $id of type ID! was provided invalid value", "extensions": {"problems": []}},
    ],
)
def test_the_cart_of_another_shop_is_an_unknown_token(shopify: Shopify, error: dict[str, Any]) -> None:
    shopify.storefront.errors = [error]
    assert shopify.ask(Signal.CART, CART).found is Found.UNKNOWN_TOKEN


@pytest.mark.parametrize(
    ("error", "ails"),
    [
        ({"message": "no", "path": ["cart"], "extensions": {"code": "ACCESS_DENIED"}}, False),
        ({"message": "broken", "path": ["cart"], "extensions": {"code": "INTERNAL_SERVER_ERROR"}}, True),
        ({"message": "no such field", "extensions": {"code": "undefinedField"}}, False),
        ({"message": "broken", "path": ["localization"]}, True),
    ],
)
def test_an_error_that_is_not_about_the_cart_is_no_unknown_token(
    shopify: Shopify, error: dict[str, Any], *, ails: bool
) -> None:
    shopify.storefront.errors = [error]
    with pytest.raises(ShopError) as caught:
        shopify.ask(Signal.CART, CART)
    assert (caught.value.code, caught.value.ails) == (ERROR, ails)


@pytest.mark.parametrize("token", ["", "gid://shopify/Product/1", "a b", "abc?key=k?key=l", "x" * 500])
def test_what_cannot_be_a_cart_is_not_asked_for(shopify: Shopify, token: str) -> None:
    assert shopify.ask(Signal.CART, Shopper(cart_token=token)).found is Found.UNKNOWN_TOKEN
    assert not shopify.sent


def test_a_cart_is_never_told_by_an_id_alone(shopify: Shopify) -> None:
    assert shopify.ask(Signal.CART, Shopper(cart_id="abc", customer_id="7")).found is Found.UNSUPPORTED


def test_another_cart_than_was_asked_for_is_refused(shopify: Shopify) -> None:
    shopify.storefront.answers["QueryRoot.cart"] = _cart(page([]), id="gid://shopify/Cart/other?key=k1")
    with pytest.raises(ShopError) as caught:
        shopify.ask(Signal.CART, CART)
    assert caught.value.code == MISMATCH


_COMPANY = {"company": {"id": "gid://shopify/Company/5", "name": "Acme"}}
_LOYAL = [
    {"namespace": "loyalty", "key": "tier", "value": "gold"},
    {"namespace": "loyalty", "key": "points", "value": "120"},
    {"namespace": "loyalty", "key": "member", "value": "true"},
]
_MEMBERSHIPS = {
    "memberships": [
        {"segmentId": "gid://shopify/Segment/11", "isMember": True},
        {"segmentId": "gid://shopify/Segment/12", "isMember": False},
    ]
}
_ANNA = Customer(
    "7", "business", frozenset({"vip"}), "Acme", account="5", loyalty_tier="gold", loyalty_points=120, is_member=True,
    tags=frozenset({"press"}),
)  # fmt: skip


def _anna_of_accounts(contacts: list[Any]) -> dict[str, Any]:
    return {
        "id": "gid://shopify/Customer/7",
        "tags": ["press"],
        "companyContacts": {"nodes": contacts},
        "metafields": [*_LOYAL, None],
    }


def _anna_of_admin(**more: Any) -> dict[str, Any]:
    anna = {
        "id": "gid://shopify/Customer/7",
        "tags": ["press"],
        "companyContactProfiles": [_COMPANY],
        "metafields": {"nodes": _LOYAL},
    }
    return anna | more


def test_a_customer_is_told_by_the_token_of_their_account(shopify: Shopify) -> None:
    shopify.accounts.answers["QueryRoot.customer"] = _anna_of_accounts([_COMPANY])
    shopify.admin.answers["QueryRoot.customerSegmentMembership"] = _MEMBERSHIPS
    answer = shopify.ask(Signal.CUSTOMER, TOKEN)
    assert (answer.value, answer.whose) == (_ANNA, "7")
    assert shopify.admin.sent[0].variables["id"] == "gid://shopify/Customer/7"


def test_a_verified_customer_is_told_by_their_number_in_one_call(shopify: Shopify) -> None:
    shopify.admin.answers |= {
        "QueryRoot.customer": _anna_of_admin(),
        "QueryRoot.customerSegmentMembership": _MEMBERSHIPS,
    }
    answer = shopify.ask(Signal.CUSTOMER, NUMBER)
    assert (answer.value, answer.whose) == (_ANNA, "7")
    assert shopify.sent == ["CustomerOf"]


def test_who_buys_for_two_companies_buys_for_none_that_can_be_named(shopify: Shopify) -> None:
    other = {"company": {"id": "gid://shopify/Company/6", "name": "Zeta"}}
    shopify.accounts.answers["QueryRoot.customer"] = _anna_of_accounts([_COMPANY, other])
    value = shopify.ask(Signal.CUSTOMER, TOKEN).value
    assert isinstance(value, Customer)
    assert (value.kind, value.company, value.account) == ("business", None, None)


def test_what_is_not_configured_is_not_asked_for_and_unknown(shopify: Shopify) -> None:
    shopify.admin.answers["QueryRoot.customer"] = _anna_of_admin()
    assert shopify.ask(Signal.CUSTOMER, NUMBER, {}).value == Customer("7", tags=frozenset({"press"}))
    lacks = shopify.connected({}).source.lacks
    assert {"customer.groups", "customer.kind", "customer.company", "customer.loyalty_tier", "clv"} <= lacks.keys()
    assert "rfm.class" not in lacks
    assert not shopify.connected().source.lacks.keys() & {"customer.groups", "customer.kind", "churn_risk"}


@pytest.mark.parametrize("shopper", [TOKEN, NUMBER])
def test_a_segment_that_is_gone_costs_the_groups_only(shopify: Shopify, shopper: Shopper) -> None:
    shopify.accounts.answers["QueryRoot.customer"] = _anna_of_accounts([])
    shopify.admin.answers["QueryRoot.customer"] = _anna_of_admin()

    def gone(_: object) -> object:
        raise GraphQLError("no such segment", extensions={"code": "RESOURCE_NOT_FOUND"})

    shopify.admin.answers["QueryRoot.customerSegmentMembership"] = gone
    value = shopify.ask(Signal.CUSTOMER, shopper).value
    assert isinstance(value, Customer)
    assert (value.groups, value.tags) == (None, frozenset({"press"}))


@pytest.mark.parametrize("signal", [Signal.CUSTOMER, Signal.ORDERS, Signal.TRAITS])
def test_a_token_that_has_ended_is_unknown(shopify: Shopify, signal: Signal) -> None:
    shopify.red = {"unauthorized"}
    assert shopify.ask(signal, Shopper(customer_token="shcat_old")).found is Found.UNKNOWN_TOKEN


@pytest.mark.parametrize("signal", [Signal.CUSTOMER, Signal.ORDERS, Signal.TRAITS])
def test_a_number_that_nobody_has_is_unknown(shopify: Shopify, signal: Signal) -> None:
    shopify.admin.answers["QueryRoot.customer"] = lambda _: None
    assert shopify.ask(signal, NUMBER).found is Found.UNKNOWN_TOKEN
    assert shopify.ask(signal, Shopper(customer_id="anna")).found is Found.UNKNOWN_TOKEN


@pytest.mark.parametrize("signal", [Signal.CUSTOMER, Signal.ORDERS, Signal.TRAITS])
def test_an_answer_about_another_customer_is_refused(shopify: Shopify, signal: Signal) -> None:
    shopify.admin.answers["QueryRoot.customer"] = {"id": "gid://shopify/Customer/8", "orders": page([])}
    with pytest.raises(ShopError) as caught:
        shopify.ask(signal, NUMBER)
    assert (caught.value.code, caught.value.ails) == (MISMATCH, False)


def _order(number: int, lines: Any, *, of_admin: bool, cancelled: str | None = None) -> dict[str, Any]:
    total = {"currentTotalPriceSet": {"presentmentMoney": usd("20.00")}} if of_admin else {"totalPrice": usd("20.00")}
    return {
        "id": f"gid://shopify/Order/{number}",
        "processedAt": f"2026-04-{number:02d}T10:00:00Z",
        "cancelledAt": cancelled,
        "lineItems": lines,
        **total,
    }


def _item(sku: str | None, variant: str | None, *, of_admin: bool) -> dict[str, Any]:
    key = f"gid://shopify/ProductVariant/{variant}" if variant else None
    which = {"variant": {"id": key} if key else None} if of_admin else {"variantId": key}
    return {"sku": sku, "quantity": 2, **which}


def _filed(asked: dict[str, Any]) -> list[Any]:
    sold = {
        "__typename": "ProductVariant",
        "id": "gid://shopify/ProductVariant/1",
        "product": {"productType": "Tents & Tarps", "collections": {"nodes": [{"handle": "outdoor"}]}},
    }
    return [sold if key == sold["id"] else None for key in asked["ids"]]


@pytest.mark.parametrize("shopper", [TOKEN, NUMBER])
def test_orders_are_told_whole_page_by_page_with_their_categories(shopify: Shopify, shopper: Shopper) -> None:
    of_admin = shopper is NUMBER

    def item(sku: str | None, variant: str | None) -> dict[str, Any]:
        return _item(sku, variant, of_admin=of_admin)

    newest = _order(9, page([item("TENT", "1")], "more"), of_admin=of_admin)
    older = _order(3, page([item(None, "33"), item("OLD", None), item(None, None)]), of_admin=of_admin)
    cancelled = _order(5, page([]), of_admin=of_admin, cancelled="2026-04-06T00:00:00Z")
    pages = {None: page([newest, cancelled], "more"), "more": page([older])}
    customer = {"id": "gid://shopify/Customer/7", "orders": lambda asked: pages[asked.get("after")]}
    contract = shopify.admin if of_admin else shopify.accounts
    contract.answers |= {"QueryRoot.customer": customer, "QueryRoot.order": {"lineItems": page([item("POLE", "2")])}}
    shopify.storefront.answers["QueryRoot.nodes"] = _filed
    answer = shopify.ask(Signal.ORDERS, shopper)
    assert answer.whose == "7"
    assert answer.value == (
        Order(
            datetime(2026, 4, 9, 10, tzinfo=UTC), Money(2000, "USD"),
            (OrderLine("TENT", 2, ("tents-tarps", "outdoor")), OrderLine("POLE", 2)),
        ),
        Order(datetime(2026, 4, 3, 10, tzinfo=UTC), Money(2000, "USD"), (OrderLine("33", 2), OrderLine("OLD", 2))),
    )  # fmt: skip


def test_more_than_500_orders_are_too_many_to_count(shopify: Shopify) -> None:
    orders = [_order(1, page([]), of_admin=False)] * 40
    customer = {"id": "gid://shopify/Customer/7", "orders": page(orders, "more")}
    shopify.accounts.answers["QueryRoot.customer"] = customer
    with pytest.raises(ShopError, match="more than 500 orders") as caught:
        shopify.ask(Signal.ORDERS, TOKEN)
    assert not caught.value.ails


def test_a_history_of_60_days_is_not_passed_off_as_the_whole(shopify: Shopify) -> None:
    assert shopify.ask(Signal.ORDERS, NUMBER, {}).found is Found.UNSUPPORTED
    assert Signal.ORDERS not in shopify.connected({}, accounts=False).source.supplies
    assert not shopify.sent


@pytest.mark.parametrize("shopper", [TOKEN, NUMBER])
def test_traits_are_the_configured_ones(shopify: Shopify, shopper: Shopper) -> None:
    churn = [{"namespace": "crm", "key": "churn", "jsonValue": 0.25}]
    customer = {"statistics": {"rfmGroup": "AT_RISK"}, "metafields": {"nodes": churn}}
    shopify.accounts.answers["QueryRoot.customer"] = {"id": "gid://shopify/Customer/7"}
    shopify.admin.answers["QueryRoot.customer"] = customer | {"id": "gid://shopify/Customer/7"}
    answer = shopify.ask(Signal.TRAITS, shopper)
    assert (answer.value, answer.whose) == ({"rfm.class": "at-risk", "churn_risk": 0.25}, "7")


def test_a_class_without_a_name_here_and_a_metafield_that_is_not_there_are_unknown(shopify: Shopify) -> None:
    customer = {"id": "gid://shopify/Customer/7", "statistics": {"rfmGroup": "LOYAL"}, "metafields": {"nodes": []}}
    shopify.admin.answers["QueryRoot.customer"] = customer
    options = {"traits": {"rfm.class": "rfm-group", "clv": "crm.clv"}, "rfm_classes": {"CHAMPIONS": "best"}}
    assert shopify.ask(Signal.TRAITS, NUMBER, options).value == {"rfm.class": None, "clv": None}


def test_money_in_a_metafield_is_money(shopify: Shopify) -> None:
    clv = {"namespace": "crm", "key": "clv", "jsonValue": {"amount": "12.00", "currency_code": "USD"}}
    customer = {"id": "gid://shopify/Customer/7", "statistics": {"rfmGroup": None}, "metafields": {"nodes": [clv]}}
    shopify.admin.answers["QueryRoot.customer"] = customer
    told = shopify.ask(Signal.TRAITS, NUMBER, {"traits": {"clv": "crm.clv"}}).value
    assert told == {"clv": {"amount": "12.00", "currency": "USD"}}


def test_without_an_admin_key_what_only_it_tells_is_not_supplied(shopify: Shopify) -> None:
    source = shopify.connected(key='{"storefront": "private"}').source
    assert source.supplies == {Signal.CART, Signal.CUSTOMER, Signal.ORDERS}
    assert source.fetch(Signal.CUSTOMER, NUMBER, currency="USD", timeout_s=5).found is Found.UNSUPPORTED
    assert "customer.groups" in source.lacks


def test_a_malformed_amount_is_garbage(shopify: Shopify) -> None:
    shopify.storefront.answers["QueryRoot.cart"] = _cart(page([]), cost={"subtotalAmount": usd("1,5")})
    with pytest.raises(ShopError) as caught:
        shopify.ask(Signal.CART, CART)
    assert caught.value.code == GARBAGE


def test_a_discount_that_has_no_name_makes_the_carts_promotions_unknown(shopify: Shopify) -> None:
    unnamed = {"__typename": "CartCodeDiscountApplication", "code": ""}
    shopify.storefront.answers["QueryRoot.cart"] = _cart(page([]), discountApplications=[unnamed])
    value = shopify.ask(Signal.CART, CART).value
    assert isinstance(value, Cart)
    assert value.promotions is None


def test_a_server_taken_for_a_bot_makes_a_pause(shopify: Shopify) -> None:
    shopify.red = {"unauthorized"}
    shopify.storefront.refusal = (430, {}, {"errors": "Security rejection"})
    with pytest.raises(ShopError) as caught:
        shopify.connected(key='{"storefront": "other"}').source.fetch(Signal.CART, CART, currency="USD", timeout_s=5)
    assert (caught.value.ails, caught.value.retry_after_s) == (True, 10.0)


def test_a_question_that_is_throttled_says_when_it_can_be_afforded(shopify: Shopify) -> None:
    shopify.admin.errors = [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}]
    status = {"maximumAvailable": 2000.0, "currentlyAvailable": 100, "restoreRate": 100.0}
    shopify.admin.extensions = {"cost": {"requestedQueryCost": 850, "throttleStatus": status}}
    with pytest.raises(ShopError) as caught:
        shopify.ask(Signal.CUSTOMER, NUMBER)
    assert (caught.value.code, caught.value.ails, caught.value.retry_after_s) == (ERROR, True, 7.5)
