"""Every request that adapter `sap` can send holds to the published OCC schema, and every answer gives the normal form."""

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from commerce.contract_openapi import Said, Server
from commerce.sap.occ_world import (
    ANNA,
    ANNAS_TOKEN,
    CAMERA,
    CLIENT_TOKEN,
    GUID,
    ask,
    connected,
    exported,
    paged,
    selection,
)

from cms.commerce.adapters.sap import selections as asked
from cms.commerce.catalogue import SyncedCatalogue
from cms.facts.money import Money
from cms.facts.signals import (
    Answer,
    Cart,
    CartLine,
    Customer,
    Detail,
    Found,
    Order,
    OrderLine,
    Product,
    Promotion,
    Shopper,
    Signal,
    Tier,
)

Serve = Callable[..., Server]
GUEST = Shopper(cart_token=GUID)
ANNA_HERSELF = Shopper(customer_token=ANNAS_TOKEN)
ANNA_BY_REFERENCE = Shopper(customer_id=ANNA)
NOBODY = Shopper()
ANNAS_CART = Cart(
    (
        CartLine("1934793", 3, Money(3333, "USD"), ("576", "brand_10")),
        CartLine("300938", 1, Money(25040, "USD"), ("578",)),
    ),
    "USD",
    Money(35040, "USD"),
    "premium-gross",
    frozenset({"order_over_300"}),
)
ANNAS_ORDERS = (
    Order(datetime(2026, 2, 3, 10, tzinfo=UTC), Money(2000, "USD"), (OrderLine("300938", 1),)),
    Order(datetime(2026, 2, 1, 10, tzinfo=UTC), Money(9990, "USD"), (OrderLine("1934793", 2, ("576",)),)),
)


@pytest.mark.parametrize(
    ("shopper", "path", "token"),
    [
        (GUEST, f"/occ/v2/electronics/users/anonymous/carts/{GUID}", CLIENT_TOKEN),
        (Shopper(cart_token=f"Bearer {ANNAS_TOKEN}"), "/occ/v2/electronics/users/current/carts/current", ANNAS_TOKEN),
        (
            Shopper(cart_id="00001000", customer_id=ANNA),
            f"/occ/v2/electronics/users/{ANNA}/carts/00001000",
            CLIENT_TOKEN,
        ),
    ],
    ids=["guest", "own token", "verified ids"],
)
def test_a_cart_is_read_in_one_call_as_whom_it_belongs_to(
    serve: Serve, shopper: Shopper, path: str, token: str
) -> None:
    server = serve()
    assert ask(server, Signal.CART, shopper) == Answer(Found.FOUND, ANNAS_CART)
    (sent,) = server.sent
    assert (sent.path, sent.headers["Authorization"]) == (path, f"Bearer {token}")
    assert sent.query == {"fields": asked.CART, "curr": "USD"}


@pytest.mark.parametrize("shopper", [ANNA_HERSELF, ANNA_BY_REFERENCE], ids=["own token", "verified id"])
def test_a_customer_has_groups_and_a_name_that_is_no_address(serve: Serve, shopper: Shopper) -> None:
    server = serve()
    answer = ask(server, Signal.CUSTOMER, shopper, business_groups=["wholesale"])
    groups = frozenset({"CustomerForSiteA", "wholesale"})
    assert answer == Answer(Found.FOUND, Customer(ANNA, "business", groups), ANNA)
    assert server.operations == {"getUser", "getUserCustomerGroups"}
    tokens = {sent.headers["Authorization"] for sent in server.sent}
    assert tokens == {f"Bearer {ANNAS_TOKEN if shopper is ANNA_HERSELF else CLIENT_TOKEN}"}


def test_an_employee_has_a_company_an_account_and_roles(serve: Serve) -> None:
    server = serve()
    answer = ask(server, Signal.CUSTOMER, ANNA_HERSELF, b2b=True)
    groups = frozenset({"CustomerForSiteA", "wholesale", "b2bcustomergroup"})
    expected = Customer(ANNA, "business", groups, company="Rustic Hardware", account="rustic")
    assert answer == Answer(Found.FOUND, expected, ANNA)
    assert server.operations == {"getOrgUser", "getUserCustomerGroups"}


@pytest.mark.parametrize("shopper", [ANNA_HERSELF, ANNA_BY_REFERENCE], ids=["own token", "verified id"])
def test_orders_that_were_not_taken_back_are_opened_for_their_lines(serve: Serve, shopper: Shopper) -> None:
    server = serve()
    assert ask(server, Signal.ORDERS, shopper).value == ANNAS_ORDERS
    assert [sent.operation for sent in server.sent] == ["getUserOrderHistory", "getUserOrders", "getUserOrders"]


def test_all_pages_of_a_history_are_read(serve: Serve) -> None:
    history = [
        {
            "code": "1",
            "status": "COMPLETED",
            "placed": "2026-02-01T10:00:00+0000",
            "total": {"value": 5, "currencyIso": "USD"},
        }
    ]
    server = serve({"getUserOrderHistory": lambda request: paged(history, "orders", request, pages=3)})
    answer = ask(server, Signal.ORDERS, ANNA_HERSELF, order_lines=0, order_statuses=["COMPLETED", "READY"])
    assert len(answer.value) == 3
    assert [sent.query["currentPage"] for sent in server.sent] == ["0", "1", "2"]
    assert {sent.query["statuses"] for sent in server.sent} == {"COMPLETED,READY"}


def test_a_catalogue_is_exported_page_by_page_in_every_language(serve: Serve) -> None:
    french = {**CAMERA, "name": "PowerShot A480 (fr)", "classifications": []}

    def export(request: Any) -> Any:
        found = [french] if request.args.get("lang") == "fr" else [CAMERA]
        return exported(*found, pages=2) if request.args["currentPage"] == "0" else exported(pages=2)

    server = serve({"getExportedProducts": export})
    feed = connected(
        server.url,
        languages={"en": "en", "fr": "fr"},
        catalog="electronicsProductCatalog",
        media_url="https://media.example",
    ).feed
    first = feed.batch("", currency="USD", timeout_s=5)
    assert (first.is_last, first.total) == (False, 2)
    assert first.products == {
        "1934793": Product(
            "1934793",
            {"en": "PowerShot A480", "fr": "PowerShot A480 (fr)"},
            "/Open-Catalogue/Cameras/PowerShot-A480/p/1934793",
            Money(9985, "USD"),
            image="https://media.example/medias/camera.jpg?context=abc",
            parent="powershot",
            categories=("576", "brand_10"),
            tags=frozenset({"compact"}),
            stock=12,
            rating=4.5,
            review_count=7,
            details=(Detail({"en": "Zoom"}, {"en": "3, 5 x"}),),
            links={"upgrade": ("1981415",), "bought-together": ("300938",), "accessories": ("300938",)},
        )
    }
    last = feed.batch(first.cursor, currency="USD", timeout_s=5)
    assert (last.is_last, last.products, last.cursor) == (True, {}, "2026-03-01T11:59:00+0000")
    assert {(sent.query["catalog"], sent.query["version"]) for sent in server.sent} == {
        ("electronicsProductCatalog", "Online")
    }
    assert [(sent.query["currentPage"], sent.query["lang"]) for sent in server.sent] == [
        ("0", "en"), ("0", "fr"), ("1", "en"),
    ]  # fmt: skip


def test_then_only_what_was_modified_or_updated_in_a_hurry_is_read(serve: Serve) -> None:
    changed = {**CAMERA, "stock": {"stockLevelStatus": "outOfStock"}}

    def product(request: Any) -> Any:
        if request.path.endswith("/gone"):
            return Said(
                {"errors": [{"type": "UnknownIdentifierError", "message": "Product with code 'gone' not found!"}]}, 400
            )
        return changed

    updates = [{"code": "1934793"}, {"code": "gone"}, {"code": "1934793"}]
    server = serve(
        {
            "getExportedProducts": exported({**CAMERA, "code": "new"}, {**CAMERA, "code": "off", "purchasable": False}),
            "getExpressUpdateProducts": {"productExpressUpdateElements": updates},
            "getProduct": product,
        }
    )
    feed = connected(server.url, catalog="electronicsProductCatalog").feed
    batch = feed.batch("2026-02-28T00:00:00+0000", currency="USD", timeout_s=5)
    assert {sku: item.stock for sku, item in batch.products.items()} == {"new": 12, "1934793": 0}
    assert (batch.is_last, batch.gone, batch.cursor) == (True, {"gone", "off"}, "2026-03-01T11:59:00+0000")
    assert server.operations == {"getExportedProducts", "getExpressUpdateProducts", "getProduct"}
    dated = [sent.query["timestamp"] for sent in server.sent if sent.operation != "getProduct"]
    assert dated == ["2026-02-28T00:00:00+0000"] * 2


def test_a_flood_of_updates_has_the_whole_catalogue_read_again(serve: Serve) -> None:
    updates = [{"code": str(number)} for number in range(51)]
    server = serve({"getExpressUpdateProducts": {"productExpressUpdateElements": updates}})
    batch = connected(server.url).feed.batch("2026-02-28T00:00:00+0000", currency="USD", timeout_s=5)
    assert (batch.cursor, batch.is_last) == ("", False)
    assert "getProduct" not in server.operations


def test_a_copy_is_made_whole_then_kept_by_what_changes(serve: Serve) -> None:
    updates: list[Any] = []

    def export(request: Any) -> Any:
        if "timestamp" in request.args:
            return exported({**CAMERA, "name": "PowerShot II"})
        return exported({**CAMERA, "code": "late"} if request.args["currentPage"] == "1" else CAMERA, pages=2)

    server = serve(
        {
            "getExportedProducts": export,
            "getExpressUpdateProducts": lambda _: {"productExpressUpdateElements": [{"code": one} for one in updates]},
        }
    )
    copy = SyncedCatalogue(connected(server.url).feed, None, name="sap", monotonic=time.monotonic)
    assert set(copy.read("USD", timeout_s=5)) == {"1934793", "late"}
    changed = copy.read("USD", timeout_s=5)
    assert (changed["1934793"].title, set(changed)) == ({"": "PowerShot II"}, {"1934793", "late"})
    updates += map(str, range(51))
    assert copy.read("USD", timeout_s=5)["1934793"].title == {"": "PowerShot A480"}  # all was read again


def test_stock_is_searched_where_the_options_say_so(serve: Serve) -> None:
    server = serve({"getProducts": lambda request: paged([CAMERA, {"code": "x"}], "products", request, pages=2)})
    assert ask(server, Signal.STOCK, stock_search=True).value == {"1934793": 12, "1934793-1": 12}
    assert [sent.query["currentPage"] for sent in server.sent] == ["0", "1"]


def test_promotions_are_those_of_the_options_and_nothing_is_asked(serve: Serve) -> None:
    server = serve()
    options = [
        {
            "key": "spend-more",
            "tiers": [{"thresholds": {"USD": "100", "EUR": "90"}, "percent": 10}],
            "groups": ["wholesale"],
        },
        {"key": "euros-only", "tiers": [{"thresholds": {"EUR": "90"}}], "free_shipping": True},
        {"key": "over", "ends": "2026-02-28T00:00:00Z"},
    ]
    answer = ask(server, Signal.PROMOTIONS, promotions=options)
    groups = frozenset({"wholesale"})
    assert answer.value == (Promotion("spend-more", (Tier(Money(10000, "USD"), 10),), groups=groups),)
    assert not server.sent


def test_the_doctor_hears_nothing_missing_of_a_trusted_client(serve: Serve) -> None:
    server = serve()
    assert connected(server.url).missing(5) == []
    assert server.operations == {"getExportedProducts"}


SENT_BY_TESTS = {
    "getCart", "getCurrentOrgCart", "getUser", "getOrgUser", "getUserCustomerGroups", "getUserOrderHistory", "getUserOrders",
    "getExportedProducts", "getExpressUpdateProducts", "getProduct", "getProducts",
}  # fmt: skip


def test_every_selection_that_the_adapter_has_was_sent(serve: Serve) -> None:
    updates = {"productExpressUpdateElements": [{"code": "1934793"}]}
    server = serve({"getExpressUpdateProducts": updates})
    many = connected(server.url, languages={"en": "en", "fr": "fr"}, stock_search=True)
    company = connected(server.url, b2b=True)
    for source, signal, shopper in [
        (many.source, Signal.CART, GUEST),
        (many.source, Signal.CART, Shopper(cart_token=f"Bearer {ANNAS_TOKEN}")),
        (many.source, Signal.CUSTOMER, ANNA_HERSELF),
        (company.source, Signal.CUSTOMER, ANNA_HERSELF),
        (many.source, Signal.ORDERS, ANNA_HERSELF),
        (many.source, Signal.STOCK, NOBODY),
    ]:
        source.fetch(signal, shopper, currency="USD", timeout_s=5)
    many.feed.batch("2026-02-28T00:00:00+0000", currency="USD", timeout_s=5)
    many.missing(5)
    assert server.operations == SENT_BY_TESTS
    whole = {value for name, value in vars(asked).items() if name.isupper() and name not in ("EXPORT", "STOCK")}
    exports = {asked.EXPORT.format(one) for one in (asked.PRODUCT, asked.TEXTS, "code")}
    assert {sent.query["fields"] for sent in server.sent} == whole | exports
    assert not server.refused


def test_no_preset_is_ever_asked_for() -> None:
    whole = " ".join(value for name, value in vars(asked).items() if name.isupper())
    assert not re.search(r"\b(BASIC|DEFAULT|FULL)\b", whole)
    assert selection("a,b(c,d(e)),f") == {"a": {}, "b": {"c": {}, "d": {"e": {}}}, "f": {}}
