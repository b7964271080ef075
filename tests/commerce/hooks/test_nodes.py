"""Two nodes with real clients and one shop: a webhook that reaches one of them makes both right."""

import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import ClassVar

import pytest
from hook_senders import PLAIN, hints_of, signed

from cms.commerce import SharedAnswers, SignalClient, only
from cms.commerce.hooks.fan_out import FanOut
from cms.commerce.hooks.reading import standard_reader
from cms.commerce.hooks.receiving import Hooks
from cms.commerce.hooks.seen import Seen
from cms.facts.signals import Answer, Customer, Found, Promotion, Shopper, Signal

ANA = Shopper(customer_token="token-of-ana")
Soon = Callable[[Callable[[], object]], object]


class Shop:
    """Promotions and a customer that change while everybody remembers them."""

    supplies = frozenset({Signal.PROMOTIONS, Signal.CUSTOMER})
    lacks: ClassVar[Mapping[str, str]] = {}

    def __init__(self) -> None:
        self.level = "old"

    def fetch(self, signal: Signal, shopper: Shopper, *, currency: str, timeout_s: float) -> Answer:
        if signal is Signal.CUSTOMER:
            return Answer(Found.FOUND, Customer("ana", loyalty_tier=self.level), "ana")
        return Answer(Found.FOUND, (Promotion(self.level),))


def clock() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - nodes share the wall clock


class Node:
    def __init__(self, name: str, shop: Shop, redis_url: str) -> None:
        monotonic = time.monotonic
        shared = SharedAnswers(redis_url, monotonic=monotonic)
        self.client = SignalClient(only(shop), clock=clock, monotonic=monotonic, shared=shared)
        self.others = FanOut(redis_url, self.client, node=name, monotonic=monotonic, quiet_s=0.1)
        reader = standard_reader([PLAIN], hints_of)
        assert reader is not None
        seen = Seen(redis_url, monotonic=monotonic)
        self.hooks = Hooks({"shop": reader}, self.client, seen=seen, others=self.others, monotonic=monotonic)

    def knows(self) -> set[str]:
        """Say what a page would be told of promotions and of the customer."""
        read = self.client.read([Signal.PROMOTIONS, Signal.CUSTOMER], ANA, currency="USD", budget_s=2)
        return {str(answer.value) for reading in read.values() if (answer := reading.answer)}

    def is_sent(self, key: str, body: bytes) -> None:
        now = clock()
        assert self.hooks.receive("shop", signed(body, at=int(now.timestamp()), key=key), body, now)

    def close(self) -> None:
        self.hooks.close()
        self.others.close()
        self.client.close()


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
def nodes(shop: Shop, redis_url: str) -> Iterator[list[Node]]:
    made = [Node(name, shop, redis_url) for name in "ab"]
    yield made
    for node in made:
        node.close()


def test_both_nodes_are_right_within_a_second_of_a_webhook_at_one(shop: Shop, nodes: list[Node], soon: Soon) -> None:
    for node in nodes:
        assert all("old" in known for known in node.knows())
    time.sleep(0.3)  # until both listen
    shop.level = "new"
    for node in nodes:
        assert all("old" in known for known in node.knows())
    began = time.monotonic()
    nodes[0].is_sent("1", b'{"signal": "promotions"}')
    nodes[0].is_sent("2", b'{"signal": "customer", "whose": "ana"}')
    assert soon(lambda: all("new" in known for node in nodes for known in node.knows()))
    assert time.monotonic() - began < 1
    for node in nodes:
        assert all("new" in known for known in node.knows())


def test_the_second_of_two_changes_within_a_second_is_not_lost(shop: Shop, nodes: list[Node], soon: Soon) -> None:
    nodes[0].knows()
    for number in range(5):
        shop.level = f"level-{number}"
        nodes[0].is_sent(str(number), b'{"signal": "promotions"}')
        nodes[0].is_sent(f"{number}-ana", b'{"signal": "customer", "whose": "ana"}')
        time.sleep(0.05)
    assert soon(lambda: all("level-4" in known for known in nodes[0].knows()))
