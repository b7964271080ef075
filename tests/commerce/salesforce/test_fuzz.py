"""Adapter `salesforce`: whatever SCAPI might answer ends as an answer or as a failure that is named."""

import random
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from typing import Any

import pytest
from commerce.salesforce.site import FULL, KEY, KNOWN, OPTIONS, TENT, UMBRELLA, clock, order, stocked

from cms.commerce.adapter import Batch, Connected, Connection
from cms.commerce.adapters.salesforce import ADAPTER
from cms.commerce.failures import ShopError
from cms.facts.signals import Answer, Signal

Serve = Callable[[Callable[[str, Mapping[str, str], bytes], tuple[int, Mapping[str, str], object]]], str]

ROUNDS = 300
_CODES = frozenset({"commerce-garbage", "commerce-error", "commerce-mismatch"})
_JUNK: list[Any] = [None, "", "x", -1, 0.5, 1e300, 10**30, True, [], {}, [None], {"id": 1}, "9" * 3000, "2026-01-01"]
_GOOD: dict[str, Any] = {
    "/token": {"access_token": "ours", "expires_in": 900},
    "/baskets": {"baskets": [FULL], "total": 1},
    "/customers/abAda": {"customerId": "abAda", "companyName": "A", "c_tier": "gold", "c_groups": ["a"]},
    "/orders": {"data": [order(1), order(2)], "limit": 50, "offset": 0, "total": 2},
    "/promotions": {"data": [{"id": "a", "startDate": "2026-01-01T00:00:00Z", "currency": "USD"}]},
    "/product-search": {"hits": [{"productId": "umbrella"}, {"productId": "tent"}], "total": 2},
    "/products": {"data": [UMBRELLA, TENT]},
    "/availability": {"data": [stocked("umbrella", 7), stocked("tent-red", 2)]},
}
_OF_SIGNALS = {
    Signal.CART: "/baskets",
    Signal.CUSTOMER: "/customers/abAda",
    Signal.ORDERS: "/orders",
    Signal.PROMOTIONS: "/promotions",
}


class Spoilt:
    """Answers well but for one path, where one to three parts are dropped or replaced."""

    def __init__(self, seed: str) -> None:
        self._dice = random.Random(seed)
        self.path = ""

    def answer(self, path: str, _headers: Mapping[str, str], _body: bytes) -> tuple[int, Mapping[str, str], object]:
        end = next(end for end in _GOOD if path.split("?", maxsplit=1)[0].endswith(end))
        return 200, {}, self._spoil(_GOOD[end]) if end == self.path else _GOOD[end]

    def _spoil(self, value: Any) -> Any:
        held = {"": deepcopy(value)}
        for _ in range(self._dice.randint(1, 3)):
            parent, key = self._dice.choice(list(_places(held)))
            if isinstance(parent, dict) and parent is not held and self._dice.random() < 0.3:
                del parent[key]
            else:
                parent[key] = deepcopy(self._dice.choice(_JUNK))
        return held[""]


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """List each container with each of its keys or places."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield value, key
        yield from _places(one)


def _connected(url: str) -> Connected:
    options = {**OPTIONS, "promotions": {"a": {}}, "customer": {"loyalty_tier": "c_tier", "groups": "c_groups"}}
    return ADAPTER.connect(Connection(url, KEY, clock, ADAPTER.options().load(options)))


def _code(ask: Callable[[], object], kind: type) -> str:
    """Ask once; give "" for an answer, else the failure's code."""
    try:
        assert isinstance(ask(), kind)
    except ShopError as error:
        return error.code
    return ""


@pytest.mark.parametrize("signal", sorted(_OF_SIGNALS))
def test_spoiled_answers_end_as_answers_or_failures(signal: Signal, shop_answering: Serve) -> None:
    shop = Spoilt(signal)
    source = _connected(shop_answering(shop.answer)).source
    shop.path = _OF_SIGNALS[signal]
    codes = {_code(lambda: source.fetch(signal, KNOWN, currency="USD", timeout_s=5), Answer) for _ in range(ROUNDS)}
    assert codes <= {"", *_CODES}
    assert {"", "commerce-garbage"} <= codes


@pytest.mark.parametrize("path", ["/product-search", "/products", "/availability"])
def test_a_spoiled_catalogue_ends_as_a_part_or_a_failure(path: str, shop_answering: Serve) -> None:
    shop = Spoilt(path)
    feed = _connected(shop_answering(shop.answer)).feed
    assert feed is not None
    shop.path = path
    codes = {_code(lambda: feed.batch("", currency="USD", timeout_s=5), Batch) for _ in range(ROUNDS)}
    assert codes <= {"", *_CODES}
    assert "" in codes
