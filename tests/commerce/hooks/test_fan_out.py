"""Nodes that tell each other what to read again: through a real server, one that is away, and one that says nothing."""

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec
import pytest
from hook_senders import CATALOGUE, Told

from cms.commerce.adapter import Hint
from cms.commerce.hooks.fan_out import CHANNEL, FanOut
from cms.facts.signals import Signal

MINE = Hint(Signal.CART, "cart-1")
Soon = Callable[[Callable[[], object]], object]
Nodes = Callable[..., tuple[Told, FanOut]]


@pytest.fixture
def node() -> Iterator[Nodes]:
    """Make nodes, each with somebody who is told."""
    made: list[FanOut] = []

    def make(url: str, name: str, *, quiet_s: float = 0.1) -> tuple[Told, FanOut]:
        told = Told()
        made.append(FanOut(url, told, node=name, monotonic=time.monotonic, quiet_s=quiet_s))
        return told, made[-1]

    yield make
    for one in made:
        one.close()


def heard(told: Told, teller: FanOut, hint: Hint = MINE) -> bool:
    """Tell once and wait a little: a listener needs a moment to be there, and is told again."""
    teller.tell({"shop": [hint]})
    return told.hears(hint, within_s=0.05)


def test_the_other_nodes_are_told_and_oneself_is_not(node: Nodes, redis_url: str, soon: Soon) -> None:
    (mine, here), (theirs, _), (third, _) = (node(redis_url, name) for name in "abc")
    assert soon(lambda: heard(theirs, here))
    assert soon(lambda: heard(third, here))
    here.tell({"erp": [Hint(Signal.STOCK)], "shop": [MINE, CATALOGUE]})
    assert theirs.hears(CATALOGUE)
    assert theirs.hints[-3:] == [("erp", Hint(Signal.STOCK)), ("shop", MINE), ("shop", CATALOGUE)]
    assert mine.hints == []


def test_it_is_heard_within_moments(node: Nodes, redis_url: str, soon: Soon) -> None:
    (_, here), (theirs, _) = node(redis_url, "a"), node(redis_url, "b")
    assert soon(lambda: heard(theirs, here))
    took = []
    for number in range(20):
        began = time.monotonic()
        here.tell({"shop": [Hint(Signal.CART, str(number))]})
        assert theirs.hears(Hint(Signal.CART, str(number)))
        took.append(time.monotonic() - began)
    assert sorted(took)[10] < 0.1


def test_a_server_that_is_started_anew_is_listened_to_again(node: Nodes, line: Any, soon: Soon) -> None:
    (_, here), (theirs, _) = node(line.url, "a"), node(line.url, "b")
    assert soon(lambda: heard(theirs, here))
    line.cut()
    began = time.monotonic()
    here.tell({"shop": [MINE]})
    assert time.monotonic() - began < 0.3
    line.mend()
    assert soon(lambda: heard(theirs, here, CATALOGUE))


def test_a_connection_on_which_nothing_comes_any_more_is_made_anew(node: Nodes, line: Any, soon: Soon) -> None:
    (_, here), (theirs, _) = node(line.url, "a"), node(line.url, "b")
    assert soon(lambda: heard(theirs, here))
    line.go_dumb()
    assert soon(lambda: heard(theirs, here, CATALOGUE))


@pytest.mark.parametrize("trouble", ["silent_redis", "closed_redis"])
def test_telling_waits_for_no_server(
    node: Nodes, trouble: str, request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    _, here = node(request.getfixturevalue(trouble), "a")
    for _ in range(20):
        began = time.monotonic()
        here.tell({"shop": [MINE]})
        assert time.monotonic() - began < 0.3
    told = [record.getMessage() for record in caplog.records if "hints_not_shared" in record.getMessage()]
    assert 1 <= len(told) <= 5  # not one for each


def test_what_others_write_into_the_channel_harms_nobody(node: Nodes, redis_url: str, soon: Soon) -> None:
    from redis import Redis

    (_, here), (theirs, _) = node(redis_url, "a"), node(redis_url, "b")
    assert soon(lambda: heard(theirs, here))
    with Redis.from_url(redis_url) as server:
        for text in (
            b"",
            b"\xff\xfe",
            b"{}",
            b"[]",
            b'{"node":"x","hints":{"shop":[["no-signal",""]]}}',
            b"[" * 10_000,
        ):
            server.publish(CHANNEL, text)
    here.tell({"shop": [CATALOGUE]})
    assert theirs.hears(CATALOGUE)


def test_a_mistake_of_who_is_told_does_not_end_the_listening(redis_url: str, soon: Soon) -> None:
    class Clumsy(Told):
        def invalidate(self, hints: Iterable[Hint], upstream: str) -> None:
            super().invalidate(hints, upstream)
            raise KeyError(upstream)

    clumsy = Clumsy()
    listening = FanOut(redis_url, clumsy, node="a", monotonic=time.monotonic, quiet_s=0.1)
    telling = FanOut(redis_url, Told(), node="b", monotonic=time.monotonic, quiet_s=0.1)
    assert soon(lambda: heard(clumsy, telling))
    assert soon(lambda: heard(clumsy, telling, CATALOGUE))
    listening.close()
    telling.close()


def test_hints_travel_as_json(node: Nodes, redis_url: str) -> None:
    from redis import Redis

    with Redis.from_url(redis_url, decode_responses=True) as server, server.pubsub() as listening:
        listening.subscribe(CHANNEL)
        assert (listening.get_message(timeout=2) or {})["type"] == "subscribe"
        node(redis_url, "a")[1].tell({"shop": [MINE]})
        message = listening.get_message(timeout=2) or {}
    assert msgspec.json.decode(message["data"]) == {"node": "a", "hints": {"shop": [["cart", "cart-1"]]}}
