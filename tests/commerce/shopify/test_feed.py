"""The catalogue in parts: all of it once, then what has changed."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from graphql import GraphQLError

from cms.commerce.adapter import Batch, CatalogueFeed
from cms.commerce.catalogue import SyncedCatalogue
from cms.commerce.failures import ERROR, ShopError
from cms.facts.money import Money
from cms.facts.signals import Product
from tests.commerce.shopify.conftest import ALL, KEY, NOW, Shopify, page, usd


def _variant(number: int, sku: str | None, **more: Any) -> dict[str, Any]:
    usual = {
        "id": f"gid://shopify/ProductVariant/{number}",
        "sku": sku,
        "title": "Default Title",
        "availableForSale": True,
        "quantityAvailable": 4,
        "image": None,
        "price": usd("149.5"),
        "compareAtPrice": None,
    }
    return usual | more


def _product(number: int, variants: Any, **more: Any) -> dict[str, Any]:
    usual = {
        "id": f"gid://shopify/Product/{number}",
        "handle": f"p-{number}",
        "title": f"Product {number}",
        "productType": "Tents",
        "tags": ["new"],
        "updatedAt": "2026-05-01T08:00:00Z",
        "featuredImage": {"url": f"https://cdn.example/{number}.jpg"},
        "collections": {"nodes": [{"handle": "outdoor"}, {"handle": "tents"}]},
        "metafields": [None, None],
        "variants": variants if isinstance(variants, dict) else page(variants),
    }
    return usual | more


def _sells(shopify: Shopify, *pages: list[Any], best: tuple[int, ...] = ()) -> None:
    """Let the storefront list products in pages; a page's cursor is its number."""

    def products(asked: dict[str, Any]) -> Any:
        if asked["sortKey"] == "BEST_SELLING":
            return {"nodes": [{"id": f"gid://shopify/Product/{number}"} for number in best]}
        assert (asked["sortKey"], asked["reverse"]) == ("UPDATED_AT", False)
        place = int(asked.get("after") or 0)
        return page(pages[place], str(place + 1) if place + 1 < len(pages) else None)

    shopify.storefront.answers |= {"QueryRoot.products": products, "QueryRoot.productRecommendations": []}
    shopify.admin.answers["QueryRoot.products"] = page([])


def _feed(shopify: Shopify, options: dict[str, Any] | None = None, key: str = KEY) -> CatalogueFeed:
    feed = shopify.connected(options, key=key).feed
    assert feed is not None
    return feed


def _read(shopify: Shopify, cursor: str = "", options: dict[str, Any] | None = None) -> Batch:
    return _feed(shopify, options).batch(cursor, currency="USD", timeout_s=5)


def test_each_variant_is_a_product_of_the_normal_form(shopify: Shopify) -> None:
    red = _variant(11, "T-R", title="Red", image={"url": "https://cdn.example/red.jpg"}, compareAtPrice=usd("199.0"))
    blue = _variant(12, None, title="Blue", quantityAvailable=0)
    reviews = [
        {"key": "rating", "value": '{"value": "4.5", "scale_max": "5.0"}'},
        {"key": "rating_count", "value": "8"},
    ]
    _sells(shopify, [_product(1, [red, blue], metafields=reviews)], best=(9, 1))
    other = [{"variants": {"nodes": [{"id": "gid://shopify/ProductVariant/50", "sku": "POLE"}]}}]
    shopify.storefront.answers["QueryRoot.productRecommendations"] = lambda asked: (
        other if asked["intent"] == "COMPLEMENTARY" else None
    )
    batch = _read(shopify)
    first = Product(
        "T-R", {"": "Product 1 - Red"}, "/products/p-1", Money(14_950, "USD"),
        image="https://cdn.example/red.jpg", parent="1", list_price=Money(19_900, "USD"), categories=("tents", "outdoor"),
        tags=frozenset({"new"}), stock=4, rating=4.5, review_count=8, popularity=1, links={"accessories": ("POLE",)},
    )  # fmt: skip
    second = replace(
        first,
        sku="12",
        title={"": "Product 1 - Blue"},
        image="https://cdn.example/1.jpg",
        list_price=None,
        stock=1_000_000,
    )
    assert (batch.products, batch.is_last) == ({"T-R": first, "12": second}, True)
    assert shopify.sent == ["Products", "BestSellers", "Recommendations"]


@pytest.mark.parametrize(
    ("available", "count", "stock"),
    [(False, 3, 0), (False, None, 0), (True, None, None), (True, -2, 1_000_000), (True, 3, 3)],
)
def test_stock_is_what_can_be_sold_now(
    shopify: Shopify, *, available: bool, count: int | None, stock: int | None
) -> None:
    _sells(shopify, [_product(1, [_variant(1, "A", availableForSale=available, quantityAvailable=count)])])
    assert _read(shopify).products["A"].stock == stock


def test_prices_are_those_of_the_currencys_market(shopify: Shopify) -> None:
    _sells(shopify, [_product(1, [_variant(1, "A", price={"amount": "1500.0", "currencyCode": "JPY"})])])
    feed = _feed(shopify)
    assert feed.batch("", currency="JPY", timeout_s=5).products["A"].price == Money(1500, "JPY")
    assert shopify.storefront.sent[0].variables.items() >= {"country": "JP", "language": "EN"}.items()
    with pytest.raises(ShopError, match="markets") as caught:
        feed.batch("", currency="EUR", timeout_s=5)
    assert not caught.value.ails


def test_a_market_without_prices_in_its_currency_is_an_error(shopify: Shopify) -> None:
    _sells(shopify, [_product(1, [_variant(1, "A")])])
    with pytest.raises(ShopError, match="JP has no prices in JPY") as caught:
        _feed(shopify).batch("", currency="JPY", timeout_s=5)
    assert not caught.value.ails


def test_without_markets_the_shops_own_prices_are_read(shopify: Shopify) -> None:
    _sells(shopify, [_product(1, [_variant(1, "A")])])
    _read(shopify, options={})
    assert not shopify.storefront.sent[0].variables.keys() & {"country", "language"}


def test_variants_that_do_not_fit_on_a_page_are_read_too(shopify: Shopify) -> None:
    _sells(shopify, [_product(1, page([_variant(1, "A")], "v2"))])
    pages = {"v2": page([_variant(2, "B")], "v3"), "v3": page([_variant(3, "C")])}
    shopify.storefront.answers["QueryRoot.product"] = {"variants": lambda asked: pages[asked["after"]]}
    assert list(_read(shopify).products) == ["A", "B", "C"]


def test_a_shop_may_go_by_variants_where_its_skus_are_used_twice(shopify: Shopify) -> None:
    _sells(shopify, [_product(1, [_variant(1, "A"), _variant(2, "A")])])
    assert list(_read(shopify).products) == ["A"]
    assert list(_read(shopify, options={**ALL, "product_key": "variant"}).products) == ["1", "2"]


def test_all_of_it_is_read_page_by_page_and_then_only_what_has_changed(shopify: Shopify) -> None:
    _sells(
        shopify,
        [_product(1, [_variant(1, "A")])],
        [_product(2, [_variant(2, "B")], updatedAt="2026-05-02T08:00:00Z")],
        best=(2,),
    )
    catalogue = SyncedCatalogue(_feed(shopify), None, name="shop", monotonic=lambda: 0.0)
    assert list(catalogue.read("USD", timeout_s=5)) == ["A", "B"]
    assert shopify.sent == ["Products", "BestSellers", "Recommendations", "Products", "Recommendations"]
    changed = _product(1, [_variant(1, "A", price=usd("99.0"))], updatedAt="2026-05-03T08:00:00Z")
    _sells(shopify, [changed])
    gone = {"variants": {"nodes": [{"id": "gid://shopify/ProductVariant/2", "sku": "B"}]}}
    pages = {None: page([], "2"), "2": page([gone])}
    shopify.admin.answers["QueryRoot.products"] = lambda asked: pages[asked.get("after")]
    products = catalogue.read("USD", timeout_s=5)
    assert {sku: product.price for sku, product in products.items()} == {"A": Money(9900, "USD")}
    since = "updated_at:>'2026-05-02T08:00:00Z'"
    assert shopify.storefront.sent[5].variables["since"] == since
    assert shopify.admin.sent[0].variables["since"] == f"{since} AND status:draft,archived,unlisted"


def test_a_change_of_the_last_minutes_is_looked_for_again(shopify: Shopify) -> None:
    _sells(shopify, [_product(1, [_variant(1, "A")], updatedAt="2026-05-04T11:59:50Z")])
    assert json.loads(_read(shopify).cursor)["since"] == "2026-05-04T11:58:00Z"


def test_a_long_reading_looks_again_for_what_its_early_pages_came_too_early_for(shopify: Shopify) -> None:
    quite_new = [_product(number, [_variant(number, "A")], updatedAt="2026-05-04T11:59:50Z") for number in (1, 2)]
    _sells(shopify, *([product] for product in quite_new))
    now = [NOW, NOW + timedelta(minutes=30)]
    feed = _feed(shopify)
    setattr(feed, "_clock", lambda: now.pop(0))  # noqa: B010
    first = feed.batch("", currency="USD", timeout_s=5)
    last = feed.batch(first.cursor, currency="USD", timeout_s=5)
    assert last.is_last
    assert json.loads(last.cursor)["since"] == "2026-05-04T11:58:00Z"


def test_a_reading_that_saw_nothing_new_loses_no_change_to_a_clock_that_is_ahead(shopify: Shopify) -> None:
    _sells(shopify, [])
    since = "2026-05-04T11:00:00Z"
    assert json.loads(_read(shopify, json.dumps({"size": 50, "since": since})).cursor)["since"] == since


def test_an_empty_catalogue_is_read_to_its_end(shopify: Shopify) -> None:
    _sells(shopify, [])
    batch = _read(shopify)
    assert (batch.products, batch.is_last) == ({}, True)
    assert batch.cursor


def test_beyond_what_shopify_pages_through_the_reading_begins_anew_where_it_is(shopify: Shopify) -> None:
    _sells(shopify, [_product(1, [_variant(1, "A")])], [])
    place = {"size": 50, "since": "", "after": "0", "paged": 20_000, "latest": "2026-04-01T00:00:00Z"}
    following = json.loads(_read(shopify, json.dumps(place)).cursor)
    assert (following["since"], following["after"], following["paged"]) == ("2026-05-01T07:59:59Z", "", 0)


@pytest.mark.parametrize("cursor", ["x", "[]", '{"size": "many"}', '{"other": 1}'])
def test_a_cursor_that_is_not_ours_begins_anew(shopify: Shopify, cursor: str) -> None:
    _sells(shopify, [_product(1, [_variant(1, "A")])])
    assert list(_read(shopify, cursor).products) == ["A"]


def test_a_page_that_is_too_dear_is_made_smaller_and_stays_so(shopify: Shopify) -> None:
    _sells(shopify, [_product(1, [_variant(1, "A")])])
    cheap = shopify.storefront.answers["QueryRoot.products"]

    def products(asked: dict[str, Any]) -> Any:
        if asked["first"] > 20 and asked["sortKey"] != "BEST_SELLING":
            raise GraphQLError("too dear", extensions={"code": "MAX_COST_EXCEEDED"})
        return cheap(asked)

    shopify.storefront.answers["QueryRoot.products"] = products
    assert json.loads(_read(shopify).cursor)["size"] == 12
    assert [one.variables["first"] for one in shopify.storefront.sent[:3]] == [50, 25, 12]


def test_a_bad_record_costs_nobody_the_catalogue(shopify: Shopify) -> None:
    odd = _product(2, [_variant(2, "B")], metafields=[{"key": "rating", "value": "five stars"}, None])
    _sells(shopify, [_product(1, [_variant(1, "A" * 300)]), odd])
    assert list(_read(shopify).products) == ["B"]


def test_without_the_right_to_ask_what_is_gone_goes_with_the_next_whole_reading(shopify: Shopify) -> None:
    _sells(shopify, [_product(1, [_variant(1, "A")])])

    def denied(_: object) -> object:
        raise GraphQLError("no", extensions={"code": "ACCESS_DENIED"})

    shopify.admin.answers["QueryRoot.products"] = denied
    assert _read(shopify, _read(shopify).cursor).gone == frozenset()
    without = _feed(shopify, key='{"storefront": "private"}')
    assert without.batch(_read(shopify).cursor, currency="USD", timeout_s=5).gone == frozenset()


def test_no_recommendations_are_asked_for_where_none_are_wanted(shopify: Shopify) -> None:
    _sells(shopify, [_product(1, [_variant(1, "A")])])
    assert _read(shopify, options={**ALL, "recommendations": {}}).products["A"].links == {}
    assert shopify.sent == ["Products", "BestSellers"]


def test_the_feed_leaves_shoppers_half_of_the_allowance(shopify: Shopify) -> None:
    _sells(shopify, [_product(1, [_variant(1, "A")])])
    status = {"maximumAvailable": 2000, "currentlyAvailable": 600, "restoreRate": 10}
    shopify.storefront.extensions = {"cost": {"throttleStatus": status}}
    with pytest.raises(ShopError, match="waits") as caught:
        _read(shopify)
    assert caught.value.code == ERROR
    assert 39 < caught.value.retry_after_s <= 40
    status["currentlyAvailable"] = 999
    assert _read(shopify).is_last
