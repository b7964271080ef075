"""Good answers with parts dropped and replaced at random: only an answer or a `ShopError` comes out."""

import copy
import json
import random
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from commerce.adobe.world import ADA, DIALECTS, KEY, NOW, VERIFIED, world

from cms.commerce.adapter import Connection
from cms.commerce.adapters.adobe import ADAPTER
from cms.commerce.failures import ShopError
from cms.facts.signals import Answer

Serve = Callable[[Callable[[str, Mapping[str, str], bytes], tuple[int, Mapping[str, str], object]]], str]
STRANGE = [
    None,
    True,
    False,
    0,
    -1,
    1e308,
    10**30,
    0.1,
    "",
    "x",
    "9" * 400,
    "2026-13-99",
    [],
    {},
    [None],
    {"a": 1},
    "1/0",
    "٧",
]
TIMES = 50  # for each of three dialects, each signal twice


@pytest.mark.parametrize("dialect", DIALECTS)
def test_only_answers_and_shop_errors_come_out(dialect: str, shop_answering: Serve) -> None:
    dice = random.Random(8)
    kept: dict[tuple[str, bytes], Any] = {}
    with world(dialect) as made:

        def answer(path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, Mapping[str, str], object]:
            if (path, body) not in kept:
                asked = urllib.request.Request(made.url + path, body or None, dict(headers))
                with urllib.request.urlopen(asked) as said:
                    kept[path, body] = json.load(said)
            return 200, {}, spoiled(kept[path, body], dice)

        options = ADAPTER.options().load({"dialect": dialect, "auth": "token", "b2b": True})
        url = shop_answering(answer)
        outcomes = [
            ask() for _ in range(TIMES) for ask in questions(lambda: Connection(url, KEY, lambda: NOW, options))
        ]
    assert {"answer", "error"} == set(outcomes)


def questions(connection: Callable[[], Connection]) -> Iterator[Callable[[], str]]:
    """Give all that can be asked, each of a shop that remembers nothing."""
    connected = ADAPTER.connect(connection())
    feed = connected.feed
    assert feed is not None
    for signal in sorted(connected.source.supplies):
        for shopper in (ADA, VERIFIED):
            yield lambda signal=signal, shopper=shopper: outcome(  # type: ignore[misc]
                lambda: connected.source.fetch(signal, shopper, currency="USD", timeout_s=2)
            )
    for _ in range(2):
        yield lambda: outcome(lambda: feed.batch("", currency="USD", timeout_s=2))


def outcome(ask: Callable[[], object]) -> str:
    try:
        answer = ask()
    except ShopError:
        return "error"
    assert answer is not None
    assert not isinstance(answer, Answer) or answer.found
    return "answer"


def spoiled(good: Any, dice: random.Random) -> Any:
    """Spoil up to two places of an answer; one in five is left as it is."""
    made = copy.deepcopy(good)
    for _ in range(dice.choice([0, 1, 1, 2, 2])):
        places = list(places_of(made))
        if places:
            inside, where = dice.choice(places)
            if isinstance(inside, dict) and dice.random() < 0.3:
                del inside[where]
            else:
                inside[where] = copy.deepcopy(dice.choice(STRANGE))
    return made


def places_of(value: Any) -> Iterator[tuple[Any, Any]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for where, one in inner:
        yield value, where
        yield from places_of(one)
