"""The answers that Salesforce publishes in its specs, through the real parser: all that this adapter has a question for."""

from collections import Counter
from typing import Any

import pytest
from commerce.contract_openapi import Said
from commerce.salesforce.site import PREFIXES, Site, connected, jwt, published

from cms.commerce.adapters.salesforce.forms import Habits, cart_form, orders_form, products_form, units_of
from cms.commerce.payloads import CartPayload, OrdersPayload, read, sound_products
from cms.facts.signals import Cart, Customer, Found, Shopper, Signal

ACCOUNT = "abfTEMDZOgi3JPrkHjv9IhoziM"  # whom the examples are about
OURS = Shopper(cart_token=jwt(ACCOUNT), customer_token=jwt(ACCOUNT))
_ASKED = {
    "getBasket", "getCustomer", "getCustomerBaskets", "getCustomerOrders", "getOrder", "getProduct", "getAvailability",
    "getPromotions", "getPromotionsForCampaign",
}  # fmt: skip


def examples() -> list[tuple[str, str, Any]]:
    """List spec, operation and body of each published answer 200 to a GET."""
    return [
        (name, operation.id, body)
        for name in PREFIXES
        for operation in published(name).operations.values()
        if operation.method == "get"
        for body in published(name).examples(operation.id)
        if "200" in operation.data["responses"]
    ]


def asked(signal: Signal, operation: str, body: object, **options: Any) -> Any:
    site = Site()
    site.tokens.append(jwt(ACCOUNT))
    with site.open(**{operation: Said(body, wrong=True)}) as server:
        made = connected(server, **options)
        return made.source.fetch(signal, OURS, currency="USD", timeout_s=5)


def parsed(operation: str, body: Any) -> object:
    """Make the normal form of an example, over HTTP where the adapter asks for just that."""
    match operation:
        case "getBasket":
            return read(CartPayload(), cart_form(body), operation)
        case "getOrder":
            return read(OrdersPayload(), orders_form([body]), operation)
        case "getProduct":
            named = body | {"names": {"": body["name"]}}
            return sound_products(products_form([named], {}, {}, "USD", Habits()))
        case "getAvailability":
            return {one["id"]: units_of(one) for one in body["data"]}
        case "getPromotions" | "getPromotionsForCampaign":
            return asked(Signal.PROMOTIONS, operation, body, campaigns=["spring"], promotions={"Buy5for50": {}}).value
    signals = {"getCustomer": Signal.CUSTOMER, "getCustomerBaskets": Signal.CART, "getCustomerOrders": Signal.ORDERS}
    return asked(signals[operation], operation, body).value


def test_every_published_answer_that_the_adapter_has_a_use_for_is_parsed() -> None:
    found = examples()
    useful = [(name, operation, body) for name, operation, body in found if operation in _ASKED]
    done = Counter(name for name, operation, body in useful if parsed(operation, body) is not None)
    for name in PREFIXES:
        count = sum(one[0] == name for one in found)
        print(f"{name}: {done[name]} parsed of {count} published answers to a GET")  # noqa: T201
    print(f"in all {done.total()} of {len(found)}")  # noqa: T201
    assert len(found) == 40
    assert done.total() == len(useful) == 13


def test_the_published_answers_mean_what_they_say() -> None:
    basket, _, _ = published("shopper-baskets-oas-v2-public").examples("getBasket")
    cart = parsed("getBasket", basket)
    assert isinstance(cart, Cart)
    assert str(cart.subtotal) == "599.97"
    assert [(line.sku, line.quantity, str(line.unit_price)) for line in cart.lines] == [("green-umbrella", 3, "199.99")]
    shuffles: Any = parsed("getProduct", published("shopper-products-oas-v1-public").example("getProduct"))
    assert len(shuffles) == 9
    assert str(shuffles["apple-ipod-shuffle-silver-1g"].price) == "45.99"
    assert shuffles["apple-ipod-shuffle-silver-1g"].categories == ("electronics-digital-media-players", "electronics")
    customer = parsed("getCustomer", published("shopper-customers-oas-v1-public").example("getCustomer"))
    assert customer == Customer(ACCOUNT)
    counted, lists = published("shopper-availability-oas-v1-public").examples("getAvailability")
    assert parsed("getAvailability", counted) == {"poodle-collar": 100, "poodle-coat": None}
    assert parsed("getAvailability", lists) == {"poodle-collar": 105, "poodle-coat": 7115}
    promotions: Any = parsed("getPromotions", published("shopper-promotions-oas-v1-public").example("getPromotions"))
    assert [one.key for one in promotions] == ["buy5for50", "5-off-ties-promotion"]


@pytest.mark.parametrize("operation", ["getAccessToken", "getTrustedSystemAccessToken"])
def test_the_published_tokens_are_tokens(operation: str) -> None:
    site = Site()
    body = published("auth-oas-v1-public").example(operation)
    with site.open(**{operation: body}) as server:
        made = connected(server, promotions={"a": {}}, trusted_system=True)
        if operation == "getTrustedSystemAccessToken":  # its example is of before SLAS named the customer in a token
            answer = made.source.fetch(Signal.CUSTOMER, Shopper(customer_id="ada"), currency="USD", timeout_s=5)
            assert answer.found is Found.UNKNOWN_TOKEN
        else:
            assert made.missing is not None
            assert len(made.missing(5.0)) == 4
    assert operation in server.operations
