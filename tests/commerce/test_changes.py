"""What the shop says has changed is asked anew: a hook says no more than that."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import pytest

from cms.commerce import Reading, SignalClient, only
from cms.commerce.adapter import Hint
from cms.commerce.failures import TIMEOUT, ShopError
from cms.facts.signals import Answer, Cart, Customer, Found, Shopper, Signal

START = datetime(2026, 5, 1, tzinfo=UTC)
ANA = Shopper(cart_token="cart-of-ana", customer_token="ana")
BEN = Shopper(cart_token="cart-of-ben", customer_token="ben")


class Shop:
    """Answers with the number of the question."""

    supplies = frozenset({Signal.CART, Signal.CUSTOMER, Signal.ORDERS, Signal.CATALOGUE, Signal.PROMOTIONS})
    lacks: ClassVar[dict[str, str]] = {}

    def __init__(self) -> None:
        self.asked: list[tuple[Signal, str]] = []
        self.fails = False

    def fetch(self, signal: Signal, shopper: Shopper, *, currency: str, timeout_s: float) -> Answer:
        self.asked.append((signal, currency))
        if self.fails:
            raise ShopError(TIMEOUT, "late")
        number = str(len(self.asked))
        if signal is Signal.CART:
            return Answer(Found.FOUND, Cart((), "USD", promotions=frozenset({number})))
        if signal is Signal.CUSTOMER:
            return Answer(Found.FOUND, Customer(str(shopper.customer_token), company=number))
        return Answer(Found.FOUND, (), shopper.customer_token or "")

    def count(self, signal: Signal) -> int:
        return [asked for asked, _ in self.asked].count(signal)


class World:
    def __init__(self, hooked: frozenset[Signal] = frozenset()) -> None:
        self.passed = 100.0
        self.shop = Shop()
        self.client = SignalClient(
            only(self.shop, hooked=hooked),
            clock=lambda: START + timedelta(seconds=self.passed),
            monotonic=lambda: self.passed,
        )

    def read(self, signal: Signal, shopper: Shopper = ANA, currency: str = "USD") -> Reading:
        self.passed += 0.1
        return self.client.read([signal], shopper, currency=currency, budget_s=2)[signal]

    def changed(self, signal: Signal, whose: str = "") -> None:
        self.passed += 0.1
        self.client.invalidate([Hint(signal, whose)], "shop")

    def settle(self, asked: int) -> None:
        until = time.monotonic() + 2
        while time.monotonic() < until and len(self.shop.asked) < asked:
            time.sleep(0.002)


@pytest.fixture
def worlds() -> Iterator[Callable[..., World]]:
    made: list[World] = []

    def build(*hooked: Signal) -> World:
        made.append(World(frozenset(hooked)))
        return made[-1]

    yield build
    for world in made:
        world.client.close()


def test_what_has_changed_for_everybody_is_asked_at_once_in_every_currency_that_is_kept(
    worlds: Callable[..., World],
) -> None:
    world = worlds()
    world.read(Signal.CATALOGUE)
    world.read(Signal.CATALOGUE, currency="TWD")

    world.changed(Signal.CATALOGUE)
    world.settle(4)

    assert {("catalogue", "USD"): 2, ("catalogue", "TWD"): 2} == {
        (signal, currency): world.shop.asked.count((signal, currency)) for signal, currency in set(world.shop.asked)
    }


def test_a_customer_who_has_changed_is_asked_anew_and_nobody_else(worlds: Callable[..., World]) -> None:
    world = worlds()
    for shopper in (ANA, BEN):
        world.read(Signal.CUSTOMER, shopper)
    world.changed(Signal.CUSTOMER, "ana")
    assert 2 == len(world.shop.asked)

    for shopper in (ANA, BEN):
        world.read(Signal.CUSTOMER, shopper)
    world.read(Signal.CUSTOMER)

    assert 3 == world.shop.count(Signal.CUSTOMER)


def test_orders_of_a_customer_who_has_changed_are_known_by_the_customer_they_name(
    worlds: Callable[..., World],
) -> None:
    world = worlds()
    world.read(Signal.ORDERS)
    world.changed(Signal.ORDERS, "ana")
    world.read(Signal.ORDERS)

    assert 2 == world.shop.count(Signal.ORDERS)


def test_what_everybody_has_is_asked_anew_for_each_when_nobody_is_named(worlds: Callable[..., World]) -> None:
    world = worlds()
    for shopper in (ANA, BEN):
        world.read(Signal.CUSTOMER, shopper)
    world.changed(Signal.CUSTOMER)
    for shopper in (ANA, BEN, ANA, BEN):
        world.read(Signal.CUSTOMER, shopper)

    assert 4 == world.shop.count(Signal.CUSTOMER)


def test_while_a_changed_answer_cannot_be_had_the_old_one_stands_in_and_says_so(worlds: Callable[..., World]) -> None:
    world = worlds()
    before = world.read(Signal.CUSTOMER)
    world.changed(Signal.CUSTOMER, "ana")
    world.shop.fails = True

    reading = world.read(Signal.CUSTOMER)

    assert (before.answer, "timeout") == (reading.answer, reading.why)


def test_a_cart_is_asked_every_time_where_its_changes_are_not_told(worlds: Callable[..., World]) -> None:
    world = worlds()
    for _ in range(3):
        world.read(Signal.CART)

    assert 3 == world.shop.count(Signal.CART)


def test_a_cart_whose_changes_are_told_is_believed_while_fresh(worlds: Callable[..., World]) -> None:
    world = worlds(Signal.CART)
    for _ in range(10):
        world.read(Signal.CART)
    assert 1 == world.shop.count(Signal.CART)

    world.changed(Signal.CART, "cart-of-ben")
    world.read(Signal.CART)
    assert 1 == world.shop.count(Signal.CART)
    world.changed(Signal.CART, "cart-of-ana")
    world.read(Signal.CART)
    assert 2 == world.shop.count(Signal.CART)
    world.passed += 5.1
    world.read(Signal.CART)
    assert 3 == world.shop.count(Signal.CART)


def test_a_cart_that_is_asked_by_its_id_is_asked_every_time_for_its_changes_are_told_by_its_token(
    worlds: Callable[..., World],
) -> None:
    world = worlds(Signal.CART)
    for _ in range(2):
        world.read(Signal.CART, Shopper(cart_id="7", customer_id="ana"))

    assert 2 == world.shop.count(Signal.CART)


def test_what_has_just_changed_is_not_waited_for_where_it_was_asked_for_before(worlds: Callable[..., World]) -> None:
    world = worlds()
    held, ask = threading.Event(), world.shop.fetch

    def first_hangs(signal: Signal, shopper: Shopper, *, currency: str, timeout_s: float) -> Answer:
        answer = ask(signal, shopper, currency=currency, timeout_s=timeout_s)
        if len(world.shop.asked) == 1:
            held.wait(5)
        return answer

    world.shop.fetch = first_hangs  # type: ignore[method-assign]
    world.client.read([Signal.ORDERS], ANA, currency="USD", budget_s=0.02)
    world.passed += 1
    reading = world.client.read([Signal.ORDERS], ANA, currency="USD", budget_s=2, anew=[Signal.ORDERS])[Signal.ORDERS]
    held.set()

    assert ("", 2) == (reading.why, len(world.shop.asked))


def test_a_cart_of_the_version_that_was_asked_is_believed_while_fresh(worlds: Callable[..., World]) -> None:
    world = worlds()
    first = Shopper(cart_token="cart-of-ana", cart_version="1")
    second = Shopper(cart_token="cart-of-ana", cart_version="2")
    readings = [world.read(Signal.CART, shopper) for shopper in (first, first, second, second)]

    assert 2 == world.shop.count(Signal.CART)
    assert readings[0].answer == readings[1].answer != readings[2].answer == readings[3].answer
    world.read(Signal.CART)
    assert 3 == world.shop.count(Signal.CART)


def test_a_question_put_before_the_change_is_no_answer_after_it(worlds: Callable[..., World]) -> None:
    world = worlds()
    world.read(Signal.CUSTOMER)
    world.client.invalidate([Hint(Signal.CUSTOMER, "ana")], "shop")  # in the same moment
    world.read(Signal.CUSTOMER)

    assert 2 == world.shop.count(Signal.CUSTOMER)


def test_another_systems_change_is_not_the_shops(worlds: Callable[..., World]) -> None:
    world = worlds()
    world.read(Signal.CUSTOMER)
    world.client.invalidate([Hint(Signal.CUSTOMER, "ana")], "crm")
    world.read(Signal.CUSTOMER)

    assert 1 == world.shop.count(Signal.CUSTOMER)


def test_of_more_changes_than_are_remembered_none_is_lost(worlds: Callable[..., World]) -> None:
    world = worlds()
    world.read(Signal.CUSTOMER)
    world.changed(Signal.CUSTOMER, "ana")
    world.client.invalidate((Hint(Signal.CUSTOMER, str(number)) for number in range(20_000)), "shop")
    world.read(Signal.CUSTOMER)

    assert 2 == world.shop.count(Signal.CUSTOMER)
