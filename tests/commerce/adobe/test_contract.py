"""Every request of adapter `adobe` against the published schemas, and every answer through it to the normal form."""

import dataclasses
import time

import pytest
from commerce.adobe.world import ADA, KEY, VERIFIED, World, ask, usd

from cms.commerce.adapters.adobe.api import Filter, Search
from cms.commerce.adapters.adobe.queries import DIALECTS
from cms.commerce.failures import ShopError
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
    Tier,
)

REST = frozenset(
    {
        "GetV1SalesRulesSearch",
        "GetV1CustomerGroupsSearch",
        "GetV1CustomersSearch",
        "GetV1CustomersCustomerId",
        "GetV1CompanyCompanyId",
        "GetV1StoreStoreConfigs",
        "GetV1CartsCartId",
        "GetV1CartsSearch",
        "GetV1Company",
        "GetV1CartsCartIdTotals",
        "GetV1Orders",
        "GetV1Products",
        "GetV1CategoriesList",
        "GetV1InventoryExportstocksalableqtySalesChannelTypeSalesChannelCode",
    }
)


def test_a_cart_is_read_by_its_masked_id_with_the_customers_token(adobe: World) -> None:
    assert ask(adobe.shop(), Signal.CART) == Answer(
        Found.FOUND,
        Cart((CartLine("TN", 2, usd("149.50")),), "USD", usd("299.00"), "flatrate_flatrate", frozenset({"spend-500"})),
    )
    assert adobe.graphql.sent[-1].headers["Authorization"] == "Bearer ada"


def test_prices_can_hold_tax(adobe: World) -> None:
    cart = ask(adobe.shop(with_tax=True), Signal.CART).value

    assert isinstance(cart, Cart)
    assert (cart.lines[0].unit_price, cart.subtotal) == (usd("179.40"), usd("358.80"))


def test_a_customer_is_read_with_the_customers_own_token(adobe: World) -> None:
    answer = ask(adobe.shop(segments={"big-spenders": "vip", "Big Spenders": "vip", "9": "vip"}), Signal.CUSTOMER)

    assert answer == Answer(
        Found.FOUND,
        Customer(
            "7",
            kind="business",
            groups=frozenset({"wholesale"}),
            company="Acme",
            account="5",
            loyalty_points=120,
            tags=frozenset({"vip"}),
        ),
        "7",
    )


def test_open_source_is_not_asked_for_what_it_lacks(adobe: World) -> None:
    if adobe.dialect == "saas":
        pytest.skip("the Cloud Service is no open source")
    shop = adobe.shop(edition="open-source", b2b=False)

    assert ask(shop, Signal.CUSTOMER).value == Customer("7", groups=frozenset({"wholesale"}))
    assert {"customer.loyalty_points", "customer.tags", "customer.company", "customer.kind"} <= shop.lacks.keys()


def test_orders_are_those_of_which_something_was_kept(adobe: World) -> None:
    answer = ask(adobe.shop(), Signal.ORDERS)

    assert isinstance(answer.value, tuple)
    assert answer.whose == "7"
    assert [(order.total, order.lines) for order in answer.value] == [
        (usd("80.10"), (OrderLine("TN", 2, ("outdoor",)),))
    ]
    assert answer.value[0].placed_at.isoformat() == "2026-03-04T11:06:07+00:00"


def test_rules_are_promotions_with_their_thresholds(adobe: World) -> None:
    assert ask(adobe.shop(), Signal.PROMOTIONS).value == (
        Promotion("spend-500", (Tier(usd("500.00"), 10),), groups=frozenset({"general", "not-logged-in"})),
    )


def test_stock_is_what_can_be_sold(adobe: World) -> None:
    assert ask(adobe.shop(), Signal.STOCK).value == {"TN": 12, "PEG": 1_000_000, "MAT": 0}
    assert adobe.rest.sent[-1].path.endswith("/website/base")


def test_a_verified_customer_is_read_by_id(adobe: World) -> None:
    assert ask(adobe.shop(), Signal.CUSTOMER, VERIFIED) == Answer(
        Found.FOUND,
        Customer("7", kind="business", groups=frozenset({"wholesale"}), company="Acme", account="5"),
        "7",
    )


def test_a_verified_customers_orders_are_read_by_id_with_the_categories_of_what_they_hold(adobe: World) -> None:
    answer = ask(adobe.shop(), Signal.ORDERS, VERIFIED)

    assert isinstance(answer.value, tuple)
    assert [(order.total, order.lines) for order in answer.value] == [
        (usd("60.35"), (OrderLine("SHIRT-S", 2, ("outdoor",)),))
    ]
    assert isinstance(answer.value[0], Order)


@pytest.mark.parametrize(("with_tax", "price", "subtotal"), [(False, "149.50", "299.00"), (True, "179.40", "358.80")])
def test_a_verified_customers_cart_is_read_by_id(adobe: World, *, with_tax: bool, price: str, subtotal: str) -> None:
    assert ask(adobe.shop(with_tax=with_tax), Signal.CART, VERIFIED) == Answer(
        Found.FOUND,
        Cart((CartLine("TN", 2, usd(price)),), "USD", usd(subtotal), "flatrate_flatrate"),
        "7",
    )


@pytest.mark.parametrize("at_once", [1, 2, 100])
def test_the_catalogue_comes_in_parts_with_variants_and_links(adobe: World, at_once: int) -> None:
    feed = adobe.connected(catalogue_at_once=at_once).feed
    assert feed is not None
    products: dict[str, Product] = {}
    cursor, is_last = "", False
    while not is_last:
        batch = feed.batch(cursor, currency="USD", timeout_s=5)
        products |= batch.products
        cursor, is_last = batch.cursor, batch.is_last

    assert set(products) == {"TN", "SHIRT", "SHIRT-S", "SHIRT-M"}
    assert {sku: product.family for sku, product in products.items() if sku != "TN"} == dict.fromkeys(
        ("SHIRT", "SHIRT-S", "SHIRT-M"), "SHIRT"
    )
    tent = products["TN"]
    assert (tent.price, tent.list_price, tent.categories) == (usd("149.50"), usd("159.50"), ("outdoor",))
    assert tent.links == {
        "related": ("MAT",),
        "upgrade": ("TN-XL",),
        "accessories": ("PEG",),
        "bought-together": ("PEG",),
    }
    assert (tent.url, tent.image) == ("/tn.html", "https://shop.example/TN.jpg")
    assert (products["SHIRT-M"].price, products["SHIRT-M"].url) == (usd("22.00"), "/shirt.html")
    assert '"since": "2026-05-01 11:50:00"' in cursor


def test_what_has_changed_since_is_read_by_time(adobe: World) -> None:
    feed = adobe.connected().feed
    assert feed is not None
    whole = feed.batch("", currency="USD", timeout_s=5)

    changes = feed.batch(whole.cursor, currency="USD", timeout_s=5)

    asked = [sent.query for sent in adobe.rest.sent if sent.operation == "GetV1Products"][-1]
    filters = "searchCriteria[filterGroups][0][filters][0]"
    if adobe.dialect != "saas":
        assert (asked[f"{filters}[field]"], asked[f"{filters}[value]"]) == ("updated_at", "2026-05-01 11:50:00")
    assert set(changes.products) == {"TN", "SHIRT", "SHIRT-S", "SHIRT-M"}
    assert changes.is_last
    assert changes.cursor


def test_every_request_that_can_be_sent_was_sent_and_held_to_the_contract(adobe: World) -> None:
    connected = adobe.connected()
    assert connected.feed is not None
    assert connected.missing is not None
    for signal in sorted(connected.source.supplies):
        for shopper in (ADA, VERIFIED):
            assert ask(connected.source, signal, shopper).found is Found.FOUND
    connected.feed.batch(connected.feed.batch("", currency="USD", timeout_s=5).cursor, currency="USD", timeout_s=5)

    assert connected.missing(5) == []
    assert adobe.rest.operations == REST
    assert set(adobe.graphql.operations) == {"Cart", "Customer", "Orders", "Products"}
    assert (adobe.rest.refused, adobe.graphql.faults) == ([], [])


def test_without_a_key_only_shoppers_are_read(adobe: World) -> None:
    connected = adobe.connected(key="")

    assert connected.source.supplies == {Signal.CART, Signal.CUSTOMER, Signal.ORDERS}
    assert connected.feed is None
    assert ask(connected.source, Signal.CUSTOMER, VERIFIED) == Answer(Found.UNSUPPORTED)
    assert ("customer.groups" in connected.source.lacks) == (adobe.dialect != "2.4.8")
    assert isinstance(ask(connected.source, Signal.CUSTOMER).value, Customer)


@pytest.mark.parametrize("wrong", ["cart", "products"])
def test_the_contract_refuses_a_field_that_the_schema_lacks(adobe: World, wrong: str) -> None:
    dialect = DIALECTS[adobe.dialect]
    names = {wrong: getattr(dialect, wrong).replace(" sku ", " stock_keeping_unit ", 1)}
    shop = adobe.connected()
    feed = shop.feed
    assert feed is not None
    spoiled = dataclasses.replace(dialect, **names)  # type: ignore[arg-type]
    setattr(shop.source, "_dialect", spoiled)  # noqa: B010
    setattr(shop.feed, "_dialect", spoiled)  # noqa: B010

    asked = {
        "cart": lambda: ask(shop.source, Signal.CART),
        "products": lambda: feed.batch("", currency="USD", timeout_s=5),
    }
    with pytest.raises(ShopError):
        asked[wrong]()
    assert "stock_keeping_unit" in adobe.graphql.faults[0]


def test_the_contract_refuses_a_wrong_parameter(adobe: World) -> None:
    with pytest.raises(ShopError, match="400"):
        getattr(adobe.shop(), "_office")._admin.get("/carts/none", {}, deadline=time.monotonic() + 5)  # noqa: B009


def test_the_contract_refuses_a_search_by_what_the_schema_lacks(adobe: World) -> None:
    search = Search("/orders", (Filter("customer", "7"),))
    with pytest.raises(ShopError, match="400"):
        getattr(adobe.shop(), "_office")._admin.get(search.path, search.params(1), deadline=time.monotonic() + 5)  # noqa: B009


def test_the_contract_refuses_a_wrong_key_and_the_doctor_says_so(adobe: World) -> None:
    connected = adobe.connected(key="nobodys")
    assert connected.missing is not None

    with pytest.raises(ShopError, match="401") as refused:
        ask(connected.source, Signal.PROMOTIONS)

    assert not refused.value.ails
    assert len(connected.missing(5)) == 10
    assert "Cart Price Rules" in connected.missing(5)[0]
    assert KEY not in str(connected.missing(5))


def test_the_contract_refuses_a_shopper_without_a_token(adobe: World) -> None:
    assert ask(adobe.shop(), Signal.ORDERS, Shopper(customer_token="bob")) == Answer(Found.UNKNOWN_TOKEN)
    assert adobe.graphql.faults == ["unauthorized"]
