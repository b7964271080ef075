"""The doctor: what each of several systems answers, what its key may not do, and what it can never tell."""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

import pytest

from cms.commerce import Upstream
from cms.commerce.adapter import Connected
from cms.commerce.doctor import Examined, examine
from cms.commerce.failures import ERROR, TIMEOUT, ShopError
from cms.facts.signals import Answer, Found, Shopper, Signal

NOW = datetime(2026, 5, 1, tzinfo=UTC)
ADA = Shopper(cart_token="cart-of-ada", customer_token="ada")


class System:
    """Answers each signal as it is told to; `seen` are those who were asked about."""

    def __init__(self, answers: Mapping[Signal, Answer | ShopError], lacks: Mapping[str, str] | None = None) -> None:
        self.supplies = frozenset(answers)
        self.lacks = lacks or {}
        self.seen: list[Shopper] = []
        self._answers = answers

    def fetch(self, signal: Signal, shopper: Shopper, *, currency: str, timeout_s: float) -> Answer:
        self.seen.append(shopper)
        answer = self._answers[signal]
        if isinstance(answer, ShopError):
            raise answer
        return answer


def _upstream(
    system: System,
    *,
    name: str = "shop",
    asks: frozenset[Signal] | None = None,
    missing: Callable[[float], Sequence[str]] | None = None,
) -> Upstream:
    return Upstream(
        name, name.title(), system, system.supplies if asks is None else asks, Connected(system, missing=missing)
    )


def _examined(*upstreams: Upstream, shopper: Shopper = ADA) -> list[Examined]:
    return examine(upstreams, shopper, currencies=["USD"], clock=lambda: NOW)


def _said(examined: Examined) -> dict[str, tuple[str, str]]:
    return {str(heard.signal): (heard.state, heard.said) for heard in examined.heard}


PROMOTIONS = {Signal.PROMOTIONS: Answer(Found.FOUND, ())}


def test_what_the_key_may_not_do_is_trouble() -> None:
    sentence = "The key lacks the scope read_orders: without it orders are unknown."
    (examined,) = _examined(_upstream(System(PROMOTIONS), missing=lambda _timeout_s: [sentence]))

    assert ((sentence,), False) == (examined.missing, examined.is_well)


def test_a_question_after_permissions_that_fails_is_said() -> None:
    def missing(_timeout_s: float) -> Sequence[str]:
        raise ShopError(TIMEOUT, "/scopes did not answer in time")

    (examined,) = _examined(_upstream(System(PROMOTIONS), missing=missing))

    assert ("What the key may do could not be asked: /scopes did not answer in time.",) == examined.missing


def test_what_a_system_can_never_tell_is_no_trouble() -> None:
    lacks = {"customer.groups": "It has none. Take them from a CRM.", "product.rating": "It has none."}
    system = System(PROMOTIONS | {Signal.CUSTOMER: Answer(Found.UNKNOWN_TOKEN)}, lacks)
    (examined,) = _examined(_upstream(system), shopper=Shopper())

    assert ({"customer.groups": lacks["customer.groups"]}, True) == (examined.lacks, examined.is_well)


def test_what_another_system_is_asked_for_is_said() -> None:
    shop = _upstream(System(PROMOTIONS | {Signal.TRAITS: Answer(Found.FOUND, {})}), asks=frozenset({Signal.PROMOTIONS}))
    crm = _upstream(System({Signal.TRAITS: Answer(Found.FOUND, {"crm.tags": ["vip"]})}), name="crm")

    first, second = _examined(shop, crm)

    assert ("elsewhere", "is asked of crm") == _said(first)["traits"]
    assert ("found", "tells crm.tags") == _said(second)["traits"]


def test_each_system_is_given_of_the_shopper_only_what_one_answer_depends_on() -> None:
    system = System({Signal.CART: Answer(Found.UNKNOWN_TOKEN), Signal.ORDERS: Answer(Found.FOUND, ())})
    _examined(_upstream(system))

    assert {Shopper(cart_token="cart-of-ada"), Shopper(customer_token="ada")} == set(system.seen)


def test_a_system_of_shoppers_only_is_reached_with_a_token_of_nobody() -> None:
    system = System({Signal.CART: Answer(Found.UNKNOWN_TOKEN)})
    (examined,) = _examined(_upstream(system), shopper=Shopper())

    assert (True, True) == (examined.is_reachable, examined.is_well)
    assert ("not-tried", "give --cart-token of a shopper to try it") == _said(examined)["cart"]
    assert ["vitrine-doctor-nobodys-token"] == [shopper.cart_token for shopper in system.seen]


@pytest.mark.parametrize(
    ("error", "is_reachable", "said"),
    [
        (ShopError(TIMEOUT, "/cart did not answer in time"), False, "Is the address right, and is the way to it open?"),
        (ShopError(ERROR, "/cart answered 403", ails=False), True, "does the key hold, may it read this,"),
        (ShopError(ERROR, "/cart answered 500"), True, "/cart answered 500."),
    ],
)
def test_a_failure_is_said_with_what_to_look_at(error: ShopError, is_reachable: bool, said: str) -> None:  # noqa: FBT001
    (examined,) = _examined(_upstream(System({Signal.CART: error})))

    state, told = _said(examined)["cart"]
    assert ("unavailable", is_reachable, False) == (state, examined.is_reachable, examined.is_well)
    assert said in told


def test_a_signal_that_fails_is_not_asked_for_again() -> None:
    system = System({Signal.CART: ShopError(TIMEOUT, "late")})
    began = time.monotonic()
    _examined(_upstream(system))

    assert 1 == len(system.seen)
    assert time.monotonic() - began < 1
