"""Answers of which something is missing or other than it should be: an answer or a ShopError comes of it, nothing else."""

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from cms.commerce.failures import ShopError
from cms.facts.signals import Answer, Shopper, Signal
from tests.commerce.shopify.conftest import ACCOUNTS, ADMIN, CART, NUMBER, STOREFRONT, TOKEN, Shopify
from tests.commerce.shopify.good import furnish

_TIMES = 300
_ODD = (None, True, -1, 0, 2**70, 1.5, "", "x", "Ω" * 300, [], {}, [None], {"amount": 1}, "gid://shopify/Other/1")
_ASKED = [
    (Signal.CART, CART), (Signal.CUSTOMER, TOKEN), (Signal.CUSTOMER, NUMBER), (Signal.ORDERS, TOKEN),
    (Signal.ORDERS, NUMBER), (Signal.TRAITS, NUMBER), (Signal.PROMOTIONS, Shopper()), (Signal.CATALOGUE, Shopper()),
]  # fmt: skip


def _places(data: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [path, *(place for key, value in inner for place in _places(value, (*path, key)))]


def _spoiled(data: Any, dice: random.Random) -> Any:
    """Take something out, or put something odd in its place."""
    copy = json.loads(json.dumps(data))
    holder = copy.setdefault("data", None) or copy
    place = dice.choice(_places(holder)[1:])
    for key in place[:-1]:
        holder = holder[key]
    if dice.random() < 0.3:
        del holder[place[-1]]
    else:
        holder[place[-1]] = dice.choice(_ODD)
    return copy


@pytest.mark.parametrize(("signal", "shopper"), _ASKED)
def test_a_spoiled_answer_is_an_answer_or_an_error_of_the_shop(
    shopify: Shopify, shop_answering: Callable[..., str], signal: Signal, shopper: Shopper
) -> None:
    furnish(shopify)
    shopify.red = None
    dice = random.Random(f"{signal} {shopper}")
    contracts = {STOREFRONT: shopify.storefront, ADMIN: shopify.admin, ACCOUNTS: shopify.accounts}
    whole: dict[bytes, Any] = {}

    def answer(path: str, headers: Mapping[str, str], body: bytes) -> Any:
        if body not in whole:
            whole[body] = contracts[path].answer(path, headers, body)[2]
        return 200, {}, _spoiled(whole[body], dice)

    spoiled = replace(shopify, url=shop_answering(answer))
    connected = spoiled.connected()
    ended = {"answer": 0, "error": 0}
    for _ in range(_TIMES):
        try:
            if signal is Signal.CATALOGUE:
                assert connected.feed is not None
                connected.feed.batch('{"size": 50, "since": "2026-01-01T00:00:00Z"}', currency="USD", timeout_s=5)
            else:
                said = connected.source.fetch(signal, shopper, currency="USD", timeout_s=5)
                assert isinstance(said, Answer)
            ended["answer"] += 1
        except ShopError:
            ended["error"] += 1
    assert min(ended.values()) > _TIMES / 20, ended
