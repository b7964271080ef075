"""What makes SAP Commerce hard: its errors, what it leaves out, whose answer it is, and addresses that mean somebody else."""

from collections.abc import Callable
from typing import Any

import pytest
from commerce.contract_openapi import Said, Server
from commerce.sap.occ_world import (
    ANNA,
    ANNAS_TOKEN,
    CAMERA,
    CART,
    CHARGER,
    GUID,
    HISTORY,
    USER,
    ask,
    connected,
    exported,
    paged,
    price,
    refused,
)

from cms.commerce.adapters.sap.forms import money, stock
from cms.commerce.failures import ERROR, GARBAGE, MISMATCH, ShopError
from cms.facts.signals import Answer, Cart, Found, Shopper, Signal

Serve = Callable[..., Server]
GUEST = Shopper(cart_token=GUID)
ANNAS_CART = Shopper(cart_token=f"Bearer {ANNAS_TOKEN}")
ANNA_HERSELF = Shopper(customer_token=ANNAS_TOKEN)
ANNA_BY_REFERENCE = Shopper(customer_id=ANNA)
UNKNOWN = Answer(Found.UNKNOWN_TOKEN)
NOT_FOUND = refused("CartError", reason="notFound", subject=GUID)


def failure(server: Server, signal: Signal, shopper: Shopper = GUEST, **options: Any) -> ShopError:
    with pytest.raises(ShopError) as failed:
        ask(server, signal, shopper, **options)
    assert GUID not in failed.value.message
    assert ANNA not in failed.value.message
    return failed.value


@pytest.mark.parametrize(
    ("operation", "said", "signal", "shopper"),
    [
        ("getCart", NOT_FOUND, Signal.CART, GUEST),
        ("getCart", refused("CartError", reason="expired"), Signal.CART, GUEST),
        ("getUser", refused("UnknownIdentifierError"), Signal.CUSTOMER, ANNA_BY_REFERENCE),
        ("getUserOrderHistory", refused("UnknownIdentifierError", 404), Signal.ORDERS, ANNA_BY_REFERENCE),
        ("getUser", refused("InvalidTokenError", 401), Signal.CUSTOMER, ANNA_HERSELF),
    ],
)
def test_what_is_not_there_is_an_unknown_token(
    serve: Serve, operation: str, said: Said, signal: Signal, shopper: Shopper
) -> None:
    assert ask(serve({operation: said}), signal, shopper) == UNKNOWN


@pytest.mark.parametrize("signal", [Signal.CART, Signal.CUSTOMER, Signal.ORDERS])
def test_a_token_that_has_ended_is_unknown_and_never_replaced_by_our_own(serve: Serve, signal: Signal) -> None:
    server = serve()
    assert ask(server, signal, Shopper(cart_token="Bearer old", customer_token="old")) == UNKNOWN
    assert not server.sent


def test_a_customer_without_a_cart_has_an_empty_one(serve: Serve) -> None:
    server = serve({"getCurrentOrgCart": refused("CartError", reason="notFound")})
    assert ask(server, Signal.CART, ANNAS_CART) == Answer(Found.FOUND, Cart((), "USD"))


def test_a_cart_in_which_nothing_lies_is_found_and_empty(serve: Serve) -> None:
    server = serve({"getCart": {"code": "1", "guid": GUID, "totalItems": 0}})
    assert ask(server, Signal.CART, GUEST, currency="EUR") == Answer(Found.FOUND, Cart((), "EUR"))


@pytest.mark.parametrize("token", ["current", "..", ".", "a/b", "a%2Fb", "a?b=c", "a b", "x" * 201, "", "Bearer "])
def test_no_cart_token_becomes_another_address(serve: Serve, token: str) -> None:
    server = serve()
    assert ask(server, Signal.CART, Shopper(cart_token=token)) == UNKNOWN
    assert server.sent + server.refused == []


@pytest.mark.parametrize("customer", ["current", "Current", "anonymous", "..", "a/orders"])
@pytest.mark.parametrize("signal", [Signal.CART, Signal.CUSTOMER, Signal.ORDERS])
def test_no_id_is_read_as_somebody_else(serve: Serve, customer: str, signal: Signal) -> None:
    server = serve()
    assert ask(server, signal, Shopper(cart_id="00001000", customer_id=customer)) == UNKNOWN
    assert server.sent + server.refused == []


@pytest.mark.parametrize(
    ("answers", "signal", "shopper"),
    [
        ({"getCart": {**CART, "guid": "another"}}, Signal.CART, GUEST),
        ({"getCart": {**CART, "code": GUID, "guid": "another"}}, Signal.CART, GUEST),
        ({"getCart": {**CART, "code": "2"}}, Signal.CART, Shopper(cart_id="1", customer_id=ANNA)),
        ({"getUser": {**USER, "customerId": "somebody-else"}}, Signal.CUSTOMER, ANNA_BY_REFERENCE),
        ({"getUserOrders": {"code": "another", "entries": []}}, Signal.ORDERS, ANNA_HERSELF),
    ],
)
def test_an_answer_about_somebody_else_is_thrown_away(
    serve: Serve, answers: Any, signal: Signal, shopper: Shopper
) -> None:
    failed = failure(serve(answers), signal, shopper)
    assert (failed.code, failed.ails) == (MISMATCH, False)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (refused("ForbiddenError", 403), (ERROR, False, 0.0)),
        (refused("UnsupportedCurrencyError"), (ERROR, False, 0.0)),
        (Said("not of OCC", 400), (ERROR, False, 0.0)),
        (refused("ServerError", 500), (ERROR, True, 0.0)),
        (Said({}, 503, {"Retry-After": "7"}), (ERROR, True, 7.0)),
        (Said({}, 429, {"Retry-After": "3"}), (ERROR, True, 3.0)),
    ],
)
def test_a_refusal_says_whether_the_shop_ails(serve: Serve, said: Said, expected: tuple[str, bool, float]) -> None:
    failed = failure(serve({"getCart": said}), Signal.CART)
    assert (failed.code, failed.ails, failed.retry_after_s) == expected


@pytest.mark.parametrize(
    "wrong",
    [
        {"totalItems": 2, "entries": None},
        {"totalItems": 2, "entries": []},
        {"entries": [{"quantity": 1}]},
        {"entries": [{"quantity": "1", "product": {"code": "x"}}]},
        {"subTotal": price(10.125)},
        {"subTotal": price(-1)},
        {"subTotal": {"value": "10", "currencyIso": "USD"}},
        {"subTotal": {"value": True, "currencyIso": "USD"}},
        {"subTotal": price(10, "EUR")},
        {"totalPrice": price(10, "dollars")},
        {"appliedOrderPromotions": [{"promotion": {}}]},
    ],
)
def test_a_cart_of_another_form_is_no_answer(serve: Serve, wrong: Any) -> None:
    assert failure(serve({"getCart": Said({**CART, **wrong}, wrong=True)}), Signal.CART).code == GARBAGE


def test_fields_that_we_did_not_ask_for_are_the_shops_own(serve: Serve) -> None:
    whole = Said({**CART, "loyaltyStars": 5, "entries": [{**CART["entries"][0], "gift": {}}]}, wrong=True)
    assert len(ask(serve({"getCart": whole}), Signal.CART, GUEST).value.lines) == 1


def test_promotions_that_occ_does_not_tell_are_unknown(serve: Serve) -> None:
    silent = {key: value for key, value in CART.items() if key != "appliedProductPromotions"}
    assert ask(serve({"getCart": silent}), Signal.CART, GUEST).value.promotions is None


@pytest.mark.parametrize(
    ("value", "currency", "amount"),
    [(1200.0, "JPY", "1200.0"), (1.234, "KWD", "1.234"), (0.1, "USD", "0.1"), (99, "USD", "99")],
)
def test_money_is_read_as_it_is_written(value: float, currency: str, amount: str) -> None:
    assert money(price(value, currency)) == {"amount": amount, "currency": currency}


@pytest.mark.parametrize(("code", "each"), [("USD", "33.33"), ("JPY", "33"), ("KWD", "33.333")])
def test_a_price_for_one_is_rounded_to_what_the_currency_has(serve: Serve, code: str, each: str) -> None:
    entry = {"quantity": 3, "totalPrice": price(100, code), "product": {"code": "x"}}
    cart = {"guid": GUID, "totalItems": 1, "totalPrice": price(100, code), "entries": [entry]}
    (line,) = ask(serve({"getCart": cart}), Signal.CART, GUEST).value.lines
    assert str(line.unit_price) == each


@pytest.mark.parametrize(
    ("told", "units"),
    [
        ({"stockLevel": 7, "stockLevelStatus": "inStock"}, 7),
        ({"stockLevel": 7, "stockLevelStatus": "lowStock", "isValueRounded": False}, 7),
        ({"stockLevel": 10, "stockLevelStatus": "inStock", "isValueRounded": True}, None),
        ({"stockLevelStatus": "inStock"}, None),
        ({"stockLevel": 3, "stockLevelStatus": "outOfStock"}, 0),
        ({"stockLevel": -2, "stockLevelStatus": "lowStock"}, 0),
        (None, None),
    ],
)
def test_stock_is_a_number_only_where_occ_tells_one(told: Any, units: int | None) -> None:
    assert stock({"stock": told}) == units


def test_a_history_that_is_too_long_is_no_answer(serve: Serve) -> None:
    server = serve({"getUserOrderHistory": lambda request: paged(HISTORY, "orders", request, pages=200)})
    failed = failure(server, Signal.ORDERS, ANNA_HERSELF)
    assert (failed.code, failed.ails, len(server.sent)) == (ERROR, False, 1)


def test_a_history_is_read_to_its_end_where_the_shop_keeps_pages_small(serve: Serve) -> None:
    server = serve({"getUserOrderHistory": lambda request: paged(HISTORY[:1], "orders", request, pages=7)})
    assert len(ask(server, Signal.ORDERS, ANNA_HERSELF, order_lines=0).value) == 7


def test_more_orders_than_may_be_opened_are_no_answer_rather_than_half_of_one(serve: Serve) -> None:
    server = serve()
    assert "order_lines allows to open (1)" in failure(server, Signal.ORDERS, ANNA_HERSELF, order_lines=1).message
    assert [sent.operation for sent in server.sent] == ["getUserOrderHistory"]


def test_one_bad_product_costs_only_itself(serve: Serve) -> None:
    bad = {**CAMERA, "code": "bad", "price": {"value": 1}}
    server = serve({"getExportedProducts": Said(exported(bad, CHARGER), wrong=True)})
    batch = connected(server.url).feed.batch("", currency="USD", timeout_s=5)
    assert set(batch.products) == {"300938"}


@pytest.mark.parametrize(
    "wrong", [{"products": [{}]}, {"totalPageCount": "1"}, {"products": [{"code": "x"}]}, {"products": 5}]
)
def test_a_catalogue_of_another_form_is_no_answer(serve: Serve, wrong: Any) -> None:
    server = serve({"getExportedProducts": Said({**exported(CAMERA), **wrong}, wrong=True)})
    with pytest.raises(ShopError) as failed:
        connected(server.url).feed.batch("", currency="USD", timeout_s=5)
    assert failed.value.code == GARBAGE
