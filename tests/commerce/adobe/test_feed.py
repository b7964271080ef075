"""The catalogue after its first reading: what changed, what is gone, and when all of it must be read again."""

from typing import Any

import pytest
from commerce.adobe.world import SHIRT, TENT, VIEWS, World, criteria, listed
from werkzeug.wrappers import Request

from cms.commerce.adapter import Batch, CatalogueFeed
from cms.commerce.catalogue import SyncedCatalogue
from cms.commerce.failures import GARBAGE, ShopError


def feed_of(made: World, **options: object) -> CatalogueFeed:
    feed = made.connected(**options).feed
    assert feed is not None
    return feed


def part(feed: CatalogueFeed, cursor: str = "", currency: str = "USD") -> Batch:
    return feed.batch(cursor, currency=currency, timeout_s=5)


def changed(made: World, *rows: tuple[int, str, int, int, list[int]]) -> None:
    """Let REST answer a question for changes with these rows."""
    whole = made.rest.answers["GetV1Products"]

    def answer(request: Request) -> Any:
        if not any(field == "updated_at" for field, _ in criteria(request)):
            return whole(request)
        items = [listed(made, *row) for row in rows]
        return made.found("catalog-data-product-search-results-interface", items)

    made.rest.answers["GetV1Products"] = answer


def test_what_is_disabled_is_gone(adobe: World) -> None:
    feed = feed_of(adobe)
    cursor = part(feed).cursor
    changed(adobe, (1, "TN", 4, 2, []))

    changes = part(feed, cursor)

    assert (dict(changes.products), changes.gone, changes.is_last) == ({}, {"TN"}, True)


def test_a_variant_that_changed_is_told_with_all_of_its_product(adobe: World) -> None:
    feed = feed_of(adobe)
    cursor = part(feed).cursor
    changed(adobe, (4, "SHIRT-M", 1, 1, []))

    changes = part(feed, cursor)

    assert set(changes.products) == {"SHIRT", "SHIRT-S", "SHIRT-M"}
    assert changes.cursor


def test_a_variant_of_we_do_not_know_what_has_all_read_again(adobe: World) -> None:
    cursor = part(feed_of(adobe)).cursor
    changed(adobe, (4, "SHIRT-M", 1, 1, []))

    changes = part(feed_of(adobe), cursor)
    assert (changes.cursor, changes.gone) == ("", frozenset())


def test_a_product_that_graphql_does_not_tell_is_gone(adobe: World) -> None:
    feed = feed_of(adobe)
    cursor = part(feed).cursor
    changed(adobe, (1, "TN", 4, 1, []))
    adobe.graphql.answers["Query.products"] = [] if adobe.dialect == "saas" else {"items": []}

    assert part(feed, cursor).gone == {"TN"}


def test_nothing_new_asks_graphql_nothing(adobe: World) -> None:
    feed = feed_of(adobe)
    cursor = part(feed).cursor
    changed(adobe)
    before = len(adobe.graphql.sent)

    assert part(feed, cursor) == Batch({}, cursor, is_last=True)
    assert len(adobe.graphql.sent) == before


def test_the_copy_of_a_catalogue_is_made_of_all_parts(adobe: World) -> None:
    copy = SyncedCatalogue(feed_of(adobe, catalogue_at_once=1), None, name="adobe", monotonic=lambda: 0.0)

    assert len(copy.read("USD", timeout_s=5)) == 4


def test_prices_are_asked_for_in_the_currency_wanted(magento: World) -> None:
    part(feed_of(magento), currency="EUR")

    assert magento.graphql.sent[-1].headers["Content-Currency"] == "EUR"


def test_stock_and_stars_are_told(magento: World) -> None:
    plain, none = dict(TENT), {"stock_status": "IN_STOCK", "quantity": None, "review_count": 0, "rating_summary": 0}
    for said, expected in [
        ({}, (12, 4.5, 4)),
        (none, (None, None, 0)),
        ({"stock_status": "OUT_OF_STOCK"}, (0, 4.5, 4)),
    ]:
        magento.graphql.answers["Query.products"] = {"items": [plain | said]}
        tent = part(feed_of(magento)).products["TN"]
        assert (tent.stock, tent.rating, tent.review_count) == expected


def test_a_product_of_its_own_is_its_own_family(magento: World) -> None:
    magento.graphql.answers["Query.products"] = {"items": [SHIRT | {"variants": []}, TENT]}
    products = part(feed_of(magento)).products

    assert [product.family for product in products.values()] == ["SHIRT", "TN"]


def test_addresses_follow_the_pattern_of_the_shop(adobe: World) -> None:
    products = part(feed_of(adobe, product_url="https://shop.example/p/{url_key}/{sku}")).products

    assert products["SHIRT-S"].url == "https://shop.example/p/shirt/SHIRT"


def test_a_view_without_a_price_is_told_without_one() -> None:
    from cms.commerce.adapters.adobe.forms import Habits
    from cms.commerce.adapters.adobe.products import product_views_form

    nothing: dict[str, Any] = {"final": {"amount": {"value": 1.0, "currency": "NONE"}}, "regular": None}
    forms = product_views_form(
        [VIEWS[0] | {"price": nothing}, VIEWS[0] | {"sku": "B", "price": None}, None], {}, Habits()
    )

    assert [form["price"] for form in forms] == [None, None]


def test_one_bad_product_does_not_cost_the_catalogue(magento: World) -> None:
    for bad in ({"name": None}, {"categories": [None]}, {"url_key": None, "sku": None}):
        magento.graphql.answers["Query.products"] = {"items": [TENT | bad, SHIRT]}
        assert "SHIRT" in part(feed_of(magento)).products


def test_a_catalogue_in_another_form_is_garbage(magento: World) -> None:
    magento.graphql.answers["Query.products"] = {"items": [TENT | {"categories": [None]}]}

    with pytest.raises(ShopError, match="well formed") as failed:
        part(feed_of(magento))
    assert failed.value.code == GARBAGE


def test_a_changed_product_in_another_form_is_left_out(magento: World) -> None:
    feed = feed_of(magento)
    cursor = part(feed).cursor
    changed(magento, (1, "TN", 4, 1, []))
    magento.graphql.answers["Query.products"] = {"items": [TENT | {"categories": [None]}]}

    assert part(feed, cursor).gone == {"TN"}
