import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import ClassVar, cast

import pytest

from cms.commerce import Reading, SignalClient, only
from cms.commerce.client.cache import Key
from cms.commerce.client.flights import Flight, Flights
from cms.commerce.failures import ERROR, GARBAGE, REFUSED, TIMEOUT, ShopError
from cms.errors import CmsError
from cms.facts.signals import Answer, Cart, CartLine, Found, Shopper, Signal

START = datetime(2026, 5, 1, tzinfo=UTC)
ANA = Shopper(cart_token="cart-of-ana", customer_token="ana")


class Time:
    def __init__(self) -> None:
        self.passed = 100.0

    def monotonic(self) -> float:
        return self.passed

    def clock(self) -> datetime:
        return START + timedelta(seconds=self.passed - 100)


class FakeShop:
    supplies = frozenset(Signal) - {Signal.TRAITS, Signal.STOCK}
    lacks: ClassVar[dict[str, str]] = {}

    def __init__(self) -> None:
        self.asked: list[tuple[Signal, Shopper, str]] = []
        self.answer: Callable[[Signal], Answer] = lambda _: Answer(Found.FOUND, Cart((), "USD"))

    def fetch(self, signal: Signal, shopper: Shopper, *, currency: str, timeout_s: float) -> Answer:
        self.asked.append((signal, shopper, currency))
        return self.answer(signal)

    def holds(self, quantity: int) -> Answer:
        found = Answer(Found.FOUND, Cart((CartLine("pothos", quantity),), "USD"))
        self.answer = lambda _: found
        return found

    def fails(self, error: Exception) -> None:
        def answer(_: Signal) -> Answer:
            raise error

        self.answer = answer

    def hangs(self) -> threading.Event:
        """Hold every call until the event is set, then answer as before."""
        release, before = threading.Event(), self.answer

        def answer(signal: Signal) -> Answer:
            release.wait(5)
            return before(signal)

        self.answer = answer
        return release


class World:
    def __init__(self, workers: int = 16) -> None:
        self.time = Time()
        self.shop = FakeShop()
        self.client = SignalClient(
            only(self.shop), clock=self.time.clock, monotonic=self.time.monotonic, workers=workers, dice=lambda: 0.0
        )

    def read(self, signal: Signal, shopper: Shopper = ANA, *, budget_s: float = 0.5, currency: str = "USD") -> Reading:
        return self.client.read([signal], shopper, currency=currency, budget_s=budget_s)[signal]

    def settle(self, asked: int) -> None:
        """Wait until so many calls were made and all have landed."""
        until = time.monotonic() + 2
        while time.monotonic() < until and (len(self.shop.asked) < asked or any(True for _ in self.client._flights)):
            time.sleep(0.002)
        assert len(self.shop.asked) == asked


@pytest.fixture
def world() -> Iterator[World]:
    world = World()
    yield world
    world.client.close()


def quantity(reading: Reading) -> int:
    assert reading.answer is not None
    return cast("Cart", reading.answer.value).lines[0].quantity


def test_an_answer_says_when_it_was_asked(world: World) -> None:
    answer = world.shop.holds(1)

    assert world.read(Signal.CART) == Reading(answer, START, stale=False)


def test_a_signal_whose_token_is_missing_is_not_asked(world: World) -> None:
    readings = world.client.read(Signal, Shopper(cart_token=""), currency="USD", budget_s=0.5)

    assert set(readings) == {Signal.CATALOGUE, Signal.PROMOTIONS}
    assert {signal for signal, _, _ in world.shop.asked} == {Signal.CATALOGUE, Signal.PROMOTIONS}


def test_a_source_is_given_only_the_token_the_answer_is_filed_under(world: World) -> None:
    world.client.read([Signal.CART, Signal.ORDERS, Signal.CATALOGUE], ANA, currency="EUR", budget_s=0.5)

    assert {(signal, shopper) for signal, shopper, _ in world.shop.asked} == {
        (Signal.CART, Shopper(cart_token="cart-of-ana")),
        (Signal.ORDERS, Shopper(customer_token="ana")),
        (Signal.CATALOGUE, Shopper()),
    }
    assert {currency for _, _, currency in world.shop.asked} == {"EUR"}


def test_our_own_counters_are_not_asked_of_a_shop(world: World) -> None:
    assert world.client.read([Signal.COUNTERS], ANA, currency="USD", budget_s=0.5) == {}


def test_what_the_shop_cannot_tell_is_unsupported_and_not_asked(world: World) -> None:
    assert world.read(Signal.TRAITS) == Reading(Answer(Found.UNSUPPORTED), None, stale=False, why="unsupported")
    assert world.shop.asked == []


def test_an_added_product_shows_on_the_very_next_request(world: World) -> None:
    world.shop.holds(1)
    assert quantity(world.read(Signal.CART)) == 1
    world.shop.holds(2)

    assert quantity(world.read(Signal.CART)) == 2


def test_a_failing_shop_leaves_the_last_cart_standing_for_thirty_seconds(world: World) -> None:
    answer = world.shop.holds(1)
    world.read(Signal.CART)
    world.shop.fails(ShopError(REFUSED, "port closed", ails=False))

    world.time.passed += 5
    assert world.read(Signal.CART) == Reading(answer, START, stale=False, why="refused")
    world.time.passed += 1
    assert world.read(Signal.CART) == Reading(answer, START, stale=True, why="refused")
    world.time.passed += 25
    assert world.read(Signal.CART) == Reading(None, None, stale=False, why="refused")


def test_a_fresh_answer_is_not_asked_for_again(world: World) -> None:
    answer = world.shop.holds(1)
    world.read(Signal.CATALOGUE)
    world.time.passed += 15

    assert world.read(Signal.CATALOGUE) == Reading(answer, START, stale=False)
    assert len(world.shop.asked) == 1


def test_reading_anew_asks_although_the_answer_is_fresh(world: World) -> None:
    world.shop.holds(1)
    world.read(Signal.CATALOGUE)
    new = world.shop.holds(2)
    world.time.passed += 10
    told = world.client.read([Signal.CATALOGUE], Shopper(), currency="USD", budget_s=5, anew=[Signal.CATALOGUE])

    assert told[Signal.CATALOGUE].answer == new
    assert len(world.shop.asked) == 2


def test_a_stale_answer_is_served_and_refreshed_behind(world: World) -> None:
    old = world.shop.holds(1)
    world.read(Signal.CATALOGUE)
    world.time.passed += 20
    new = world.shop.holds(2)

    assert world.read(Signal.CATALOGUE) == Reading(old, START, stale=True)
    world.settle(asked=2)
    assert world.read(Signal.CATALOGUE) == Reading(new, START + timedelta(seconds=20), stale=False)
    assert len(world.shop.asked) == 2


def test_an_answer_past_its_maximum_age_is_unknown(world: World) -> None:
    world.read(Signal.CATALOGUE)
    world.time.passed += 61
    world.shop.fails(ShopError(GARBAGE, "not JSON"))

    assert world.read(Signal.CATALOGUE) == Reading(None, None, stale=False, why="garbage")


def test_an_unknown_token_is_distinct_from_an_empty_cart(world: World) -> None:
    world.shop.answer = lambda _: Answer(Found.UNKNOWN_TOKEN)

    assert world.read(Signal.CART) == Reading(Answer(Found.UNKNOWN_TOKEN), START, stale=False, why="unknown-token")


@pytest.mark.parametrize("token", ["a\r\nX-Evil: 1", "绿萝", "\ud800", " padded ", "x" * 5000])
def test_a_token_that_no_shop_can_have_given_out_is_unknown_and_not_asked(world: World, token: str) -> None:
    assert world.read(Signal.CART, Shopper(cart_token=token)).why == "unknown-token"
    assert world.shop.asked == []


def test_a_token_that_became_unknown_takes_its_old_cart_with_it(world: World) -> None:
    world.shop.holds(1)
    world.read(Signal.CART)
    world.shop.answer = lambda _: Answer(Found.UNKNOWN_TOKEN)
    world.read(Signal.CART)
    world.shop.fails(ShopError(TIMEOUT, "late"))

    reading = world.read(Signal.CART)
    assert reading.answer == Answer(Found.UNKNOWN_TOKEN)
    world.time.passed += 6
    assert world.read(Signal.CART).answer is None


def test_answers_are_kept_apart_by_token_and_currency(world: World) -> None:
    world.shop.holds(1)
    world.read(Signal.ORDERS)
    world.shop.holds(2)

    assert quantity(world.read(Signal.ORDERS, Shopper(customer_token="ben"))) == 2
    assert quantity(world.read(Signal.ORDERS, currency="EUR")) == 2
    assert quantity(world.read(Signal.ORDERS)) == 1


def test_no_token_is_kept_in_memory_by_the_cache(world: World) -> None:
    world.read(Signal.ORDERS, Shopper(customer_token="a-very-secret-token"))

    assert "a-very-secret-token" not in repr(vars(world.client._cache))


def test_a_hanging_shop_costs_one_budget_for_all_signals_together(world: World) -> None:
    release = world.shop.hangs()
    client = SignalClient(only(world.shop), clock=world.time.clock, monotonic=time.monotonic)
    started = time.monotonic()
    readings = client.read(Signal, ANA, currency="USD", budget_s=0.08)
    took = time.monotonic() - started
    release.set()

    assert took < 0.25
    assert {reading.why for signal, reading in readings.items() if signal in world.shop.supplies} == {"timeout"}


def test_a_late_answer_fills_the_cache(world: World) -> None:
    answer = world.shop.holds(1)
    release = world.shop.hangs()
    assert world.read(Signal.CATALOGUE, budget_s=0.02).why == "timeout"
    release.set()
    world.settle(asked=1)

    assert world.read(Signal.CATALOGUE).answer == answer
    assert len(world.shop.asked) == 1


def test_a_late_cart_does_not_overwrite_a_newer_one(world: World) -> None:
    world.shop.holds(1)
    release = world.shop.hangs()
    assert world.read(Signal.CART, budget_s=0.02).why == "timeout"
    world.time.passed += 1
    world.shop.holds(2)
    assert quantity(world.read(Signal.CART)) == 2
    release.set()
    world.settle(asked=2)
    world.shop.fails(ShopError(ERROR, "500"))

    assert quantity(world.read(Signal.CART)) == 2


def test_a_late_signal_costs_the_next_request_nothing(world: World) -> None:
    release = world.shop.hangs()
    world.read(Signal.CATALOGUE, budget_s=0.2)
    world.time.passed += 0.3
    started = time.monotonic()
    reading = world.read(Signal.CATALOGUE, budget_s=0.2)
    took = time.monotonic() - started
    release.set()

    assert reading.why == "timeout"
    assert took < 0.15
    assert len(world.shop.asked) == 1


def read_at_once(world: World, signal: Signal, shoppers: list[Shopper], budget_s: float) -> list[Reading]:
    readings: list[Reading] = []
    threads = [
        threading.Thread(target=lambda own=own: readings.append(world.read(signal, own, budget_s=budget_s)))
        for own in shoppers
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return readings


def test_requests_at_the_same_time_share_one_call(world: World) -> None:
    release = world.shop.hangs()
    threading.Timer(0.1, release.set).start()

    readings = read_at_once(world, Signal.CATALOGUE, [ANA] * 20, budget_s=2)

    assert {reading.why for reading in readings} == {""}
    assert len(world.shop.asked) == 1


def test_a_cart_asked_for_a_while_ago_does_not_answer_a_new_request(world: World) -> None:
    world.shop.holds(1)
    release = world.shop.hangs()
    world.read(Signal.CART, budget_s=0.01)
    world.time.passed += 0.03
    world.shop.holds(2)

    assert quantity(world.read(Signal.CART)) == 2
    release.set()


def test_a_cart_of_another_version_is_not_waited_for_however_short_ago_it_was_asked(world: World) -> None:
    world.shop.holds(1)
    release = world.shop.hangs()
    world.read(Signal.CART, replace(ANA, cart_version="1"), budget_s=0.01)
    world.shop.holds(2)

    assert quantity(world.read(Signal.CART, replace(ANA, cart_version="2"))) == 2
    release.set()


def test_what_must_be_asked_is_not_left_to_a_question_that_may_be_answered_by_what_is_kept() -> None:
    flights, key = Flights(), Key("shop", Signal.ORDERS, "ana", "USD")
    flights.add(Flight(key, ANA))
    assert flights.joinable(key, 1.0, since=0.0) is not None
    assert flights.joinable(key, 1.0, since=0.0, anew=True) is None

    asked = Flight(key, ANA, anew=True)
    flights.add(asked)
    assert flights.joinable(key, 1.0, since=0.0, anew=True) is asked


def test_one_shopper_takes_at_most_two_workers() -> None:
    world = World()
    release = world.shop.hangs()
    for _ in range(5):
        world.read(Signal.CART, budget_s=0.01)
        world.time.passed += 0.03

    assert len(world.shop.asked) == 2
    release.set()


def test_a_pool_of_hanging_calls_turns_new_ones_away_at_once() -> None:
    world = World(workers=2)
    release = world.shop.hangs()
    for name in "ab":
        world.read(Signal.CART, Shopper(cart_token=name), budget_s=0.02)
    world.time.passed += 1
    started = time.monotonic()
    reading = world.read(Signal.CART, ANA, budget_s=0.5)
    took = time.monotonic() - started
    release.set()

    assert reading.why == "busy"
    assert took < 0.3


def test_a_call_that_found_no_worker_within_the_budget_is_not_made_later() -> None:
    world = World(workers=1)
    release = world.shop.hangs()
    world.read(Signal.CART, Shopper(cart_token="a"), budget_s=0.02)
    assert world.read(Signal.CART, ANA, budget_s=0.02).why == "busy"
    world.time.passed += 1
    release.set()

    world.settle(asked=1)


def test_more_than_a_pool_can_take_is_turned_away_at_once() -> None:
    world = World(workers=1)
    release = world.shop.hangs()
    for name in "abc":
        world.read(Signal.CART, Shopper(cart_token=name), budget_s=0.02)
    started = time.monotonic()
    reading = world.read(Signal.CART, ANA, budget_s=0.5)
    took = time.monotonic() - started
    release.set()

    assert reading.why == "busy"
    assert took < 0.3


def test_a_try_that_finds_no_worker_is_left_to_the_next(world: World) -> None:
    world.shop.fails(ShopError(TIMEOUT, "late"))
    for _ in range(5):
        world.read(Signal.CART)
    world.time.passed += 5
    world.client._pools["shop"].close()

    assert [world.read(Signal.CART).why for _ in range(2)] == ["busy"] * 2


def test_a_try_whose_turn_came_too_late_is_left_to_the_next(world: World) -> None:
    flight, client = Flight(Key("shop", Signal.CART, "ana", "USD"), ANA), world.client
    for _ in range(5):
        client._breakers.failed("shop", Signal.CART, 100.0, "timeout")
    client._flights.add(flight)
    assert client._breakers.admits("shop", Signal.CART, 105.0) is None
    client._fly(flight, in_time=False)

    assert client._breakers.admits("shop", Signal.CART, 105.0) is None


def test_a_failing_signal_is_spared_after_five_failures_and_probed_after_five_seconds(world: World) -> None:
    world.shop.fails(ShopError(TIMEOUT, "late"))
    for _ in range(10):
        assert world.read(Signal.CART).why == "timeout"
    assert len(world.shop.asked) == 5

    world.time.passed += 5
    assert [world.read(Signal.CART).why for _ in range(3)] == ["timeout"] * 3
    assert len(world.shop.asked) == 6
    world.shop.holds(1)
    world.time.passed += 5
    assert [world.read(Signal.CART).why for _ in range(3)] == [""] * 3


def test_a_dead_signal_leaves_the_others_alone(world: World) -> None:
    def only_orders_fail(signal: Signal) -> Answer:
        if signal is Signal.ORDERS:
            raise ShopError(ERROR, "500")
        return Answer(Found.FOUND, Cart((), "USD"))

    world.shop.answer = only_orders_fail
    for _ in range(20):
        readings = world.client.read([Signal.CART, Signal.ORDERS], ANA, currency="USD", budget_s=0.5)

    assert (readings[Signal.CART].why, readings[Signal.ORDERS].why) == ("", "error")
    assert [signal for signal, _, _ in world.shop.asked].count(Signal.ORDERS) == 5


def test_a_refused_question_does_not_close_the_shop_to_others(world: World) -> None:
    world.shop.fails(ShopError(ERROR, "422", ails=False))
    for _ in range(9):
        world.read(Signal.CATALOGUE, currency="XXX")

    assert len(world.shop.asked) == 9


def test_a_few_failures_among_many_answers_do_not_open_the_breaker(world: World) -> None:
    for number in range(40):
        world.shop.holds(1) if number % 3 else world.shop.fails(ShopError(ERROR, "500"))
        world.read(Signal.CART)

    assert len(world.shop.asked) == 40


def test_the_pause_a_shop_asks_for_is_kept_up_to_a_minute(world: World) -> None:
    world.shop.fails(ShopError(ERROR, "429", retry_after_s=3600))
    world.read(Signal.CART)
    world.time.passed += 59
    world.read(Signal.CART)
    assert len(world.shop.asked) == 1

    world.time.passed += 1
    world.read(Signal.CART)
    assert len(world.shop.asked) == 2


@pytest.mark.parametrize("error", [CmsError("commerce-timeout", "late"), RuntimeError("a bug"), KeyError("x")])
def test_whatever_an_adapter_raises_the_page_goes_on(world: World, error: Exception) -> None:
    world.shop.fails(error)

    assert world.read(Signal.CART).answer is None
    world.shop.holds(3)
    assert quantity(world.read(Signal.CART)) == 3


def test_the_cache_is_bounded(world: World) -> None:
    world.client._cache._size = 10
    for number in range(50):
        world.read(Signal.ORDERS, Shopper(customer_token=str(number)))

    assert len(world.client._cache) == 10


def test_a_hanging_call_does_not_hold_up_the_end_of_the_process() -> None:
    program = """
import time
from datetime import UTC, datetime
from cms.commerce import SignalClient, only
from cms.facts.signals import Shopper, Signal

class Hanging:
    supplies = frozenset(Signal)
    lacks = {}
    def fetch(self, signal, shopper, *, currency, timeout_s):
        time.sleep(30)

client = SignalClient(only(Hanging()), clock=lambda: datetime(2026, 1, 1, tzinfo=UTC), monotonic=time.monotonic)
print(client.read([Signal.CATALOGUE], Shopper(), currency="USD", budget_s=0.05)[Signal.CATALOGUE].why)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=15, check=True)

    assert done.stdout == "timeout\n"
