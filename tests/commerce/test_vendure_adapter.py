"""Adapter `vendure` over answers of the shape that Vendure 3.7.3 gave."""

from datetime import UTC, datetime
from typing import Any

import pytest
from commerce.fake_vendure import (
    CART,
    FORBIDDEN,
    LINE,
    TEN_PERCENT,
    FakeVendure,
    Serve,
    ask,
    clock,
    minimum,
    order,
    ordering,
    part,
    promotion,
    promotions,
    usd,
)

from cms.commerce import source_for
from cms.commerce.adapters.vendure.api import AdminSession, Api
from cms.commerce.adapters.vendure.custom_fields import CustomFields
from cms.commerce.adapters.vendure.shop import VendureShop
from cms.commerce.failures import ShopError
from cms.commerce.wire.transport import Transport
from cms.errors import CmsError
from cms.facts.signals import (
    Answer,
    Cart,
    CartLine,
    Customer,
    Found,
    Order,
    OrderLine,
    Promotion,
    Shopper,
    Signal,
    SignalSource,
    Tier,
)


@pytest.fixture
def vendure() -> FakeVendure:
    return FakeVendure()


@pytest.fixture
def shop(vendure: FakeVendure, shop_answering: Serve) -> SignalSource:
    return source_for("vendure", url=shop_answering(vendure.answer), key="root:se:cret", clock=clock)


def test_the_active_order_is_the_cart(shop: SignalSource) -> None:
    assert ask(shop, Signal.CART).value == Cart(
        lines=(CartLine("TN-1", 2, usd("179.40"), ("outdoor",)),),
        currency="USD",
        subtotal=usd("358.80"),
        shipping_method="standard-shipping",
        promotions=frozenset({"spend-500"}),
    )


def test_a_known_session_without_order_has_an_empty_cart(shop: SignalSource, vendure: FakeVendure) -> None:
    vendure.answers["Cart"] = {**CART, "activeOrder": None}

    assert ask(shop, Signal.CART) == Answer(Found.FOUND, Cart((), "USD"))


@pytest.mark.parametrize("signal", [Signal.CART, Signal.CUSTOMER, Signal.ORDERS])
def test_a_session_opened_by_the_read_means_the_token_is_unknown(shop: SignalSource, signal: Signal) -> None:
    assert ask(shop, signal, Shopper("stale", "stale")) == Answer(Found.UNKNOWN_TOKEN)


def test_nobody_logged_in_is_an_unknown_customer(shop: SignalSource, vendure: FakeVendure) -> None:
    vendure.answers["Customer"] = {"activeCustomer": None}

    assert ask(shop, Signal.CUSTOMER) == Answer(Found.UNKNOWN_TOKEN)


def test_a_group_of_the_configured_names_makes_a_business_customer(shop: SignalSource) -> None:
    assert ask(shop, Signal.CUSTOMER).value == Customer("7", kind="business", groups=frozenset({"wholesale"}))


def test_custom_fields_are_asked_for_only_where_the_schema_has_them(shop: SignalSource, vendure: FakeVendure) -> None:
    vendure.fields["CustomerCustomFields"] = {
        "fields": [{"name": "loyaltyTier", "type": {"name": "String"}}, {"name": "shoeSize", "type": {"name": "Int"}}]
    }
    vendure.answers["Customer"] = {"activeCustomer": {"id": "7", "customFields": {"loyaltyTier": "gold"}}}
    vendure.answers["Groups"] = {"customer": {"id": "7", "groups": []}}

    expected = Customer("7", kind="consumer", groups=frozenset(), loyalty_tier="gold")
    assert [ask(shop, Signal.CUSTOMER).value for _ in range(2)] == [expected, expected]
    assert [name for name, _ in vendure.asked].count("Fields") == 1


def test_orders_are_those_placed_and_not_cancelled(shop: SignalSource, vendure: FakeVendure) -> None:
    items = [order("Delivered", "2026-02-01T10:00:00.000Z"), order("Cancelled", "2026-01-01T10:00:00.000Z"),
             order("AddingItems", None)]  # fmt: skip
    vendure.answers["Orders"] = ordering(*items)

    answer = ask(shop, Signal.ORDERS)
    assert answer.whose == "7"
    assert answer.value == (
        Order(datetime(2026, 2, 1, 10, tzinfo=UTC), usd("1.20"), (OrderLine("TN-1", 1, ("outdoor",)),)),
    )


def test_running_promotions_give_their_thresholds(shop: SignalSource, vendure: FakeVendure) -> None:
    vendure.answers["Promotions"] = promotions(
        promotion("Spend 500", [minimum("50000")], TEN_PERCENT),
        promotion("Free shipping", [minimum("7500")], part("free_shipping")),
        promotion("Trade", [part("customer_group", customerGroupId="1")], TEN_PERCENT),
        promotion("Spend 500", [minimum("90000")], part("order_fixed_discount", discount="500")),
    )

    assert ask(shop, Signal.PROMOTIONS).value == (
        Promotion("spend-500", (Tier(usd("500.00"), 10),)),
        Promotion("free-shipping", (Tier(usd("75.00")),), free_shipping=True),
        Promotion("trade", groups=frozenset({"wholesale"})),
        Promotion("spend-500-2", (Tier(usd("900.00")),)),
    )


def test_a_promotion_of_which_too_much_would_be_promised_is_left_out(shop: SignalSource, vendure: FakeVendure) -> None:
    vendure.answers["Promotions"] = promotions(
        promotion("coupon", [minimum("100")], TEN_PERCENT, couponCode="X"),
        promotion("over", [minimum("100")], TEN_PERCENT, endsAt="2026-04-30T00:00:00.000Z"),
        promotion("not yet", [minimum("100")], TEN_PERCENT, startsAt="2026-05-02T00:00:00.000Z"),
        promotion("other condition", [minimum("100"), part("contains_products")], TEN_PERCENT),
        promotion("without tax", [minimum("100", tax="false")], TEN_PERCENT),
    )

    assert ask(shop, Signal.PROMOTIONS).value == ()


def test_the_administrator_logs_in_once_and_again_when_the_session_has_ended(
    shop: SignalSource, vendure: FakeVendure
) -> None:
    vendure.answers["Promotions"] = promotions()
    ask(shop, Signal.PROMOTIONS)
    ask(shop, Signal.PROMOTIONS)
    assert [name for name, _ in vendure.asked] == ["Login", "Promotions", "Promotions"]


def test_an_ended_session_of_the_administrator_is_renewed_once(shop_answering: Serve, vendure: FakeVendure) -> None:
    times = iter(range(0, 100_000, 40))
    transport = Transport(shop_answering(vendure.answer), monotonic=lambda: 0.0)
    api = Api(transport)
    api.monotonic = lambda: float(next(times))
    admin = AdminSession(api, "root", "se:cret")
    api.monotonic = lambda: 0.0
    shop = VendureShop(api, admin, CustomFields(api, admin), clock=clock)
    vendure.answers["Promotions"] = promotions()
    ask(shop, Signal.PROMOTIONS)
    vendure.admins.append("somebody-elses")
    vendure.asked.clear()

    assert ask(shop, Signal.PROMOTIONS).found is Found.FOUND
    assert [name for name, _ in vendure.asked] == ["Promotions", "Login", "Promotions"]


def test_an_administrator_without_permission_does_not_log_in_again_and_again(
    shop: SignalSource, vendure: FakeVendure
) -> None:
    vendure.answers["Promotions"] = FORBIDDEN
    for _ in range(3):
        with pytest.raises(CmsError):
            ask(shop, Signal.PROMOTIONS)

    assert [name for name, _ in vendure.asked].count("Login") == 1


def test_a_wrong_password_is_an_error_that_does_not_tell_it(shop_answering: Serve, vendure: FakeVendure) -> None:
    shop = source_for("vendure", url=shop_answering(vendure.answer), key="root:wrong-password", clock=clock)

    with pytest.raises(CmsError) as failure:
        ask(shop, Signal.CATALOGUE)
    assert failure.value.code == "commerce-error"
    assert "wrong-password" not in failure.value.message


def test_without_an_administrator_only_the_shoppers_own_signals_are_supplied(
    shop_answering: Serve, vendure: FakeVendure
) -> None:
    shop = source_for("vendure", url=shop_answering(vendure.answer), key="", clock=clock)

    assert shop.supplies == {Signal.CART, Signal.CUSTOMER, Signal.ORDERS}
    assert ask(shop, Signal.CUSTOMER).value == Customer("7")
    assert ask(shop, Signal.TRAITS) == Answer(Found.UNSUPPORTED)


@pytest.mark.parametrize(
    "data",
    [{"errors": [{"message": "boom", "extensions": {"code": "INTERNAL_SERVER_ERROR"}}], "data": None}, {"errors": [5]}],
)
def test_errors_in_a_200_are_errors(shop: SignalSource, vendure: FakeVendure, data: object) -> None:
    vendure.answers["Cart"] = data

    with pytest.raises(CmsError) as failure:
        ask(shop, Signal.CART)
    assert failure.value.code == "commerce-error"


@pytest.mark.parametrize(
    "cart",
    [
        {}, {"activeOrder": 5}, {"activeOrder": {"lines": []}}, {"activeOrder": {**CART["activeOrder"], "lines": [5]}},  # type: ignore[dict-item]
        {"activeOrder": {**CART["activeOrder"], "lines": [{**LINE, "discountedUnitPriceWithTax": 1.5}]}},  # type: ignore[dict-item]
        {"activeOrder": {**CART["activeOrder"], "lines": [{**LINE, "quantity": "two"}]}},  # type: ignore[dict-item]
        {"activeOrder": {**CART["activeOrder"], "currencyCode": None}},  # type: ignore[dict-item]
    ],
)  # fmt: skip
def test_an_answer_of_another_shape_is_garbage(shop: SignalSource, vendure: FakeVendure, cart: object) -> None:
    vendure.answers["Cart"] = cart

    with pytest.raises(CmsError) as failure:
        ask(shop, Signal.CART)
    assert failure.value.code == "commerce-garbage"


def test_a_history_is_read_to_its_end(shop: SignalSource, vendure: FakeVendure) -> None:
    pages = {
        0: [order("Delivered", "2026-02-01T10:00:00.000Z")] * 100,
        100: [order("Delivered", "2026-01-01T10:00:00Z")],
    }
    vendure.answers["Orders"] = lambda variables: ordering(*pages[variables["skip"]], total=101)

    found = ask(shop, Signal.ORDERS).value
    assert isinstance(found, tuple)
    assert len(found) == 101


def test_a_history_of_too_many_orders_is_not_read_and_no_trouble_of_the_shops(
    shop: SignalSource, vendure: FakeVendure
) -> None:
    vendure.answers["Orders"] = ordering(*[order("Delivered", "2026-02-01T10:00:00.000Z")] * 100, total=501)

    with pytest.raises(ShopError) as failure:
        ask(shop, Signal.ORDERS)
    assert not failure.value.ails
    assert [name for name, _ in vendure.asked].count("Orders") == 1


BY_IDS = Shopper(cart_id="31", customer_id="7")


def test_a_customer_is_known_by_a_verified_id(shop: SignalSource, vendure: FakeVendure) -> None:
    vendure.answers["CustomerOf"] = {"customer": {"id": "7", "groups": [{"name": "Wholesale"}]}}
    vendure.answers["OrdersOf"] = ordering(order("Delivered", "2026-02-01T10:00:00.000Z"))

    assert ask(shop, Signal.CUSTOMER, BY_IDS) == Answer(
        Found.FOUND, Customer("7", kind="business", groups=frozenset({"wholesale"})), whose="7"
    )
    assert ask(shop, Signal.ORDERS, BY_IDS).whose == "7"
    assert {path for name, path in vendure.asked if name.endswith("Of")} == {"/admin-api"}


def cart_of(**said: Any) -> dict[str, Any]:
    order: Any = CART["activeOrder"]
    return {**CART, "activeOrder": {**order, "id": "31", "active": True, "customer": {"id": "7"}, **said}}


def test_a_cart_is_known_by_its_id_and_its_customers(shop: SignalSource, vendure: FakeVendure) -> None:
    vendure.answers["CartOf"] = cart_of()

    found = ask(shop, Signal.CART, BY_IDS).value
    assert isinstance(found, Cart)
    assert found.subtotal == usd("358.80")


@pytest.mark.parametrize("said", [{"active": False}, {"customer": {"id": "8"}}, {"customer": None}])
def test_an_order_that_is_no_cart_of_this_customer_is_unknown(
    shop: SignalSource, vendure: FakeVendure, said: dict[str, Any]
) -> None:
    vendure.answers["CartOf"] = cart_of(**said)

    assert ask(shop, Signal.CART, BY_IDS) == Answer(Found.UNKNOWN_TOKEN)


def test_a_cart_id_without_a_customers_is_not_asked_for(shop: SignalSource, vendure: FakeVendure) -> None:
    assert ask(shop, Signal.CART, Shopper(cart_id="31")) == Answer(Found.UNKNOWN_TOKEN)
    assert vendure.asked == []


@pytest.mark.parametrize(
    ("signal", "name", "said"),
    [
        (Signal.CUSTOMER, "CustomerOf", {"customer": {"id": "8", "groups": []}}),
        (Signal.ORDERS, "OrdersOf", ordering(key="8")),
        (Signal.CART, "CartOf", cart_of(id="32")),
    ],
)
def test_an_answer_for_another_shopper_is_refused(
    shop: SignalSource, vendure: FakeVendure, signal: Signal, name: str, said: dict[str, Any]
) -> None:
    vendure.answers[name] = said

    with pytest.raises(CmsError) as failure:
        ask(shop, signal, BY_IDS)
    assert failure.value.code == "commerce-mismatch"


def test_pages_of_orders_that_name_two_customers_are_refused(shop: SignalSource, vendure: FakeVendure) -> None:
    placed = [order("Delivered", "2026-02-01T10:00:00.000Z")]
    keys = iter(["7", "8"])
    vendure.answers["Orders"] = lambda _: ordering(*placed, total=2, key=next(keys))

    with pytest.raises(CmsError) as failure:
        ask(shop, Signal.ORDERS)
    assert failure.value.code == "commerce-mismatch"


def test_without_an_administrator_nobody_is_known_by_id(shop_answering: Serve, vendure: FakeVendure) -> None:
    shop = source_for("vendure", url=shop_answering(vendure.answer), key="", clock=clock)

    for signal in (Signal.CART, Signal.CUSTOMER, Signal.ORDERS):
        assert ask(shop, signal, BY_IDS) == Answer(Found.UNSUPPORTED)
    assert shop.lacks.keys() >= {"customer.groups", "customer.kind"}
    assert vendure.asked == []


def test_a_shop_asks_in_the_channel_it_is_told(shop_answering: Serve, vendure: FakeVendure) -> None:
    options = {"channel": "de-token", "prices_with_tax": False, "business_groups": []}
    shop = source_for("vendure", url=shop_answering(vendure.answer), key="root:se:cret", clock=clock, options=options)

    found = ask(shop, Signal.CART).value
    assert isinstance(found, Cart)
    assert found.subtotal == usd("299.00")
    assert vendure.channels == ["de-token"]
    assert "customer.kind" in shop.lacks
