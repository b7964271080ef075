"""Reading ahead: changes show without a webhook, asked for by cursor, and a refusal costs one signal alone."""

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import ClassVar

import pytest

from cms.commerce import SignalClient, only
from cms.commerce.adapter import Batch
from cms.commerce.catalogue import SyncedCatalogue, WithCatalogue
from cms.commerce.failures import ERROR, ShopError
from cms.facts.signals import Answer, Found, Product, Shopper, Signal
from cms.runtime.warming import Resting, read_ahead

NOW = datetime(2026, 12, 2, tzinfo=UTC)


class Shop:
    """A feed that tells changes by cursor, and promotions beside it."""

    supplies = frozenset({Signal.PROMOTIONS, Signal.STOCK})
    lacks: ClassVar[Mapping[str, str]] = {}

    def __init__(self) -> None:
        self.cursors: list[str] = []
        self.asked: Counter[Signal] = Counter()
        self.changed: dict[str, Product] = {}
        self.refuses = False

    def batch(self, cursor: str, *, currency: str, timeout_s: float) -> Batch:
        self.cursors.append(cursor)
        return Batch(self.changed if cursor else {"fern": product("fern")}, f"{len(self.cursors)}", is_last=True)

    def fetch(self, signal: Signal, shopper: Shopper, *, currency: str, timeout_s: float) -> Answer:
        self.asked[signal] += 1
        if self.refuses and signal is Signal.PROMOTIONS:
            raise ShopError(ERROR, "the key may not read promotions", ails=False)
        return Answer(Found.FOUND, {"fern": 3} if signal is Signal.STOCK else ())


def product(sku: str) -> Product:
    return Product(sku, {"": sku}, f"/{sku}", None)


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.fixture
def client(shop: Shop) -> Iterator[SignalClient]:
    copy = SyncedCatalogue(shop, None, name="shop", monotonic=time.monotonic)
    made = SignalClient(only(WithCatalogue(shop, copy)), clock=lambda: NOW, monotonic=time.monotonic)
    yield made
    made.close()


def sold(client: SignalClient) -> Mapping[str, Product]:
    reading = client.read([Signal.CATALOGUE], Shopper(), currency="USD", budget_s=1)[Signal.CATALOGUE]
    assert reading.answer is not None
    assert isinstance(reading.answer.value, Mapping)
    return reading.answer.value  # type: ignore[return-value]


def test_a_new_product_shows_without_a_webhook_and_is_asked_for_by_cursor(client: SignalClient, shop: Shop) -> None:
    resting = Resting()
    read_ahead(client, "USD", resting)
    shop.changed = {"moss": product("moss")}
    assert set(sold(client)) == {"fern"}
    read_ahead(client, "USD", resting)
    assert set(sold(client)) == {"fern", "moss"}
    assert shop.cursors == ["", "1"]
    assert shop.asked == {Signal.PROMOTIONS: 2, Signal.STOCK: 2}


def test_an_error_of_a_moment_keeps_nothing_from_being_read_ahead(client: SignalClient, shop: Shop) -> None:
    resting = Resting()
    read_ahead(client, "USD", resting)
    shop.refuses = True
    for _ in range(2):
        read_ahead(client, "USD", resting)
    shop.refuses = False
    read_ahead(client, "USD", resting)

    assert shop.asked[Signal.PROMOTIONS] == 4


def test_a_signal_that_is_refused_rests_and_the_others_go_on(client: SignalClient, shop: Shop) -> None:
    resting = Resting()
    shop.refuses = True
    for _ in range(30):
        read_ahead(client, "USD", resting)
    assert shop.asked[Signal.PROMOTIONS] == 1
    assert len(shop.cursors) == shop.asked[Signal.STOCK] == 30
    shop.refuses = False
    read_ahead(client, "USD", resting)
    assert shop.asked[Signal.PROMOTIONS] == 2
