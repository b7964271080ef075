"""A reference that the shop's server signed stands for the shopper's own tokens."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jwt
import pytest
from corner import NOW, CornerShop, corner_site
from flask.testing import FlaskClient

from cms.delivery.references import References
from cms.errors import CmsError
from cms.facts.signals import Customer, Shopper, Signal

KEY, OLD, LONG = "k" * 32, "o" * 32, "l" * 64
SOON = int(NOW.timestamp()) + 900


class Vouched(CornerShop):
    """A shop that can be asked by a customer's id."""

    def _value(self, signal: Signal, shopper: Shopper) -> Any:
        if signal is Signal.CUSTOMER and shopper.customer_id == "c-1":
            return Customer("c-1", loyalty_tier="gold")
        return super()._value(signal, shopper)


@pytest.fixture
def shop() -> CornerShop:
    return Vouched()


@pytest.fixture
def web(shop: CornerShop, deliver: Callable[..., FlaskClient]) -> FlaskClient:
    return deliver(corner_site(), shop, references=References([KEY, OLD, LONG]))


def signed(key: str = KEY, **claims: Any) -> str:
    return jwt.encode({"customer": "c-1", "exp": SOON} | claims, key, algorithm="HS256")


def asked(shop: CornerShop, signal: Signal) -> list[Shopper]:
    return [shopper for one, shopper in shop.asked if one is signal]


def post(web: FlaskClient, reference: str, **body: Any) -> Any:
    answer = web.post("/v1/pages/cart", json={"customer": {"reference": reference}} | body)
    assert answer.status_code == 200
    return answer.json


@pytest.mark.parametrize("key", [KEY, OLD])
def test_a_customer_whom_the_shop_vouches_for_is_asked_by_id(web: FlaskClient, shop: CornerShop, key: str) -> None:
    answer = post(web, signed(key))

    assert [Shopper(customer_id="c-1")] == asked(shop, Signal.CUSTOMER)
    assert [] == answer["degraded"]


def test_a_cart_that_the_shop_vouches_for_is_asked_with_its_customer(web: FlaskClient, shop: CornerShop) -> None:
    post(web, signed(cart="cart-7"))

    assert [Shopper(cart_id="cart-7", customer_id="c-1")] == asked(shop, Signal.CART)


def test_the_shoppers_own_token_goes_before_an_id(web: FlaskClient, shop: CornerShop) -> None:
    web.post("/v1/pages/cart", json={"customer": {"reference": signed(), "token": "gold"}})

    assert [Shopper(customer_token="gold")] == asked(shop, Signal.CUSTOMER)


BAD = {
    "signed by a stranger": lambda: signed("s" * 32),
    "ended": lambda: signed(exp=int(NOW.timestamp()) - 61),
    "ends in a day": lambda: signed(exp=int(NOW.timestamp()) + 86_400),
    "ends never": lambda: jwt.encode({"customer": "c-1"}, KEY, algorithm="HS256"),
    "ends at a fraction": lambda: signed(exp=SOON + 0.5),
    "ends at true": lambda: signed(exp=True),
    "unsigned": lambda: jwt.encode({"customer": "c-1", "exp": SOON}, None, algorithm="none"),
    "another algorithm": lambda: jwt.encode({"customer": "c-1", "exp": SOON}, LONG, algorithm="HS512"),
    "one letter changed": lambda: signed()[:-2] + ("A" if signed()[-2] != "A" else "B") + signed()[-1],
    "not a text": lambda: signed(customer=7),
    "empty id": lambda: signed(customer=""),
    "of another visitor": lambda: signed(visitor="v-2"),
    "no reference": lambda: "x.y.z",
}


@pytest.mark.parametrize("why", BAD)
def test_a_reference_that_is_not_good_vouches_for_nothing_and_the_page_is_answered(
    web: FlaskClient, shop: CornerShop, why: str
) -> None:
    answer = post(web, BAD[why](), visitor="v-1")

    assert [] == asked(shop, Signal.CUSTOMER)
    assert {"signal": "customer", "why": "bad-reference"} in answer["degraded"]
    assert answer["slots"].keys() == post(web, signed())["slots"].keys()


def test_without_keys_no_reference_is_believed(deliver: Callable[..., FlaskClient], shop: CornerShop) -> None:
    post(deliver(corner_site(), shop), signed())

    assert [] == asked(shop, Signal.CUSTOMER)


def test_without_consent_nobody_is_asked_by_id(web: FlaskClient, shop: CornerShop) -> None:
    post(web, signed(cart="cart-7"), facts={"visitor.consent": False})

    assert [] == asked(shop, Signal.CUSTOMER) + asked(shop, Signal.CART)


def test_a_key_that_can_be_guessed_is_refused_at_the_start() -> None:
    with pytest.raises(CmsError, match="32 characters"):
        References(["short"])


def test_the_documented_reference_is_good() -> None:
    docs = (Path(__file__).parents[2] / "docs" / "http-api.md").read_text()
    [example] = re.findall(r"```python\n(reference = .*)\n```", docs)
    names: dict[str, Any] = {"jwt": jwt, "time": _Clock(), "key": KEY}
    exec(example, names)

    found = References([KEY]).read(names["reference"], now=NOW)

    assert found is not None
    assert "cu-ana" == found.customer


class _Clock:
    @staticmethod
    def time() -> float:
        return NOW.timestamp()
