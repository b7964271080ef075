"""Adapter `vendure`: the catalogue, whole and by changes, over answers of the shape that Vendure 3.7.3 gave."""

from collections.abc import Sequence
from typing import Any

import pytest
from commerce.fake_vendure import (
    FORBIDDEN,
    FakeVendure,
    Serve,
    ask,
    catalogue,
    clock,
    mark,
    permissions,
    product,
    usd,
    variant,
)

from cms.commerce import connect, source_for
from cms.commerce.adapter import Connection
from cms.commerce.catalogue import SyncedCatalogue
from cms.commerce.connecting import Upstream
from cms.facts.signals import (
    Product,
    Signal,
    SignalSource,
)


@pytest.fixture
def vendure() -> FakeVendure:
    return FakeVendure()


@pytest.fixture
def shop(vendure: FakeVendure, shop_answering: Serve) -> SignalSource:
    return source_for("vendure", url=shop_answering(vendure.answer), key="root:se:cret", clock=clock)


RELATIONS = {
    "fields": [
        {"name": "related", "type": {"name": None, "ofType": {"name": None, "ofType": {"name": "Product"}}}},
        {"name": "boughtTogether", "type": {"name": "Product"}},
        {"name": "weight", "type": {"name": "Int"}},
    ]
}


def test_a_variant_is_a_product_with_its_merchants_links(shop: SignalSource, vendure: FakeVendure) -> None:
    vendure.fields["ProductCustomFields"] = RELATIONS
    two, three = product("2", [variant("A", enabled=False), variant("B")]), product("3", [variant("C")], enabled=False)
    links = {"related": [two, three], "boughtTogether": two}
    vendure.answers["Catalogue"] = catalogue(
        product("1", [variant("TN-1")], customFields=links),
        two,
        three,
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


@pytest.fixture
def upstream(vendure: FakeVendure, shop_answering: Serve) -> Upstream:
    connection = Connection(shop_answering(vendure.answer), "root:se:cret", clock)
    return connect("vendure", connection, monotonic=lambda: 0.0)


@pytest.fixture
def copy(upstream: Upstream, vendure: FakeVendure) -> SyncedCatalogue:
    assert upstream.catalogue is not None
    vendure.answers["Catalogue"] = catalogue(product("1", [variant("A")]), product("2", [variant("B")]))
    vendure.answers["Changes"] = changes()
    return upstream.catalogue


def changes(
    products: Sequence[str] = (), changed: Sequence[str] = (), sold: Sequence[str] = (), **said: Any
) -> dict[str, Any]:
    def listed(items: Sequence[Any]) -> dict[str, Any]:
        return {"totalItems": len(items), "items": items}

    lines = [{"lines": [{"productVariant": {"productId": key}}]} for key in sold]
    return {
        **mark(**said),
        "products": listed([{"id": key} for key in products]),
        "changed": listed([{"productId": key} for key in changed]),
        "sold": listed(lines),
    }


def stocks(copy: SyncedCatalogue) -> dict[str, int | None]:
    return {sku: product.stock for sku, product in copy.read("USD", timeout_s=5).items()}


@pytest.mark.parametrize("kind", ["products", "changed", "sold"])
def test_after_the_whole_only_what_was_touched_or_sold_is_read(
    copy: SyncedCatalogue, vendure: FakeVendure, kind: str
) -> None:
    before = stocks(copy)
    vendure.answers["Changes"] = changes(**{kind: ["2"]})  # type: ignore[arg-type]
    vendure.answers["Catalogue"] = catalogue(product("2", [variant("B", stockLevels=[]), variant("C", enabled=False)]))
    after = stocks(copy)

    assert (before, after) == ({"A": 10, "B": 10}, {"A": 10, "B": 0})
    options = [said["options"] for name, said in vendure.variables if name == "Catalogue"]
    assert options == [{"skip": 0, "take": 100, "sort": {"id": "ASC"}}, {"filter": {"id": {"in": ["2"]}}, "take": 1}]


def test_what_is_taken_off_the_rails_is_gone(copy: SyncedCatalogue, vendure: FakeVendure) -> None:
    stocks(copy)
    vendure.answers["Changes"] = changes(["2"])
    vendure.answers["Catalogue"] = catalogue(product("2", [variant("B")], enabled=False))

    assert stocks(copy) == {"A": 10}


@pytest.mark.parametrize("said", [{"all": {"totalItems": 2}}, {"taxRates": {"totalItems": 4, "items": []}}])
def test_what_bears_on_many_has_all_read_anew(
    copy: SyncedCatalogue, vendure: FakeVendure, said: dict[str, Any]
) -> None:
    stocks(copy)
    vendure.answers["Changes"] = changes(**said)
    vendure.answers["Catalogue"] = {**catalogue(product("1", [variant("A")])), **said}

    assert stocks(copy) == {"A": 10}


def test_more_changes_than_one_answer_holds_are_all_read(copy: SyncedCatalogue, vendure: FakeVendure) -> None:
    stocks(copy)
    first, second = changes(["1"]), changes(["2"])
    first["products"]["totalItems"] = second["products"]["totalItems"] = 101
    vendure.answers["Changes"] = lambda said: second if said["skip"] else first
    vendure.answers["Catalogue"] = lambda said: catalogue(
        *(product(key, [variant("AB"[int(key) - 1], stockLevels=[])]) for key in said["options"]["filter"]["id"]["in"])
    )

    assert stocks(copy) == {"A": 0, "B": 0}


def test_an_administrator_who_may_not_see_what_is_sold_has_all_read_each_time(
    copy: SyncedCatalogue, vendure: FakeVendure
) -> None:
    vendure.answers["Permissions"] = permissions("ReadCatalog")
    stocks(copy)
    stocks(copy)

    assert [name for name, _ in vendure.asked].count("Catalogue") == 2
    assert "Changes" not in [name for name, _ in vendure.asked]


def test_an_administrator_who_may_not_read_orders_any_more_costs_no_catalogue(
    copy: SyncedCatalogue, vendure: FakeVendure
) -> None:
    stocks(copy)
    vendure.answers["Changes"] = FORBIDDEN
    vendure.answers["Permissions"] = permissions("ReadCatalog")
    vendure.answers["Catalogue"] = catalogue(product("1", [variant("A", stockLevels=[])]))

    assert [stocks(copy), stocks(copy)] == [{"A": 0}, {"A": 0}]


def test_the_doctor_is_told_what_the_administrator_may_not_read(upstream: Upstream, vendure: FakeVendure) -> None:
    vendure.answers["Permissions"] = permissions("ReadCatalog", "ReadOrder", "ReadCustomer")
    assert upstream.connected.missing is not None

    assert [sentence.split(":")[0] for sentence in upstream.connected.missing(2)] == [
        "the administrator lacks ReadPromotion"
    ]
