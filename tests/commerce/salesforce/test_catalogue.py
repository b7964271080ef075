"""Adapter `salesforce`: the catalogue in parts, as a server made of the published specs tells it."""

import json
from dataclasses import replace
from time import monotonic
from typing import Any

import pytest
from commerce.contract_openapi import Said
from commerce.salesforce.site import STAND, Site, connected, stocked, usd

from cms.commerce.adapter import Batch, Connected
from cms.commerce.catalogue import SyncedCatalogue
from cms.commerce.failures import ShopError
from cms.facts.signals import Product


def read(made: Connected, cursor: str = "", currency: str = "USD") -> Batch:
    assert made.feed is not None
    return made.feed.batch(cursor, currency=currency, timeout_s=10)


def many(count: int) -> dict[str, dict[str, Any]]:
    return {f"p{number}": STAND | {"id": f"p{number}"} for number in range(count)}


UMBRELLA = Product(
    "umbrella",
    {"": "Umbrella"},
    "/product/umbrella",
    usd("49.99"),
    image="https://img.example/umbrella.jpg",
    list_price=usd("60.00"),
    categories=("rain", "outdoor"),
    tags=frozenset({"rain-co"}),
    stock=7,
    links={"accessories": ("stand",), "upgrade": ("tent-red",)},
)
RED = Product(
    "tent-red",
    {"": "Tent"},
    "/product/tent",
    usd("179.00"),
    image="https://img.example/tent-red.jpg",
    parent="tent",
    list_price=usd("199.00"),
    categories=("outdoor",),
    stock=2,
)
BLUE = replace(
    RED, sku="tent-blue", price=usd("149.50"), list_price=None, image="https://img.example/tent.jpg", stock=None
)


def test_products_are_told_with_variants_prices_stock_pictures_and_the_merchants_links() -> None:
    with Site().open() as server:
        batch = read(connected(server))
    assert batch.products == {"umbrella": UMBRELLA, "tent-red": RED, "tent-blue": BLUE}
    assert (batch.is_last, batch.gone) == (True, frozenset())
    told, linked = (sent.query for sent in server.sent if sent.operation == "getProducts")
    assert told["ids"] == "umbrella,tent,trip"
    assert linked["ids"] == "stand"
    stock = next(sent.query for sent in server.sent if sent.operation == "getAvailability")
    assert stock == {"siteId": "RefArch", "productIds": "umbrella,tent,trip", "expand": "variations"}


def test_a_search_that_breaks_off_is_no_end_of_the_catalogue() -> None:
    with Site(unlisted=3).open() as server:
        made = connected(server)
        first = read(made)
        assert not first.is_last
        with pytest.raises(ShopError) as caught:
            read(made, first.cursor)
    assert caught.value.code == "commerce-garbage"


def test_names_are_told_in_every_language_of_the_options() -> None:
    with Site().open() as server:
        made = connected(server, locales={"en": "en-US", "zh-Hant": "zh-TW"}, product_path="https://shop.example/p/")
        product = read(made).products["umbrella"]
    assert product.title == {"en": "Umbrella", "zh-Hant": "Umbrella (zh)"}
    assert product.url == "https://shop.example/p/umbrella"


def test_attributes_and_inventories_of_the_options_are_read() -> None:
    rated = STAND | {"c_rating": 4.5, "c_reviews": 12.0, "c_made_of": ["Oak", "Steel"]}
    stock = {"stand": stocked("stand", 3)}
    stock["stand"]["inventories"].append({"id": "north", "ats": 4.0, "orderable": True})
    site = Site(products={"stand": rated}, stock=stock)
    with site.open() as server:
        names = {"rating": "c_rating", "review_count": "c_reviews"}
        made = connected(server, product=names, tags=["c_made_of"], inventories=["main", "north"])
        product = read(made).products["stand"]
    assert (product.rating, product.review_count, product.tags) == (4.5, 12, frozenset({"oak", "steel"}))
    assert product.stock == 7
    assert "product.rating" not in made.source.lacks
    asked = [sent.query for sent in server.sent]
    assert asked[-1]["inventoryIds"] == "main,north"
    assert "c_rating" in asked[1]["select"]


@pytest.mark.parametrize(
    ("inventories", "units"),
    [
        ([{"id": "main"}], None),
        ([], None),
        ([{"id": "main", "orderable": False}], 0),
        ([{"id": "main", "ats": 9, "orderable": False}], 0),
        ([{"id": "main", "ats": -1.0, "orderable": True}], 0),
        ([{"id": "main", "ats": 999999, "orderable": True}], 999_999),
    ],
)
def test_stock_is_what_can_be_sold_and_unknown_where_it_is_not_told(inventories: Any, units: int | None) -> None:
    site = Site(products={"stand": STAND}, stock={"stand": {"id": "stand", "inventories": inventories}})
    with site.open() as server:
        assert read(connected(server)).products["stand"].stock == units


def test_a_large_catalogue_is_read_in_parts_and_then_again_round_and_round() -> None:
    site = Site(products=many(200), stock={})
    with site.open() as server:
        made = connected(server, categories=["garden", "root"])
        parts = [read(made)]
        while not parts[-1].is_last:
            parts.append(read(made, parts[-1].cursor))
        assert [len(part.products) for part in parts] == [192, 8, 192, 8]
        again = [read(made, parts[-1].cursor)]
        again.append(read(made, again[0].cursor))
    assert all(part.is_last for part in again)
    assert [len(part.products) for part in again] == [192, 8]
    assert [(one["refine"], one["offset"]) for one in site.searched] == [
        ("cgid=garden", "0"), ("cgid=garden", "192"), ("cgid=root", "0"), ("cgid=root", "192"),
        ("cgid=garden", "0"), ("cgid=garden", "192"),
    ]  # fmt: skip


def test_the_copy_follows_prices_and_products_that_go() -> None:
    site = Site(products=many(3), stock={})
    with site.open() as server:
        feed = connected(server).feed
        assert feed is not None
        copy = SyncedCatalogue(feed, None, name="shop", monotonic=monotonic)
        assert set(copy.read("USD", timeout_s=10)) == {"p0", "p1", "p2"}
        site.products["p1"] |= {"price": 6}
        found = [site.products["p0"], site.products["p1"]]
        server.answers["getProducts"] = {"limit": 2, "data": found, "total": 2}
        products = copy.read("USD", timeout_s=10)
    assert set(products) == {"p0", "p1"}
    assert products["p1"].price == usd("6.00")


def test_a_system_that_is_nearly_full_is_asked_for_little_and_then_not_at_all() -> None:
    site = Site(products=many(100), stock={}, headers={"sfdc_load": "83", "sfdc_load_status": "WARN"})
    with site.open() as server:
        made = connected(server)
        first = read(made)
        assert len(first.products) == 24
        assert not first.is_last
        site.headers = {"sfdc_load_status": "THROTTLE"}
        second = read(made, first.cursor)
        assert len(second.products) == 24
        asked = len(server.sent)
        with pytest.raises(ShopError, match="nearly full") as caught:
            read(made, second.cursor)
    assert 25 < caught.value.retry_after_s <= 30
    assert len(server.sent) == asked


def test_one_malformed_product_costs_no_other() -> None:
    wrong: list[Any] = [
        STAND | {"id": "a", "price": "dear"},
        STAND | {"id": "b", "type": {"master": True}, "variants": [{}]},
        {"id": "c"},
        STAND | {"id": "d", "productLinks": [{}]},
        STAND,
    ]
    products = dict.fromkeys("abcd", STAND) | {"stand": STAND}
    body = Said({"limit": 5, "data": wrong, "total": 5}, wrong=True)
    stock = Said({"limit": 1, "data": [{"id": "x"}, stocked("stand", 1)], "total": 1}, wrong=True)
    with Site(products=products).open(getProducts=body, getAvailability=stock) as server:
        batch = read(connected(server))
    assert set(batch.products) == {"stand"}


def test_a_whole_part_without_any_product_that_is_well_formed_is_no_answer() -> None:
    dear = [one | {"price": "dear"} for one in many(24).values()]
    body = Said({"limit": 24, "data": dear, "total": 24}, wrong=True)
    with Site(products=many(24)).open(getProducts=body) as server, pytest.raises(ShopError) as caught:
        read(connected(server))
    assert caught.value.code == "commerce-garbage"


def test_an_empty_catalogue_is_read_at_once() -> None:
    with Site(products={}).open() as server:
        batch = read(connected(server))
    assert (batch.products, batch.is_last) == ({}, True)
    assert json.loads(batch.cursor) == [0, 0, True]


def test_a_place_in_a_category_that_the_options_no_longer_name_begins_anew() -> None:
    site = Site(products=many(1), stock={})
    with site.open() as server:
        batch = read(connected(server), "[3,96,true]")
    assert set(batch.products) == {"p0"}
    assert site.searched[0]["offset"] == "0"


def test_prices_of_yen_and_dinars_are_exact() -> None:
    products = {
        "yen": STAND | {"id": "yen", "currency": "JPY", "price": 1200.0},
        "dinar": STAND | {"id": "dinar", "currency": "KWD", "price": 1.205},
        "odd": STAND | {"id": "odd", "currency": "JPY", "price": 0.5},
    }
    with Site(products=products, stock={}).open() as server:
        found = read(connected(server), currency="JPY").products
    assert {sku: str(one.price) for sku, one in found.items()} == {"yen": "1200", "dinar": "1.205"}
