"""The OAuth client, its tokens, and what the options can say."""

from collections.abc import Callable
from typing import Any

import pytest
from commerce.contract_openapi import Said, Server
from commerce.sap.occ_world import (
    CLIENT_TOKEN,
    GUID,
    TOKEN_PATH,
    ask,
    connected,
    give_token,
    refused,
)
from marshmallow import ValidationError

from cms.commerce.adapters.sap.api import Occ, client_tokens
from cms.commerce.failures import GARBAGE, ShopError
from cms.commerce.wire.transport import Transport
from cms.errors import CmsError
from cms.facts.signals import Found, Shopper, Signal

Serve = Callable[..., Server]
GUEST = Shopper(cart_token=GUID)


def test_an_access_token_that_is_refused_when_new_is_not_asked_for_again(serve: Serve) -> None:
    given = ["ended", CLIENT_TOKEN]
    server = serve(token=lambda _: Said({"access_token": given.pop(0), "expires_in": 43199}))
    source = connected(server.url).source
    with pytest.raises(ShopError, match="lacks a permission"):
        source.fetch(Signal.CART, GUEST, currency="USD", timeout_s=5)
    assert given == [CLIENT_TOKEN]


def test_one_access_token_serves_many_questions(serve: Serve) -> None:
    asked: list[str] = []

    def token(request: Any) -> Said:
        asked.append(request.path)
        return give_token(request)

    source = connected(serve(token=token).url).source
    for _ in range(3):
        source.fetch(Signal.CART, GUEST, currency="USD", timeout_s=5)
    assert len(asked) == 1


@pytest.mark.parametrize("said", [{}, {"access_token": "", "expires_in": 5}, {"access_token": "x", "expires_in": "5"}])
def test_a_token_endpoint_that_gives_no_token_is_garbage(serve: Serve, said: Any) -> None:
    with pytest.raises(ShopError) as failed:
        ask(serve(token=lambda _: Said(said)), Signal.CART, GUEST)
    assert failed.value.code == GARBAGE


def test_addresses_and_pictures_are_where_the_options_say(serve: Serve) -> None:
    server = serve()
    batch = connected(server.url, product_path="/product/{code}").feed.batch("", currency="USD", timeout_s=5)
    camera = batch.products["1934793"]
    assert (camera.url, camera.title) == ("/product/1934793", {"": "PowerShot A480"})
    assert camera.image == f"{server.url}/medias/camera.jpg?context=abc"
    assert batch.gone == {"powershot"}  # a base product is never sold


@pytest.mark.parametrize("signal", [Signal.TRAITS, Signal.PROMOTIONS, Signal.STOCK, Signal.COUNTERS])
def test_what_the_options_do_not_name_is_not_supplied(serve: Serve, signal: Signal) -> None:
    assert ask(serve(), signal).found is Found.UNSUPPORTED


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (refused("ForbiddenError", 403), "ROLE_TRUSTED_CLIENT"),
        (refused("InvalidResourceError"), "no such base site"),
        (refused("UnknownIdentifierError"), "cannot be exported: export answered 400 with UnknownIdentifierError"),
    ],
)
def test_the_doctor_hears_what_is_missing(serve: Serve, said: Said, sentence: str) -> None:
    (heard,) = connected(serve({"getExportedProducts": said}).url).missing(5)
    assert sentence in heard


def test_the_doctor_hears_of_no_permission_from_a_shop_that_is_down(serve: Serve) -> None:
    with pytest.raises(ShopError):
        connected(serve({"getExportedProducts": Said({}, 503)}).url).missing(5)


@pytest.mark.parametrize("key", ["", "vitrine", "vitrine:", ":s3cret"])
def test_a_key_of_another_form_is_refused_with_the_form(key: str) -> None:
    with pytest.raises(CmsError, match="client id:client secret"):
        connected("http://127.0.0.1:1", key=key)


def test_what_it_lacks_depends_on_the_options() -> None:
    always = {
        "customer.company_level",
        "customer.loyalty_tier",
        "customer.loyalty_points",
        "customer.is_member",
        "customer.tags",
    }
    orders = {"bought", "orders.quantity", "product.last_bought"}
    companies = {"customer.company", "customer.kind"}
    assert set(connected("http://x").source.lacks) == always | companies
    assert set(connected("http://x", b2b=True, order_lines=0).source.lacks) == always | orders
    assert set(connected("http://x", business_groups=["trade"]).source.lacks) == always | {"customer.company"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"site": "a/b"},
        {"product_path": "/product/"},
        {"languages": ["en"]},
        {"order_lines": 101},
        {"order_statuses": ["COMPLETED,ANY"]},
        {"promotions": [{"key": "x", "tiers": [{"thresholds": {"USD": "2"}}, {"thresholds": {"USD": "1"}}]}]},
        {"promotions": [{"key": "x", "tiers": [{"thresholds": {"USD": "1.005"}}]}]},
        {"promotions": [{"key": "two words"}]},
        {"colour": "red"},
    ],
)
def test_an_option_that_cannot_be_meant_is_refused_before_anything_is_asked(wrong: Any) -> None:
    with pytest.raises(ValidationError):
        connected("http://x", **wrong)


def test_an_access_token_that_the_shop_has_forgotten_is_renewed(serve: Serve) -> None:
    given, now_s = ["forgotten", CLIENT_TOKEN], [0.0]
    server = serve(token=lambda _: Said({"access_token": given.pop(0), "expires_in": 43199}))
    transport = Transport(server.url, monotonic=lambda: now_s[0])
    tokens = client_tokens(transport, TOKEN_PATH, "vitrine", "s3cret", "")
    tokens.get(5)
    now_s[0] = 60.0  # it is not new any more
    found = Occ(transport, tokens, "/occ/v2/electronics").ask("export/products", "totalPageCount", deadline=65)
    assert (found, given) == ({"totalPageCount": 1}, [])
