import sqlite3
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from shopping import ADDRESS, KEY, Clock, order, pay, put
from small_vitrine import SmallVitrine

from cms.shop.app import create_app
from cms.shop.catalogue import load_catalogue
from cms.shop.config import ShopConfig
from cms.shop.deals import deals_at
from cms.shop.store import Store
from cms.shop.trade import open_shop


def stock_of(visitor: FlaskClient, sku: str) -> int:
    return int(visitor.get(f"/signals/v1/products?sku={sku}", headers=KEY).get_json()["products"][0]["stock"])


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
    put(served, "pothos", quantity=2)
    served.get(order(served))

    assert {"lines": [{"sku": "pothos", "quantity": 2}]} == vitrine.bodies[-1]["cart"]


@pytest.mark.parametrize("quantity", ["-1", "1.5", "many", "٣", "", "1000000"])
def test_a_quantity_that_is_no_whole_number_is_refused(visitor: FlaskClient, quantity: str) -> None:
    assert 422 == visitor.post("/cart/add", data={"sku": "pothos", "quantity": quantity}).status_code


def test_no_more_is_sold_than_there_is(visitor: FlaskClient) -> None:
    put(visitor, "bird-of-paradise", quantity=50)
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
    put(visitor, "pothos", quantity=2)
    visitor.post("/admin/stock", data={"sku": "pothos", "units": "1"})

    assert "/cart" == pay(visitor)


def test_of_two_who_pay_for_the_last_one_only_one_gets_it(data: Path) -> None:
    shop = open_shop(Store(data / "shop.sqlite"), Clock())
    shop.store.set_stock("pothos", 1)
    priced = {}
    for token in ("one", "two"):
        shop.add(token, shop.catalogue.products["pothos"], 1, customer="", currency="USD")
        priced[token] = shop.totals(token, "USD")
    orders = [shop.place_order(token, priced[token], visitor=token, customer=None, address="") for token in priced]

    assert [False, True] == [order is None for order in orders]
    assert 0 == shop.store.stock()["pothos"]
    assert 1 == shop.totals("two", "USD").count


def test_what_is_added_while_an_order_is_placed_stays_in_the_cart(data: Path) -> None:
    shop = open_shop(Store(data / "shop.sqlite"), Clock())
    products = shop.catalogue.products
    shop.add("one", products["pothos"], 1, customer="", currency="USD")
    priced = shop.totals("one", "USD")
    shop.add("one", products["zz-plant"], 1, customer="", currency="USD")
    order = shop.place_order("one", priced, visitor="v", customer=None, address="")

    assert order is not None
    assert ["pothos"] == [line.sku for line in order.lines]
    assert ["zz-plant"] == [line.product.sku for line in shop.totals("one", "USD").lines]


def test_nobody_pays_another_price_than_the_one_that_was_shown(visitor: FlaskClient, clock: Clock) -> None:
    put(visitor, deals_at(load_catalogue(), clock())["USD"])
    visitor.post("/checkout", data=ADDRESS)
    total = _total(visitor.get("/payment").text)
    clock.pass_by(days=1)  # the deal of the day is over

    assert "/payment" == visitor.post("/payment", data={"total": total}).location
    page = visitor.get("/payment").text
    assert "A price changed while you were deciding." in page
    assert total != _total(page)
    assert "/order/extras" == visitor.post("/payment", data={"total": _total(page)}).location


def _total(page: str) -> str:
    return page.partition('name="total" value="')[2].partition('"')[0]


def test_the_longest_visit_fits_one_cookie(visitor: FlaskClient) -> None:
    long = "".join(chr(0x4E00 + 37 * place % 20000) for place in range(200))
    visitor.get("/", query_string={"utm_campaign": long, "scene": long, "utm_medium": long})
    products = visitor.get("/signals/v1/products", headers=KEY).get_json()["products"]
    for product in products[:20]:
        visitor.get(f"/p/{product['sku']}")
    for who in ("guest", "search-ad", "returning", "shanghai", "wechat-article"):
        visitor.post("/visit-as", data={"visitor": who})
        put(visitor, "pothos")
        visitor.post("/account/join", data={"name": long, "email": "ada@example.org"})
    visitor.post("/account/trade", data={"company": long})
    visitor.post("/checkout", data=dict.fromkeys(ADDRESS, long))
    cookie = visitor.get_cookie("fern-and-pot")

    assert cookie is not None
    assert len(cookie.value) < 4000


def test_a_shop_that_starts_again_keeps_its_carts(visitor: FlaskClient, data: Path) -> None:
    put(visitor, "pothos", quantity=3)
    again = create_app(ShopConfig(data=data)).test_client()
    cookie = visitor.get_cookie("fern-and-pot")
    assert cookie is not None
    again.set_cookie("fern-and-pot", cookie.value)

    assert "$69.00" in again.get("/cart").text


def test_a_second_click_does_not_order_twice(data: Path) -> None:
    shop = open_shop(Store(data / "shop.sqlite"), Clock())
    totals = shop.totals("cart-loyal", "USD")
    orders = [shop.place_order("cart-loyal", totals, visitor="v", customer=None, address="") for _ in range(2)]

    assert [False, True] == [order is None for order in orders]


def test_a_bundle_goes_into_the_cart_with_one_click(visitor: FlaskClient) -> None:
    page = put(visitor, "monstera", "pot-basket", "potting-mix", quantity=2)

    assert 3 == page.count("<output>2</output>")
    assert "Added to your cart." in page


def test_of_a_bundle_comes_what_there_is(visitor: FlaskClient) -> None:
    page = put(visitor, "string-of-pearls", "pot-terracotta")

    assert "Added, as far as we have it." in page
    assert 1 == page.count("<output>1</output>")


@pytest.mark.parametrize("skus", [[], [f"sku-{n}" for n in range(13)]])
def test_a_bundle_of_nothing_or_too_much_is_refused(visitor: FlaskClient, skus: list[str]) -> None:
    assert 422 == visitor.post("/cart/add", data={"sku": skus}).status_code


def test_a_bundle_with_something_that_is_not_sold_adds_nothing(visitor: FlaskClient) -> None:
    assert 404 == visitor.post("/cart/add", data={"sku": ["pothos", "no-such"]}).status_code
    assert "Your cart is still empty." in visitor.get("/cart").text


def test_what_one_needs_once_is_in_the_cart_once(visitor: FlaskClient) -> None:
    put(visitor, "gift-wrap", quantity=3)
    page = put(visitor, "gift-wrap")

    assert "We do not have more of it just now." in page
    assert "$6.00" in page
    assert "$12.00" not in page.split("Summary")[1].split("</dl>")[0]


def test_the_larger_plan_takes_the_place_of_the_smaller_one(visitor: FlaskClient) -> None:
    put(visitor, "pothos", "plant-protection")
    page = put(visitor, "plant-protection-plus").split('class="lines"')[1].split("</ul>")[0]

    assert "/p/plant-protection-plus" in page
    assert '/p/plant-protection"' not in page


def test_what_is_added_at_checkout_leads_back_to_checkout(visitor: FlaskClient) -> None:
    put(visitor, "pothos")
    add = {"sku": "potting-service"}
    here = visitor.post("/cart/add", data=add, headers={"Referer": "http://localhost/checkout"})
    elsewhere = visitor.post("/cart/add", data=add, headers={"Referer": "http://other.example/checkout"})

    assert ("/checkout", "/cart") == (here.location, elsewhere.location)


def test_express_is_chosen_at_checkout_and_can_be_taken_back(visitor: FlaskClient) -> None:
    put(visitor, "pothos")
    visitor.post("/checkout", data={**ADDRESS, "shipping": "express"})
    fast = visitor.get("/payment").text
    visitor.post("/checkout", data={**ADDRESS, "shipping": "standard"})
    slow = visitor.get("/payment").text

    assert ("$32.00" in fast, "Express shipping" in fast) == (True, True)
    assert ("$28.00" in slow, "Express shipping" in slow) == (True, False)


def test_express_from_the_cart_is_chosen_at_checkout_already_and_told_to_vitrine(visitor: FlaskClient) -> None:
    visitor.post("/visit-as", data={"visitor": "wholesale"})
    put(visitor, "express-shipping")
    page = visitor.get("/checkout").text
    cart = visitor.get("/signals/v1/cart", headers={**KEY, "Shopper-Token": "cart-green-office"}).get_json()

    assert 'value="express" checked' in page
    assert ("express", "180.00") == (cart["shipping_method"], cart["subtotal"]["amount"])
    assert {"zz-plant", "express-shipping"} == {line["sku"] for line in cart["lines"]}
    assert ["trade"] == cart["promotions"]


def test_services_alone_are_ordered_without_a_way_to_send_them(visitor: FlaskClient) -> None:
    put(visitor, "vip-year")

    assert 'name="shipping"' not in visitor.get("/checkout").text
    assert "$49.00" in visitor.get(order(visitor)).text


def test_payment_asks_for_nothing_else(visitor: FlaskClient) -> None:
    put(visitor, "pothos")
    visitor.post("/checkout", data=ADDRESS)
    page = visitor.get("/payment").text.split("<main")[1].split("</main>")[0]

    assert 1 == page.count("<form")
    assert "<dialog" not in page


def test_a_shop_of_an_older_release_gets_the_new_products_and_keeps_its_own(data: Path) -> None:
    store = Store(data / "shop.sqlite")
    store.set_stock("pothos", 3)
    with sqlite3.connect(data / "shop.sqlite") as db:
        db.execute("DELETE FROM stock WHERE sku = 'vip-year'")
        db.execute("DELETE FROM carts WHERE token = 'cart-vip'")
    stock = open_shop(store, Clock()).store.stock()

    assert (3, 9999) == (stock["pothos"], stock["vip-year"])
    assert store.cart("cart-vip") is not None
