import json
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from openapi_schema_validator import OAS31Validator, oas31_format_checker
from openapi_spec_validator import validate
from shopping import Clock, buy

API = json.loads((Path(__file__).parents[2] / "docs" / "signals-api.json").read_text("utf-8"))
KEY = {"Authorization": "Bearer demo-service-key"}
ROUTES = ["/cart", "/customer", "/orders", "/traits", "/products", "/stock", "/promotions"]


def ask(
    shop: FlaskClient,
    path: str,
    *,
    token: str = "",
    key: dict[str, str] | None = None,
    ids: Mapping[str, str] | None = None,
) -> tuple[int, Any]:
    """Ask as Vitrine does; the answer must be what the document says for this route and status."""
    whose = ids or {"Shopper-Token": token}
    answer = shop.get(f"/signals/v1{path}", headers={**(KEY if key is None else key), **whose})
    told = API["paths"][path.split("?", maxsplit=1)[0]]["get"]["responses"][str(answer.status_code)]
    if "$ref" in told:
        told = API["components"]["responses"][told["$ref"].split("/")[-1]]
    schema = {**told["content"][answer.mimetype]["schema"], "components": API["components"]}
    OAS31Validator(schema, format_checker=oas31_format_checker).validate(answer.get_json())
    return answer.status_code, answer.get_json()


def test_the_document_is_sound_openapi() -> None:
    validate(API)


@pytest.mark.parametrize("route", ROUTES)
def test_nothing_is_told_without_the_service_key(visitor: FlaskClient, route: str) -> None:
    assert [(401, "unauthorized")] * 3 == [
        (status, body["code"])
        for status, body in (
            ask(visitor, route, token="cart-loyal", key=key)
            for key in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Bearer é"})
        )
    ]


@pytest.mark.parametrize("route", ["/cart", "/customer", "/orders", "/traits"])
def test_an_unknown_token_is_404(visitor: FlaskClient, route: str) -> None:
    status, body = ask(visitor, route, token="nobody")

    assert (404, "unknown-token") == (status, body["code"])


@pytest.mark.parametrize("route", ROUTES)
def test_a_currency_the_shop_does_not_sell_in_is_422(visitor: FlaskClient, route: str) -> None:
    status, body = ask(visitor, f"{route}?currency=EUR", token="customer-loyal")

    assert (422, "unknown-currency") == (status, body["code"])


def test_a_cart_tells_its_lines_and_what_applies(visitor: FlaskClient) -> None:
    _, cart = ask(visitor, "/cart", token="cart-loyal")

    assert {"bird-of-paradise": 1, "monstera": 1, "peperomia": 1} == {x["sku"]: x["quantity"] for x in cart["lines"]}
    assert {"amount": "209.00", "currency": "USD"} == cart["subtotal"]
    assert ["free-shipping", "plant-club"] == cart["promotions"]


def test_an_empty_cart_is_found(visitor: FlaskClient) -> None:
    status, cart = ask(visitor, "/cart", token="cart-returning")

    assert (200, []) == (status, cart["lines"])


def test_a_cart_is_priced_in_the_asked_currency(visitor: FlaskClient) -> None:
    _, cart = ask(visitor, "/cart?currency=TWD", token="cart-taipei")

    assert {"amount": "2070.00", "currency": "TWD"} == cart["subtotal"]


def test_the_wholesale_customer_is_told_with_company_and_group(visitor: FlaskClient) -> None:
    _, customer = ask(visitor, "/customer", token="customer-green-office")

    told = [customer[name] for name in ("kind", "groups", "company", "company_level", "account")]
    assert ["business", ["wholesale"], "Green Office Ltd", "gold", "ac-green-office"] == told


def test_orders_are_newest_first_and_begin_with_the_fig(visitor: FlaskClient) -> None:
    _, body = ask(visitor, "/orders", token="customer-fig")
    placed = [order["placed_at"] for order in body["orders"]]

    assert sorted(placed, reverse=True) == placed
    assert "fiddle-leaf-fig" == body["orders"][0]["lines"][0]["sku"]


def test_traits_leave_out_what_cart_customer_and_orders_tell(visitor: FlaskClient) -> None:
    _, body = ask(visitor, "/traits", token="customer-at-risk")

    assert "at-risk" == body["traits"]["rfm.class"]
    assert not any(name.startswith(("cart.", "customer.", "orders.", "bought[")) for name in body["traits"])


def test_products_are_all_or_the_asked_ones_without_those_that_are_not_sold(visitor: FlaskClient) -> None:
    _, every = ask(visitor, "/products")
    _, some = ask(visitor, "/products?sku=pothos&sku=no-such&sku=string-of-pearls&currency=TWD")

    assert 37 == len(every["products"])
    assert [("pothos", 64), ("string-of-pearls", 0)] == [(p["sku"], p["stock"]) for p in some["products"]]
    assert {"amount": "690.00", "currency": "TWD"} == some["products"][0]["price"]


def test_a_product_tells_what_people_compare_and_where_it_sells(visitor: FlaskClient) -> None:
    _, body = ask(visitor, "/products?sku=monstera-large")
    (product,) = body["products"]
    height = next(d["value"] for d in product["details"] if d["label"]["en"] == "Height")

    assert ("monstera", 243) == (product["parent"], product["review_count"])
    assert {"en": "110–130 cm", "zh-Hans": "110–130 厘米", "zh-Hant": "110–130 公分"} == height


def test_popularity_is_told_by_country_and_region(visitor: FlaskClient) -> None:
    _, body = ask(visitor, "/products?sku=boston-fern&sku=gift-wrap")
    places = [product["popularity_in"] for product in body["products"]]

    assert (175, 98) == (places[0]["TW"], places[0]["US-OR"])
    assert {} == places[1]


def test_the_deal_of_the_day_costs_less_today_and_says_what_it_costs_regularly(
    visitor: FlaskClient, clock: Clock
) -> None:
    def reduced(currency: str) -> dict[str, tuple[str, str]]:
        _, body = ask(visitor, f"/products?currency={currency}")
        return {
            product["sku"]: (product["price"]["amount"], product["list_price"]["amount"])
            for product in body["products"]
            if product["list_price"] and product["sku"] != "calathea"
        }

    today = reduced("USD"), reduced("TWD")
    clock.pass_by(days=1)

    assert ({"grow-light": ("51.20", "64.00")}, {"grow-light": ("1536.00", "1920.00")}) == today
    assert {"pruning-shears": ("25.60", "32.00")} == reduced("USD")


def test_every_answer_about_a_shopper_says_by_a_digest_whom_it_answers(visitor: FlaskClient) -> None:
    digest = sha256(b"customer-loyal").hexdigest()

    assert [digest] * 3 == [
        ask(visitor, route, token="customer-loyal")[1]["for"] for route in ("/customer", "/orders", "/traits")
    ]
    assert sha256(b"cart-loyal").hexdigest() == ask(visitor, "/cart", token="cart-loyal")[1]["for"]


def test_a_customer_is_found_by_a_verified_id_and_named_in_the_answers(visitor: FlaskClient) -> None:
    _, by_token = ask(visitor, "/customer", token="customer-loyal")
    ids = {"Customer-Id": by_token["key"]}

    assert {**by_token, "for": sha256(by_token["key"].encode()).hexdigest()} == ask(visitor, "/customer", ids=ids)[1]
    assert [by_token["key"]] * 2 == [ask(visitor, route, ids=ids)[1]["customer"] for route in ("/orders", "/traits")]
    assert 404 == ask(visitor, "/customer", ids={"Customer-Id": "cu-nobody"})[0]


def test_a_cart_is_found_by_its_id_only_together_with_its_customers(visitor: FlaskClient) -> None:
    _, cart = ask(visitor, "/cart", token="cart-loyal")
    owner = ask(visitor, "/customer", token="customer-loyal")[1]["key"]

    assert cart["lines"] == ask(visitor, "/cart", ids={"Cart-Id": cart["id"], "Customer-Id": owner})[1]["lines"]
    assert [404, 404] == [
        ask(visitor, "/cart", ids=ids)[0]
        for ids in ({"Cart-Id": cart["id"]}, {"Cart-Id": cart["id"], "Customer-Id": "cu-green-office"})
    ]


def whole(shop: FlaskClient, currency: str = "USD") -> tuple[list[Any], str]:
    """Read the catalogue in parts, as a reader does that keeps a copy."""
    products: list[Any] = []
    cursor, more = "", True
    while more:
        _, part = ask(shop, f"/products?currency={currency}&cursor={cursor}")
        products += part["products"]
        cursor, more = part["cursor"], part["more"]
        assert len(part["products"]) <= 20
    return products, cursor


def changed(shop: FlaskClient, cursor: str) -> tuple[dict[str, int], str]:
    _, part = ask(shop, f"/products?currency=USD&cursor={cursor}")
    return {product["sku"]: product["stock"] for product in part["products"]}, part["cursor"]


def test_the_parts_of_the_catalogue_are_the_whole(visitor: FlaskClient) -> None:
    assert whole(visitor)[0] == ask(visitor, "/products")[1]["products"]


def test_after_the_last_part_only_what_has_changed_is_told(visitor: FlaskClient) -> None:
    _, cursor = whole(visitor)
    nothing, cursor = changed(visitor, cursor)
    visitor.post("/admin/stock", data={"sku": "pothos", "units": "3"})
    stock, cursor = changed(visitor, cursor)
    again, _ = changed(visitor, cursor)

    assert ({}, {"pothos": 3}, {}) == (nothing, stock, again)


def test_what_is_sold_while_the_parts_are_read_is_told_after_them(visitor: FlaskClient) -> None:
    _, first = ask(visitor, "/products?cursor=")
    visitor.post("/admin/stock", data={"sku": first["products"][0]["sku"], "units": "1"})
    _, last = ask(visitor, f"/products?cursor={first['cursor']}")

    assert {first["products"][0]["sku"]: 1} == changed(visitor, last["cursor"])[0]


def test_what_is_ordered_changes_the_stock_that_readers_are_told(visitor: FlaskClient) -> None:
    _, cursor = whole(visitor)
    buy(visitor, "pothos", "peperomia")

    assert {"pothos": 63, "peperomia": 43} == changed(visitor, cursor)[0]


def test_the_next_days_deal_and_the_last_ones_are_changes(visitor: FlaskClient, clock: Clock) -> None:
    _, cursor = whole(visitor)
    clock.pass_by(days=1)

    assert {"grow-light", "pruning-shears"} == set(changed(visitor, cursor)[0])


@pytest.mark.parametrize("cursor", ["nonsense", "a.b.c.d", "x.1.grow-light.", "....", "0.99999.grow-light."])
def test_a_cursor_that_leads_nowhere_is_410(visitor: FlaskClient, cursor: str) -> None:
    status, body = ask(visitor, f"/products?cursor={cursor}")

    assert (410, "unknown-cursor") == (status, body["code"])


def test_a_cursor_of_a_change_that_is_yet_to_come_is_410(visitor: FlaskClient) -> None:
    edition, change, rest = whole(visitor)[1].split(".", maxsplit=2)

    assert 410 == ask(visitor, f"/products?cursor={edition}.{int(change) + 1}.{rest}")[0]


def test_stock_is_told_apart(visitor: FlaskClient) -> None:
    _, body = ask(visitor, "/stock")

    assert {p["sku"]: p["stock"] for p in ask(visitor, "/products")[1]["products"]} == body["stock"]


def test_promotions_have_their_steps_in_the_asked_currency(visitor: FlaskClient) -> None:
    _, body = ask(visitor, "/promotions?currency=TWD")
    running = {promotion["key"]: promotion for promotion in body["promotions"]}
    steps = [(tier["threshold"]["amount"], tier["percent"]) for tier in running["plant-club"]["tiers"]]

    assert [("3000.00", 10), ("6000.00", 15), ("9000.00", 20)] == steps
    assert (True, "2300.00") == (
        running["free-shipping"]["free_shipping"],
        running["free-shipping"]["tiers"][0]["threshold"]["amount"],
    )
    assert ["wholesale"] == running["trade"]["groups"]
    assert [[], [], []] == [running[key]["tiers"] for key in ("plant-set", "deal-of-the-day", "stamp-card")]


def test_a_route_that_is_not_there_is_a_problem(visitor: FlaskClient) -> None:
    answer = visitor.get("/signals/v1/nothing", headers=KEY)

    assert (404, "application/problem+json", "not-found") == (
        answer.status_code,
        answer.mimetype,
        answer.get_json()["code"],
    )


def test_stock_that_is_set_in_the_back_room_shows_at_once(visitor: FlaskClient) -> None:
    visitor.post("/admin/stock", data={"sku": "pothos", "units": "0"})
    _, body = ask(visitor, "/products?sku=pothos")

    assert 0 == body["products"][0]["stock"]


@pytest.mark.parametrize(("sku", "units"), [("no-such", "1"), ("pothos", "-1"), ("pothos", "many"), ("pothos", "²")])
def test_stock_that_cannot_be_is_refused(visitor: FlaskClient, sku: str, units: str) -> None:
    assert 422 == visitor.post("/admin/stock", data={"sku": sku, "units": units}).status_code


def test_the_back_room_is_not_there_for_other_machines(visitor: FlaskClient) -> None:
    assert 404 == visitor.get("/admin/stock", environ_base={"REMOTE_ADDR": "10.0.0.7"}).status_code
