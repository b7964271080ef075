"""Hints that wait: each is told once, floods become one, and none is lost."""

import threading
import time

from hook_senders import CATALOGUE

from cms.commerce.adapter import Hint
from cms.commerce.hooks.pending import MOST, SPACED_S, Pending
from cms.facts.signals import Signal


class Watch:
    """Time that goes when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def cart(whose: object) -> Hint:
    return Hint(Signal.CART, str(whose))


def test_a_hint_that_comes_often_is_told_once() -> None:
    pending = Pending(monotonic=Watch())
    for _ in range(5):
        pending.add("shop", [cart(1), cart(2)])
    pending.add("erp", [cart(1)])
    assert pending.take() == {"shop": [cart(1), cart(2)], "erp": [cart(1)]}
    assert len(pending) == 0


def test_what_is_of_everybody_is_told_at_once_and_then_once_a_second() -> None:
    watch = Watch()
    pending = Pending(monotonic=watch)
    pending.add("shop", [CATALOGUE])
    assert pending.take() == {"shop": [CATALOGUE]}
    for _ in range(3):
        pending.add("shop", [CATALOGUE, cart(1)])
        pending.add("erp", [Hint(Signal.STOCK)])
    assert pending.take() == {"shop": [cart(1)], "erp": [Hint(Signal.STOCK)]}
    watch.now += SPACED_S
    assert pending.take() == {"shop": [CATALOGUE]}
    assert len(pending) == 0


def test_a_hint_is_waited_for() -> None:
    pending = Pending(monotonic=time.monotonic)
    threading.Timer(0.05, pending.add, ("shop", [cart(1)])).start()
    assert pending.take() == {"shop": [cart(1)]}


def test_what_must_wait_for_its_second_comes_by_itself() -> None:
    pending = Pending(monotonic=time.monotonic)
    began = time.monotonic()
    for _ in range(2):
        pending.add("shop", [CATALOGUE])
        assert pending.take() == {"shop": [CATALOGUE]}
    assert SPACED_S <= time.monotonic() - began < SPACED_S + 1


def test_a_flood_becomes_one_hint_for_everybody_of_its_signal() -> None:
    pending = Pending(monotonic=Watch())
    pending.add("shop", [Hint(Signal.CUSTOMER, "c-1")])
    pending.add("erp", [Hint(Signal.TRAITS, "c-1")])
    for number in range(10 * MOST):
        pending.add("shop", [cart(number)])
        assert len(pending) <= MOST
    taken = pending.take()
    assert Hint(Signal.CART) in taken["shop"]
    assert Hint(Signal.CUSTOMER) in taken["shop"]
    assert taken["erp"] == [Hint(Signal.TRAITS)]


def test_nothing_is_lost_in_a_flood_from_many_threads() -> None:
    pending, told = Pending(monotonic=time.monotonic), set()

    def take() -> None:
        while taken := pending.take():
            told.update(taken["shop"])

    def send(own: list[Hint]) -> None:
        for one in own:
            pending.add("shop", [one])

    sent = [[cart(f"{sender}-{number}") for number in range(2000)] for sender in range(8)]
    taking, *senders = threading.Thread(target=take), *(threading.Thread(target=send, args=(own,)) for own in sent)
    taking.start()
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    pending.close()
    taking.join(5)
    assert cart("") in told or told == {one for own in sent for one in own}


def test_closing_lets_all_that_waits_be_told() -> None:
    pending = Pending(monotonic=Watch())
    pending.add("shop", [CATALOGUE])
    pending.take()
    pending.add("shop", [CATALOGUE])
    pending.close()
    assert pending.take() == {"shop": [CATALOGUE]}
    assert pending.take() == {}
