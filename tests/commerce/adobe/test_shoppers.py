"""What Adobe Commerce says of shoppers when all is not as usual: unknown tokens, hidden parts, broken and wrong answers."""

from typing import Any

import pytest
from commerce.adobe.world import (
    VERIFIED,
    World,
    ask,
    history,
    kept_order,
    line,
    order,
    ordered,
    paid,
)
from commerce.contract_openapi import Said

from cms.commerce.failures import MISMATCH, ShopError
from cms.facts.money import Money
from cms.facts.signals import Answer, Cart, CartLine, Customer, Found, Shopper, Signal

UNKNOWN = Answer(Found.UNKNOWN_TOKEN)


def refused(category: str, *path: str, data: object = None) -> Said:
    error = {"message": "no", "path": list(path), "extensions": {"category": category}}
    return Said({"errors": [error], "data": data}, wrong=True)


def hear(world: World, said: Said) -> None:
    world.rest.beside = {"/graphql": lambda _request: said}


def cart_of(world: World, **said: object) -> Any:
    answer = world.graphql.answers["Query.cart"]
    world.graphql.answers["Query.cart"] = lambda asked: answer(asked) | said
    return ask(world.shop(), Signal.CART).value


def test_an_empty_cart_is_found(magento: World) -> None:
    none = {"subtotal_including_tax": paid(0), "subtotal_excluding_tax": paid(0)}
    cart = cart_of(magento, itemsV2={"total_count": 0, "items": []}, prices=none, rules=[])

    assert cart == Cart((), "USD", Money(0, "USD"), "flatrate_flatrate", frozenset())


def test_a_guests_cart_is_asked_for_without_a_token(magento: World) -> None:
    assert ask(magento.shop(), Signal.CART, Shopper(cart_token="masked-of-ada")).found is Found.FOUND
    assert "Authorization" not in magento.graphql.sent[-1].headers


def test_a_long_cart_is_read_page_by_page(magento: World) -> None:
    lines = [line(f"SKU-{number}") for number in range(101)]

    def page(asked: Any) -> dict[str, object]:
        start = (asked["currentPage"] - 1) * asked["pageSize"]
        return {"total_count": 101, "items": lines[start : start + asked["pageSize"]]}

    assert len(cart_of(magento, itemsV2=page).lines) == 101
    assert magento.graphql.operations == ["Cart", "Cart"]


def test_a_line_is_the_variant_that_was_chosen(magento: World) -> None:
    variant = {"__typename": "SimpleProduct", "sku": "SHIRT-S"}
    chosen = line("SHIRT") | {"__typename": "ConfigurableCartItem", "configured_variant": variant}

    assert cart_of(magento, itemsV2={"total_count": 1, "items": [chosen]}).lines[0].sku == "SHIRT-S"


def test_a_broken_quantity_is_one_piece_at_the_price_of_the_row(magento: World) -> None:
    cart = cart_of(magento, itemsV2={"total_count": 1, "items": [line("CLOTH", 2.5, 10)]})

    assert cart.lines == (CartLine("CLOTH", 1, Money(2500, "USD")),)


@pytest.mark.parametrize(
    ("currency", "value", "minor"),
    [("JPY", 1200, 1200), ("KWD", 1.2345, 1235), ("USD", 19.999999999, 2000), ("USD", 1e-7, 0)],
)
def test_amounts_are_rounded_to_what_the_currency_has(magento: World, currency: str, value: float, minor: int) -> None:
    paid_so = {"subtotal_including_tax": paid(value, currency), "subtotal_excluding_tax": paid(value, currency)}
    cart = cart_of(magento, itemsV2={"total_count": 0, "items": []}, prices=paid_so)

    assert cart.subtotal == Money(minor, currency)


@pytest.mark.parametrize("category", ["graphql-no-such-entity", "graphql-authorization", "graphql-authentication"])
@pytest.mark.parametrize("signal", [Signal.CART, Signal.CUSTOMER, Signal.ORDERS])
def test_a_token_that_is_not_taken_is_unknown(magento: World, category: str, signal: Signal) -> None:
    hear(magento, refused(category, "customer"))

    assert ask(magento.shop(), signal) == UNKNOWN


@pytest.mark.parametrize(("category", "ails"), [("graphql-input", False), ("internal", True)])
def test_an_error_in_a_200_is_a_failure(magento: World, category: str, *, ails: bool) -> None:
    hear(magento, refused(category, "cart", data={"cart": None}))

    with pytest.raises(ShopError) as failed:
        ask(magento.shop(), Signal.CART)
    assert failed.value.ails is ails


def test_too_many_requests_say_when_to_come_back(magento: World) -> None:
    hear(magento, Said({"message": "slow down"}, 429, {"Retry-After": "7"}))

    with pytest.raises(ShopError) as failed:
        ask(magento.shop(), Signal.CART)
    assert failed.value.retry_after_s == 7


def test_the_cart_of_somebody_else_is_refused(magento: World) -> None:
    with pytest.raises(ShopError) as failed:
        cart_of(magento, id="masked-of-bob")
    assert failed.value.code == MISMATCH


def test_parts_that_the_shop_refuses_are_unknown_and_leave_the_rest(magento: World) -> None:
    data = {"shared": {"groups": True}, "customer": {"id": 7, "group": {"name": "General"}}}
    parts = {"segmented": None, "rewarded": None, "employed": None}
    hear(magento, refused("graphql-authorization", "rewarded", "reward_points", data=data | parts))

    assert ask(magento.shop(), Signal.CUSTOMER).value == Customer("7", groups=frozenset({"general"}))


def test_what_the_shop_does_not_share_is_unknown_or_asked_of_the_office(adobe: World) -> None:
    hidden = [name for name in adobe.graphql.answers if "share_" in name]
    adobe.graphql.answers |= dict.fromkeys(hidden, False) | {"Customer.group": None}
    adobe.graphql.answers |= {"Customer.segments": []}

    customer = ask(adobe.shop(), Signal.CUSTOMER).value
    cart = ask(adobe.shop(), Signal.CART).value

    assert isinstance(customer, Customer)
    assert (customer.groups, customer.tags) == (frozenset({"wholesale"}), None)
    assert isinstance(cart, Cart)
    assert cart.promotions is None
    alone = ask(adobe.shop(key=""), Signal.CUSTOMER).value
    assert isinstance(alone, Customer)
    assert alone.groups is None


def test_a_cart_is_told_even_when_its_rules_cannot_be_named(adobe: World) -> None:
    adobe.rest.answers["GetV1SalesRulesSearch"] = Said({"message": "down"}, 503)
    cart = ask(adobe.shop(), Signal.CART).value

    assert isinstance(cart, Cart)
    assert cart.promotions == (frozenset({"spend-500"}) if adobe.dialect == "2.4.8" else None)


def test_a_history_is_read_page_by_page_and_never_in_part(magento: World) -> None:
    many = [order(5, ordered("TN"))] * 250
    magento.graphql.answers["Customer.orders"] = history(*many)
    whole = ask(magento.shop(), Signal.ORDERS).value
    magento.graphql.answers["Customer.orders"] = history(*many, total=501)

    assert isinstance(whole, tuple)
    assert len(whole) == 250
    assert magento.graphql.operations == ["Orders"] * 3
    with pytest.raises(ShopError, match="more than 500") as failed:
        ask(magento.shop(), Signal.ORDERS)
    assert not failed.value.ails


def test_a_history_by_id_is_never_read_in_part(magento: World) -> None:
    magento.rest.answers["GetV1Orders"] = magento.found(
        "sales-data-order-search-result-interface", [kept_order(magento)], 501
    )
    with pytest.raises(ShopError, match="more than 500"):
        ask(magento.shop(), Signal.ORDERS, VERIFIED)


def test_orders_of_all_the_shops_websites_are_read(magento: World) -> None:
    pages = magento.graphql.answers["Customer.orders"]
    magento.graphql.answers["Customer.orders"] = lambda asked: (
        pages(asked) if asked.get("scope") == "GLOBAL" else {"total_count": 0, "items": []}
    )
    assert ask(magento.shop(), Signal.ORDERS).value


def test_an_imported_order_without_the_ids_of_its_products_counts(magento: World) -> None:
    line = {"sku": "OLD", "qty_ordered": 1, "qty_canceled": 0}
    made = magento.made(
        "sales-data-order-item-interface", **line, product_id=None, parent_item_id=None, parent_item=None
    )
    orders = [kept_order(magento, items=[made]), kept_order(magento)]
    magento.rest.answers["GetV1Orders"] = magento.found("sales-data-order-search-result-interface", orders)
    history = ask(magento.shop(), Signal.ORDERS, VERIFIED).value

    assert isinstance(history, tuple)
    assert [order.lines[0].categories for order in history] == [(), ("outdoor",)]


def test_stock_that_leaves_products_out_is_not_asked_for_beyond_its_last_page(magento: World) -> None:
    schema = "inventory-export-stock-api-data-export-stock-salable-qty-search-result-interface"
    operation = "GetV1InventoryExportstocksalableqtySalesChannelTypeSalesChannelCode"
    magento.rest.answers[operation] = magento.found(schema, [{"sku": "TN", "qty": 1, "is_salable": True}], 3)

    assert ask(magento.shop(), Signal.STOCK).value == {"TN": 1}
    assert [sent.operation for sent in magento.rest.sent] == [operation]


def test_shoppers_are_told_whatever_rules_and_segments_are_called(magento: World) -> None:
    assert cart_of(magento, rules=[{"name": "★"}, {"name": "M" * 255}]).promotions == {"★", "m" * 190}
    magento.graphql.answers["Customer.segments"] = [{"name": "★", "apply_to": "REGISTERED"}]
    customer = ask(magento.shop(), Signal.CUSTOMER).value

    assert isinstance(customer, Customer)
    assert customer.tags == {"★"}


def test_canceled_orders_do_not_count(magento: World) -> None:
    orders = [kept_order(magento, state="canceled")]
    magento.rest.answers["GetV1Orders"] = magento.found("sales-data-order-search-result-interface", orders)

    assert ask(magento.shop(), Signal.ORDERS, VERIFIED) == Answer(Found.FOUND, (), "7")


@pytest.mark.parametrize(
    ("signal", "operation", "said"),
    [
        (Signal.CUSTOMER, "GetV1CustomersCustomerId", {"id": 8}),
        (Signal.CART, "GetV1CartsCartId", {"id": 42}),
        (Signal.CART, "GetV1CartsCartId", {"customer": {"id": 8, "email": "", "firstname": "", "lastname": ""}}),
    ],
)
def test_an_answer_by_id_about_somebody_else_is_refused(
    magento: World, signal: Signal, operation: str, said: dict[str, object]
) -> None:
    magento.rest.answers[operation] |= said

    with pytest.raises(ShopError) as failed:
        ask(magento.shop(), signal, VERIFIED)
    assert failed.value.code == MISMATCH


def test_orders_of_somebody_else_are_refused(magento: World) -> None:
    orders = [kept_order(magento, customer_id=8)]
    magento.rest.answers["GetV1Orders"] = magento.found("sales-data-order-search-result-interface", orders)

    with pytest.raises(ShopError) as failed:
        ask(magento.shop(), Signal.ORDERS, VERIFIED)
    assert failed.value.code == MISMATCH


@pytest.mark.parametrize("signal", [Signal.CUSTOMER, Signal.CART])
def test_an_id_that_is_gone_is_unknown(magento: World, signal: Signal) -> None:
    gone = Said({"message": "No such entity."}, 404)
    magento.rest.answers |= {"GetV1CustomersCustomerId": gone, "GetV1CartsCartId": gone}

    assert ask(magento.shop(), signal, VERIFIED) == UNKNOWN


def test_a_cart_that_became_an_order_is_unknown(magento: World) -> None:
    magento.rest.answers["GetV1CartsCartId"] |= {"is_active": False}

    assert ask(magento.shop(), Signal.CART, VERIFIED) == UNKNOWN


@pytest.mark.parametrize("wrong", ["../7", "7?x=1", "٧", "", "7" * 40])
def test_an_id_that_is_no_number_is_never_put_into_an_address(magento: World, wrong: str) -> None:
    assert ask(magento.shop(), Signal.CUSTOMER, Shopper(customer_id=wrong)) == UNKNOWN
    assert not magento.rest.sent


@pytest.mark.parametrize(("status", "said"), [(403, "/customers/… answered 403"), (503, "/customers/… answered 503")])
def test_no_id_of_a_visitor_stands_in_a_message(magento: World, status: int, said: str) -> None:
    magento.rest.answers["GetV1CustomersCustomerId"] = Said({"message": "no"}, status, wrong=True)

    with pytest.raises(ShopError) as failed:
        ask(magento.shop(), Signal.CUSTOMER, Shopper(customer_id="7"))
    assert failed.value.message.endswith(said)


def test_names_of_groups_are_asked_for_once(magento: World) -> None:
    shop = magento.shop()
    for _ in range(3):
        ask(shop, Signal.CUSTOMER, VERIFIED)

    asked = [sent.operation for sent in magento.rest.sent]
    assert asked.count("GetV1CustomerGroupsSearch") == 1


def test_a_company_that_is_gone_is_a_failure_and_not_an_unknown_customer(magento: World) -> None:
    magento.rest.answers["GetV1CompanyCompanyId"] = Said({"message": "No such entity."}, 404)

    with pytest.raises(ShopError, match="/company/… answered 404"):
        ask(magento.shop(), Signal.CUSTOMER, VERIFIED)


def test_a_cart_too_long_to_be_read_is_never_told_in_part(magento: World) -> None:
    with pytest.raises(ShopError, match="more than 1000 lines"):
        cart_of(magento, itemsV2={"total_count": 1001, "items": [line("TN")]})
