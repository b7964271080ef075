import sqlite3
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from shopping import KEY, buy, put
from small_vitrine import SmallVitrine

ADA = {"name": "Ada Li", "email": "ada@example.org"}


def join(visitor: FlaskClient) -> str:
    return str(visitor.post("/account/join", data=ADA).location)


def token_of(vitrine: SmallVitrine) -> str:
    return str(vitrine.bodies[-1]["customer"]["token"])


def told_of(visitor: FlaskClient, route: str, token: str) -> dict[str, object]:
    return dict(visitor.get(f"/signals/v1/{route}", headers={**KEY, "Shopper-Token": token}).get_json())


def test_who_joins_is_welcomed_by_name_and_is_a_customer(served: FlaskClient, vitrine: SmallVitrine) -> None:
    where = join(served)
    page = served.get(where).text
    customer = told_of(served, "customer", token_of(vitrine))

    assert "/account/welcome" == where
    assert "Welcome, Ada Li" in page
    assert ("consumer", True, "green", 0) == tuple(
        customer[name] for name in ("kind", "is_member", "loyalty_tier", "loyalty_points")
    )
    assert [] == told_of(served, "orders", token_of(vitrine))["orders"]
    by_id = {**KEY, "Customer-Id": str(customer["key"])}
    assert customer["key"] == dict(served.get("/signals/v1/customer", headers=by_id).get_json())["key"]


def test_who_joins_keeps_the_cart_and_their_orders(served: FlaskClient, vitrine: SmallVitrine) -> None:
    put(served, "pothos")
    join(served)
    served.get("/cart")
    assert vitrine.bodies[-1]["cart"]["token"].startswith("cart-")
    assert [{"sku": "pothos", "quantity": 1}] == lines_of(served, vitrine)
    buy(served, "plant-food")
    served.get("/account")

    assert 1 == len(list(told_of(served, "orders", token_of(vitrine))["orders"]))  # type: ignore[call-overload]
    assert 1 == told_of(served, "traits", token_of(vitrine))["traits"]["loyalty.stamps"]  # type: ignore[index]


def lines_of(served: FlaskClient, vitrine: SmallVitrine) -> list[dict[str, object]]:
    cart = told_of(served, "cart", vitrine.bodies[-1]["cart"]["token"])
    return [{"sku": line["sku"], "quantity": line["quantity"]} for line in cart["lines"]]  # type: ignore[attr-defined]


def test_neither_name_nor_address_is_stored(visitor: FlaskClient, data: Path) -> None:
    join(visitor)
    visitor.post("/subscribe", data={"email": "ada@example.org"})
    with sqlite3.connect(data / "shop.sqlite") as db:
        dump = "\n".join(db.iterdump())

    assert "cu-m-" in dump
    assert "Ada" not in dump
    assert "ada@" not in dump


@pytest.mark.parametrize("given", [{"name": "", "email": "a@b.co"}, {"name": "Ada", "email": "nonsense"}, {}])
def test_joining_wants_a_name_and_an_address(visitor: FlaskClient, given: dict[str, str]) -> None:
    assert "/account" == visitor.post("/account/join", data=given).location
    assert "/account" == visitor.get("/account/welcome").location


def test_who_is_a_customer_does_not_join_again(visitor: FlaskClient) -> None:
    visitor.post("/visit-as", data={"visitor": "loyal"})

    assert "/account" == join(visitor)
    assert "Hello, Amara Okafor" in visitor.get("/account").text


def test_who_leaves_is_a_guest_with_an_empty_cart(visitor: FlaskClient) -> None:
    join(visitor)
    put(visitor, "pothos")
    visitor.post("/account/leave")

    assert 'action="/account/join"' in visitor.get("/account").text
    assert "Your cart is still empty." in visitor.get("/cart").text


def test_an_account_is_the_one_persons_who_made_it(visitor: FlaskClient) -> None:
    join(visitor)
    visitor.post("/visit-as", data={"visitor": "guest"})
    other = visitor.get("/account").text
    visitor.post("/visit-as", data={"visitor": ""})

    assert "Hello, Ada Li" not in other
    assert "Hello, Ada Li" in visitor.get("/account").text


def test_the_account_page_has_the_stamp_card_of_a_consumer_only(visitor: FlaskClient) -> None:
    visitor.post("/visit-as", data={"visitor": "vip"})
    vip = visitor.get("/account").text
    visitor.post("/visit-as", data={"visitor": "wholesale"})

    assert (8, 1) == (vip.count("stamp is-full"), vip.count("stamp is-free"))
    assert "2 more and it is free" in vip
    assert " · VIP" in vip
    assert "stamp-row" not in visitor.get("/account").text


def test_an_application_for_a_trade_account_is_pending_and_changes_nothing(
    served: FlaskClient, vitrine: SmallVitrine
) -> None:
    join(served)
    where = served.post("/account/trade", data={"company": "Li & Co"}).location
    page = served.get(where).text
    served.get("/account")
    customer = told_of(served, "customer", token_of(vitrine))

    assert "Li &amp; Co: we are looking at it" in page
    assert ("consumer", [], None) == tuple(customer[name] for name in ("kind", "groups", "company"))


def test_a_company_that_has_a_trade_account_is_not_asked_to_apply(visitor: FlaskClient) -> None:
    visitor.post("/visit-as", data={"visitor": "lobby-bronze"})
    page = visitor.get("/account/trade").text

    assert "Lobby &amp; Leaf has a trade account" in page
    assert 'action="/account/trade"' not in page


def test_a_customer_who_subscribes_is_known_to_have(served: FlaskClient, vitrine: SmallVitrine) -> None:
    join(served)
    where = served.post("/subscribe", data={"email": "ada@example.org"}).location
    page = served.get(where).text
    served.get("/account")

    assert "You are on the list" in page
    assert ["newsletter"] == told_of(served, "customer", token_of(vitrine))["tags"]


def test_a_demo_customer_who_subscribes_is_tagged_once(served: FlaskClient, vitrine: SmallVitrine) -> None:
    tagged = {}
    for who in ("new-account", "loyal"):
        served.post("/visit-as", data={"visitor": who})
        served.post("/subscribe", data={"email": "ada@example.org"})
        served.get("/account")
        tagged[who] = told_of(served, "customer", token_of(vitrine))["tags"]

    assert {"new-account": ["newsletter"], "loyal": ["newsletter"]} == tagged


def test_a_guest_may_subscribe_and_nonsense_leads_back(visitor: FlaskClient) -> None:
    assert "/subscribe/thanks" == visitor.post("/subscribe", data={"email": "ada@example.org"}).location
    assert "/subscribe" == visitor.post("/subscribe", data={"email": "ada"}).location
