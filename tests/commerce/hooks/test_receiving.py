"""Webhooks on their way from a signature to whoever keeps answers: once, in order, and not in the sender's time."""

import json
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from hook_senders import CATALOGUE, PLAIN, Told, hints_of, signed

from cms.commerce.adapter import Hint, HookError
from cms.commerce.hooks.fan_out import FanOut
from cms.commerce.hooks.reading import object_of, standard_reader
from cms.commerce.hooks.receiving import Hooks
from cms.commerce.hooks.seen import Seen
from cms.errors import CmsError
from cms.facts.signals import Signal

AT = 1_790_000_000
NOW = datetime.fromtimestamp(AT, UTC)


def hooks_to(told: Told, *, others: FanOut | None = None, redis_url: str = "", answers_s: float = 0.05) -> Hooks:
    reader = standard_reader([PLAIN], hints_of)
    assert reader is not None
    seen = Seen(redis_url, monotonic=time.monotonic, answers_s=answers_s)
    return Hooks({"shop": reader, "erp": reader}, told, seen=seen, others=others, monotonic=time.monotonic)


def sent(hooks: Hooks, key: str, *, upstream: str = "shop", **data: str) -> bool:
    body = json.dumps(data or {"signal": "catalogue"}).encode()
    return hooks.receive(upstream, signed(body, at=AT, key=key), body, NOW)


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def hooks(told: Told) -> Iterator[Hooks]:
    made = hooks_to(told)
    yield made
    made.close()


def test_a_webhook_is_told_with_its_upstream(hooks: Hooks, told: Told) -> None:
    assert sent(hooks, "1", upstream="erp", signal="stock")
    assert sent(hooks, "2", signal="cart", whose="cart-1")
    assert sorted(told.waits_for(2)) == [("erp", Hint(Signal.STOCK)), ("shop", Hint(Signal.CART, "cart-1"))]


def test_one_that_is_sent_again_does_nothing(hooks: Hooks, told: Told) -> None:
    assert [sent(hooks, "1"), sent(hooks, "1"), sent(hooks, "1", upstream="erp")] == [True, False, True]
    told.waits_for(2)
    time.sleep(0.1)
    assert told.hints == [("shop", CATALOGUE), ("erp", CATALOGUE)]


def test_of_sixteen_at_once_with_one_id_one_counts(hooks: Hooks, told: Told) -> None:
    start = threading.Barrier(16)

    def send(_: int) -> bool:
        start.wait()
        return sent(hooks, "1", signal="cart", whose="cart-1")

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(send, range(16))) == 1
    told.waits_for(1)
    hooks.close()
    assert told.hints == [("shop", Hint(Signal.CART, "cart-1"))]


def test_one_that_is_refused_uses_up_no_id(hooks: Hooks) -> None:
    body = b'{"signal": "cart"}'
    headers = signed(body, at=AT, key="1")
    for wrong, code in ((body + b" ", "hook-unsigned"), (b"", "hook-unsigned")):
        with pytest.raises(HookError) as refused:
            hooks.receive("shop", headers, wrong, NOW)
        assert refused.value.code == code
    assert hooks.receive("shop", headers, body, NOW)


def test_the_sender_does_not_wait_for_the_work() -> None:
    class Slow(Told):
        def invalidate(self, hints: Iterable[Hint], upstream: str) -> None:
            time.sleep(0.3)
            super().invalidate(hints, upstream)

    slow = Slow()
    hooks = hooks_to(slow)
    began = time.monotonic()
    for number in range(100):
        sent(hooks, str(number), signal="cart", whose=str(number))
    assert time.monotonic() - began < 0.25
    assert len(slow.waits_for(100)) == 100
    assert slow.rounds <= 101
    hooks.close()


def test_a_mistake_of_who_is_told_costs_that_webhook_alone(caplog: pytest.LogCaptureFixture) -> None:
    class Clumsy(Told):
        def invalidate(self, hints: Iterable[Hint], upstream: str) -> None:
            if upstream == "erp":
                raise KeyError(upstream)
            super().invalidate(hints, upstream)

    clumsy = Clumsy()
    hooks = hooks_to(clumsy)
    sent(hooks, "1", upstream="erp")
    sent(hooks, "2")
    assert clumsy.waits_for(1) == [("shop", CATALOGUE)]
    assert "hints_not_told upstream=erp" in caplog.text
    hooks.close()


def test_closing_tells_what_waits(hooks: Hooks, told: Told) -> None:
    sent(hooks, "1")
    told.waits_for(1)
    sent(hooks, "2")
    hooks.close()
    assert told.hints == [("shop", CATALOGUE)] * 2


def test_a_flood_is_told_as_everybodys_and_never_lost(told: Told) -> None:
    gate = threading.Event()

    class Held(Told):
        def invalidate(self, hints: Iterable[Hint], upstream: str) -> None:
            gate.wait(10)
            super().invalidate(hints, upstream)

    held = Held()
    hooks = hooks_to(held)
    for number in range(3000):
        sent(hooks, str(number), signal="cart", whose=str(number))
    gate.set()
    hooks.close()
    assert ("shop", Hint(Signal.CART)) in held.hints
    assert len(held.hints) <= 1100


def test_the_other_nodes_are_told_after_this_one(redis_url: str) -> None:
    here, there = Told(), Told()
    monotonic = time.monotonic
    listening = FanOut(redis_url, there, node="there", monotonic=monotonic, quiet_s=0.1)
    others = FanOut(redis_url, here, node="here", monotonic=monotonic, quiet_s=0.1)
    hooks = hooks_to(here, others=others, redis_url=redis_url, answers_s=5)
    twin = hooks_to(there, redis_url=redis_url, answers_s=5)
    number = 0
    while not there.waits_for(1, within_s=0.05) and number < 100:
        number += 1
        sent(hooks, str(number), signal="cart", whose=str(number))
    assert there.hints[0] in here.hints
    assert not sent(twin, str(number), signal="cart", whose=str(number))
    for one in (hooks, twin, listening, others):
        one.close()


@pytest.mark.parametrize("trouble", ["silent_redis", "closed_redis"])
def test_redis_in_trouble_delays_nothing(told: Told, trouble: str, request: pytest.FixtureRequest) -> None:
    url = request.getfixturevalue(trouble)
    others = FanOut(url, told, node="here", monotonic=time.monotonic, quiet_s=0.1)
    hooks = hooks_to(told, others=others, redis_url=url)
    took = []
    for number in range(50):
        began = time.monotonic()
        assert sent(hooks, str(number), signal="cart", whose=str(number))
        took.append(time.monotonic() - began)
    assert sorted(took)[45] < 0.04
    assert max(took) < 0.4
    assert len(told.waits_for(50)) == 50
    hooks.close()
    others.close()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'"text"',
        b"\xff\xfe",
        b'{"signal": NaN}',
        b'{"a": 1, "a": 2}',
        b"[" * 100_000,
        b'{"a": "\\ud800"}',
    ],
)
def test_what_is_signed_and_no_json_object_is_malformed(hooks: Hooks, body: bytes) -> None:
    for read in (lambda: object_of(body), lambda: hooks.receive("shop", signed(body, at=AT), body, NOW)):
        with pytest.raises(HookError) as wrong:
            read()
        assert wrong.value.code == "hook-malformed"


def test_without_a_secret_there_is_no_reader_and_with_a_bad_one_an_error() -> None:
    def nothing(_: Mapping[str, object]) -> list[Hint]:
        return []

    assert standard_reader((), nothing) is None
    with pytest.raises(CmsError) as wrong:
        standard_reader((PLAIN, "short"), nothing)
    assert wrong.value.code == "commerce-settings"
