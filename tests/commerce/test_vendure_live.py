"""Adapter `vendure` and its bridge against a real Vendure, where one is installed (docs/commerce/vendure.md says how)."""

import time
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from queue import Empty, SimpleQueue
from typing import Any

import pytest
import requests
from commerce.vendure_server import VENDURE, Vendure, hook_settings, receiving, running_vendure
from graphql import GraphQLSchema, build_client_schema, get_introspection_query, parse, validate

from cms.commerce import connect, source_for
from cms.commerce.adapter import Connection, Hint
from cms.commerce.adapters.http.hooks import read_hook
from cms.commerce.adapters.vendure import ADAPTER, queries
from cms.commerce.connecting import Upstream
from cms.facts.money import Money
from cms.facts.signals import Answer, Cart, Customer, Found, Product, Promotion, Shopper, Signal, SignalSource, Tier
from cms.testing import Subject, breaches

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not VENDURE, reason="VITRINE_VENDURE_DIR names no folder with an installed Vendure"),
]
SECRET = "whsec_" + b64encode(b"the key of the bridge of these tests").decode()

GROUP = 'mutation { createCustomerGroup(input: { name: "Wholesale" }) { id } }'
CUSTOMER = """mutation { createCustomer(input: { firstName: "Ada", lastName: "Wu", emailAddress: "ada@example.test",
  customFields: { loyaltyTier: "gold", loyaltyPoints: 120, companyId: "acme" } }, password: "a-long-password") {
  ... on Customer { id } } }"""
IN_GROUP = (
    "mutation In($group: ID!, $who: ID!) { addCustomersToGroup(customerGroupId: $group, customerIds: [$who]) { id } }"
)
OUT_OF_GROUP = "mutation Out($group: ID!, $who: ID!) { removeCustomersFromGroup(customerGroupId: $group, customerIds: [$who]) { id } }"
PROMOTION = """mutation { createPromotion(input: { enabled: true,
  translations: [{ languageCode: en, name: "Spend 500" }],
  conditions: [{ code: "minimum_order_amount", arguments: [
    { name: "amount", value: "50000" }, { name: "taxInclusive", value: "true" }] }],
  actions: [{ code: "order_percentage_discount", arguments: [{ name: "discount", value: "10" }] }]
}) { ... on Promotion { id } } }"""
ROLE = """mutation Role($may: [Permission!]!) {
  createRole(input: { code: "r", description: "reads", permissions: $may }) { id } }"""
READER = """mutation Reader($role: ID!) { createAdministrator(input: { firstName: "V", lastName: "V",
  emailAddress: "reader@example.test", password: "reads-only-1", roleIds: [$role] }) { id } }"""


def clock() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - the shop under test lives in the present


class Receiver:
    """Where the bridge sends; `hints` are those of webhooks that are well signed."""

    def __init__(self) -> None:
        self._hints: SimpleQueue[tuple[Hint, float]] = SimpleQueue()

    def take(self, headers: Mapping[str, str], body: bytes) -> None:
        read = read_hook([SECRET])
        assert read is not None
        for hint in read(headers, body, clock()).hints:
            self._hints.put((hint, time.monotonic()))

    def told_after(self, hint: Hint, change: Callable[[], object]) -> float:
        """Make a change; gives the seconds from its answer, or its beginning, until the hint."""
        while not self._hints.empty():
            self._hints.get()
        began = time.monotonic()
        change()
        while True:
            try:
                told, at = self._hints.get(timeout=5)
            except Empty:
                pytest.fail(f"nobody told {hint}")
            if told == hint:
                return at - began


@pytest.fixture(scope="module")
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture(scope="module")
def vendure(tmp_path_factory: pytest.TempPathFactory, receiver: Receiver) -> Iterator[Vendure]:
    folder = tmp_path_factory.mktemp("vendure")
    with receiving(receiver.take) as url, running_vendure(VENDURE, folder, **hook_settings(url, SECRET)) as running:
        group = running.administer(GROUP)["createCustomerGroup"]["id"]
        ada = running.administer(CUSTOMER)["createCustomer"]["id"]
        running.administer(IN_GROUP, group=group, who=ada)
        running.administer(PROMOTION)
        running.change_product("1", customFields={"relatedIds": ["4"]})
        running.change("HB-1", stockOnHand=40)
        yield running


@pytest.fixture(scope="module")
def ada(vendure: Vendure) -> str:
    """Log a customer in who has bought two tents."""
    token = vendure.log_in("ada@example.test", "a-long-password")
    vendure.buy(vendure.add("TN-1", 2, token))
    return token


@pytest.fixture(scope="module")
def upstream(vendure: Vendure) -> Upstream:
    connection = Connection(vendure.url, "superadmin:superadmin", clock)
    return connect("vendure", connection, monotonic=time.monotonic)


@pytest.fixture(scope="module")
def shop(upstream: Upstream) -> SignalSource:
    return upstream.source


def ask(shop: SignalSource, signal: Signal, shopper: Shopper = Shopper()) -> Answer:  # noqa: B008 - immutable
    return shop.fetch(signal, shopper, currency="USD", timeout_s=20)


def products(shop: SignalSource) -> Mapping[str, Product]:
    found = ask(shop, Signal.CATALOGUE).value
    assert isinstance(found, dict)
    return found


@pytest.fixture(scope="module")
def schemas(vendure: Vendure) -> Mapping[str, GraphQLSchema]:
    def dumped(api: str) -> GraphQLSchema:
        said: Any = requests.post(f"{vendure.url}/{api}", json={"query": get_introspection_query()}, timeout=60).json()
        return build_client_schema(said["data"])

    return {api: dumped(api) for api in ("shop-api", "admin-api")}


FIELDS = "customFields { loyaltyTier loyaltyPoints companyId }"
LINKS = "customFields { " + queries.LINKED % "related" + " }"
ASKED = [
    ("shop-api", queries.CART + queries.FILED),
    ("shop-api", queries.CUSTOMER % FIELDS),
    ("shop-api", queries.ORDERS + queries.FILED),
    ("shop-api", queries.FIELDS),
    ("admin-api", queries.LOGIN),
    ("admin-api", queries.GROUPS),
    ("admin-api", queries.CART_OF + queries.FILED),
    ("admin-api", queries.CUSTOMER_OF % FIELDS),
    ("admin-api", queries.ORDERS_OF + queries.FILED),
    ("admin-api", queries.CATALOGUE % LINKS),
    ("admin-api", queries.CHANGES),
    ("admin-api", queries.PROMOTIONS),
    ("admin-api", queries.PERMISSIONS),
    ("admin-api", queries.FIELDS),
]


@pytest.mark.parametrize(("api", "query"), ASKED)
def test_the_servers_own_schema_takes_every_query(schemas: Mapping[str, GraphQLSchema], api: str, query: str) -> None:
    assert [str(error) for error in validate(schemas[api], parse(query))] == []
    assert validate(schemas[api], parse(query.replace("{", "{ unheardOf ", 1)))


def test_no_query_is_left_out() -> None:
    named = {name for name, value in vars(queries).items() if isinstance(value, str) and "query " in value[:10]}

    assert len({query.split("(")[0].split("{")[0] for _, query in ASKED}) == len(named | {"LOGIN"})


def test_the_adapter_keeps_what_every_adapter_promises(vendure: Vendure, ada: str) -> None:
    subject = Subject(
        adapter=ADAPTER,
        url=vendure.url,
        key="superadmin:superadmin",
        known=Shopper(cart_token=vendure.add("HB-1"), customer_token=ada),
        stranger=Shopper(cart_token="0" * 64, customer_token="0" * 64),
        clock_at=clock(),
    )

    assert [] == breaches(subject)


def test_a_guests_cart_is_read_as_it_changes(shop: SignalSource, vendure: Vendure) -> None:
    token = vendure.add("HB-1")

    def cart() -> Cart:
        found = ask(shop, Signal.CART, Shopper(cart_token=token)).value
        assert isinstance(found, Cart)
        return found

    before = cart()
    vendure.add("TN-1", token=token)
    after = cart()

    assert [(line.sku, line.categories) for line in before.lines] == [("HB-1", ("footwear",))]
    assert before.subtotal == Money(10680, "USD")
    assert [line.sku for line in after.lines] == ["HB-1", "TN-1"]
    assert after.subtotal == Money(28620, "USD")


def test_an_order_discount_does_not_lower_the_subtotal_that_thresholds_see(
    shop: SignalSource, vendure: Vendure
) -> None:
    cart = ask(shop, Signal.CART, Shopper(cart_token=vendure.add("L2201308"))).value

    assert isinstance(cart, Cart)
    assert cart.subtotal == Money(155880, "USD")
    assert cart.promotions == frozenset({"spend-500"})


def test_an_unknown_token_is_distinct_from_an_empty_cart(shop: SignalSource, ada: str) -> None:
    assert ask(shop, Signal.CART, Shopper(cart_token="0" * 64)) == Answer(Found.UNKNOWN_TOKEN)
    assert ask(shop, Signal.CART, Shopper(cart_token=ada)) == Answer(Found.FOUND, Cart((), "USD"))


def test_a_customer_with_group_and_company_is_known_by_token_and_by_id(shop: SignalSource, ada: str) -> None:
    expected = Customer(
        "1", kind="business", groups=frozenset({"wholesale"}), account="acme", loyalty_tier="gold", loyalty_points=120
    )

    assert ask(shop, Signal.CUSTOMER, Shopper(customer_token=ada)) == Answer(Found.FOUND, expected, whose="1")
    assert ask(shop, Signal.CUSTOMER, Shopper(customer_id="1")) == Answer(Found.FOUND, expected, whose="1")
    assert ask(shop, Signal.CUSTOMER, Shopper(customer_id="99")) == Answer(Found.UNKNOWN_TOKEN)


def test_the_settled_order_is_in_the_history_by_token_and_by_id(shop: SignalSource, ada: str) -> None:
    by_token = ask(shop, Signal.ORDERS, Shopper(customer_token=ada))

    assert isinstance(by_token.value, tuple)
    assert [[(line.sku, line.quantity, line.categories) for line in order.lines] for order in by_token.value] == [
        [("TN-1", 2, ("outdoor",))]
    ]
    assert ask(shop, Signal.ORDERS, Shopper(customer_id="1")) == by_token


def test_a_customers_cart_is_known_by_its_id_and_nobody_elses(shop: SignalSource, vendure: Vendure) -> None:
    token = vendure.log_in("ada@example.test", "a-long-password")
    cart_id = vendure.cart_id("HB-1", token)
    by_token = ask(shop, Signal.CART, Shopper(cart_token=token))

    assert by_token.found is Found.FOUND
    assert ask(shop, Signal.CART, Shopper(cart_id=cart_id, customer_id="1")) == by_token
    assert ask(shop, Signal.CART, Shopper(cart_id=cart_id, customer_id="2")) == Answer(Found.UNKNOWN_TOKEN)
    vendure.ask("shop-api", token, "mutation { removeAllOrderLines { __typename } }")


def test_the_promotion_gives_its_threshold(shop: SignalSource) -> None:
    assert ask(shop, Signal.PROMOTIONS).value == (Promotion("spend-500", (Tier(Money(50000, "USD"), 10),)),)


def test_the_merchants_relation_is_a_link(shop: SignalSource) -> None:
    found = products(shop)

    assert found["L2201308"].links == {"related": ("TN-1",)}
    assert found["L2201308"].price == Money(155880, "USD")


def test_each_change_of_the_catalogue_shows_in_the_next_reading(upstream: Upstream, vendure: Vendure, ada: str) -> None:
    shop = upstream.source
    stock = products(shop)["TN-1"].stock
    assert stock is not None
    vendure.change("HB-1", stockOnHand=0)
    assert products(shop)["HB-1"].stock == 0
    vendure.change("HB-1", stockOnHand=40, price=9900)
    assert products(shop)["HB-1"].price == Money(11880, "USD")
    vendure.buy(vendure.add("TN-1", token=ada))
    assert products(shop)["TN-1"].stock == stock - 1
    vendure.change("L2201516", enabled=False)
    assert "L2201516" not in products(shop)
    vendure.change("L2201516", enabled=True)
    vendure.administer('mutation { updateTaxRate(input: { id: "1", value: 10 }) { id } }')
    assert products(shop)["HB-1"].price == Money(10890, "USD")
    vendure.administer('mutation { updateTaxRate(input: { id: "1", value: 20 }) { id } }')
    vendure.change("HB-1", price=8900)
    assert len(products(shop)) == 5


def test_a_catalogue_in_which_nothing_has_changed_costs_one_small_question(shop: SignalSource) -> None:
    before = products(shop)
    began = time.monotonic()
    again = products(shop)
    print(f"\nreading what has changed took {(time.monotonic() - began) * 1000:.0f} ms")  # noqa: T201 - a figure, with -s

    assert again is before


def test_a_product_that_is_deleted_is_gone(shop: SignalSource, vendure: Vendure) -> None:
    created = vendure.administer(
        """mutation { createProduct(input: { translations: [{ languageCode: en, name: "Mug", slug: "mug", description: "" }] })
        { id } }"""
    )["createProduct"]["id"]
    variant = {
        "productId": created, "sku": "MUG", "price": 500, "stockOnHand": 3,
        "translations": [{"languageCode": "en", "name": "Mug"}],
    }  # fmt: skip
    vendure.administer(
        "mutation V($said: CreateProductVariantInput!) { createProductVariants(input: [$said]) { id } }", said=variant
    )
    assert products(shop)["MUG"].stock == 3
    vendure.administer("mutation D($id: ID!) { deleteProduct(id: $id) { result } }", id=created)

    assert "MUG" not in products(shop)


def test_the_doctor_is_told_what_a_reader_may_not_read(vendure: Vendure) -> None:
    role = vendure.administer(ROLE, may=["ReadCatalog", "ReadCustomer"])["createRole"]["id"]
    vendure.administer(READER, role=role)
    reader = Connection(vendure.url, "reader@example.test:reads-only-1", clock)
    connected = connect("vendure", reader, monotonic=time.monotonic).connected
    assert connected.missing is not None

    assert [sentence.split(":")[0] for sentence in connected.missing(10)] == [
        "the administrator lacks ReadPromotion",
        "the administrator lacks ReadOrder",
    ]
    assert len(products(source_for("vendure", url=vendure.url, key=reader.key, clock=clock))) == 5


def test_the_bridge_tells_of_each_change_within_a_second(vendure: Vendure, ada: str, receiver: Receiver) -> None:
    cart = vendure.add("HB-1")
    took = {
        "cart": receiver.told_after(Hint(Signal.CART, cart), lambda: vendure.add("TN-1", token=cart)),
        "stock": receiver.told_after(Hint(Signal.CATALOGUE), lambda: vendure.change("HB-1", stockOnHand=41)),
        "order": receiver.told_after(Hint(Signal.ORDERS, "1"), lambda: vendure.buy(vendure.add("HB-1", token=ada))),
        "group": receiver.told_after(
            Hint(Signal.CUSTOMER, "1"), lambda: vendure.administer(OUT_OF_GROUP, group="1", who="1")
        ),
        "promotion": receiver.told_after(
            Hint(Signal.PROMOTIONS),
            lambda: vendure.administer(
                'mutation { updatePromotion(input: { id: "1", enabled: false }) { __typename } }'
            ),
        ),
    }
    print("\nseconds from the beginning of the change to its webhook:", {k: round(v, 3) for k, v in took.items()})  # noqa: T201 - a figure, with -s

    assert max(took.values()) < 3
    assert took["cart"] < 1
