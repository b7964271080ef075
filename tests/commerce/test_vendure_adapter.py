"""Adapter `vendure` over answers of the shape that Vendure 3.7.3 gave."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from cms.commerce import source_for
from cms.errors import CmsError
from cms.facts.money import Money
from cms.facts.signals import (
    Answer,
    Cart,
    CartLine,
    Customer,
    Found,
    Order,
    OrderLine,
    Product,
    Promotion,
    Shopper,
    Signal,
    SignalSource,
    Tier,
)
from cms.testing.adapters import breaches

Reply = tuple[int, Mapping[str, str], object]
Serve = Callable[[Callable[[str, Mapping[str, str], bytes], Reply]], str]

ADA = Shopper(cart_token="cart-of-ada", customer_token="ada")
FORBIDDEN = {"errors": [{"message": "no", "extensions": {"code": "FORBIDDEN"}}], "data": None}


def usd(amount: str) -> Money:
    return Money.parse(amount, "USD")


def clock() -> datetime:
    return datetime(2026, 5, 1, tzinfo=UTC)


def facet(code: str, of: str) -> dict[str, Any]:
    return {"code": code, "facet": {"code": of}}


FILED = {
    "sku": "TN-1",
    "facetValues": [],
    "product": {"facetValues": [facet("outdoor", "category"), facet("trek", "brand")], "collections": []},
}
LINE = {
    "quantity": 2,
    "discountedUnitPrice": 14950,
    "discountedUnitPriceWithTax": 17940,
    "discountedLinePrice": 29900,
    "discountedLinePriceWithTax": 35880,
    "productVariant": FILED,
}
CART = {
    "activeChannel": {"defaultCurrencyCode": "USD"},
    "activeOrder": {
        "currencyCode": "USD",
        "shippingLines": [{"shippingMethod": {"code": "standard-shipping"}}],
        "promotions": [{"name": "Spend 500!", "couponCode": None}],
        "lines": [LINE, {**LINE, "quantity": 0}],
    },
}


class FakeVendure:
    """Answers by operation name; knows which tokens it has given out."""

    def __init__(self) -> None:
        self.answers: dict[str, object] = {
            "Cart": CART,
            "Fields": {"__type": None},
            "Customer": {"activeCustomer": {"id": "7"}},
            "Groups": {"customer": {"groups": [{"name": "Wholesale"}]}},
        }
        self.fields: dict[str, object] = {}
        self.sessions = {"cart-of-ada", "ada"}
        self.admins: list[str] = []
        self.asked: list[tuple[str, str]] = []

    def answer(self, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        question = json.loads(body)
        name = question["query"].split("(")[0].split("{")[0].split()[1]
        token = headers.get("Authorization", "").removeprefix("Bearer ")
        self.asked.append((name, path))
        if name == "Login":
            return self._log_in(question["variables"])
        if path.startswith("/admin-api") and token not in self.admins[-1:]:
            return 200, {"vendure-auth-token": ""}, FORBIDDEN
        fresh = {} if token in self.sessions or token in self.admins else {"vendure-auth-token": "new"}
        if name == "Fields":
            return 200, fresh, {"data": {"__type": self.fields.get(question["variables"]["type"])}}
        data = self.answers.get(name)
        if fresh and name in ("Cart", "Customer", "Orders"):
            data = {"activeChannel": {"defaultCurrencyCode": "USD"}, "activeOrder": None, "activeCustomer": None}
        return (200, fresh, data) if isinstance(data, dict) and "errors" in data else (200, fresh, {"data": data})

    def _log_in(self, variables: Mapping[str, str]) -> Reply:
        if variables != {"username": "root", "password": "se:cret"}:
            return 200, {}, {"data": {"login": {"__typename": "InvalidCredentialsError"}}}
        self.admins.append(f"admin-{len(self.admins)}")
        return 200, {"vendure-auth-token": self.admins[-1]}, {"data": {"login": {"__typename": "CurrentUser"}}}


@pytest.fixture
def vendure() -> FakeVendure:
    return FakeVendure()


@pytest.fixture
def shop(vendure: FakeVendure, shop_answering: Serve) -> SignalSource:
    return source_for("vendure", url=shop_answering(vendure.answer), key="root:se:cret", clock=clock)


def ask(shop: SignalSource, signal: Signal, shopper: Shopper = ADA) -> Answer:
    return shop.fetch(signal, shopper, currency="USD", timeout_s=2)


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
    vendure.answers["Groups"] = {"customer": {"groups": []}}

    expected = Customer("7", kind="consumer", groups=frozenset(), loyalty_tier="gold")
    assert [ask(shop, Signal.CUSTOMER).value for _ in range(2)] == [expected, expected]
    assert [name for name, _ in vendure.asked].count("Fields") == 1


def order(state: str, placed: str | None) -> dict[str, Any]:
    return {"state": state, "orderPlacedAt": placed, "currencyCode": "USD", "total": 100, "totalWithTax": 120,
            "lines": [{"quantity": 1, "productVariant": FILED}]}  # fmt: skip


def test_orders_are_those_placed_and_not_cancelled(shop: SignalSource, vendure: FakeVendure) -> None:
    items = [order("Delivered", "2026-02-01T10:00:00.000Z"), order("Cancelled", "2026-01-01T10:00:00.000Z"),
             order("AddingItems", None)]  # fmt: skip
    vendure.answers["Orders"] = {"activeCustomer": {"orders": {"totalItems": 3, "items": items}}}

    assert ask(shop, Signal.ORDERS).value == (
        Order(datetime(2026, 2, 1, 10, tzinfo=UTC), usd("1.20"), (OrderLine("TN-1", 1, ("outdoor",)),)),
    )


def variant(sku: str, **said: Any) -> dict[str, Any]:
    return {
        "sku": sku, "enabled": True, "currencyCode": "USD", "price": 14950, "priceWithTax": 17940,
        "trackInventory": "TRUE", "outOfStockThreshold": 0, "useGlobalOutOfStockThreshold": True,
        "translations": [{"languageCode": "en", "name": "Tent"}, {"languageCode": "zh_Hans", "name": "帐篷"}],
        "featuredAsset": None, "facetValues": [], "stockLevels": [{"stockOnHand": 12, "stockAllocated": 2}], **said,
    }  # fmt: skip


def product(key: str, variants: list[dict[str, Any]], **said: Any) -> dict[str, Any]:
    return {
        "id": key, "slug": f"p{key}", "enabled": True, "featuredAsset": {"preview": "https://cdn.example/a.jpg"},
        "collections": [{"slug": "camping"}], "facetValues": [facet("outdoor", "category"), facet("trek", "brand")],
        "customFields": {"related": [], "boughtTogether": None}, "variants": variants, **said,
    }  # fmt: skip


def catalogue(*products: dict[str, Any]) -> dict[str, Any]:
    return {
        "activeChannel": {"pricesIncludeTax": False},
        "globalSettings": {"trackInventory": True, "outOfStockThreshold": 0},
        "products": {"totalItems": len(products), "items": list(products)},
    }


RELATIONS = {
    "fields": [
        {"name": "related", "type": {"name": None, "ofType": {"name": None, "ofType": {"name": "Product"}}}},
        {"name": "boughtTogether", "type": {"name": "Product"}},
        {"name": "weight", "type": {"name": "Int"}},
    ]
}


def test_a_variant_is_a_product_with_its_merchants_links(shop: SignalSource, vendure: FakeVendure) -> None:
    vendure.fields["ProductCustomFields"] = RELATIONS
    links = {"related": [{"id": "2"}, {"id": "3"}], "boughtTogether": {"id": "2"}}
    vendure.answers["Catalogue"] = catalogue(
        product("1", [variant("TN-1")], customFields=links),
        product("2", [variant("A", enabled=False), variant("B")]),
        product("3", [variant("C")], enabled=False),
    )

    found = ask(shop, Signal.CATALOGUE).value
    assert isinstance(found, dict)
    assert set(found) == {"TN-1", "B"}
    assert found["TN-1"] == Product(
        sku="TN-1",
        title={"en": "Tent", "zh-Hans": "帐篷"},
        url="/products/p1",
        price=usd("179.40"),
        image="https://cdn.example/a.jpg",
        categories=("outdoor", "camping"),
        tags=frozenset({"trek"}),
        stock=10,
        links={"related": ("B",), "bought-together": ("B",)},
    )


@pytest.mark.parametrize(
    ("said", "stock"),
    [
        ({"stockLevels": [{"stockOnHand": 3, "stockAllocated": 3}]}, 0),
        ({"stockLevels": [{"stockOnHand": 3, "stockAllocated": 5}]}, 0),
        ({"stockLevels": [{"stockOnHand": 3, "stockAllocated": 0}, {"stockOnHand": 4, "stockAllocated": 1}]}, 6),
        ({"useGlobalOutOfStockThreshold": False, "outOfStockThreshold": 5}, 5),
        ({"trackInventory": "FALSE", "stockLevels": []}, 1_000_000),
        ({"trackInventory": "INHERIT"}, 10),
    ],
)
def test_stock_is_what_can_still_be_sold(
    shop: SignalSource, vendure: FakeVendure, said: dict[str, Any], stock: int
) -> None:
    vendure.answers["Catalogue"] = catalogue(product("1", [variant("TN-1", **said)]))

    found = ask(shop, Signal.CATALOGUE).value
    assert isinstance(found, dict)
    assert found["TN-1"].stock == stock


def part(code: str, **arguments: str) -> dict[str, Any]:
    return {"code": code, "args": [{"name": name, "value": value} for name, value in arguments.items()]}


def promotion(name: str, conditions: list[Any], action: dict[str, Any], **said: Any) -> dict[str, Any]:
    return {"name": name, "couponCode": None, "startsAt": None, "endsAt": None, "conditions": conditions,
            "actions": [action], **said}  # fmt: skip


def minimum(amount: str, tax: str = "true") -> dict[str, Any]:
    return part("minimum_order_amount", amount=amount, taxInclusive=tax)


TEN_PERCENT = part("order_percentage_discount", discount="10")


def promotions(*items: dict[str, Any]) -> dict[str, Any]:
    return {
        "activeChannel": {"defaultCurrencyCode": "USD"},
        "customerGroups": {"items": [{"id": "1", "name": "Wholesale"}]},
        "promotions": {"totalItems": len(items), "items": list(items)},
    }


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
    from cms.commerce.adapters.vendure.api import AdminSession
    from cms.commerce.adapters.vendure.shop import VendureShop
    from cms.commerce.wire.transport import Transport

    times = iter(range(0, 100_000, 40))
    transport = Transport(shop_answering(vendure.answer), monotonic=lambda: 0.0)
    admin = AdminSession(transport, "root", "se:cret", monotonic=lambda: float(next(times)))
    shop = VendureShop(transport, admin, clock=clock)
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


def test_the_adapter_keeps_what_every_adapter_promises(shop: SignalSource, vendure: FakeVendure) -> None:
    vendure.answers["Orders"] = {
        "activeCustomer": {"orders": {"totalItems": 1, "items": [order("Delivered", "2026-02-01T10:00:00.000Z")]}}
    }
    vendure.answers["Catalogue"] = catalogue(product("1", [variant("TN-1")]))
    vendure.answers["Promotions"] = promotions(promotion("Spend 500", [minimum("50000")], TEN_PERCENT))

    assert breaches(shop, known=ADA, stranger=Shopper("nobodys", "nobodys"), currency="USD") == []
