"""Adapter `vendure` against a real Vendure, where one is installed (docs/commerce.md says how)."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from cms.commerce import SignalClient, only, source_for
from cms.facts.money import Money
from cms.facts.signals import (
    Answer,
    Cart,
    Customer,
    Found,
    Product,
    Promotion,
    Shopper,
    Signal,
    SignalSource,
    Tier,
)
from cms.testing.adapters import breaches

VENDURE = os.environ.get("VITRINE_VENDURE_DIR", "")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not VENDURE, reason="VITRINE_VENDURE_DIR names no folder with an installed Vendure"),
]


def clock() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - the shop under test lives in the present


class Vendure:
    """The running server, seeded over HTTP."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.admin = ""
        self.ada = ""

    def ask(self, api: str, token: str, query: str) -> tuple[dict[str, Any], str]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        reply = requests.post(f"{self.url}/{api}", json={"query": query}, headers=headers, timeout=20)
        answer = reply.json()
        assert "errors" not in answer, answer
        return answer["data"], reply.headers.get("vendure-auth-token", "")

    def administer(self, query: str) -> dict[str, Any]:
        return self.ask("admin-api", self.admin, query)[0]

    def add_to_cart(self, variant: int, token: str = "") -> str:
        query = f'mutation {{ addItemToOrder(productVariantId: "{variant}", quantity: 1) {{ __typename }} }}'
        return self.ask("shop-api", token, query)[1]

    def set_stock(self, variant: int, on_hand: int) -> None:
        self.administer(
            f'mutation {{ updateProductVariants(input: [{{ id: "{variant}", stockOnHand: {on_hand} }}]) {{ id }} }}'
        )


LOGIN = 'mutation { login(username: "%s", password: "%s") { __typename } }'
GROUP = 'mutation { createCustomerGroup(input: { name: "Wholesale" }) { id } }'
CUSTOMER = """mutation { createCustomer(
  input: { firstName: "Ada", lastName: "Wu", emailAddress: "ada@example.test", customFields: { loyaltyTier: "gold" } },
  password: "a-long-password") { ... on Customer { id } } }"""
PROMOTION = """mutation { createPromotion(input: { enabled: true,
  translations: [{ languageCode: en, name: "Spend 500" }],
  conditions: [{ code: "minimum_order_amount", arguments: [
    { name: "amount", value: "50000" }, { name: "taxInclusive", value: "true" }] }],
  actions: [{ code: "order_percentage_discount", arguments: [{ name: "discount", value: "10" }] }]
}) { ... on Promotion { id } } }"""
ORDER = (
    'mutation { addItemToOrder(productVariantId: "5", quantity: 2) { __typename } }',
    """mutation { setOrderShippingAddress(input: { fullName: "Ada", streetLine1: "1 Road", city: "Ware",
       postalCode: "1", countryCode: "GB" }) { __typename } }""",
    'mutation { setOrderShippingMethod(shippingMethodId: ["1"]) { __typename } }',
    'mutation { transitionOrderToState(state: "ArrangingPayment") { __typename } }',
    'mutation { addPaymentToOrder(input: { method: "standard-payment", metadata: {} }) { __typename } }',
)


def seed(vendure: Vendure) -> None:
    vendure.admin = vendure.ask("admin-api", "", LOGIN % ("superadmin", "superadmin"))[1]
    group = vendure.administer(GROUP)["createCustomerGroup"]["id"]
    customer = vendure.administer(CUSTOMER)["createCustomer"]["id"]
    vendure.administer(
        f'mutation {{ addCustomersToGroup(customerGroupId: "{group}", customerIds: ["{customer}"]) {{ id }} }}'
    )
    vendure.administer(PROMOTION)
    vendure.administer('mutation { updateProduct(input: { id: "1", customFields: { relatedIds: ["4"] } }) { id } }')
    vendure.ada = vendure.ask("shop-api", "", LOGIN % ("ada@example.test", "a-long-password"))[1]
    for step in ORDER:
        vendure.ask("shop-api", vendure.ada, step)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


def installed_copy(folder: Path) -> Path:
    """Copy the scripts and the database as it was first filled; the modules are linked."""
    source = Path(VENDURE)
    for script in ("config.js", "server.js"):
        shutil.copy(source / script, folder)
    pristine = source / "shop.pristine.sqljs"
    shutil.copy(pristine if pristine.exists() else source / "shop.sqljs", folder / "shop.sqljs")
    (folder / "node_modules").symlink_to(source / "node_modules")
    return folder


def wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        assert process.poll() is None, "Vendure has ended"
        try:
            if requests.get(f"{url}/health", timeout=1).ok:
                return
        except requests.RequestException:
            time.sleep(0.1)
    pytest.fail("Vendure did not start within a minute")


@pytest.fixture(scope="module")
def vendure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vendure]:
    folder, port = installed_copy(tmp_path_factory.mktemp("vendure")), free_port()
    environment = {**os.environ, "PORT": str(port), "VENDURE_DISABLE_TELEMETRY": "true"}
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(["node", "server.js"], cwd=folder, env=environment, stdout=log, stderr=log)
    try:
        vendure = Vendure(f"http://127.0.0.1:{port}")
        wait_for(vendure.url, process)
        seed(vendure)
        yield vendure
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="module")
def shop(vendure: Vendure) -> SignalSource:
    return source_for("vendure", url=vendure.url, key="superadmin:superadmin", clock=clock)


def ask(shop: SignalSource, signal: Signal, shopper: Shopper = Shopper()) -> Answer:  # noqa: B008 - immutable
    return shop.fetch(signal, shopper, currency="USD", timeout_s=10)


def products(shop: SignalSource) -> Mapping[str, Product]:
    found = ask(shop, Signal.CATALOGUE).value
    assert isinstance(found, dict)
    return found


def test_the_adapter_keeps_what_every_adapter_promises(shop: SignalSource, vendure: Vendure) -> None:
    known = Shopper(cart_token=vendure.add_to_cart(4), customer_token=vendure.ada)

    assert breaches(shop, known=known, stranger=Shopper("0" * 64, "0" * 64), currency="USD") == []


def test_an_added_item_changes_the_cart_on_the_very_next_request(shop: SignalSource, vendure: Vendure) -> None:
    client = SignalClient(only(shop), clock=clock, monotonic=time.monotonic)
    token = vendure.add_to_cart(4)

    def cart() -> Cart:
        reading = client.read([Signal.CART], Shopper(cart_token=token), currency="USD", budget_s=5)[Signal.CART]
        assert reading.answer is not None
        assert isinstance(reading.answer.value, Cart)
        return reading.answer.value

    before = cart()
    vendure.add_to_cart(5, token)
    after = cart()
    client.close()

    assert [(line.sku, line.categories) for line in before.lines] == [("HB-1", ("footwear",))]
    assert before.subtotal == Money(10680, "USD")
    assert [line.sku for line in after.lines] == ["HB-1", "TN-1"]
    assert after.subtotal == Money(28620, "USD")


def test_an_order_discount_does_not_lower_the_subtotal_that_thresholds_see(
    shop: SignalSource, vendure: Vendure
) -> None:
    cart = ask(shop, Signal.CART, Shopper(cart_token=vendure.add_to_cart(1))).value

    assert isinstance(cart, Cart)
    assert cart.subtotal == Money(155880, "USD")
    assert cart.promotions == frozenset({"spend-500"})


def test_an_unknown_token_is_distinct_from_an_empty_cart(shop: SignalSource, vendure: Vendure) -> None:
    assert ask(shop, Signal.CART, Shopper(cart_token="0" * 64)) == Answer(Found.UNKNOWN_TOKEN)
    assert ask(shop, Signal.CART, Shopper(cart_token=vendure.ada)) == Answer(Found.FOUND, Cart((), "USD"))


def test_the_customers_group_makes_a_business_customer(shop: SignalSource, vendure: Vendure) -> None:
    found = ask(shop, Signal.CUSTOMER, Shopper(customer_token=vendure.ada)).value

    assert found == Customer("1", kind="business", groups=frozenset({"wholesale"}), loyalty_tier="gold")


def test_the_settled_order_is_in_the_history(shop: SignalSource, vendure: Vendure) -> None:
    orders = ask(shop, Signal.ORDERS, Shopper(customer_token=vendure.ada)).value

    assert isinstance(orders, tuple)
    assert [[(line.sku, line.quantity, line.categories) for line in order.lines] for order in orders] == [
        [("TN-1", 2, ("outdoor",))]
    ]


def test_the_promotion_gives_its_threshold(shop: SignalSource) -> None:
    assert ask(shop, Signal.PROMOTIONS).value == (Promotion("spend-500", (Tier(Money(50000, "USD"), 10),)),)


def test_a_stock_of_nought_shows_in_the_catalogue(shop: SignalSource, vendure: Vendure) -> None:
    before = products(shop)["HB-1"].stock
    vendure.set_stock(4, 0)
    after = products(shop)["HB-1"].stock
    vendure.set_stock(4, 40)

    assert (before, after) == (40, 0)


def test_the_merchants_relation_is_a_link(shop: SignalSource) -> None:
    found = products(shop)

    assert found["L2201308"].links == {"related": ("TN-1",)}
    assert found["L2201308"].price == Money(155880, "USD")
    assert found["TN-1"].stock == 10
