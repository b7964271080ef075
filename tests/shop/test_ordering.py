from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from small_vitrine import SmallVitrine

from cms.shop.app import create_app
from cms.shop.config import ShopConfig
from cms.shop.store import Store
from cms.shop.trade import open_shop

ADDRESS = {
    "name": "Ada Li", "email": "ada@example.org", "street": "Elm 1", "city": "Lund", "postcode": "22 100", "country": "Sweden",
}  # fmt: skip
KEY = {"Authorization": "Bearer demo-service-key"}


def put(visitor: FlaskClient, sku: str, quantity: int = 1) -> str:
    return visitor.post("/cart/add", data={"sku": sku, "quantity": quantity}, follow_redirects=True).text


def stock_of(visitor: FlaskClient, sku: str) -> int:
    return int(visitor.get(f"/signals/v1/products?sku={sku}", headers=KEY).get_json()["products"][0]["stock"])


def order(visitor: FlaskClient) -> str:
    """Go all the way from a full cart; gives the address of the confirmation."""
    assert "/payment" == visitor.post("/checkout", data=ADDRESS).location
    return str(visitor.post("/payment").location)


def test_a_guest_clicks_a_cart_of_69_together(visitor: FlaskClient) -> None:
    for _ in range(3):
        page = put(visitor, "pothos")

    assert "$69.00" in page
    assert "$74.00" in page


def test_quantities_change_and_zero_takes_the_line_out(visitor: FlaskClient) -> None:
    put(visitor, "pothos")
    four = visitor.post("/cart/update", data={"sku": "pothos", "quantity": "4"}, follow_redirects=True).text
    none = visitor.post("/cart/update", data={"sku": "pothos", "quantity": "0"}, follow_redirects=True).text

    assert "$92.00" in four
    assert "Your cart is still empty." in none


def test_what_a_guest_just_bought_stands_for_the_cart_on_the_confirmation(
    served: FlaskClient, vitrine: SmallVitrine
) -> None:
    put(served, "pothos", 2)
    served.get(order(served))

    assert {"lines": [{"sku": "pothos", "quantity": 2}]} == vitrine.bodies[-1]["cart"]


@pytest.mark.parametrize("quantity", ["-1", "1.5", "many", "٣", "", "1000000"])
def test_a_quantity_that_is_no_whole_number_is_refused(visitor: FlaskClient, quantity: str) -> None:
    assert 422 == visitor.post("/cart/add", data={"sku": "pothos", "quantity": quantity}).status_code


def test_no_more_is_sold_than_there_is(visitor: FlaskClient) -> None:
    put(visitor, "bird-of-paradise", 50)
    gone = put(visitor, "string-of-pearls")

    assert "<output>6</output>" in gone
    assert "We do not have more of it just now." in gone


def test_an_order_is_kept_takes_stock_and_empties_the_cart(visitor: FlaskClient) -> None:
    before = stock_of(visitor, "fiddle-leaf-fig")
    for sku in ("fiddle-leaf-fig", "zz-plant", "potting-mix"):
        put(visitor, sku)
    page = visitor.get(order(visitor)).text

    assert "$177.65" in page
    assert "Ada Li, Elm 1" in page
    assert before - 1 == stock_of(visitor, "fiddle-leaf-fig")
    assert "Your cart is still empty." in visitor.get("/cart").text


def test_an_order_of_a_customer_joins_the_history_that_the_api_tells(visitor: FlaskClient) -> None:
    visitor.post("/visit-as", data={"visitor": "wholesale"})
    where = order(visitor)
    history = visitor.get("/signals/v1/orders", headers={**KEY, "Shopper-Token": "customer-green-office"}).get_json()

    assert "/confirmation/" in where
    assert {"amount": "162.00", "currency": "USD"} == history["orders"][0]["total"]
    assert "4 × ZZ Plant" in visitor.get("/account").text


def test_a_confirmation_is_for_the_one_who_ordered(visitor: FlaskClient) -> None:
    put(visitor, "pothos")
    where = order(visitor)
    visitor.post("/visit-as", data={"visitor": "guest"})

    assert 404 == visitor.get(where).status_code


@pytest.mark.parametrize(("path", "step"), [("/checkout", "/cart"), ("/payment", "/cart")])
def test_an_empty_cart_leads_back(visitor: FlaskClient, path: str, step: str) -> None:
    assert step == visitor.get(path).location


def test_payment_wants_a_whole_address_first(visitor: FlaskClient) -> None:
    put(visitor, "pothos")

    assert "/checkout" == visitor.get("/payment").location
    assert "/checkout" == visitor.post("/checkout", data={**ADDRESS, "city": " "}).location


def test_what_sold_out_meanwhile_is_not_sold(visitor: FlaskClient) -> None:
    put(visitor, "pothos", 2)
    visitor.post("/admin/stock", data={"sku": "pothos", "units": "1"})

    assert "/cart" == order(visitor)


def test_a_shop_that_starts_again_keeps_its_carts(visitor: FlaskClient, data: Path) -> None:
    put(visitor, "pothos", 3)
    again = create_app(ShopConfig(data=data)).test_client()
    cookie = visitor.get_cookie("fern-and-pot")
    assert cookie is not None
    again.set_cookie("fern-and-pot", cookie.value)

    assert "$69.00" in again.get("/cart").text


def test_a_second_click_does_not_order_twice(data: Path) -> None:
    shop = open_shop(Store(data / "shop.sqlite"))
    totals, now = shop.totals("cart-loyal", "USD"), datetime(2026, 12, 2, tzinfo=UTC)
    orders = [shop.place_order("cart-loyal", totals, visitor="v", customer=None, address="", now=now) for _ in range(2)]

    assert [False, True] == [order is None for order in orders]
